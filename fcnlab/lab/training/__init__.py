"""Training a run: from whose turn it is to its last checkpoint."""
