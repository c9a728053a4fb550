"""A run on disk: what was asked for, how far it is, its curve and checkpoints, and what people ask of it."""
