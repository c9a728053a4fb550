"""Decode pictures safely and bring them to the network's size."""

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fcnlab.data.dataset import Bytes, Size, check_channels, check_size
from fcnlab.errors import DataError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")
MAX_MEGAPIXELS = 64
_AT_ONCE = 4 << 20
"""Bytes of a file that is read in one go."""

# Only these decoders may run: others (EPS, for one) start programs. JPEG's reads
# the MPO files that some phones write as .jpg, too.
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP")
_ACCEPTED = "Accepted are jpg, png, bmp, gif, tiff and webp pictures."
_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b";"}
_ORIENTATION = 0x0112

# The size is checked below, before anything is decoded; Pillow's own warning would only be a second voice.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class UnreadableError(DataError):
    """A file that is no picture, is damaged or has too many pixels, whatever it should show."""


class Header(NamedTuple):
    """What a picture file says of itself.

    Attributes:
        size: (width, height) in pixels, upright.
        mode: Pillow's name of the pixel format, e.g. "RGB".
    """

    size: tuple[int, int]
    mode: str


def read_image(source: Path | bytes | BinaryIO, size: Size, channels: int = 3) -> Bytes:
    """Read one picture, for instance an uploaded one.

    The EXIF orientation is applied; transparent parts are laid over black; 16-bit grey is scaled from 0–65535
    to 0–255; the picture is stretched to the size by Pillow's antialiased bilinear filter.

    Args:
        source: A path, a file's bytes, or an open binary file.
        size: (height, width) in pixels.
        channels: 3 for RGB, 1 for grey.

    Returns:
        uint8 [height, width, channels].

    Raises:
        DataError: It is no picture, is damaged or cut short, or has more than 64 million pixels.
    """
    check_channels(channels)
    height, width = check_size(size)
    what = _name(source)
    return fit(upright(decode(source, what), what), (height, width), channels, what)


def decode(source: Path | bytes | BinaryIO, what: str) -> Image.Image:
    """The decoded picture in its own mode, its pixels counted before they are decoded.

    Raises:
        DataError: As `read_image`; `what` names the picture in the sentence.
    """
    with _faults(what), _open(_at_once(source)) as image:
        _check_pixels(image, what)
        image.load()
        return image


def measure(path: Path, what: str) -> Header:
    """What a picture file says of itself; its pixels are decoded only if the file's end is missing.

    Raises:
        DataError: As `decode`.
    """
    with _faults(what), path.open("rb") as file, _open(file) as image:
        _check_pixels(image, what)
        width, height = image.size
        if _turns(image):
            width, height = height, width
        end = _ENDS.get(image.format or "")
        if end is not None:
            file.seek(-min(len(end), os.fstat(file.fileno()).st_size), os.SEEK_END)
            if file.read() != end:  # something follows the picture, or it is cut short
                file.seek(0)
                decode(file, what)
        return Header((width, height), image.mode)


def _at_once(source: Path | bytes | BinaryIO) -> Path | bytes | BinaryIO:
    """A small file as bytes: a decoder reads in some twenty pieces, and threads wait for each other at each."""
    if isinstance(source, Path) and source.stat().st_size <= _AT_ONCE:
        return source.read_bytes()
    return source


def _open(source: Path | bytes | BinaryIO) -> Image.Image:
    """The picture, not decoded."""
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS)


def _turns(image: Image.Image) -> bool:
    """Whether the camera was held upright, so that width and height change places."""
    return "exif" in image.info and image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)


@contextmanager
def _faults(what: str) -> Iterator[None]:
    """Whatever goes wrong with a picture file, in one sentence."""
    try:
        yield
    except DataError:
        raise
    except FileNotFoundError:
        raise UnreadableError(f"{what} does not exist.") from None
    except IsADirectoryError:
        raise UnreadableError(f"{what} is a folder, not a picture.") from None
    except PermissionError:
        raise UnreadableError(f"{what} may not be read.", "Change its permissions.") from None
    except UnidentifiedImageError:
        raise UnreadableError(f"{what} is not a picture that can be read.", _ACCEPTED) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableError(
            f"{what} has too many pixels; at most {MAX_MEGAPIXELS} million are read.", "Make it smaller."
        ) from None
    except Exception as problem:  # Decoders raise almost anything on damaged bytes; all of it is the file's fault.
        reason = f"{problem}".split("\n")[0].rstrip(".") or type(problem).__name__
        raise UnreadableError(f"{what} is damaged or cut short ({reason}).", "Replace or remove the file.") from None


def upright(image: Image.Image, what: str) -> Image.Image:
    """Turned as the camera's EXIF orientation says."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception as problem:  # Damaged EXIF blocks raise almost anything, too.
        raise UnreadableError(f"{what} has a damaged EXIF block ({problem}).", "Save the picture again.") from None
    return image


def fit(image: Image.Image, size: Size, channels: int, what: str) -> Bytes:
    """Convert to RGB or grey and resize: uint8 [height, width, channels]."""
    try:
        plain = _in_mode(_opaque(image), "RGB" if channels == 3 else "L")
    except ValueError:
        raise DataError(
            f"{what} has the pixel format {image.mode}, which cannot be read.", "Save it as RGB or grey."
        ) from None
    height, width = size
    pixels = np.asarray(plain.resize((width, height), Image.Resampling.BILINEAR))
    return pixels if channels == 3 else pixels[..., np.newaxis]


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _opaque(image: Image.Image) -> Image.Image:
    """Eight bits a channel and no transparency."""
    if image.mode == "F":
        raise ValueError("floating-point pixels have no fixed range")
    if image.mode.startswith("I"):
        return Image.fromarray((np.clip(np.asarray(image), 0, 65535) // 257).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, image.convert("RGBA"))
    return image


def _check_pixels(image: Image.Image, what: str) -> None:
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise UnreadableError(
            f"{what} has {width} × {height} = {width * height / 1e6:.0f} million pixels; "
            f"at most {MAX_MEGAPIXELS} million are read.",
            "Make it smaller.",
        )


def _name(source: Path | bytes | BinaryIO) -> str:
    if isinstance(source, Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name else "The picture"
