"""A mask file as it lies on disk: plain grey numbers or RGB, before its colours are given a meaning."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops

from fcnlab.data.dataset import MAX_CLASSES
from fcnlab.data.pictures.images import decode, upright
from fcnlab.errors import DataError

Colour = tuple[int, int, int]
ACCEPTED = (
    "Accepted are masks in at most 32 flat colours or grey values (one a class), palette masks, masks of 0 and 255, "
    "and pictures whose transparency is the mask."
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
        alpha: Mode L, how opaque each pixel is; None where the file does not tell.
        bands: Red, green and blue of an RGB mask, where they were told apart already.
    """

    path: Path
    image: Image.Image
    lossy: bool
    palette: dict[int, Colour] = field(default_factory=dict)
    alpha: Image.Image | None = None
    bands: tuple[Image.Image, ...] = ()

    @property
    def is_colour(self) -> bool:
        """Whether it is RGB."""
        return self.image.mode == "RGB"

    def values(self) -> list[int]:
        """How many pixels have each grey value, 256 numbers."""
        return self.image.histogram()

    def colors(self) -> dict[int, int] | None:
        """How many pixels have each colour 0xRRGGBB; None if there are more than 32 of them."""
        if self.is_colour:
            found = self.image.getcolors(MAX_CLASSES)
            return None if found is None else {_code(colour): count for count, colour in found}
        values = {value: count for value, count in enumerate(self.values()) if count}
        return None if len(values) > MAX_CLASSES else _summed((self.code(value), n) for value, n in values.items())

    def code(self, value: int) -> int:
        """The colour 0xRRGGBB of a grey value or palette index."""
        return _code(self.palette.get(value, (value, value, value)))

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
    """Decode a mask and bring it to mode L or RGB, its transparency apart.

    Raises:
        DataError: The file is no picture, or its pixels are neither bytes nor small whole numbers.
    """
    what = f"The mask {path}"
    image = decode(path, what)
    lossy = image.format in _LOSSY
    upright(image, what)
    alpha = image.getchannel(image.mode[-1]) if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") else None
    if image.mode in ("P", "PA"):
        indices = Image.fromarray(np.asarray(image.getchannel(0)))
        return RawMask(path, indices, lossy, _palette(image, indices), alpha)
    if image.mode in ("L", "1", "LA", "La"):
        grey = image.convert("L") if image.mode == "1" else image.getchannel(0)
        return RawMask(path, grey, lossy, alpha=alpha)
    if image.mode.startswith("I"):
        return RawMask(path, _from_integers(image, path), lossy)
    if image.mode == "F":
        raise DataError(f"{what} holds floating-point numbers.", ACCEPTED)
    colour = image if image.mode == "RGB" else image.convert("RGB")
    bands = colour.split()
    if all(ImageChops.difference(bands[0], band).getbbox() is None for band in bands[1:]):
        return RawMask(path, bands[0], lossy, alpha=alpha)
    return RawMask(path, colour, lossy, alpha=alpha, bands=bands)


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
        raise DataError(
            f"The mask {path} holds {found}; the numbers of a 16-bit mask go from 0 to 255, and 65535 counts as 255.",
            "Save the classes as 0, 1, 2 and so on.",
        )
    return Image.fromarray(np.where(white, 255, array).astype(np.uint8))


def _code(colour: Any) -> int:
    red, green, blue = colour
    return int(red) << 16 | int(green) << 8 | int(blue)


def _summed(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return sums


def _some(noun: str, found: list[str]) -> str:
    if len(found) == 1:
        return f"only the {noun} {found[0]}"
    if len(found) <= 6:
        return f"the {noun}s {', '.join(found[:-1])} and {found[-1]}"
    return f"the {noun}s {', '.join(found[:5])} and {len(found) - 5} more"
