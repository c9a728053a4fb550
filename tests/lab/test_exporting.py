"""The curve of a run as CSV and as event files, which TensorFlow and TensorBoard themselves read."""

import csv
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from recorded import recorded, scores

from fcnlab.errors import RunError
from fcnlab.lab.history.eventfile import Scalar, event_file
from fcnlab.lab.history.exporting import csv_columns, metrics_csv, tensorboard_zip, timed_events, write_tensorboard

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path):
    return recorded(tmp_path, "a", epochs=2, steps=3, started=1000.0)


def rows(run):
    return list(csv.DictReader(io.StringIO(metrics_csv(run))))


# CSV


def test_each_step_and_each_epoch_is_a_row(run):
    assert [row["kind"] for row in rows(run)] == ["step", "step", "step", "epoch"] * 2
    assert rows(run)[1]["loss"] == "0.5"
    assert rows(run)[3]["validation_mean_iou"] == "0.25"
    assert [rows(run)[7][f"validation_iou_{index}"] for index in range(3)] == ["0.9", "", "0.25"]


def test_the_columns_are_the_same_whatever_the_run_tells(tmp_path, run):
    empty = recorded(tmp_path, "empty", epochs=1)
    (empty.path / "metrics.jsonl").unlink()
    head = metrics_csv(run).splitlines()[0]
    assert metrics_csv(empty) == head + "\n"
    assert head.split(",") == csv_columns(3)
    assert csv_columns(2)[:9] == [
        *("kind", "step", "epoch", "time", "seconds", "images", "learning_rate", "loss", "memory")
    ]


def test_figures_on_training_images_and_memory_have_columns_of_their_own(run):
    event = {"kind": "epoch", "step": 7, "epoch": 3, "seconds": 1.0, "loss": 0.1, "validation": None}
    run.append_metric({**event, "training": scores(0.75, [0.5, 0.5, 1.0]), "memory": 123})
    last = rows(run)[-1]
    assert (last["training_mean_iou"], last["memory"], last["validation_mean_iou"]) == ("0.75", "123", "")


def test_notes_are_no_rows(run):
    run.append_metric({"kind": "note", "step": 6, "message": "Paused."})
    assert len(rows(run)) == 8


def test_time_is_as_noted_or_reckoned_from_the_seconds(run):
    assert [time for time, _ in timed_events(run)] == [1002, 1004, 1006, 1007, 1009, 1011, 1013, 1014]
    run.append_metric({"kind": "step", "step": 7, "epoch": 3, "seconds": 2.0, "time": 5000.5})
    assert rows(run)[-1]["time"] == "5000.500"


# TensorBoard


def read(path):
    """Step, tag and value of each point, as TensorFlow reads them, which checks the checksums."""
    from tensorflow.compat.v1.train import summary_iterator

    events = list(summary_iterator(str(path)))
    assert events[0].file_version == "brain.Event:2"
    return [(event.step, value.tag, value.simple_value) for event in events for value in event.summary.value]


def test_tensorflow_reads_what_was_written(run, tmp_path):
    training, validation = write_tensorboard(run, tmp_path / "logs")
    assert training.parent == tmp_path / "logs" / "a" / "train"
    points = read(training)
    assert [value for _, tag, value in points if tag == "loss_by_step"][:2] == [1.0, 0.5]
    assert {tag for _, tag, _ in points} == {
        *("loss_by_step", "learning_rate_by_step", "images_per_second_by_step", "loss")
    }
    seen = read(validation)
    assert [(step, value) for step, tag, value in seen if tag == "mean_iou"] == [(3, 0.25), (6, 0.5)]
    assert {tag for _, tag, _ in seen} == {"loss", "mean_iou", "class_iou/0", "class_iou/2"}


def test_large_steps_and_names_in_any_script_survive(tmp_path):
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(event_file(1.0, [Scalar(2.0, 3_000_000_000, "Verlust größer", -0.5)]))
    assert read(path) == [(3_000_000_000, "Verlust größer", -0.5)]


def test_tensorboard_itself_reads_it(run, tmp_path):
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="TensorBoard is not installed"
    )
    _, validation = write_tensorboard(run, tmp_path / "logs")
    found = reader.EventAccumulator(str(validation.parent))
    found.Reload()
    assert [(point.step, point.value) for point in found.Scalars("mean_iou")] == [(3, 0.25), (6, 0.5)]


def test_the_zip_holds_the_same_files(run, tmp_path):
    written = write_tensorboard(run, tmp_path / "logs")
    with zipfile.ZipFile(io.BytesIO(tensorboard_zip(run))) as archive:
        assert {tmp_path / "logs" / name: archive.read(name) for name in archive.namelist()} == {
            path: path.read_bytes() for path in written
        }


def test_a_place_that_cannot_be_written_to_is_told(run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"The event files cannot be written to .*/file \(Not a directory\)"):
        write_tensorboard(run, tmp_path / "file")


def test_exporting_loads_no_tensorflow():
    program = (
        "import sys; from fcnlab.lab import Run; from fcnlab.lab.history.exporting import tensorboard_zip, metrics_csv;"
        "run = Run.open('assets/runs/example-follow-me'); tensorboard_zip(run); metrics_csv(run);"
        "print({'tensorflow', 'keras', 'tensorboard'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
