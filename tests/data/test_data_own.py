"""One's own datasets: what dataset.json says, joined sources, a choice of training images, files that are left out."""

import json
import re
import zlib

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import open_dataset
from fcnlab.data.contents.conditions import PictureFilter
from fcnlab.data.contents.selection import Selection
from fcnlab.data.document import (
    ClassName,
    DatasetFile,
    MaskReading,
    read_dataset_file,
    write_dataset_file,
)
from fcnlab.data.records import PictureRecord, write_records
from fcnlab.errors import DataError

SETS = ("following_images", "patrol_non_targ", "patrol_with_targ")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FCNLAB_CACHE", str(tmp_path.parent / f"{tmp_path.name}-cache"))


def describe(folder, **fields):
    write_dataset_file(folder, DatasetFile(title="Mine", **fields))
    return open_dataset(folder)


def refused(folder, *texts):
    with pytest.raises(DataError) as caught:
        open_dataset(folder)
    for text in texts:
        assert text in str(caught.value)


# dataset.json


def test_a_description_comes_back_as_it_was_written(tmp_path):
    file = DatasetFile(
        title="Mine",
        sources=(".", "../other"),
        classes=(ClassName(name="ground"), ClassName(name="car", color="#ff0000")),
        masks=MaskReading(style="index", values={"0": 0, "7": 1, "255": None}),
        pairing="order",
        training=Selection(number=10, filter=PictureFilter(smaller_than=60)),
    )
    write_dataset_file(tmp_path, file)
    assert read_dataset_file(tmp_path) == file
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.json"]


def test_a_folder_without_a_description(tmp_path):
    assert read_dataset_file(tmp_path) is None


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("{", "dataset.json is not valid JSON"),
        ({"title": "a", "version": 2}, "version: input should be 1, received 2"),
        ({"title": " "}, "title:"),
        ({"title": "a", "colour": 1}, "colour: there is no such field here"),
        ({"title": "a", "sources": []}, "sources: at least 1 needed"),
        ({"title": "a", "classes": [{"name": "x"}]}, "classes: at least 2 needed"),
        ({"title": "a", "classes": [{"name": "x"}, {"name": "x"}]}, "two classes are called 'x'"),
        ({"title": "a", "classes": [{"name": "x"}, {"name": "y", "color": "red"}]}, "color:"),
        ({"title": "a", "masks": {"style": "index", "values": {"#ff0000": 1}}}, "have numbers such as"),
        ({"title": "a", "masks": {"style": "index", "values": {"256": 1}}}, "values go from 0 to 255; received 256"),
        ({"title": "a", "masks": {"style": "index", "values": {"0": 0, "1": None}}}, "the classes 0 and 1 are needed"),
        ({"title": "a", "masks": {"style": "binary", "values": {"0": 0, "1": 1}}}, "have exactly the values 0, 255"),
    ],
)
def test_descriptions_that_are_wrong(tmp_path, document, text):
    (tmp_path / "dataset.json").write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(DataError, match=re.escape(text)):
        open_dataset(tmp_path)


def test_a_description_that_is_a_link(tmp_path):
    (tmp_path / "dataset.json").symlink_to("/etc/passwd")
    refused(tmp_path, "dataset.json is a link")


def test_names_and_colours_of_the_classes(pairs, labels):
    classes = (ClassName(name="ground", color="#112233"), ClassName(name="cat"), ClassName(name="dog"))
    dataset = describe(pairs({"a": labels}), classes=classes)
    assert dataset.classes == ("ground", "cat", "dog")
    assert dataset.colors == ("#112233", None, None)
    assert dataset.title == "Mine"


def test_another_number_of_names_than_classes(pairs, labels):
    folder = pairs({"a": labels})
    write_dataset_file(folder, DatasetFile(title="Mine", classes=(ClassName(name="a"), ClassName(name="b"))))
    refused(folder, "dataset.json names 2 classes, but the masks hold 3. Name each class once")


def test_a_changed_description_is_seen(pairs, labels):
    folder = pairs({"a": labels})
    assert describe(folder).classes == ("class 0", "class 1", "class 2")
    names = tuple(ClassName(name=name) for name in "xyz")
    assert describe(folder, classes=names).classes == ("x", "y", "z")
    (folder / "dataset.json").unlink()
    assert open_dataset(folder).title == folder.name


# Joined sources


@pytest.fixture
def two(pairs, labels, tmp_path):
    """A folder beside two datasets with one split in common."""
    pairs({"a": labels, "b": labels}, "first/train")
    pairs({"c": labels}, "first/val")
    pairs({"d": labels * 0 + 2, "a": labels}, "second/train")
    pairs({"e": labels}, "second/test")
    return tmp_path / "both"


def test_sources_are_joined_split_by_split_in_order(two):
    dataset = describe(two, sources=("../first", "../second"))
    assert dataset.splits == {"train": 4, "validation": 1, "test": 1}
    assert dataset.file_names("train") == ("a.png", "b.png", "a.png", "d.png")
    loaded = dataset.load("train", (12, 20), indices=[3, 0])
    assert loaded.names == ("d.png", "a.png")
    assert (loaded.labels[0] == 2).all()
    assert dataset.count_pixels("train")[3].tolist() == [0, 0, 240]
    assert dataset.mask("test", 0).shape == (12, 20)
    assert dataset.image("test", 0, (3, 5)).shape == (3, 5, 3)
    assert dataset.name == str(two)


def test_a_dataset_joined_with_its_own_pictures(two, pairs, labels):
    pairs({"x": labels}, "both/train")
    dataset = describe(two, sources=("../first", "."))
    assert dataset.file_names("train") == ("a.png", "b.png", "x.png")


def test_joined_sources_need_the_same_classes(two, pairs, labels):
    pairs({"z": np.minimum(labels, 1)}, "third/train")
    write_dataset_file(two, DatasetFile(title="Mine", sources=("../first", "../third")))
    refused(two, "with 3 classes and", "with 2. Join datasets with the same classes")


def test_a_source_that_does_not_exist(two):
    write_dataset_file(two, DatasetFile(title="Mine", sources=("../nowhere",)))
    refused(two, "dataset.json has the source '../nowhere', and there is no such folder")


def test_sources_in_a_circle(two):
    write_dataset_file(two, DatasetFile(title="Mine", sources=("../first", "../other")))
    write_dataset_file(two.parent / "other", DatasetFile(title="Other", sources=("../both",)))
    refused(two, "both/dataset.json has itself among its sources")


def test_joined_datasets_see_new_files_of_their_sources(two, pairs, labels):
    before = describe(two, sources=("../first", "../second"))
    assert open_dataset(two) is before
    pairs({"new": labels}, "second/train")
    after = open_dataset(two)
    assert after.splits["train"] == 5
    assert after.fingerprint("train") != before.fingerprint("train")
    assert after.fingerprint("validation") == before.fingerprint("validation")


def test_joined_datasets_can_be_joined_again(two, pairs, labels):
    describe(two, sources=("../first", "../second"))
    pairs({"z": labels}, "third/train")
    dataset = describe(two.parent / "more", sources=("../both", "../third"))
    assert dataset.file_names("train") == ("a.png", "b.png", "a.png", "d.png", "z.png")


def test_a_built_in_source(two):
    dataset = describe(two, sources=("shapes:0.3",))
    assert dataset.splits["train"] == 400
    assert dataset.title == "Mine"


def test_evaluation_sets_and_records_come_along(pairs, one_hot, tmp_path):
    for split in ("train", *(f"sample_evaluation_data/{name}" for name in SETS)):
        pairs({"a": one_hot}, f"old/{split}")
    pairs({"far": one_hot}, "rendered/train")
    record = PictureRecord(
        image="far.png",
        kind="patrol-target",
        world=3,
        distance=50,
        height=3,
        heading=0,
        tilt=0,
        roll=0,
        field_of_view=65,
    )
    write_records(tmp_path / "rendered/train", [record])
    dataset = describe(tmp_path / "both", sources=("../old", "../rendered"))
    assert dataset.evaluation_sets == SETS
    assert dataset.classes == ("background", "other people", "hero")
    assert dataset.records("train") == (None, record)


# A choice of training images


def test_a_choice_of_training_images(two):
    whole = describe(two, sources=("../first", "../second"))
    chosen = describe(two, sources=("../first", "../second"), training=Selection(filter=PictureFilter(larger_than=100)))
    assert chosen.splits == {"train": 1, "validation": 1, "test": 1}
    assert chosen.file_names("train") == ("d.png",)
    assert chosen.load("train", (12, 20)).labels.min() == 2
    assert chosen.fingerprint("train") != whole.fingerprint("train")


def test_a_choice_by_number_is_the_same_every_time(pairs, labels):
    folder = pairs({f"{number:02d}": labels for number in range(20)}, "train")
    names = describe(folder, training=Selection(number=5, seed=3)).file_names("train")
    assert len(set(names)) == 5
    assert describe(folder, training=Selection(number=5, seed=3)).file_names("train") == names
    assert describe(folder, training=Selection(number=5, seed=4)).file_names("train") != names


def test_a_choice_that_leaves_nothing(pairs, labels):
    folder = pairs({"a": labels}, "train")
    file = DatasetFile(title="Mine", training=Selection(filter=PictureFilter(larger_than=10**6)))
    write_dataset_file(folder, file)
    refused(folder, "None of the 1 pictures of train")


def test_a_choice_without_training_images(pairs, labels):
    folder = pairs({"a": labels}, "test")
    write_dataset_file(folder, DatasetFile(title="Mine", training=Selection(number=1)))
    refused(folder, "chooses training images, but there is no split 'train'")


# Files that are left out


def noise(size=(60, 80)):
    return np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif"])
def test_pictures_cut_short_are_found_on_opening(save, pairs, suffix):
    mask = np.eye(60, 80, dtype=np.uint8)
    folder = pairs({"a": mask}, "train")
    path = save(f"train/images/b.{suffix}", noise())
    save("train/masks/b.png", mask)
    path.write_bytes(path.read_bytes()[:-200])
    dataset = open_dataset(folder)
    assert dataset.file_names("train") == ("a.png",)
    (problem,) = dataset.problems
    assert (problem.file, problem.reason) == (f"train/images/b.{suffix}", "not readable")
    assert "is damaged or cut short" in problem.message


def test_bytes_after_the_picture_do_no_harm(save, pairs):
    mask = np.eye(60, 80, dtype=np.uint8)
    folder = pairs({"a": mask}, "train")
    path = save("train/images/a.png", noise())
    path.write_bytes(path.read_bytes() + b"made by a phone")
    assert open_dataset(folder).problems == ()


def test_a_header_that_lies_about_the_size(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    path = folder / "train/images/b.png"
    content = bytearray(path.read_bytes())
    content[16:24] = (60000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    path.write_bytes(content)
    (problem,) = open_dataset(folder).problems
    assert "million" in problem.message


def damage(path):
    """Change bytes in the middle: the header and the end stay right."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8] = bytes(255 - byte for byte in content[middle : middle + 8])
    path.write_bytes(content)


def test_damage_that_only_decoding_shows_is_told_when_the_file_is_read_and_found_by_a_check(save, pairs):
    mask = np.eye(60, 80, dtype=np.uint8)
    folder = pairs({"a": mask, "b": mask, "c": mask}, "train")
    path = save("train/images/b.png", noise())
    damage(path)
    dataset = open_dataset(folder)
    assert dataset.problems == ()
    with pytest.raises(DataError, match=r"train/images/b.png is damaged or cut short"):
        dataset.load("train", (8, 8))
    told = []
    (found,) = dataset.check(lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert (found.file, found.reason) == ("train/images/b.png", "not readable")

    again = open_dataset(folder)
    assert again.problems == (found,)
    assert again.load("train", (8, 8)).names == ("a.png", "c.png")
    assert again.check() == ()
    assert open_dataset(folder).problems == (found,)

    save("train/images/b.png", noise())
    assert open_dataset(folder).splits == {"train": 3}


def test_a_check_finds_masks_of_another_kind(pairs, one_hot):
    folder = pairs({f"{number:03d}": one_hot for number in range(100)}, "train")
    strange = one_hot.copy()
    strange[0] = 77
    Image.fromarray(strange).save(folder / "train/masks/051.png")
    dataset = open_dataset(folder)
    assert dataset.problems == ()
    (found,) = dataset.check()
    assert (found.file, found.reason) == ("train/masks/051.png", "mask of another kind")
    assert open_dataset(folder).splits == {"train": 99}


def test_findings_that_are_damaged_themselves_are_forgotten(pairs, labels):
    folder = pairs({"a": labels}, "train")
    open_dataset(folder).check()
    (kept,) = (folder.parent / f"{folder.name}-cache" / "checks").iterdir()
    kept.write_text("[1, 2", encoding="utf-8")
    assert open_dataset(folder).splits == {"train": 1}


def test_nothing_is_left(pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    for name in "ab":
        (folder / f"train/images/{name}.png").write_text("no picture")
    refused(folder, "can be used, 2 files were left out. The first: The image", "a.png is not a picture")


# What is said of the pictures


def test_sizes_and_pixel_formats(save, pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    save("train/images/b.png", np.zeros((24, 40), np.uint16))
    found = open_dataset(folder).found
    assert found.sizes == {(12, 20): 1, (24, 40): 1}
    assert found.modes == {"RGB": 1, "I;16": 1}


def test_mixed_sizes_and_16_bit_images_come_out_alike(save, pairs, labels):
    folder = pairs({"a": labels, "b": labels}, "train")
    save("train/images/b.png", np.full((24, 40), 40000, np.uint16))
    loaded = open_dataset(folder).load("train", (6, 10))
    assert loaded.images.shape == (2, 6, 10, 3)
    assert (loaded.images[1] == 155).all()


def test_the_simulated_set_is_opened_by_its_name(pairs, one_hot, tmp_path, monkeypatch):
    monkeypatch.setenv("FCNLAB_ASSETS", str(tmp_path / "assets"))
    with pytest.raises(DataError, match=r"The pictures of the built-in dataset followme-sim are not in"):
        open_dataset("followme-sim")
    for split in ("train", *(f"sample_evaluation_data/{name}" for name in SETS)):
        pairs({"a": one_hot}, f"assets/followme-sim/{split}")
    dataset = open_dataset("followme-sim")
    assert dataset.name == "followme-sim"
    assert dataset.evaluation_sets == SETS
    assert open_dataset("followme-sim") is dataset
