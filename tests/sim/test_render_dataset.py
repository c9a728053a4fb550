"""Rendered folders: the Follow-Me layout, exact records, the same bytes however they were made."""

import json
import multiprocessing
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import open_dataset
from fcnlab.data.records import read_records
from fcnlab.errors import RenderError
from fcnlab.sim import RenderRequest, render_dataset
from fcnlab.sim.files import RenderFolder

SETS = ("following_images", "patrol_non_targ", "patrol_with_targ")


def contents(root):
    """Every file under a folder but the recipe, records in the order of their images."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.name == "records.jsonl":
            found[str(path.relative_to(root))] = b"".join(sorted(path.read_bytes().splitlines(keepends=True)))
        elif path.is_file() and path.name != "render.json":
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


def splits(root):
    """Every folder with images, masks and records in it."""
    return [path.parent for path in sorted(root.rglob("records.jsonl"))]


def test_the_folder_opens_as_a_follow_me_dataset(mixed):
    dataset = open_dataset(mixed)
    assert dataset.evaluation_sets == SETS
    assert dataset.classes == ("background", "other people", "hero")
    assert dataset.splits == {"train": 14, "validation": 3, **dict.fromkeys(SETS, 1)}


def test_pictures_of_one_kind_tell_their_classes_too(mixed, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(mixed, alone, ignore=shutil.ignore_patterns("sample_evaluation_data"))
    dataset = open_dataset(alone)
    assert dataset.classes == ("background", "other people", "hero")
    assert dataset.evaluation_sets == ()


def test_pictures_are_small_jpegs_with_one_hot_masks(mixed):
    for path in mixed.rglob("images/*"):
        with Image.open(path) as image, Image.open(path.parents[1] / "masks" / f"{path.stem}.png") as mask:
            assert (image.format, image.size, mask.size) == ("JPEG", (64, 64), (64, 64))
            values = np.array(mask)
        assert set(np.unique(values)) <= {0, 255}
        assert (values.astype(int).sum(-1) == 255).all()


def test_records_tell_what_the_masks_show(mixed):
    for split in splits(mixed):
        records = read_records(split)
        assert list(records) == sorted(path.name for path in (split / "images").iterdir())
        for name, record in records.items():
            mask = np.array(Image.open(split / "masks" / f"{Path(name).stem}.png"))
            assert record.hero_pixels == (mask[..., 2] == 255).sum()
            assert (record.people > 0) == (mask[..., 1] == 255).any()
            assert 60 <= record.field_of_view <= 70


def test_each_kind_shows_what_it_promises(mixed):
    records = [record for split in splits(mixed) for record in read_records(split).values()]
    assert {record.kind for record in records} == {"following", "patrol", "patrol-target"}
    for record in records:
        if record.kind == "patrol":
            assert (record.hero_pixels, record.distance, record.occlusion) == (0, None, None)
        else:
            low, high = (2.5, 12) if record.kind == "following" else (6, 45)
            assert low - 0.01 <= record.distance <= high + 0.01
            assert 0 <= record.occlusion < 1
            assert record.hero_pixels > 0


def test_the_evaluation_sets_hold_their_kinds(mixed):
    kinds = [read_records(mixed / "sample_evaluation_data" / name).values() for name in SETS]
    assert [[record.kind for record in records] for records in kinds] == [["following"], ["patrol"], ["patrol-target"]]


def test_no_world_is_in_two_splits(mixed):
    worlds = [{record.world for record in read_records(split).values()} for split in splits(mixed)]
    assert sum(map(len, worlds)) == len(set().union(*worlds))


def test_the_same_request_again_adds_nothing_and_a_larger_one_adds_the_rest(mixed, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(mixed, root)
    before = contents(root)
    told = []
    request = RenderRequest(count=20, seed=5, size=64)
    assert render_dataset(root, request, lambda *at: told.append(at)).pairs == 0
    assert (contents(root), told) == (before, [(20, 20)])
    more = RenderRequest(count=2, kind="patrol-target", distance=(10, 14), seed=5, size=64, split="train")
    assert render_dataset(root, more, lambda *at: told.append(at), workers=1).splits == {"train": 2}
    assert told[1:] == [(0, 2), (1, 2), (2, 2)]
    assert before.items() - contents(root).items() <= {("train/records.jsonl", before["train/records.jsonl"])}
    new = [record for record in read_records(root / "train").values() if record.image.startswith("patrol-target_5_")]
    assert len(new) == 2
    assert all(10 - 0.01 <= record.distance <= 14.01 for record in new)
    assert [entry["count"] for entry in json.loads((root / "render.json").read_text())["requests"]] == [20, 2]
    assert open_dataset(root).splits["train"] == 16


KILLED = """
import os, signal, sys
from pathlib import Path
from fcnlab.sim import RenderRequest, render_dataset
def progress(done, count):
    if done == 5:
        os.kill(os.getpid(), signal.SIGKILL)
render_dataset(Path(sys.argv[1]), RenderRequest(count=20, seed=5, size=64), progress, 1)
"""


def test_a_killed_render_leaves_whole_pairs_and_goes_on_with_another_number_of_workers(mixed, tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=120)
    assert done.returncode == -9
    assert open_dataset(tmp_path).splits == {"train": 5}
    assert len(read_records(tmp_path / "train")) == 5
    assert render_dataset(tmp_path, RenderRequest(count=20, seed=5, size=64), workers=1).pairs == 15
    assert contents(tmp_path) == contents(mixed)


def test_what_a_kill_between_two_files_leaves_is_put_right(mixed, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(mixed, root)
    images = sorted((root / "train" / "images").iterdir())
    images[0].unlink()  # its mask and its record are there
    records = root / "train" / "records.jsonl"
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(line for line in lines if images[1].name not in line) + lines[0][:40])
    (root / "train" / "masks" / ".torn.png.part").write_bytes(b"half")
    assert render_dataset(root, RenderRequest(count=20, seed=5, size=64), workers=1).pairs == 2
    assert contents(root) == contents(mixed)


def test_a_progress_that_fails_ends_the_programs(studio, tmp_path):
    before = multiprocessing.active_children()

    def progress(done, count):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_dataset(tmp_path, RenderRequest(count=8, size=32, split="train"), progress, workers=1)
    assert multiprocessing.active_children() == before
    assert open_dataset(tmp_path).splits["train"] >= 1


def _render_two(root):
    render_dataset(Path(root), RenderRequest(count=2, kind="patrol", size=32, split="train"), workers=1)


def test_a_daemon_process_can_render(studio, tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=_render_two, args=(str(tmp_path),), daemon=True)
    process.start()
    process.join(120)
    assert process.exitcode == 0
    assert len(list(tmp_path.rglob("*.jpeg"))) == 2


# What is refused


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RenderError, match=r"is not empty, and nothing was rendered into it before .* new folder"):
        render_dataset(tmp_path, RenderRequest(count=1))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RenderError, match="is a file; pictures are rendered into a folder"):
        render_dataset(tmp_path / "file", RenderRequest(count=1))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"requests": 3}', '{"requests": [{"count": 0}]}'])
def test_a_broken_recipe_is_refused(tmp_path, text):
    (tmp_path / "render.json").write_text(text)
    with pytest.raises(RenderError, match=r"render\.json"):
        render_dataset(tmp_path, RenderRequest(count=1))


def test_two_cannot_render_into_one_folder_at_once(tmp_path):
    told = pytest.raises(RenderError, match="Another program renders into")
    with RenderFolder(tmp_path, RenderRequest(count=1)), told:
        render_dataset(tmp_path, RenderRequest(count=1))
    with RenderFolder(tmp_path, RenderRequest(count=1)):
        assert (tmp_path / "render.json").is_file()


def test_a_place_that_cannot_be_written_is_refused():
    with pytest.raises(RenderError, match=r"cannot be written to /proc/nowhere"):
        render_dataset(Path("/proc/nowhere"), RenderRequest(count=1))


@pytest.mark.parametrize("workers", [0, 65])
def test_an_impossible_number_of_workers_is_refused(tmp_path, workers):
    with pytest.raises(RenderError, match="1 to 64 are possible"):
        render_dataset(tmp_path / "out", RenderRequest(count=1), workers=workers)
    assert not (tmp_path / "out").exists()


# Where nothing can be drawn


def test_without_opengl_the_packages_are_named(monkeypatch):
    from fcnlab.sim import gl

    def missing(kind, side):
        raise ImportError(f"lib{kind}.so: cannot open shared object file")

    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(gl, "create_context", missing)
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    with pytest.raises(RenderError, match=r"egl: libegl.so.*osmesa: libosmesa.so.*libegl1 libgl1-mesa-dri") as told:
        gl.Studio(64)
    assert "\n" not in str(told.value)


def test_the_asked_for_opengl_alone_is_tried(monkeypatch):
    from fcnlab.sim import gl

    tried = []
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(gl, "create_context", lambda kind, side: tried.append(kind) or 1 / 0)
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    with pytest.raises(RenderError, match="no OpenGL works here"):
        gl.open_context(64)
    assert tried == ["osmesa"]


def test_beside_tensorflow_nothing_is_drawn(monkeypatch):
    from fcnlab.sim import gl

    monkeypatch.setitem(sys.modules, "tensorflow", object())
    with pytest.raises(RenderError, match=r"has loaded TensorFlow\. Draw it in a program of its own"):
        gl.open_context(64)
