"""Deleting runs: out of the list, whole, back again, and for good."""

import time

import pytest
from recorded import recorded

from fcnlab.errors import RunError
from fcnlab.lab.history.shelf import Shelf


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def names(shelf):
    return sorted(entry.run.name for entry in shelf.entries()[0])


def test_a_deleted_run_leaves_the_list_and_comes_back_whole(shelf):
    run = recorded(shelf.root, "a")
    shelf.describe(run, tags=["kept"])
    before = sorted(path.name for path in run.path.iterdir())
    gone = shelf.bin.delete("a")
    assert (gone.key, gone.name, names(shelf)) == ("a", "a", [])
    assert (shelf.root / ".deleted" / "a" / "run.json").is_file()
    assert [one.name for one in shelf.bin.deleted()] == ["a"]
    assert shelf.bin.restore(gone.key) == "a"
    assert (names(shelf), shelf.bin.deleted()) == (["a"], [])
    assert sorted(path.name for path in run.path.iterdir()) == before
    assert shelf.entry(run).about.tags == ("kept",)


def test_a_link_to_a_deleted_run_says_so(shelf):
    recorded(shelf.root, "a")
    shelf.bin.delete("a")
    with pytest.raises(RunError, match=r"^The run a was deleted\. Restore it in the list of deleted runs\.$"):
        shelf.find("a")


def test_a_name_can_be_deleted_twice_and_both_come_back(shelf):
    for _ in range(2):
        recorded(shelf.root, "a")
        shelf.bin.delete("a")
    gone = shelf.bin.deleted()
    assert [one.name for one in gone] == ["a", "a"]
    assert [shelf.bin.restore(one.key) for one in gone] == ["a", "a-2"]
    assert names(shelf) == ["a", "a-2"]


def test_the_last_deleted_comes_first(shelf):
    for name in ("b", "a", "c"):
        recorded(shelf.root, name)
        shelf.bin.delete(name)
    assert [one.name for one in shelf.bin.deleted()] == ["c", "a", "b"]


@pytest.mark.parametrize("state", ["starting", "running", "paused", "stopping"])
def test_a_run_that_is_being_trained_cannot_be_deleted(shelf, state):
    recorded(shelf.root, "a", state=state, heartbeat=time.time())
    with pytest.raises(RunError, match=r"^The run a is being trained and cannot be deleted\. Stop it first\.$"):
        shelf.bin.delete("a")
    assert names(shelf) == ["a"]


def test_a_run_that_waits_cannot_be_deleted(shelf):
    recorded(shelf.root, "a", state="queued", heartbeat=time.time())
    with pytest.raises(RunError, match="The run a is waiting to be trained"):
        shelf.bin.delete("a")


def test_a_folder_that_is_no_run_can_be_deleted_too(shelf):
    (shelf.root / "holiday").mkdir()
    assert shelf.bin.delete("holiday").key == "holiday"
    assert shelf.entries() == ([], [])
    assert shelf.bin.restore("holiday") == "holiday"


def test_a_run_that_is_not_there_cannot_be_deleted_nor_restored_nor_removed(shelf):
    with pytest.raises(RunError, match="There is no run called a here"):
        shelf.bin.delete("a")
    with pytest.raises(RunError, match="There is no deleted run a"):
        shelf.bin.restore("a")
    with pytest.raises(RunError, match="There is no deleted run a"):
        shelf.bin.remove("a")


@pytest.mark.parametrize("name", ["..", "../elsewhere", ".deleted"])
def test_nothing_outside_of_the_runs_folder_is_touched(shelf, name):
    with pytest.raises(RunError, match="The run name"):
        shelf.bin.delete(name)
    with pytest.raises(RunError, match="The run name"):
        shelf.bin.remove(name)


def test_removed_for_good_is_gone(shelf):
    recorded(shelf.root, "a")
    shelf.bin.remove(shelf.bin.delete("a").key)
    assert shelf.bin.deleted() == []
    assert list((shelf.root / ".deleted").iterdir()) == []


def test_a_note_in_the_bin_that_names_another_place_is_not_followed(shelf):
    recorded(shelf.root, "a")
    gone = shelf.bin.delete("a")
    (shelf.root / ".deleted" / "a" / "deleted.json").write_text('{"name": "../x", "at": "2026-01-01T00:00:00Z"}')
    assert shelf.bin.restore(gone.key) == "a"
