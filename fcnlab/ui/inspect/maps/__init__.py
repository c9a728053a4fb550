"""Feature maps on the Inspect page: tiles, one channel closely, one value explained."""
