"""The Inspect page, piece by piece."""
