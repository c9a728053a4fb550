"""Reading one picture: modes, orientation, limits and faults."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import read_image
from fcnlab.errors import DataError


def as_bytes(picture, suffix="png", **options):
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    stream = io.BytesIO()
    image.save(stream, suffix, **options)
    return stream.getvalue()


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)


def test_path_bytes_and_stream_give_the_same(tmp_path, noise):
    path = tmp_path / "a.png"
    path.write_bytes(as_bytes(noise))
    expected = np.asarray(Image.fromarray(noise).resize((16, 24), Image.Resampling.BILINEAR))
    for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert np.array_equal(read_image(source, (24, 16)), expected)


def test_own_size_changes_nothing(noise):
    assert np.array_equal(read_image(as_bytes(noise), (37, 53)), noise)


def test_grey_input(noise):
    grey = read_image(as_bytes(noise), (37, 53), channels=1)
    assert grey.shape == (37, 53, 1)
    assert np.array_equal(grey[..., 0], np.asarray(Image.fromarray(noise).convert("L")))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "YCbCr"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_common_mode(mode, channels):
    picture = Image.fromarray(np.full((8, 9), 40000, np.uint16)) if mode == "I;16" else Image.new(mode, (9, 8))
    assert read_image(as_bytes(picture, "tiff"), (8, 9), channels).shape == (8, 9, channels)


def test_16_bit_grey_is_scaled_from_its_full_range():
    picture = np.array([[0, 257, 32768, 65535]], np.uint16)
    assert read_image(as_bytes(picture), (1, 4))[0, :, 0].tolist() == [0, 1, 127, 255]


def test_transparent_parts_lie_over_black():
    picture = np.array([[[200, 100, 50, 255], [200, 100, 50, 0]]], np.uint8)
    assert read_image(as_bytes(picture), (1, 2)).tolist() == [[[200, 100, 50], [0, 0, 0]]]


def test_exif_orientation_is_applied(noise):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    turned = read_image(as_bytes(noise, exif=exif), (53, 37))
    assert np.array_equal(turned, np.rot90(noise, -1))


def test_floating_point_pixels_are_refused():
    with pytest.raises(DataError, match=r"The picture has the pixel format F, which cannot be read. Save it as RGB"):
        read_image(as_bytes(np.ones((4, 4), np.float32), "tiff"), (4, 4))


@pytest.mark.parametrize("content", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>", b"\x89PNG\r\n\x1a\n"])
def test_no_picture(content):
    with pytest.raises(DataError, match=r"The picture is (not a picture that can be read|damaged or cut short)"):
        read_image(content, (8, 8))


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_every_format_cut_short(noise, kind, part):
    content = as_bytes(noise, kind)
    with pytest.raises(DataError, match=r"damaged or cut short|not a picture"):
        read_image(content[: int(len(content) * part)], (8, 8))


def test_damaged_bytes_never_raise_anything_else(noise):
    generator = np.random.default_rng(1)
    for kind in ("png", "jpeg", "gif", "tiff", "webp"):
        content = np.frombuffer(as_bytes(noise, kind), np.uint8)
        for _ in range(40):
            broken = content.copy()
            broken[generator.integers(0, len(broken), 6)] = generator.integers(0, 256, 6)
            with contextlib.suppress(DataError):
                assert read_image(broken.tobytes(), (8, 8)).shape == (8, 8, 3)


def bomb(width, height):
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_too_many_pixels_are_refused_before_decoding():
    with pytest.raises(DataError, match=r"has 9000 × 8000 = 72 million pixels; at most 64 million are read. Make it"):
        read_image(bomb(9000, 8000), (8, 8))


@pytest.mark.parametrize("size", [(10000, 10000), (100000, 100000)])
def test_decompression_bombs(size):
    with pytest.raises(DataError, match="million"):
        read_image(bomb(*size), (8, 8))


def test_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(DataError, match=r"none.png does not exist"):
        read_image(tmp_path / "none.png", (8, 8))


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        read_image(tmp_path, (8, 8))


@pytest.mark.parametrize("size", [(0, 8), (8, 5000), (8,), (8.5, 8), "88", None])
def test_bad_sizes(noise, size):
    with pytest.raises(DataError, match="pixels; received"):
        read_image(as_bytes(noise), size)


def test_bad_channels(noise):
    with pytest.raises(DataError, match=r"1 channel \(grey\) or 3 \(RGB\); received 4"):
        read_image(as_bytes(noise), (8, 8), channels=4)
