"""`python -m fcnlab render`."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def opengl():
    """Skip where nothing can be drawn; asked in a program of its own, for this one may have loaded TensorFlow."""
    program = "from fcnlab.sim.gl import open_context; open_context(16).free()"
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip(f"no OpenGL: {asked.stderr.splitlines()[-1]}")


def test_pictures_are_written_and_the_rate_is_told(opengl, call, tmp_path):
    options = ["--kind", "patrol-target", "--distance", 8, 12, "--size", 48, "--workers", 1, "--split", "evaluation"]
    ended = call("render", "--out", tmp_path / "new", "--count", 2, "--seed", 4, *options)
    assert (ended.status, ended.out) == (0, "")
    assert ended.err.startswith("2 pairs in ")
    assert " pairs a second: " in ended.err
    assert len(list((tmp_path / "new/sample_evaluation_data/patrol_with_targ/images").iterdir())) == 2
    again = call("render", "--out", tmp_path / "new", "--count", 2, "--seed", 4, *options, "--json")
    document = json.loads(again.out)
    assert (document["pairs"], document["splits"]) == (0, {"patrol_with_targ": 2})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--kind", "flying"], "kind"),
        (["--count", 0], "count: input should be greater than or equal to 1, received 0"),
        (["--kind", "patrol", "--distance", 3, 9], "have no hero"),
        (["--distance", 9, 3], "the least and then the largest metres"),
        (["--split", "holdout"], "split"),
        (["--workers", 0], "1 to 64 are possible"),
    ],
)
def test_what_cannot_be_rendered_is_told_in_a_line(refused, tmp_path, options, told):
    assert told in refused("render", "--out", tmp_path / "new", *options)
    assert not (tmp_path / "new").exists()


def test_a_folder_of_something_else_is_refused(refused, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    assert "nothing was rendered into it before" in refused("render", "--out", tmp_path)


def test_without_opengl_the_packages_are_named(refused, tmp_path, monkeypatch):
    hidden = tmp_path / "hidden" / "OpenGL"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError('Unable to load EGL library')\n")
    monkeypatch.setenv("PYTHONPATH", str(hidden.parent))
    told = refused("render", "--out", tmp_path / "new", "--count", 1, "--workers", 1)
    assert "Unable to load EGL library" in told
    assert "apt-get install libegl1 libgl1-mesa-dri" in told
