"""The form of a plan."""
