"""Runs that come with the lab: offered by name, copied into the runs folder when they are opened."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fcnlab.arch import plain, preset
from fcnlab.data.catalogue import assets_root
from fcnlab.errors import RunError
from fcnlab.lab import Run
from fcnlab.lab.examples import example_names, open_example
from fcnlab.plan import Plan


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A lab with one example, `trained`."""
    monkeypatch.setenv("FCNLAB_ASSETS", str(tmp_path / "assets"))
    run = Run.create(tmp_path / "assets" / "runs" / "trained", net=plain(preset("follow-me")), plan=Plan(), dataset="")
    run.checkpoint_path(1).parent.mkdir(exist_ok=True)
    run.checkpoint_path(1).write_bytes(b"weights")
    return run


def test_an_example_is_copied_into_the_runs_folder_when_it_is_opened(shipped, tmp_path):
    assert example_names() == ["trained"]
    run = open_example(tmp_path / "runs", "trained")
    assert run.path == tmp_path / "runs" / "trained"
    assert run.checkpoint_path(1).read_bytes() == b"weights"
    assert list((tmp_path / "runs").iterdir()) == [run.path]


def test_what_was_added_to_the_copy_stays_and_the_original_is_as_it_was(shipped, tmp_path):
    copy = open_example(tmp_path / "runs", "trained")
    (copy.path / "report.json").write_text("{}")
    assert (open_example(tmp_path / "runs", "trained").path / "report.json").exists()
    assert not (shipped.path / "report.json").exists()


def test_a_run_of_ones_own_with_that_name_comes_first(shipped, tmp_path):
    own = Run.create(tmp_path / "runs" / "trained", net=plain(preset("unet-small")), plan=Plan(), dataset="")
    assert open_example(tmp_path / "runs", "trained").record == own.record


def test_many_may_open_it_at_once(shipped, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: open_example(tmp_path / "runs", "trained"), range(16)))
    assert {run.record.name for run in runs} == {"trained"}
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["trained"]


@pytest.mark.parametrize("name", ["other", "../assets/runs/trained", ""])
def test_a_name_that_is_no_run_is_told(shipped, tmp_path, name):
    with pytest.raises(RunError, match=r"There is no run folder|points to another folder|is empty"):
        open_example(tmp_path / "runs", name)


def test_a_folder_that_cannot_be_written_is_told(shipped, tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunError, match=r"^The example cannot be copied to .*\. Make room or allow it\.$"):
        open_example(tmp_path / "runs", "trained")


def test_a_lab_without_assets_has_no_examples(tmp_path, monkeypatch):
    monkeypatch.setenv("FCNLAB_ASSETS", str(tmp_path / "nowhere"))
    assert example_names() == []
    assert assets_root() == tmp_path / "nowhere"
