"""A dialect a file: bytes <-> RawEvent. Knows no database and no clock."""
