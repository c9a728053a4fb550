"""The built-in dataset: blobs and polygons on textured ground, drawn from a seed at any size."""

from typing import TypeVar

import numpy as np
from PIL import Image

from fcnlab.data.builtin import scene
from fcnlab.data.dataset import Bytes, Dataset, Pair, Size
from fcnlab.errors import DataError

EASIEST, HARDEST = 0.1, 0.9
DEFAULT_ALPHA = 0.5
Number = TypeVar("Number", int, float)
_COUNTS = {"train": 400, "validation": 100, "test": 100}
_NATIVE = (160, 160)
_FIX = "Write shapes, shapes:ALPHA or shapes:ALPHA:SEED, for instance shapes:0.3 or shapes:0.3:7."


class Shapes(Dataset):
    """Textured shapes on textured ground, with a difficulty alpha.

    At alpha 0.1 colour alone tells the classes apart. As alpha grows, the shapes' colour and inner texture fade
    in equal steps into the ground's; at 0.9 nothing of them is left but a thin band of fine texture along the
    inside of each outline. So the network has to keep fine detail (the band) and bring it together with context
    (which side of the band is inside), the work that skip connections are said to do.

    The same seed gives the same scenes at every alpha, so that two difficulties can be compared picture by
    picture. A picture is drawn at the size asked for: shapes scale with it, textures as far as pixels allow.
    """

    def __init__(self, alpha: float = DEFAULT_ALPHA, seed: int = 0) -> None:
        """Choose difficulty and seed.

        Raises:
            DataError: Alpha is not from 0.1 to 0.9, or the seed is no whole number from 0 to 2³¹ − 1.
        """
        if not EASIEST <= alpha <= HARDEST:
            raise DataError(
                f"The difficulty alpha of shapes is a number from {EASIEST} to {HARDEST}; received {alpha:g}.", _FIX
            )
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
            raise DataError(f"The seed of shapes is a whole number from 0 to 2147483647; received {seed!r}.", _FIX)
        self.alpha = float(alpha)
        self.seed = seed
        self.name = f"shapes:{self.alpha!r}:{seed}"
        self.title = f"Shapes, difficulty {self.alpha:g}"
        self.classes = scene.CLASSES
        self.colors = (None,) * len(self.classes)
        self.splits = dict(_COUNTS)

    @classmethod
    def parse(cls, name: str) -> "Shapes":
        """Read "shapes", "shapes:ALPHA" or "shapes:ALPHA:SEED".

        Raises:
            DataError: There are more parts, or a part is not such a number.
        """
        parts = name.split(":")[1:]
        if len(parts) > 2:
            raise DataError(f"{name!r} has too many parts.", _FIX)
        return cls(
            _number(parts[0], float, "difficulty alpha of shapes is a number") if parts else DEFAULT_ALPHA,
            _number(parts[1], int, "seed of shapes is a whole number") if len(parts) > 1 else 0,
        )

    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        hidden = (self.alpha - EASIEST) / (HARDEST - EASIEST)
        image, labels = scene.draw(self._generator(split, index), size, hidden)
        if channels == 1:
            image = np.asarray(Image.fromarray(image).convert("L"))[..., np.newaxis]
        return Pair(image, labels, np.left_shift(1, labels, dtype=np.uint8), f"{split} {index}")

    def _count(self, split: str, index: int) -> list[int]:
        labels = scene.draw_labels(self._generator(split, index), _NATIVE)
        counts = np.bincount(labels.reshape(-1), minlength=len(self.classes))
        return [int(count) for count in counts]

    def _mask(self, split: str, index: int) -> Bytes:
        return scene.draw_labels(self._generator(split, index), _NATIVE)

    def _generator(self, split: str, index: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, list(self.splits).index(split), index])


def _number(text: str, kind: type[Number], expected: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise DataError(f"The {expected}; received {text!r}.", _FIX) from None
