"""A mask file as it lies on disk: plain grey numbers or RGB, before its colours are given a meaning."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from fcnlab.data.images import decode, upright
from fcnlab.errors import DataError

Colour = tuple[int, int, int]
ACCEPTED = (
    "Accepted are RGB masks in pure red, green and blue (one colour a class), grey or palette masks whose values "
    "are class numbers from 0 to 31, and grey masks of 0 and 255."
)
_LOSSY = ("JPEG", "MPO", "WEBP")


@dataclass(frozen=True)
class RawMask:
    """One decoded mask.

    Attributes:
        path: Where it came from.
        image: Mode L (grey values or palette indices) or RGB (only if its channels differ somewhere).
        lossy: The file format may have changed values a little.
        palette: Colours of the palette indices in use; empty where the file has no palette.
    """

    path: Path
    image: Image.Image
    lossy: bool
    palette: dict[int, Colour] = field(default_factory=dict)

    @property
    def is_colour(self) -> bool:
        """Whether it is RGB."""
        return self.image.mode == "RGB"

    def values(self) -> list[int]:
        """How many pixels have each grey value, 256 numbers."""
        return self.image.histogram()

    def fault(self, reason: str) -> DataError:
        """An error that names the file, the reason, the values found and what is accepted."""
        return DataError(f"The mask {self.path} {reason}: it holds {self.found()}.", ACCEPTED)

    def found(self) -> str:
        """The values or colours in it, in words."""
        if self.is_colour:
            numbers = np.unique(np.asarray(self.image).reshape(-1, 3) @ np.array([1 << 16, 1 << 8, 1]))
            return _some("RGB colour", [str((n >> 16, n >> 8 & 255, n & 255)) for n in numbers.tolist()])
        return _some("value", [str(value) for value, count in enumerate(self.values()) if count])


def read_raw(path: Path) -> RawMask:
    """Decode a mask and bring it to mode L or RGB; transparency is ignored.

    Raises:
        DataError: The file is no picture, or its pixels are neither bytes nor small whole numbers.
    """
    what = f"The mask {path}"
    image = decode(path, what)
    lossy = image.format in _LOSSY
    upright(image, what)
    if image.mode in ("P", "PA"):
        indices = Image.fromarray(np.asarray(image.getchannel(0)))
        return RawMask(path, indices, lossy, _palette(image, indices))
    if image.mode in ("L", "1", "LA", "La"):
        return RawMask(path, image.convert("L") if image.mode == "1" else image.getchannel(0), lossy)
    if image.mode.startswith("I"):
        return RawMask(path, _from_integers(image, path), lossy)
    if image.mode == "F":
        raise DataError(f"{what} holds floating-point numbers.", ACCEPTED)
    colour = image.convert("RGB")
    red, green, blue = colour.split()
    grey = ImageChops.difference(red, green).getbbox() is None
    grey = grey and ImageChops.difference(red, blue).getbbox() is None
    return RawMask(path, red if grey else colour, lossy)


def _palette(image: Image.Image, indices: Image.Image) -> dict[int, Colour]:
    colours = image.getpalette("RGB") or []
    used = [index for index, count in enumerate(indices.histogram()) if count]
    return {i: (colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]) for i in used if 3 * i + 2 < len(colours)}


def _from_integers(image: Image.Image, path: Path) -> Image.Image:
    """16-bit or 32-bit grey: small numbers stay, 65535 counts as 255."""
    array = np.asarray(image)
    white = array == 65535
    if array.min() < 0 or array[~white].max(initial=0) > 255:
        found = _some("value", [str(value) for value in np.unique(array).tolist()])
        raise DataError(f"The mask {path} cannot be used: it holds {found}.", ACCEPTED)
    return Image.fromarray(np.where(white, 255, array).astype(np.uint8))


def _some(noun: str, found: list[str]) -> str:
    if len(found) == 1:
        return f"only the {noun} {found[0]}"
    if len(found) <= 6:
        return f"the {noun}s {', '.join(found[:-1])} and {found[-1]}"
    return f"the {noun}s {', '.join(found[:5])} and {len(found) - 5} more"
