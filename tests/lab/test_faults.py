"""A full disk, no memory, a dataset or a run that is deleted in mid-training: a sentence, and what was made stays."""

import errno
import resource
import shutil

import pytest
from fake_trainer import NET, FakeTrainer, install

from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab import Run
from fcnlab.lab.tasks import create_run, resume_here, train_run
from fcnlab.plan import Phase, Plan

PLAN = Plan(phases=(Phase(epochs=3, batch_size=4),), subset=12)


class ResourceExhaustedError(Exception):
    """Stands for TensorFlow's."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    install(monkeypatch)


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path / "run", NET, PLAN, "shapes:0.1")


@pytest.fixture
def failing(monkeypatch):
    """Have the trainer fail instead of taking its fifth step."""

    def fail(fault):
        monkeypatch.setattr(FakeTrainer, "fails_at", 5)
        monkeypatch.setattr(FakeTrainer, "fault", fault)
        return monkeypatch

    return fail


def require_readable(run, step):
    """A failed run opens, shows what was made, and goes on to its end."""
    again = Run.open(run.path)
    assert again.state() == "failed"
    assert again.kept.last_step() == step
    assert [event["step"] for event in again.read_metrics()[0] if event["kind"] == "step"][:3] == [1, 2, 3]


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("[Errno 28] Can't write data (file write failed: errno = 28, error message = 'No space left')"),
        RuntimeError("Unable to flush file's cached information (errno = 122, disk quota exceeded)"),
    ],
)
def test_a_full_disk_ends_the_training_with_a_sentence(run, failing, fault):
    patch = failing(fault)
    with pytest.raises(RunError, match="The disk is full") as told:
        train_run(str(run.path))
    assert f"to {run.path}. Make room and go on from step 3 on, whose checkpoint is kept" in str(told.value)
    assert run.status.message == str(told.value)
    require_readable(run, 3)
    patch.setattr(FakeTrainer, "fails_at", 0)
    resume_here(run.path)
    assert run.state() == "done"


def test_a_disk_without_room_for_a_checkpoint_leaves_the_run_readable(run, monkeypatch):
    """The limit is the operating system's, so that every writer meets it."""
    room = 20_000

    def save(self, weights, optimizer, whole=FakeTrainer.save):
        whole(self, weights, optimizer)
        if self.step == 6:
            optimizer.write_bytes(b"x" * 2 * room)

    monkeypatch.setattr(FakeTrainer, "save", save)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(RunError, match=r"The disk is full: .* go on from step 3 on"):
            train_run(str(run.path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    require_readable(run, 3)
    assert not list(run.path.rglob(".tmp-*"))


def test_the_sentence_reaches_the_status_on_a_disk_that_is_full_to_the_last_byte(run, failing, monkeypatch):
    failing(OSError(errno.ENOSPC, "No space left on device"))

    def full(path, text, *, durable=True):
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill(event):
        if event["kind"] == "step":
            monkeypatch.setattr("fcnlab.lab.runs.run.write_text", full)

    with pytest.raises(RunError):
        train_run(str(run.path), fill)
    assert run.state() == "failed"
    assert run.status.message.startswith("The disk is full")


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        ResourceExhaustedError("OOM when allocating tensor"),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes"),
    ],
)
def test_no_memory_names_a_smaller_batch(run, failing, fault):
    failing(fault)
    with pytest.raises(RunError, match="not enough memory for a step of 4 images of 32 × 32 pixels") as told:
        train_run(str(run.path))
    assert "Go on with a batch size of 2 or less" in str(told.value)
    require_readable(run, 3)


def test_no_memory_for_a_single_image_names_a_smaller_input(tmp_path, failing):
    failing(MemoryError())
    plan = PLAN.model_copy(update={"phases": (Phase(epochs=3, batch_size=1),)})
    run = create_run(tmp_path / "run", NET, plan, "shapes:0.1")
    with pytest.raises(RunError, match=r"a step of 1 image of .* smaller input: 16 × 16"):
        train_run(str(run.path))


def test_a_run_that_is_deleted_during_its_training_ends_it_and_stays_deleted(run):
    def delete(event):
        if event.get("step") == 4:
            shutil.rmtree(run.path)

    with pytest.raises(RunError, match="The folder of the run run is gone: it was deleted or moved"):
        train_run(str(run.path), delete)
    assert not run.path.exists()


def test_a_dataset_that_is_deleted_during_the_training_does_not_end_it_but_is_missed_when_the_run_goes_on(
    tmp_path, own_dataset
):
    folder = own_dataset(tmp_path / "mine")
    run = create_run(tmp_path / "run", NET, PLAN, str(folder))

    def delete(event):
        if event.get("step") == 2:
            shutil.rmtree(folder)
        if event.get("step") == 4:
            run.request_stop()

    train_run(str(run.path), delete)
    assert run.state() == "stopped"
    curve = run.read_metrics()
    with pytest.raises(FcnLabError, match="mine"):
        resume_here(run.path)
    assert (run.state(), run.read_metrics()) == ("failed", curve)
    assert "mine" in run.status.message
    assert run.kept.last_step() == 4


def test_a_damaged_checkpoint_is_told_in_the_curve_and_the_one_before_it_serves(run):
    train_run(str(run.path), lambda event: run.request_stop() if event.get("step") == 7 else None)
    newest = run.kept.points()[-1]
    newest.optimizer.write_bytes(b"")
    resume_here(run.path)
    assert run.state() == "done"
    notes = [event["message"] for event in run.read_metrics()[0] if event["kind"] == "note"]
    assert notes == [
        "The checkpoint step-00000007 is damaged. The one before it serves.",
        "Going on after step 6.",
    ]
    assert [event["step"] for event in run.read_metrics()[0] if event["kind"] == "step"] == list(range(1, 10))


def test_a_fault_of_the_labs_own_is_not_explained_away(run, failing):
    failing(ZeroDivisionError("division by zero"))
    with pytest.raises(ZeroDivisionError):
        train_run(str(run.path))
    assert run.status.message == "The training failed (ZeroDivisionError: division by zero)."


@pytest.fixture
def own_dataset():
    """Make a folder dataset of a dozen pictures."""
    from PIL import Image

    def make(folder):
        for part in ("images", "masks"):
            (folder / "train" / part).mkdir(parents=True)
        for number in range(12):
            colour = (number * 20, 100, 50)
            Image.new("RGB", (32, 32), colour).save(folder / "train" / "images" / f"{number}.png")
            mask = Image.new("L", (32, 32), 0)
            mask.paste(1, (0, 0, 16, 16))
            mask.paste(2, (16, 16, 32, 32))
            mask.save(folder / "train" / "masks" / f"{number}.png")
        return folder

    return make
