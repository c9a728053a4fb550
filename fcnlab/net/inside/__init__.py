"""Looking inside of a trained network, from one forward pass: feature maps, channels, single values."""
