"""Runs played back: what is seen at any moment, at any speed, forwards and backwards."""

import pytest
from recorded import recorded

from fcnlab.errors import RunError
from fcnlab.lab import Run
from fcnlab.lab.history.course import course_of
from fcnlab.lab.history.playing import PlayClock
from fcnlab.lab.history.replaying import Player, find_recording, record_of, recordings, require_events


@pytest.fixture
def recording(tmp_path):
    return record_of(recorded(tmp_path, "a", epochs=2, steps=3).read_metrics()[0])


# What was seen when


def test_events_come_when_their_seconds_have_gone_by(recording):
    assert recording.times == (2, 4, 6, 7, 9, 11, 13, 14)
    assert (recording.length, recording.steps, recording.epochs) == (14, 6, 2)
    assert [recording.count_at(seconds) for seconds in (0, 1.9, 2, 6.5, 7, 14, 99)] == [0, 0, 1, 3, 4, 8, 8]
    assert recording.time_of_epoch(1) == 7


def test_a_pause_and_a_night_between_two_stretches_take_no_time():
    step = {"kind": "step", "epoch": 1, "seconds": 2.0}
    events = [{**step, "step": 1, "time": 10.0}, {"kind": "note", "step": 1}, {**step, "step": 2, "time": 90_000.0}]
    assert record_of(events).times == (2, 2, 4)


def test_an_epoch_that_was_gone_on_with_never_comes_before_its_steps():
    steps = [{"kind": "step", "step": number, "epoch": 1, "seconds": 2.0} for number in (1, 2, 3)]
    assert record_of([*steps, {"kind": "epoch", "step": 3, "epoch": 1, "seconds": 3.0}]).times == (2, 4, 6, 6)


def test_an_empty_curve_has_nothing_to_play(tmp_path):
    run = recorded(tmp_path, "a")
    with pytest.raises(RunError, match=r"The run a has no step to play back yet\."):
        require_events(run, record_of([]))
    assert record_of([]).length == 0


def test_the_player_tells_the_course_of_any_moment_in_any_order(recording):
    player = Player(recording)
    for seconds in (0, 5, 14, 7, 7, 20, 1):
        assert player.at(seconds) == course_of(recording.events[: recording.count_at(seconds)]), seconds


# The clock


def test_a_clock_that_rests_stands():
    clock = PlayClock(100, position=30)
    assert (clock.at(0), clock.at(1000)) == (30, 30)


@pytest.mark.parametrize(("speed", "seen"), [(0.5, 5), (1, 10), (5, 50), (100, 100)])
def test_it_goes_at_its_speed_to_the_end(speed, seen):
    assert PlayClock(100, speed).play(7).at(17) == seen


def test_forty_minutes_are_seen_in_one():
    clock = PlayClock(40 * 60, speed=40).play(0)
    assert not clock.ended(59.9)
    assert clock.ended(60)


def test_it_rests_seeks_and_changes_speed_without_a_jump():
    clock = PlayClock(100).play(0).paced(10, now=5)
    assert (clock.at(5), clock.at(7)) == (5, 25)
    assert clock.rest(7).at(99) == 25
    sought = clock.seek(60, now=8)
    assert (sought.at(8), sought.at(9)) == (60, 70)
    assert clock.rest(7).seek(-5, now=8).at(9) == 0


def test_play_at_the_end_begins_anew():
    assert PlayClock(100, position=100).play(3).at(3) == 0


# Whose recording


def test_a_run_of_ones_own_comes_before_a_recording_of_that_name(tmp_path, monkeypatch):
    lab, mine = tmp_path / "assets", tmp_path / "runs"
    monkeypatch.setenv("FCNLAB_ASSETS", str(lab))
    (lab / "recordings").mkdir(parents=True)
    mine.mkdir()
    recorded(lab / "recordings", "reference-1")
    assert [run.name for run in recordings()] == ["reference-1"]
    assert find_recording(mine, "reference-1").path.parent == lab / "recordings"
    recorded(mine, "reference-1")
    assert find_recording(mine, "reference-1").path.parent == mine
    with pytest.raises(RunError, match="There is no run called reference-9 here"):
        find_recording(mine, "reference-9")
    with pytest.raises(RunError, match="points to another folder"):
        find_recording(mine, "../runs")


def test_a_recording_of_the_reference_plan_comes_with_the_lab():
    from fcnlab.plans import PLANS

    found = {run.name: run for run in recordings()}
    assert "reference-1" in found
    for name, run in found.items():
        assert run.record.plan == PLANS[name]
        assert run.record.dataset == "followme-sim"
        recording = record_of(run.read_metrics()[0])
        phase = PLANS[name].phases[0]
        assert (recording.epochs, recording.steps) == (phase.epochs, phase.epochs * phase.steps_per_epoch)
        assert [epoch for epoch, _ in run.previews()] == list(range(phase.epochs + 1))
        assert run.checkpoints() == []


def test_recordings_are_small():
    files = [path for run in recordings() for path in run.path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_500_000


def test_a_recording_is_opened_like_any_run(tmp_path):
    run = recorded(tmp_path, "a")
    assert Run.open(run.path).name == "a"
