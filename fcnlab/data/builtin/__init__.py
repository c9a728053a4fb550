"""Pictures that are drawn from a seed."""
