"""The Build page, piece by piece."""
