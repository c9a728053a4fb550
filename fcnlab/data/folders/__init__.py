"""Where a folder keeps images and masks, which belong together, and what of it cannot be used."""
