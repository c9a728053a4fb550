"""Checkpoints: pairs that belong together, the newest two of them, and the weights of each epoch."""

import shutil

import pytest

from fcnlab.errors import RunError
from fcnlab.lab.runs.checkpoints import Checkpoints


@pytest.fixture
def kept(tmp_path):
    return Checkpoints(tmp_path)


def writes(text):
    def save(weights, optimizer):
        weights.write_text(text)
        optimizer.write_text(text)

    return save


class Reader:
    """Takes what it is given to restore, and refuses what is written on its list."""

    def __init__(self, *refused):
        self.texts, self.refused = [], refused

    def __call__(self, weights, optimizer):
        assert weights.read_text() == optimizer.read_text()
        self.texts.append(weights.read_text())
        if self.texts[-1] in self.refused:
            raise RunError(f"{self.texts[-1]} does not fit.")


def fill(kept, steps=(3, 6, 9)):
    for step in steps:
        kept.keep(step, step // 3, writes(f"after {step}"), show=True)


def test_the_newest_two_points_and_all_epochs_are_kept(kept):
    assert (kept.epochs(), kept.points(), kept.last_step()) == ([], [], 0)
    fill(kept)
    assert [point.name for point in kept.points()] == ["step-00000006", "step-00000009"]
    assert [epoch for epoch, _ in kept.epochs()] == [1, 2, 3]
    assert [path.read_text() for _, path in kept.epochs()] == ["after 3", "after 6", "after 9"]
    assert kept.last_step() == 9


def test_an_epochs_weights_take_no_room_of_their_own_beside_their_point(kept):
    fill(kept)
    assert kept.epoch_path(3).samefile(kept.points()[-1].weights)


def test_where_files_cannot_be_linked_they_are_copied(kept, monkeypatch):
    def no_links(self, target):
        raise OSError("not on this file system")

    monkeypatch.setattr("pathlib.Path.hardlink_to", no_links)
    fill(kept)
    assert kept.epoch_path(3).read_text() == "after 9"


def test_a_point_within_an_epoch_is_not_shown_as_the_epoch(kept):
    kept.keep(2, 1, writes("half way"), show=False)
    assert (kept.epochs(), kept.last_step()) == ([], 2)
    kept.keep(2, 1, writes("the same, to look at"), show=True)
    assert kept.epoch_path(1).read_text() == "the same, to look at"
    assert kept.points()[-1].weights.read_text() == "half way"


def test_going_back_takes_the_newest_point(kept):
    assert kept.go_back(Reader()) == (None, ())
    fill(kept)
    reader = Reader()
    found = kept.go_back(reader)
    assert (found.point.name, found.damaged, reader.texts) == ("step-00000009", (), ["after 9"])


@pytest.mark.parametrize("name", ["model.weights.h5", "optimizer.npz", "point.json"])
@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_a_damaged_point_is_told_and_the_one_before_it_serves(kept, name, damage):
    fill(kept)
    path = kept.points()[-1].weights.parent / name
    text = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(text[:-2] if damage == "cut" else bytes([text[0] ^ 1]) + text[1:])
    found = kept.go_back(Reader())
    assert found.point.name == "step-00000006"
    assert found.damaged == ("the checkpoint step-00000009 is damaged.",)
    assert [point.name for point in kept.points()] == ["step-00000006"]
    assert [epoch for epoch, _ in kept.epochs()] == [1, 2, 3], "what can be looked at stays"


def test_damage_is_mended_when_the_step_is_reached_again(kept):
    fill(kept)
    kept.points()[-1].optimizer.write_text("?")
    kept.keep(9, 3, writes("after 9"), show=True)
    assert kept.go_back(Reader()).point.name == "step-00000009"


def test_without_any_whole_point_nothing_is_trained_anew_in_silence(kept):
    fill(kept)
    for point in kept.points():
        point.optimizer.unlink()
    with pytest.raises(RunError, match=r"cannot go on: the checkpoint step-00000009 is damaged\. Branch a new run"):
        kept.go_back(Reader())
    assert len(kept.points()) == 2


def test_weights_alone_are_nothing_to_go_on_from(kept):
    kept.folder.mkdir()
    kept.epoch_path(24).write_text("shipped")
    with pytest.raises(RunError, match=r"no optimizer state is kept with its weights\. Branch a new run"):
        kept.go_back(Reader())


def test_a_whole_point_of_another_network_is_no_damage(kept):
    fill(kept)
    with pytest.raises(RunError, match="after 9 does not fit"):
        kept.go_back(Reader("after 9"))


def test_an_epoch_that_a_kill_has_left_out_is_shown_when_the_run_goes_on(kept):
    fill(kept)
    kept.epoch_path(3).unlink()
    kept.go_back(Reader())
    assert kept.epoch_path(3).read_text() == "after 9"


def test_a_run_of_before_goes_on_from_its_pairs_of_files(kept):
    kept.folder.mkdir()
    for epoch in (1, 2):
        kept.epoch_path(epoch).write_text(f"epoch {epoch}")
        (kept.folder / f"epoch-{epoch:04d}.npz").write_text(f"epoch {epoch}")
    reader = Reader("epoch 2")
    found = kept.go_back(reader)
    assert (found.point.name, found.damaged) == ("epoch-0001.weights.h5", ("epoch 2 does not fit.",))
    kept.keep(9, 3, writes("new"), show=True)
    kept.keep(12, 4, writes("newer"), show=True)
    assert [point.name for point in kept.points()] == ["step-00000009", "step-00000012"]
    assert [epoch for epoch, _ in kept.epochs()] == [1, 2, 3, 4]


def test_a_deleted_run_does_not_come_back_as_a_folder_of_weights(kept, tmp_path):
    shutil.rmtree(tmp_path)
    with pytest.raises(FileNotFoundError):
        kept.keep(1, 1, writes("x"), show=True)
    assert not tmp_path.exists()


def test_a_checkpoint_that_cannot_be_written_leaves_those_before(kept):
    def full(weights, optimizer):
        weights.write_text("half")
        raise OSError(28, "No space left on device")

    fill(kept)
    with pytest.raises(OSError, match="No space left"):
        kept.keep(12, 4, full, show=True)
    assert sorted(path.name for path in kept.folder.iterdir()) == [
        "epoch-0001.weights.h5",
        "epoch-0002.weights.h5",
        "epoch-0003.weights.h5",
        "step-00000006",
        "step-00000009",
    ]
