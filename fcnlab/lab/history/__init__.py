"""What runs tell: their course, what looks wrong in it, the list of them, exports and replays."""
