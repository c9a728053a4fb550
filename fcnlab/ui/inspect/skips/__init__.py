"""What each skip connection contributes: in one picture, and on a dataset."""
