"""The training step on TensorFlow, written out by hand: forward pass and gradient of each layer, on Keras' variables.

Keras' layers keep weights, names and numbers; what changes is how the same numbers are had: no concatenation, no
gradient towards the images, bfloat16 where the plan asks for it, one operation where Keras takes several.
"""
