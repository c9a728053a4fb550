"""Files to arrays: decoding, the meaning of masks, the network's size."""
