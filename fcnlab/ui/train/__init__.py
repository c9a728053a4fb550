"""The Train page, piece by piece."""
