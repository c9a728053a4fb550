"""What a dataset shows, in numbers, and choices of pictures by it."""
