"""Primitives of proof: passwords, keys, the server's secret. Knows no store and no request."""
