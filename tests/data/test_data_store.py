"""Arrays kept on disk: found again, made anew when something changed, never in anybody's way."""

import os
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from fcnlab.data import open_dataset
from fcnlab.data.folders.folder import FolderDataset
from fcnlab.data.keeping import kept, store
from fcnlab.data.keeping.store import cache_root, entry_key, find, making, remember
from fcnlab.errors import DataError

Usage = namedtuple("Usage", "total used free")
SIZE = (24, 40)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache for each test, in which small things are kept, too."""
    root = tmp_path / "cache of this test"
    monkeypatch.setenv("FCNLAB_CACHE", str(root))
    monkeypatch.setattr(kept, "LEAST", 0)
    monkeypatch.setattr("fcnlab.data.dataset.LEAST", 0)
    monkeypatch.setattr(store, "_in_use", set())
    monkeypatch.setattr(store, "_settle_later", store._settle)
    return root / "arrays"


@pytest.fixture
def folder(pairs, labels, tmp_path):
    pairs(dict.fromkeys("abcdef", labels), "set/train")
    return tmp_path / "set"


def counting(value):
    """A maker of arrays, and the list of its calls."""
    calls = []
    return calls, lambda: calls.append(value) or {"numbers": np.arange(value)}


def decoding(monkeypatch):
    """The list of pictures that are decoded from now on."""
    seen, real = [], FolderDataset._pair
    monkeypatch.setattr(FolderDataset, "_pair", lambda self, *given: seen.append(given[1]) or real(self, *given))
    return seen


def same(first, second):
    arrays = ("images", "labels", "presence")
    return first.names == second.names and all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in arrays
    )


def test_the_cache_lies_where_the_environment_says(monkeypatch, tmp_path):
    assert cache_root() == tmp_path / "cache of this test"
    monkeypatch.delenv("FCNLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "fcnlab"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_root() == tmp_path / "home/.cache/fcnlab"


def test_what_was_made_is_remembered(folder):
    calls, make = counting(5)
    for _ in range(2):
        found = remember(open_dataset(folder), "train", "numbers", make)
        assert np.array_equal(found["numbers"], np.arange(5))
    assert len(calls) == 1
    remember(open_dataset(folder), "train", "other numbers", make)
    assert len(calls) == 2


def test_texts_and_empty_arrays_are_remembered(folder):
    made = {"texts": np.array(["é", "long text"]), "none": np.empty((0, 3), np.float32)}
    for _ in range(2):
        found = remember(open_dataset(folder), "train", "mixed", lambda: made)
        assert found["texts"].tolist() == ["é", "long text"]
        assert found["none"].shape == (0, 3)


def test_a_fingerprint_stays_and_differs_by_split_and_kind(pairs, labels, one_hot, tmp_path):
    pairs({"a": labels}, "one/train")
    pairs({"a": labels}, "one/test")
    pairs({"a": one_hot}, "two/train")
    one, two = open_dataset(tmp_path / "one"), open_dataset(tmp_path / "two")
    assert one.fingerprint("train") == open_dataset(tmp_path / "one").fingerprint("train")
    assert len({one.fingerprint("train"), one.fingerprint("test"), two.fingerprint("train")}) == 3
    with pytest.raises(DataError, match="has no split 'validation'"):
        one.fingerprint("validation")


def test_built_in_sets_differ_by_difficulty_and_seed():
    names = ("shapes:0.3", "shapes:0.4", "shapes:0.3:7")
    assert len({open_dataset(name).fingerprint("train") for name in names}) == 3


@pytest.mark.parametrize("changed", ["images/a.png", "masks/f.png"])
def test_a_changed_file_changes_the_fingerprint(folder, changed):
    before = open_dataset(folder).fingerprint("train")
    path = folder / "train" / changed
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert open_dataset(folder).fingerprint("train") != before


def test_added_and_removed_pictures_change_the_fingerprint(folder, pairs, labels):
    seen = {open_dataset(folder).fingerprint("train")}
    pairs({"g": labels}, "set/train")
    seen.add(open_dataset(folder).fingerprint("train"))
    for part in ("images", "masks"):
        (folder / f"train/{part}/a.png").unlink()
    seen.add(open_dataset(folder).fingerprint("train"))
    assert len(seen) == 3


def test_kept_pairs_are_the_pairs(folder, own_cache):
    dataset = open_dataset(folder)
    plain = dataset.load("train", SIZE)
    first, second = (dataset.load("train", SIZE, keep=True) for _ in range(2))
    assert same(first, plain)
    assert same(second, plain)
    assert len(list(own_cache.iterdir())) == 1


def test_kept_pairs_are_mapped_and_nobody_writes_into_them(folder):
    pairs = open_dataset(folder).load("train", SIZE, keep=True)
    with pytest.raises(ValueError, match="read-only"):
        pairs.images[0] = 0
    assert type(pairs.images) is np.ndarray


def test_the_second_time_nothing_is_decoded(folder, monkeypatch):
    seen, told = decoding(monkeypatch), []
    for _ in range(2):
        open_dataset(folder).load("train", SIZE, keep=True, progress=lambda *at: told.append(at))
    assert sorted(seen) == list(range(6))
    assert told == [(number, 6) for number in range(1, 7)]


@pytest.mark.parametrize(("size", "channels"), [((24, 41), 3), (SIZE, 1)])
def test_each_size_is_kept_by_itself(folder, size, channels):
    dataset = open_dataset(folder)
    dataset.load("train", SIZE, keep=True)
    assert dataset.load("train", size, channels, keep=True).images.shape == (6, *size, channels)


def test_a_changed_picture_is_read_again(folder, save):
    dataset = open_dataset(folder)
    assert dataset.load("train", SIZE, keep=True).images[1].max() == 11
    save("set/train/images/b.png", np.full((12, 20, 3), 200, np.uint8))
    assert dataset.load("train", SIZE, keep=True).images[1].min() == 200


def test_some_pairs_come_from_all_that_were_kept(folder, monkeypatch):
    dataset = open_dataset(folder)
    dataset.load("train", SIZE, keep=True)
    seen = decoding(monkeypatch)
    some = dataset.load("train", SIZE, indices=[4, 1], keep=True)
    assert not seen
    assert same(some, dataset.load("train", SIZE, indices=[4, 1]))


def test_many_pairs_out_of_all_are_mapped_as_well(folder, monkeypatch):
    dataset = open_dataset(folder)
    dataset.load("train", SIZE, keep=True)
    monkeypatch.setattr(kept, "IN_MEMORY", 0)
    seen = decoding(monkeypatch)
    some = dataset.load("train", SIZE, indices=[4, 1], keep=True)
    assert not seen
    assert not some.images.flags.writeable
    assert same(some, dataset.load("train", SIZE, indices=[4, 1]))


def test_some_pairs_alone_are_kept_by_themselves(folder, monkeypatch):
    dataset, seen = open_dataset(folder), decoding(monkeypatch)
    for indices in ([1, 2], [1, 2], [2, 3]):
        assert dataset.load("train", SIZE, indices=indices, keep=True).names == tuple(
            f"{'abcdef'[index]}.png" for index in indices
        )
    assert sorted(seen) == [1, 2, 2, 3]


def test_little_is_not_kept(folder, monkeypatch, own_cache):
    monkeypatch.setattr("fcnlab.data.dataset.LEAST", 10**6)
    open_dataset(folder).load("train", SIZE, keep=True)
    assert not own_cache.exists()


def test_nothing_is_kept_of_a_load_that_fails(folder, own_cache):
    (folder / "train/images/c.png").write_bytes((folder / "train/images/c.png").read_bytes()[:-30])
    dataset = FolderDataset.__new__(FolderDataset)
    dataset.__dict__ = open_dataset(folder).__dict__.copy()
    dataset.splits = {"train": 1}
    dataset._files = {"train": ((folder / "train/images/c.png", folder / "train/masks/c.png"),)}
    with pytest.raises(DataError, match=r"c\.png is damaged or cut short"):
        dataset.load("train", SIZE, keep=True)
    assert not list(own_cache.iterdir())


@pytest.mark.parametrize("damage", ["short", "garbage", "gone", "manifest", "manifest gone", "list"])
def test_what_is_damaged_is_made_again(folder, own_cache, caplog, damage):
    dataset = open_dataset(folder)
    plain = dataset.load("train", SIZE)
    dataset.load("train", SIZE, keep=True)
    (entry,) = own_cache.iterdir()
    labels, manifest = entry / "labels.npy", entry / "entry.json"
    if damage == "short":
        labels.write_bytes(labels.read_bytes()[:-1])
    elif damage == "garbage":
        labels.write_bytes(bytes(labels.stat().st_size))
    elif damage == "gone":
        labels.unlink()
    elif damage == "manifest gone":
        manifest.unlink()
    else:
        manifest.write_text("[1]" if damage == "list" else '{"labels', encoding="utf-8")
    assert same(dataset.load("train", SIZE, keep=True), plain)
    assert "is damaged" in caplog.text
    assert set(find(entry.name)) == {"images", "labels", "presence"}


def test_a_half_written_entry_is_no_entry(own_cache):
    unfinished = making("key", 10)
    np.save(unfinished.__enter__() / "a.npy", np.arange(3))
    assert find("key") is None
    assert not unfinished.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert find("key") is None
    assert not list(own_cache.iterdir())


def test_an_entry_that_was_not_yet_on_the_disk_when_the_machine_went_down(monkeypatch, caplog):
    for settled in (False, True):
        monkeypatch.setattr(store, "_boot", lambda: "before")
        monkeypatch.setattr(store, "_settle_later", store._settle if settled else lambda _: None)
        keep_bytes("key", 10)
        assert find("key")
        monkeypatch.setattr(store, "_boot", lambda: "after")
        assert (find("key") is not None) == settled
    assert "the machine went down before it was on the disk" in caplog.text


def test_two_processes_may_make_the_same_entry(own_cache):
    with making("key", 10) as first:
        np.save(first / "a.npy", np.arange(3))
        with making("key", 10) as second:
            np.save(second / "a.npy", np.arange(3))
    assert find("key")["a"].tolist() == [0, 1, 2]
    assert [path.name for path in own_cache.iterdir()] == ["key"]


def keep_bytes(key, count):
    with making(key, count) as folder:
        np.save(folder / "a.npy", np.zeros(count, np.uint8))


def test_what_was_not_used_for_longest_goes_first(own_cache, monkeypatch):
    monkeypatch.setattr(store, "LIMIT", 3500)
    for age, key in enumerate(("young", "middle", "old")):
        keep_bytes(key, 800)
        os.utime(own_cache / key, (time.time() - 100 * age, time.time() - 100 * age))
    keep_bytes("new", 800)
    assert {path.name for path in own_cache.iterdir()} == {"young", "middle", "new"}


def test_what_this_process_uses_stays(own_cache, monkeypatch):
    monkeypatch.setattr(store, "LIMIT", 2000)
    keep_bytes("used", 800)
    used = find("used")
    os.utime(own_cache / "used", (0, 0))
    keep_bytes("other", 800)
    keep_bytes("new", 800)
    assert {path.name for path in own_cache.iterdir()} == {"used", "new"}
    assert not used["a"].any()


def test_an_old_unfinished_entry_is_removed(own_cache):
    keep_bytes("one", 8)
    for name, age in ((".tmp-dead", 2 * store.FORGOTTEN), (".tmp-busy", 60.0)):
        (own_cache / name).mkdir()
        os.utime(own_cache / name, (time.time() - age, time.time() - age))
    keep_bytes("two", 8)
    assert {path.name for path in own_cache.iterdir()} == {"one", "two", ".tmp-busy"}


def test_a_disk_without_room_is_left_alone(folder, own_cache, monkeypatch, caplog):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: Usage(100, 90, store.SPARE))
    dataset = open_dataset(folder)
    pairs = dataset.load("train", SIZE, keep=True)
    assert same(pairs, dataset.load("train", SIZE))
    assert "Nothing is kept in" in caplog.text
    assert "MB are free" in caplog.text
    assert not list(own_cache.iterdir())


def test_a_disk_that_fills_up_while_writing(folder, own_cache, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    dataset = open_dataset(folder)
    monkeypatch.setattr(kept.os, "pwrite", full)
    assert same(dataset.load("train", SIZE, keep=True), dataset.load("train", SIZE))
    assert "No space left on device" in caplog.text
    assert not list(own_cache.iterdir())


def test_a_cache_that_cannot_be_written(folder, monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("FCNLAB_CACHE", str(tmp_path / "file"))
    dataset = open_dataset(folder)
    assert same(dataset.load("train", SIZE, keep=True), dataset.load("train", SIZE))
    calls, make = counting(3)
    for _ in range(2):
        assert remember(dataset, "train", "numbers", make)["numbers"].tolist() == [0, 1, 2]
    assert len(calls) == 2
    assert "Nothing is kept in" in caplog.text


def test_an_empty_split_needs_no_file(own_cache):
    dataset = open_dataset("shapes")
    assert len(dataset.load("train", (8, 8), indices=[], keep=True)) == 0


def test_a_key_tells_its_parts_apart():
    assert len({entry_key("ab", "c"), entry_key("a", "bc"), entry_key("a", "b", "c")}) == 3


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="asks Linux how much memory is taken")
def test_more_than_memory_is_made_and_read(own_cache):
    """105 MB of arrays in a process that may take 40 MB more than when it began; the same in memory fails."""
    program = Path(__file__).with_name("capped_load.py")

    def run(how):
        command = [sys.executable, str(program), "40", how]
        room = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "MALLOC_ARENA_MAX": "1"}
        return subprocess.run(command, env=room, capture_output=True, text=True, check=False)

    failed = run("memory")
    assert failed.returncode
    assert "MemoryError" in failed.stderr
    for _ in range(2):  # made, then found
        done = run("keep")
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) == 320 * 256 * 256 * 5
    assert len(list(own_cache.iterdir())) == 1
