"""Feature maps from the command line: what is handed on, what is printed, what is refused."""

import json
import subprocess
import sys

import pytest

from fcnlab.arch import preset
from fcnlab.lab import Run, tasks
from fcnlab.plan import Plan

FOUND = {
    "run": "run",
    "epoch": 1,
    "image": "mine.png",
    "prediction": {"file": "prediction.png", "class_share": [0.9, 0.1, 0.0]},
    "maps": [
        {
            "name": "encoder1",
            "layer": "encoder1_relu1",
            "file": "01-encoder1.png",
            "shape": [80, 80, 16],
            "channels": [0, 1],
            "low": 0.0,
            "high": 3.5,
            "active": 0.423,
            "effective_rank": 8.31,
            "dead": [3],
            "duplicates": [[5, 2], [6, 2]],
        }
    ],
}


@pytest.fixture
def run(tmp_path):
    """A run that has a checkpoint, as far as the command line looks."""
    made = Run.create(tmp_path / "run", net=preset("follow-me").model_dump(mode="json"), plan=Plan(), dataset="shapes")
    made.checkpoint_path(1).parent.mkdir()
    made.checkpoint_path(1).touch()
    return made


@pytest.fixture
def given(monkeypatch):
    """What the task was called with."""
    calls = []
    monkeypatch.setattr(tasks, "write_features", lambda *arguments: calls.append(arguments) or FOUND)
    return calls


def test_the_options_are_handed_on(call, run, given, tmp_path):
    plain = call("features", run.path, "mine.png", "-o", tmp_path / "out")
    assert plain.status == 0
    options = ["--layers", "--epoch", "1", "--scale", "tile", "--order", "sparsity", "--format", "pdf", "--limit", "9"]
    assert call("features", run.path, "mine.png", "-o", tmp_path / "out", *options).status == 0
    (_, image, out, layers, epoch, sheets), second = given
    assert (str(image), out, layers, epoch, sheets) == ("mine.png", tmp_path / "out", False, None, tasks.Sheets())
    assert second[3:5] == (True, 1)
    assert second[5] == tasks.Sheets(scale="tile", order="sparsity", format="pdf", limit=9)


def test_the_figures_as_text(call, run, given, tmp_path):
    lines = call("features", run.path, "mine.png", "-o", tmp_path / "out").out.splitlines()
    assert lines[0].split() == ["file", "shape", "active", "effective", "rank", "dead", "duplicates"]
    file = str(tmp_path / "out" / "01-encoder1.png")
    assert lines[1].split() == ["encoder1", file, "(80,", "80,", "16)", "42%", "8.3", "1", "2"]
    assert lines[2] == f"The prediction is {tmp_path / 'out' / 'prediction.png'}."


def test_the_index_as_json(call, run, given, tmp_path):
    ended = call("features", run.path, "mine.png", "-o", tmp_path / "out", "--json")
    assert json.loads(ended.out) == FOUND


def test_the_untrained_network_needs_no_checkpoint(call, refused, run, given, tmp_path):
    run.checkpoint_path(1).unlink()
    assert "has no checkpoint yet" in refused("features", run.path, "mine.png", "-o", tmp_path)
    assert call("features", run.path, "mine.png", "-o", tmp_path, "--epoch", "0").status == 0
    assert [arguments[4] for arguments in given] == [0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--scale", "image"],
            "what was asked of the tiles, scale: input should be 'layer' or 'tile', received 'image'.",
        ),
        (["--order", "x"], "order: input should be 'channel', 'mean', 'variance' or 'sparsity', received 'x'."),
        (["--format", "gif"], "format: input should be 'png', 'svg' or 'pdf', received 'gif'."),
        (["--limit", "0"], "limit: input should be greater than or equal to 1, received 0."),
        (["--epoch", "7"], "The run run has no checkpoint of epoch 7. It has 1, and 0 for"),
    ],
)
def test_options_that_cannot_be(refused, run, tmp_path, options, sentence):
    (tmp_path / "mine.png").write_bytes(PIXEL)
    assert sentence in refused("features", run.path, tmp_path / "mine.png", "-o", tmp_path / "out", *options)
    assert not (tmp_path / "out").exists()


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001"
    "48afa4710000000049454e44ae426082"
)


def test_an_image_that_cannot_be_read_is_told_before_keras_is_loaded(run, tmp_path):
    (tmp_path / "notes.png").write_text("hello")
    for name, sentence in (("none.png", "does not exist."), ("notes.png", "is not a picture that can be read.")):
        code = (
            "import sys\n"
            "from fcnlab.cli.guard import main\n"
            f"print(main(['features', {str(run.path)!r}, {str(tmp_path / name)!r}, '-o', 'out']))\n"
            "print(*({'keras', 'tensorflow'} & set(sys.modules)))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
        assert done.stdout.split() == ["2"]
        assert done.stderr.startswith(f"{tmp_path / name} {sentence}")
