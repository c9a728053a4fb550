"""The Data page, a part a file."""
