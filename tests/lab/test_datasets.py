"""The lab's own datasets: made of folders, zips and choices, described anew, and deleted."""

import os
from pathlib import Path

import pytest
from own_pictures import make_folder, zipped

from fcnlab.data import open_dataset
from fcnlab.data.contents.selection import Selection
from fcnlab.data.document import DatasetFile
from fcnlab.errors import DataError
from fcnlab.lab.datasets import (
    built_on,
    datasets_root,
    delete_dataset,
    find_dataset,
    free_name,
    import_archive,
    list_datasets,
    new_dataset,
    save_dataset,
)


@pytest.fixture
def leaves(tmp_path):
    """Ten pairs, eight of them for training, with masks of 0, 1 and 2."""
    return make_folder(tmp_path / "leaves")


def of(folder, **changes):
    return DatasetFile(title="Leaves", sources=(str(folder),), **changes)


# Where they are


def test_they_lie_beside_the_runs_unless_a_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("FCNLAB_DATASETS")
    assert datasets_root() == tmp_path / "datasets"
    monkeypatch.setenv("FCNLAB_DATASETS", "~/mine")
    assert datasets_root() == Path("~/mine").expanduser()


def test_without_the_folder_there_are_none(datasets):
    assert not datasets.exists()
    assert list_datasets() == []


# Made of a folder


def test_a_folder_becomes_a_dataset_by_a_description_alone(datasets, leaves):
    path = new_dataset("mine", of(leaves))
    assert path == datasets / "mine"
    assert [file.name for file in path.iterdir()] == ["dataset.json"]
    (own,) = list_datasets()
    assert (own.name, own.title, own.path, own.keeps_pictures) == ("mine", "Leaves", path, False)
    assert open_dataset(path).splits == {"train": 8, "validation": 2}


def test_a_choice_of_training_images_is_a_dataset_that_can_be_built_on_again(datasets, leaves):
    first = new_dataset("first", of(leaves))
    second = new_dataset("second", of(first, training=Selection(number=5, seed=1)))
    assert open_dataset(second).splits == {"train": 5, "validation": 2}
    assert [own.name for own in built_on(first)] == ["second"]
    assert [own.name for own in built_on(leaves)] == ["first"]
    chosen = new_dataset("shapes-few", DatasetFile(title="s", sources=("shapes:0.4",), training=Selection(number=7)))
    assert open_dataset(chosen).splits["train"] == 7
    assert [own.name for own in built_on("shapes:0.4")] == ["shapes-few"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "dataset name '' is empty"),
        ("../out", "points to another folder"),
        (".hidden", "begins or ends with a full stop"),
        ("a" * 81, "has 81 characters"),
    ],
)
def test_a_name_that_no_folder_may_have_is_refused(datasets, leaves, name, message):
    with pytest.raises(DataError, match=message):
        new_dataset(name, of(leaves))


def test_a_name_that_is_taken_is_refused_and_a_free_one_is_suggested(datasets, leaves):
    new_dataset("my-photos-2", of(leaves))
    with pytest.raises(DataError, match=r"There is a dataset 'my-photos-2' already\. Choose another name\."):
        new_dataset("my-photos-2", of(leaves))
    assert free_name("my photos (2)") == "my-photos-2-2"
    assert free_name("···") == "dataset"


def test_what_cannot_be_opened_is_not_made(datasets, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="images/"):
        new_dataset("mine", of(tmp_path / "empty"))
    assert list(datasets.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(datasets, leaves):
    datasets.mkdir(mode=0o555)
    with pytest.raises(DataError, match="cannot be written"):
        new_dataset("mine", of(leaves))


# Described anew


def test_classes_are_named_coloured_and_ignored_anew(datasets, leaves):
    path = new_dataset("mine", of(leaves))
    save_dataset(
        "mine",
        DatasetFile.model_validate(
            {
                "title": "Leaves",
                "sources": (str(leaves),),
                "classes": [{"name": "ground"}, {"name": "leaf", "color": "#11aa33"}],
                "masks": {"style": "index", "values": {"0": 0, "1": 1, "2": None}},
            }
        ),
    )
    dataset = open_dataset(path)
    assert dataset.classes == ("ground", "leaf")
    assert dataset.colors == (None, "#11aa33")
    assert set(dataset.mask("train", 0).ravel()) == {0, 1, 255}


def test_a_description_that_does_not_fit_leaves_the_dataset_as_it_was(datasets, leaves):
    path = new_dataset("mine", of(leaves))
    before = (path / "dataset.json").read_bytes()
    with pytest.raises(DataError, match="2 classes"):
        save_dataset("mine", of(leaves, classes=({"name": "a"}, {"name": "b"})))
    assert (path / "dataset.json").read_bytes() == before
    assert open_dataset(path).splits["train"] == 8


def test_one_whose_description_is_damaged_is_listed_with_the_reason(datasets, leaves):
    path = new_dataset("mine", of(leaves))
    (path / "dataset.json").write_text("{")
    (own,) = list_datasets()
    assert own.file is None
    assert "is not valid JSON" in own.problem


# Made of a zip


def test_a_zip_becomes_a_dataset_with_its_pictures(datasets, leaves):
    told = []
    found = import_archive(zipped(leaves), "unpacked", lambda done, total: told.append((done, total)))
    assert found.dataset.splits == {"train": 8, "validation": 2}
    assert found.path == datasets / "unpacked"
    assert told[-1] == (20, 20)
    assert find_dataset("unpacked").keeps_pictures
    assert [path.name for path in datasets.iterdir()] == ["unpacked"]


def test_a_zip_in_which_nothing_can_be_used_leaves_nothing(datasets, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("a")
    with pytest.raises(DataError):
        import_archive(zipped(tmp_path / "letters"), "letters")
    assert list(datasets.iterdir()) == []


def test_a_file_that_is_no_zip_is_refused_and_leaves_nothing(datasets, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"not a zip")
    with pytest.raises(DataError, match=r"a\.zip"):
        import_archive(path, "a")
    assert list(datasets.iterdir()) == []


def test_a_zip_may_bring_a_description_of_its_pictures_and_of_no_other_folder(datasets, leaves, tmp_path):
    classes = [{"name": name} for name in ("sky", "tree", "fruit")]
    secret = make_folder(tmp_path / "secret")
    for source, named in ((".", ("sky", "tree", "fruit")), (str(secret), ("class 0",))):
        document = DatasetFile.model_validate({"title": "x", "sources": (source,), "classes": classes})
        (leaves / "dataset.json").write_text(document.model_dump_json())
        found = import_archive(zipped(leaves), free_name("mine"))
        assert found.dataset.splits == {"train": 8, "validation": 2}
        assert found.dataset.classes[: len(named)] == named


# Deleted


def test_deleting_removes_the_pictures_of_a_zip_and_leaves_a_folder_of_somebodys_own(datasets, leaves):
    import_archive(zipped(leaves), "unpacked")
    new_dataset("pointed", of(leaves))
    delete_dataset("unpacked")
    delete_dataset("pointed")
    assert list(datasets.iterdir()) == []
    assert open_dataset(leaves).splits["train"] == 8
    with pytest.raises(DataError, match="no dataset 'pointed' of its own"):
        delete_dataset("pointed")


def test_only_what_lies_in_the_labs_folder_is_deleted(datasets, leaves):
    (leaves / "dataset.json").write_text(of(".").model_dump_json())
    with pytest.raises(DataError, match="points to another folder"):
        delete_dataset(f"../{leaves.name}")
    assert leaves.is_dir()
