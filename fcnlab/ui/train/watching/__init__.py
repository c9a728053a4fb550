"""A run that is shown: what it tells, and what can be done with it."""
