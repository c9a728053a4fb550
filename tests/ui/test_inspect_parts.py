"""Parts of the Inspect page by themselves: uploads and the choice of a picture."""

import hashlib
import io

import numpy as np
import pytest
from inspect_engine import SIDE
from PIL import ExifTags, Image

from fcnlab.data import open_dataset
from fcnlab.errors import DataError
from fcnlab.ui.inspect.picture import next_with_target
from fcnlab.ui.inspect.tables import percent
from fcnlab.ui.inspect.upload import _brought, keep

# Pictures


def test_an_upload_travels_at_the_networks_size() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "BMP")
    kept = keep(memory.getvalue(), "mine.bmp", (SIDE, SIDE), 3)
    with Image.open(io.BytesIO(kept.data)) as sent:
        assert sent.size == (SIDE, SIDE)
    assert kept.digest == hashlib.sha256(memory.getvalue()).hexdigest()
    assert kept.name == "mine.bmp"
    assert kept.original == (300, 400)


def test_the_size_of_a_photograph_taken_on_its_side() -> None:
    memory = io.BytesIO()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (400, 300)).save(memory, "JPEG", exif=exif)
    assert keep(memory.getvalue(), "turned.jpg", (SIDE, SIDE), 3).original == (400, 300)


def test_an_upload_says_how_it_is_stretched() -> None:
    assert _brought((320, 320), (160, 160)) == "320×320 pixels, brought to 160×160"
    assert _brought((300, 400), (160, 160)).endswith("which stretches it in height by 1.33")
    assert _brought((400, 300), (160, 160)).endswith("which stretches it in width by 1.33")


def test_an_upload_for_a_grey_network_is_grey() -> None:
    memory = io.BytesIO()
    Image.new("RGB", (50, 50), (255, 0, 0)).save(memory, "PNG")
    kept = keep(memory.getvalue(), "red.png", (SIDE, SIDE), 1)
    with Image.open(io.BytesIO(kept.data)) as sent:
        assert sent.mode == "L"


def test_an_upload_that_is_no_picture() -> None:
    with pytest.raises(DataError, match=r"notes\.txt is not a picture that can be read\. Accepted are"):
        keep(b"words", "notes.txt", (SIDE, SIDE), 3)


def test_an_upload_that_is_too_large() -> None:
    with pytest.raises(DataError, match=r"huge\.png has 51 MB; at most 50 MB are read"):
        keep(bytes(51_000_000), "huge.png", (SIDE, SIDE), 3)


def test_a_picture_with_a_large_target_can_be_asked_for() -> None:
    found = next_with_target("shapes:0.1", "validation", -1, (SIDE, SIDE), 0.05)
    assert found is not None
    labels = open_dataset("shapes:0.1").load("validation", (SIDE, SIDE), 3, range(found + 1)).labels
    shares = (labels == 2).mean(axis=(1, 2))
    assert shares[found] > 0.05
    assert (shares[:found] <= 0.05).all()


def test_no_picture_has_a_target_that_fills_it() -> None:
    assert next_with_target("shapes:0.1", "validation", -1, (SIDE, SIDE), 0.99, 10) is None


@pytest.mark.parametrize(("share", "text"), [(0, "0"), (0.0002, "< 0.1 %"), (0.0832, "8.3 %"), (1, "100.0 %")])
def test_shares_for_people(share: float, text: str) -> None:
    assert percent(share) == text
