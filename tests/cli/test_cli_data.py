"""The command `data`: what it prints, and that its JSON is what the data room computes."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import ALIKE, PictureFilter, Selection, leakage, near_duplicates, open_dataset, select, statistics
from fcnlab.data.contents.survey import survey


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A folder with three pictures in train, two of them the same, and the third again in validation."""
    root = tmp_path_factory.mktemp("film")
    mask = np.zeros((40, 40), dtype=np.uint8)
    mask[:10, :10] = 1
    for split, seeds in (("train", [1, 1, 2]), ("validation", [2, 3])):
        for kind in ("images", "masks"):
            (root / split / kind).mkdir(parents=True)
        for number, seed in enumerate(seeds):
            coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((40, 40), Image.Resampling.BICUBIC)
            picture.save(root / split / "images" / f"{number}.png")
            Image.fromarray(mask if number else mask * 0).save(root / split / "masks" / f"{number}.png")
    return root


def test_data_as_json_has_the_keys_of_the_design(call):
    ended = call("data", "shapes", "--json")
    assert (ended.status, ended.err) == (0, "")
    document = json.loads(ended.out)
    assert sum(document["class_share"].values()) == pytest.approx(1)
    assert list(document["class_share"]) == document["classes"]
    assert {"train", "validation"} <= document["splits"].keys()


def test_data_prints_counts_and_a_row_for_each_class(call):
    document = json.loads(call("data", "shapes", "--json").out)
    text = call("data", "shapes").out
    assert f"{document['splits']['train']:,} train" in text
    for name in document["classes"]:
        assert f"{name} " in text
        assert f"{document['class_share'][name]:.2%}" in text


def test_data_refuses_a_folder_that_is_not_there(refused, tmp_path):
    assert "There is no dataset folder" in refused("data", tmp_path / "none")
    assert "There is no dataset folder" in refused("data", tmp_path / "none", "--json")


def test_data_as_json_is_what_statistics_computes(call, film):
    document = json.loads(call("data", film, "--json").out)
    assert document == statistics(open_dataset(film)).model_dump(mode="json")
    assert document["problems"] == []
    assert document["by_distance"] == []


def test_data_names_files_that_are_left_out(call, film, tmp_path):
    assert "Files left out" not in call("data", film).out
    broken = shutil.copytree(film, tmp_path / "broken")
    (broken / "train" / "masks" / "1.png").unlink()
    text = call("data", broken).out
    assert "\nFiles left out: 1\n" in text
    assert "1.png" in text
    (problem,) = json.loads(call("data", broken, "--json").out)["problems"]
    assert "1.png" in problem["file"]


# twins


def test_twins_as_json_are_what_the_data_room_finds(call, film):
    document = json.loads(call("data", film, "--twins", "--json").out)
    dataset = open_dataset(film)
    names, others = dataset.file_names("validation"), dataset.file_names("train")
    assert document["near_duplicates"]["train"] == near_duplicates(dataset, "train").to_json(others)
    assert document["near_duplicates"]["validation"]["repeated"] == 0
    assert document["leakage"] == {"validation": leakage(dataset).to_json(names, others)}
    assert document["leakage"]["validation"]["pairs"][0]["other"] == "2.png"
    assert document["near_duplicates"]["train"]["threshold"] == ALIKE


def test_twins_in_words(call, film):
    text = call("data", film, "--twins").out
    lines = [line.split() for line in text.splitlines()]
    assert ["train", "3", "1", "33.3%", "—", "—"] in lines
    assert ["validation", "2", "0", "0.0%", "1", "50.0%"] in lines
    assert "  0.00  validation 0.png  train 2.png" in text.splitlines()


def test_without_asking_nothing_is_compared(call, film):
    assert "leakage" not in json.loads(call("data", film, "--json").out)


def test_the_largest_distance_of_a_near_duplicate_is_checked(refused, film):
    assert "above 0 and at most 1; received 2" in refused("data", film, "--twins", "--alike", 2)


# conditions


def test_pictures_that_meet_conditions_are_named(call):
    ended = call(
        "data", "shapes", "--smaller-than", 900, "--target", "blob", "--select", 3, "--seed", 5, "--split", "test"
    )
    told = "3 pictures with fewer than 900 pixels of blob, drawn with seed 5: 3 of the 100 in test"
    *_, header, first, second, third = ended.out.splitlines()
    assert header == told
    wanted = Selection(filter=PictureFilter(target="blob", smaller_than=900), number=3, seed=5)
    found = survey(open_dataset("shapes"), "test")
    assert [line.strip() for line in (first, second, third)] == [found.names[i] for i in select(found, wanted)]


def test_a_selection_as_json(call):
    document = json.loads(call("data", "shapes", "--json", "--not-shown", "--stratify", "--split", "test").out)
    selection = document["selection"]
    assert selection["describe"] == "All pictures without the target."
    assert selection["filter"]["present"] == "without"
    found = survey(open_dataset("shapes"), "test")
    assert len(selection["images"]) == (found.sizes() == 0).sum()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--select", "0"], "The selection, number: input should be greater than or equal to 1, received 0."),
        (["--farther-than", "40"], "No picture of train has a record of its target's distance"),
        (["--target", "cow", "--shown"], "The dataset has no class 'cow'. It has background, blob, polygon."),
        (["--select", "3", "--split", "holiday"], "has no split 'holiday'"),
        (["--smaller-than", "1"], "None of the 400 pictures of train is one with fewer than 1 pixel of the target."),
    ],
)
def test_conditions_that_cannot_be_met_are_refused(refused, options, told):
    assert told in refused("data", "shapes", *options)
    assert told in refused("data", "shapes", "--json", *options)
