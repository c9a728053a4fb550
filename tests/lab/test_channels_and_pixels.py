"""One channel's pictures, and one value's story."""

import os

import numpy as np
import pytest
from looking_runs import PICTURE, SIDE, folder_of, made, network, png

from fcnlab.arch import expand
from fcnlab.errors import DataError, FcnLabError
from fcnlab.lab.inside.loaded import load
from fcnlab.lab.tasks import Sample, Upload, explain_pixel, look, top_pictures
from fcnlab.net.inside import peaks

DATA = "shapes:0.3"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made(tmp_path_factory.mktemp("close") / "run", network())[0]


# Top pictures


def test_top_pictures_are_those_in_which_the_channel_rises_highest(run):
    found = top_pictures(str(run.path), DATA, "validation", "decoder1_relu1", 2, images=12, count=4)
    heights = {}
    for index in np.linspace(0, 99, 12).round().astype(int):
        stages = look(str(run.path), Sample(DATA, "validation", int(index)), layers=True).stages
        heights[int(index)] = next(maps for maps in stages if maps.name == "decoder1_relu1").high[2]
    expected = sorted(heights, key=lambda index: -heights[index])[:4]
    assert [top.index for top in found] == expected
    assert [top.value for top in found] == pytest.approx([float(heights[index]) for index in expected], rel=1e-4)


def test_a_top_picture_shows_where_the_channel_peaks(run):
    [top] = top_pictures(str(run.path), DATA, "validation", "encoder1_relu1", 5, images=3, count=1)
    seen = look(str(run.path), Sample(DATA, "validation", top.index), layers=True)
    own = next(maps for maps in seen.stages if maps.name == "encoder1_relu1").values()[:, :, 5]
    assert (top.image == seen.image).all()
    np.testing.assert_allclose(top.map, own, atol=float(np.ptp(own)) / 255)
    assert top.map[top.peak] == top.value == top.map.max()
    assert (top.split, top.name) == ("validation", f"validation {top.index}")


def test_a_second_question_about_a_checkpoint_passes_no_picture_again(run, monkeypatch):
    passes = []
    monkeypatch.setattr(peaks, "channel_peaks", lambda *given: passes.append(1) or real(*given))
    for layer, channel in (("encoder1_relu1", 0), ("encoder2_relu1", 11), ("outputs", 2)):
        assert len(top_pictures(str(run.path), DATA, "test", layer, channel, images=5, count=9)) == 5
    assert len(passes) == 1


real = peaks.channel_peaks


def test_pictures_that_came_to_a_dataset_are_looked_through(tmp_path):
    spec = network()
    spec = spec.model_copy(update={"output": spec.output.model_copy(update={"classes": 2})})
    pictures = [np.full((SIDE, SIDE, 3), value, np.uint8) for value in (10, 90, 40)]
    data = folder_of(tmp_path / "data", pictures)
    run, _ = made(tmp_path / "run", spec, data)
    split = next(name for name, count in splits(data).items() if count)
    before = top_pictures(str(run.path), data, split, "inputs", 0)
    folder_of(tmp_path / "data", [*pictures, *[np.full((SIDE, SIDE, 3), 250, np.uint8)] * 9])
    for kind in ("images", "masks"):
        os.utime(tmp_path / "data" / kind, (0, 0))  # however coarse the file system's clock
    after = top_pictures(str(run.path), data, split, "inputs", 0)
    assert before[0].value < after[0].value == pytest.approx(250 / 127.5 - 1)


def splits(data):
    from fcnlab.data import open_dataset

    return open_dataset(data).splits


def test_few_galleries_are_kept(run):
    for images in range(2, 7):
        top_pictures(str(run.path), DATA, "test", "outputs", 0, images=images, count=1)
    assert len(load(run.path).galleries) == 2


@pytest.mark.parametrize(
    ("split", "layer", "channel", "sentence"),
    [
        ("exam", "outputs", 0, "has no split 'exam'"),
        ("test", "decoder9", 0, "no layer called 'decoder9'. It has inputs, encoder1_conv1,"),
        ("test", "outputs", 3, "outputs has no channel 3. Its channels are 0 to 2."),
        ("test", "outputs", -1, "outputs has no channel -1."),
    ],
)
def test_a_channel_or_split_that_is_not_there(run, split, layer, channel, sentence):
    with pytest.raises(FcnLabError, match=sentence):
        top_pictures(str(run.path), DATA, split, layer, channel)


# One value


def test_a_story_ends_at_the_value_that_the_page_shows(run):
    seen = {maps.name: maps for maps in look(str(run.path), PICTURE, layers=True).stages}
    for layer in expand(network()).layers:
        y, x, channel = layer.shape[0] - 1, 0, layer.shape[2] // 2
        story = explain_pixel(str(run.path), PICTURE, layer.name, y, x, channel)
        maps = seen[layer.name]
        step = float(maps.high[channel] - maps.low[channel]) / 255
        assert story.value == pytest.approx(float(maps.values()[y, x, channel]), abs=step + 1e-6)
        assert story.steps[-1].value == pytest.approx(story.value, rel=1e-4, abs=1e-5)


def test_the_receptive_field_is_cut_at_the_pictures_edge(run):
    corner = explain_pixel(str(run.path), PICTURE, "encoder1_conv1", 7, 7, 0)
    assert (corner.window, corner.size) == ((14, 14, 16, 16), (3, 3))
    middle = explain_pixel(str(run.path), PICTURE, "encoder2_conv1", 1, 2, 0)
    assert (middle.window, middle.size) == ((4, 8, 11, 15), (7, 7))
    end = explain_pixel(str(run.path), PICTURE, "outputs", 15, 0, 0)
    top, left, bottom, right = end.window
    assert (left, bottom) == (0, 16)
    assert (bottom - top, right - left) < end.size


def test_the_effective_field_lies_within_the_theoretical_one(run):
    story = explain_pixel(str(run.path), PICTURE, "encoder2_conv1", 1, 2, 3)
    top, left, bottom, right = story.window
    inside = story.effective[top:bottom, left:right]
    assert story.effective.shape == (SIDE, SIDE)
    assert inside.sum() == pytest.approx(float(story.effective.sum()))
    assert inside.max() > 0
    # 7×7 pixels: a quarter of 7 is 1, and the middle is what is left without one row or column on each side
    assert story.effective_share == pytest.approx(float(inside[1:-1, 1:-1].sum() / inside.sum()))


def test_a_closed_relu_lets_nothing_through(run):
    maps = next(maps for maps in look(str(run.path), PICTURE, layers=True).stages if maps.name == "decoder1_relu1")
    y, x, channel = np.argwhere(maps.values() == 0)[0]
    story = explain_pixel(str(run.path), PICTURE, "decoder1_relu1", int(y), int(x), int(channel))
    assert story.value == story.steps[-1].value == 0
    assert story.steps[-2].value < 0
    assert not story.effective.any()
    assert story.effective_share is None


def test_an_uploads_value_can_be_explained(run):
    upload = Upload(png(np.full((SIDE, SIDE, 3), 255, np.uint8)), "white.png")
    story = explain_pixel(str(run.path), upload, "inputs", 3, 4, 1, epoch=0)
    assert story.value == 1
    assert story.window == (3, 4, 4, 5)
    assert story.steps[0].sentence == "The picture's byte 255, brought to −1 … 1: (255 ÷ 255 − 0.5) × 2 = 1."
    assert story.effective[3, 4] == story.effective.sum() == 1


@pytest.mark.parametrize(
    ("layer", "place", "sentence"),
    [
        ("nowhere", (0, 0, 0), "no layer called 'nowhere'"),
        ("encoder1_relu1", (8, 0, 0), "encoder1_relu1 has no value at row 8, column 0. Its rows are 0 to 7"),
        ("encoder1_relu1", (0, -1, 0), "no value at row 0, column -1"),
        ("encoder1_relu1", (0, 0, 8), "encoder1_relu1 has no channel 8"),
    ],
)
def test_a_value_that_is_not_there(run, layer, place, sentence):
    with pytest.raises(FcnLabError, match=sentence):
        explain_pixel(str(run.path), PICTURE, layer, *place)


def test_a_picture_that_is_not_there(run):
    with pytest.raises(DataError, match="no image number 5000"):
        explain_pixel(str(run.path), Sample(DATA, "test", 5000), "outputs", 0, 0, 0)
