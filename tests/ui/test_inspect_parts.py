"""Parts of the Inspect page by themselves: uploads, tiles and the U in which stages stand."""

import hashlib
import io

import numpy as np
import pytest
from inspect_engine import SIDE
from PIL import Image

from fcnlab.arch import PRESETS, flow, preset
from fcnlab.data import open_dataset
from fcnlab.errors import DataError
from fcnlab.lab.tasks import StageMaps, Upload
from fcnlab.ui.inspect.levels import levels
from fcnlab.ui.inspect.maps import _sheet
from fcnlab.ui.inspect.picture import next_with_target, upload
from fcnlab.ui.inspect.tables import percent

# Pictures


def test_an_upload_travels_at_the_networks_size() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "BMP")
    picture, identity, title = upload(memory.getvalue(), "mine.bmp", (SIDE, SIDE), 3)
    assert isinstance(picture, Upload)
    with Image.open(io.BytesIO(picture.data)) as sent:
        assert sent.size == (SIDE, SIDE)
    assert identity == f"upload/{hashlib.sha256(memory.getvalue()).hexdigest()}"
    assert title == "mine.bmp"


def test_an_upload_for_a_grey_network_is_grey() -> None:
    memory = io.BytesIO()
    Image.new("RGB", (50, 50), (255, 0, 0)).save(memory, "PNG")
    picture, _, _ = upload(memory.getvalue(), "red.png", (SIDE, SIDE), 1)
    assert isinstance(picture, Upload)
    with Image.open(io.BytesIO(picture.data)) as sent:
        assert sent.mode == "L"


def test_an_upload_that_is_no_picture() -> None:
    with pytest.raises(DataError, match=r"notes\.txt is not a picture that can be read\. Accepted are"):
        upload(b"words", "notes.txt", (SIDE, SIDE), 3)


def test_an_upload_that_is_too_large() -> None:
    with pytest.raises(DataError, match=r"huge\.png has 51 MB; at most 50 MB are read"):
        upload(bytes(51_000_000), "huge.png", (SIDE, SIDE), 3)


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


# Tiles


def test_large_maps_are_thinned_but_keep_their_range() -> None:
    maps = np.zeros((400, 300, 2), np.uint8)
    maps[1, 1] = 255  # which thinning leaves out
    stage = StageMaps("big", "encoder", maps, np.array([-1, 0], np.float32), np.array([3, 0], np.float32))
    sheet = _sheet(stage, "layer", "channel", 16)
    assert max(sheet.tile) <= 160
    assert (sheet.low, sheet.high, sheet.dead) == (-1, 3, (1,))


@pytest.mark.parametrize("name", PRESETS)
def test_the_u_shows_every_stage_once_and_each_skip_beside_its_source(name: str) -> None:
    net = preset(name)
    rows = flow(net).rows
    found = levels(net, flow(net))
    left = [level.left for level in found if level.left is not None]
    right = [level.right for level in found if level.right is not None]
    first = 1 + len(net.encoder) + len(net.bottleneck)
    assert left == list(range(1 + len(net.encoder)))
    assert right == list(reversed(range(first, len(rows))))
    beside = {
        (rows[level.right].name, rows[level.left].name) for level in found if None not in (level.left, level.right)
    }
    assert {(stage, skip.source) for stage, skip in net.skips} <= beside
