"""Everything that ends up in a visitor's browser: the tag's modules, their build and their delivery."""
