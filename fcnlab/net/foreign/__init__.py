"""Networks that others trained: their weights read as plain arrays, put into the lab's network, and compared.

No file of others is ever given to Keras to load: weights come out of HDF5 as arrays whose shapes are known
beforehand, and layers are built one by one from settings that were understood.
"""
