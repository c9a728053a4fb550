"""Uploaded zips, which are trusted in nothing."""
