"""The curve of a run: appended, read in parts, cut back, and readable after a crash anywhere."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fcnlab.lab import MetricsLog, MetricsTail


def step(number, epoch=1):
    return {"kind": "step", "step": number, "epoch": epoch, "loss": 1 / number}


EPOCH = {"kind": "epoch", "epoch": 1, "loss": 0.5, "validation": {"mean_iou": 0.25}}


@pytest.fixture
def log(tmp_path):
    return MetricsLog(tmp_path / "metrics.jsonl")


def test_no_file_yet_means_no_events(log):
    assert log.read() == ([], 0)
    log.truncate(3)
    assert not log.path.exists()


def test_a_reader_gets_only_what_is_new(log):
    log.append(step(1))
    events, offset = log.read()
    assert events == [step(1)]
    assert log.read(offset) == ([], offset)
    log.append(step(2))
    log.append(EPOCH)
    assert log.read(offset)[0] == [step(2), EPOCH]


def test_what_json_cannot_hold_becomes_null(log):
    log.append({"kind": "epoch", "loss": float("nan"), "validation": {"iou": [float("inf"), 0.5]}})
    assert log.read()[0] == [{"kind": "epoch", "loss": None, "validation": {"iou": [None, 0.5]}}]


def test_half_a_line_is_read_when_it_is_whole(log):
    log.append(step(1))
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + b'{"kind": "st')
    events, offset = log.read()
    assert events == [step(1)]
    with log.path.open("ab") as file:
        file.write(b'ep", "step": 2}\n')
    assert log.read(offset)[0] == [{"kind": "step", "step": 2}]


def test_a_torn_line_spoils_nothing_but_itself(log):
    log.append(step(1))
    with log.path.open("ab") as file:
        file.write(b'{"kind": "st')
    log.append(step(2))
    assert log.read()[0] == [step(1), step(2)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(min_value=0, max_value=400))
def test_a_crash_at_any_byte_leaves_a_readable_file(log, cut):
    log.path.unlink(missing_ok=True)
    written = [step(number) for number in range(1, 6)]
    for event in written:
        log.append(event)
    log.path.write_bytes(log.path.read_bytes()[:cut])
    kept = log.read()[0]
    assert kept == written[: len(kept)]
    log.append(step(9))
    assert log.read()[0] in ([*kept, step(9)], [*written[: len(kept) + 1], step(9)])


def test_going_on_from_a_checkpoint_drops_what_came_after_it(log):
    for event in (step(1), step(2), EPOCH, step(3, 2), step(4, 2), {**EPOCH, "epoch": 2}):
        log.append(event)
    log.truncate(2)
    assert log.read()[0] == [step(1), step(2), EPOCH]


def test_cutting_back_drops_torn_lines_too(log):
    log.append(step(1))
    with log.path.open("ab") as file:
        file.write(b'{"step": 2')
    log.truncate(5)
    assert log.read()[0] == [step(1)]
    assert log.path.read_bytes().endswith(b"}\n")


def test_a_shorter_file_is_read_from_its_beginning(log):
    for number in range(1, 9):
        log.append(step(number))
    offset = log.read()[1]
    log.truncate(1)
    assert log.read(offset)[0] == [step(1)]


def test_a_live_page_follows_a_run_that_goes_on_from_a_checkpoint(log):
    tail = MetricsTail(log.path)
    assert tail.refresh() == ([], False)
    for number in (1, 2, 3):
        log.append(step(number))
    assert tail.refresh() == ([step(1), step(2), step(3)], True)
    log.append(step(4))
    assert tail.refresh() == ([step(4)], False)
    assert tail.refresh() == ([], False)
    log.truncate(1)
    for number in (2, 3, 4, 5):
        log.append({**step(number), "loss": 0.0})
    events, anew = tail.refresh()
    assert anew
    assert [(event["step"], event["loss"]) for event in events[1:]] == [(number, 0.0) for number in (2, 3, 4, 5)]
