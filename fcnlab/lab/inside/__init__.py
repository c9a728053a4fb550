"""Looking inside of a trained run: what its network sees in a picture, and what its skips contribute."""
