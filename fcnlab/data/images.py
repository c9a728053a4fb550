"""Decode pictures safely and bring them to the network's size."""

import io
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fcnlab.data.dataset import Bytes, Size, check_channels, check_size
from fcnlab.errors import DataError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")
MAX_MEGAPIXELS = 64
# Only these decoders may run: others (EPS, for one) start programs. JPEG's reads
# the MPO files that some phones write as .jpg, too.
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP")
_ACCEPTED = "Accepted are jpg, png, bmp, gif, tiff and webp pictures."

# The size is checked below, before anything is decoded; Pillow's own warning would only be a second voice.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


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
    opened: Path | BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with Image.open(opened, formats=_FORMATS) as image:
            _check_pixels(image, what)
            image.load()
            return image
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{what} does not exist.") from None
    except IsADirectoryError:
        raise DataError(f"{what} is a folder, not a picture.") from None
    except PermissionError:
        raise DataError(f"{what} may not be read.", "Change its permissions.") from None
    except UnidentifiedImageError:
        raise DataError(f"{what} is not a picture that can be read.", _ACCEPTED) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(
            f"{what} has too many pixels; at most {MAX_MEGAPIXELS} million are read.", "Make it smaller."
        ) from None
    except Exception as problem:  # Decoders raise almost anything on damaged bytes; all of it is the file's fault.
        reason = f"{problem}".split("\n")[0].rstrip(".") or type(problem).__name__
        raise DataError(f"{what} is damaged or cut short ({reason}).", "Replace or remove the file.") from None


def upright(image: Image.Image, what: str) -> Image.Image:
    """Turned as the camera's EXIF orientation says."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception as problem:  # Damaged EXIF blocks raise almost anything, too.
        raise DataError(f"{what} has a damaged EXIF block ({problem}).", "Save the picture again.") from None
    return image


def fit(image: Image.Image, size: Size, channels: int, what: str) -> Bytes:
    """Convert to RGB or grey and resize: uint8 [height, width, channels]."""
    try:
        plain = _opaque(image).convert("RGB" if channels == 3 else "L")
    except ValueError:
        raise DataError(
            f"{what} has the pixel format {image.mode}, which cannot be read.", "Save it as RGB or grey."
        ) from None
    height, width = size
    pixels = np.asarray(plain.resize((width, height), Image.Resampling.BILINEAR))
    return pixels if channels == 3 else pixels[..., np.newaxis]


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
        raise DataError(
            f"{what} has {width} × {height} = {width * height / 1e6:.0f} million pixels; "
            f"at most {MAX_MEGAPIXELS} million are read.",
            "Make it smaller.",
        )


def _name(source: Path | bytes | BinaryIO) -> str:
    if isinstance(source, Path):
        return str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name else "The picture"
