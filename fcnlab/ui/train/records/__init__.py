"""The runs there are, and those played back."""
