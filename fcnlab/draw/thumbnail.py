"""Small pictures to be put into markup."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def thumbnail_url(image: NDArray[np.uint8], side: int = 128, quality: int = 88) -> str:
    """A picture as a data URL (JPEG).

    Args:
        image: uint8 [height, width, 3].
        side: Pixels of its longer side at most; a smaller picture keeps its size.
        quality: Of the JPEG, 1 to 95.
    """
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.thumbnail((side, side), Image.Resampling.BOX)
    memory = io.BytesIO()
    picture.save(memory, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(memory.getvalue()).decode()}"
