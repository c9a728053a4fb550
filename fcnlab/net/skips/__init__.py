"""What each skip connection of a trained network contributes."""
