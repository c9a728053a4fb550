"""The two layers that Keras does not have as the lab needs them."""

from typing import Any

import keras
from keras import ops

from fcnlab.net import backend


@keras.saving.register_keras_serializable(package="fcnlab")
class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras ships no types
    """Keras' batch norm, computed by the backend's fused operation where it has one.

    Same weights, numbers and gradients; it keeps Keras' class name, because the names inside of a weights file
    come from it and saved weights are to load in plain Keras.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise `inputs` [N, H, W, C] over all but the last axis."""
        learning = bool(training) and self.trainable
        fused = None
        if mask is None and len(inputs.shape) == 4:
            fused = backend.current().normalise(
                inputs, self.gamma, self.beta, self.moving_mean, self.moving_variance, self.epsilon, learning
            )
        if fused is None:
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = fused
        if learning:
            keep = self.momentum
            self.moving_mean.assign(self.moving_mean * keep + mean * (1.0 - keep))
            self.moving_variance.assign(self.moving_variance * keep + variance * (1.0 - keep))
        return outputs


@keras.saving.register_keras_serializable(package="fcnlab")
class BilinearUpsamplingTF1(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Bilinear upsampling on TensorFlow 1's grid: output o lies at o / factor, and the last pixel is repeated.

    This is `tf.image.resize_bilinear(align_corners=False)` of TensorFlow 1, without half-pixel centres.

    Input shape: [N, H, W, C]. Output shape: [N, H·factor, W·factor, C].
    """

    def __init__(self, factor: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x: Any) -> Any:
        """Interpolate along the rows, then along the columns."""
        for axis in (1, 2):
            size = x.shape[axis]
            ahead = ops.take(x, [min(index + 1, size - 1) for index in range(size)], axis=axis)
            steps = [x + (ahead - x) * (step / self.factor) for step in range(self.factor)]
            shape = [-1, *x.shape[1:]]
            shape[axis] = size * self.factor
            x = ops.reshape(ops.stack(steps, axis=axis + 1), shape)
        return x

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Height and width times `factor`."""
        batch, height, width, channels = input_shape
        return batch, height and height * self.factor, width and width * self.factor, channels

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}
