"""Handing work to the engine: results, roles, errors, lost workers."""

import os
import signal

import engine_chores as chores
import pytest

from fcnlab.errors import EngineError, SpecError
from fcnlab.lab import Engine


def test_the_first_question_starts_the_engine(engine, engine_root):
    assert engine.ask(chores.add, 2, 3) == 5
    assert (engine_root / ".engine" / "contact.json").exists()


def test_the_engine_becomes_ready(engine, until):
    engine.start()
    until(lambda: engine.state().phase == "ready")
    assert engine.state().sentence == "The engine is ready."


def test_training_and_looking_run_in_two_other_processes(engine):
    train = engine.submit(chores.process, role="train").result(30)
    look = engine.submit(chores.process, role="look").result(30)
    assert len({train, look, os.getpid(), engine.pid}) == 4


def test_a_look_does_not_wait_for_a_training(engine, tmp_path, until):
    mark, go = tmp_path / "mark", tmp_path / "go"
    training = engine.submit(chores.write_and_wait, str(mark), str(go), role="train")
    until(mark.exists)
    assert engine.ask(chores.add, 1, 1) == 2
    assert not training.done()
    go.touch()
    assert training.result(30) == "done"


def test_a_look_does_not_wait_for_a_report_which_runs_in_the_same_process(engine, tmp_path, until):
    mark, go = tmp_path / "mark", tmp_path / "go"
    report = engine.submit(chores.write_and_wait, str(mark), str(go), role="report")
    until(lambda: mark.exists() and mark.read_text())
    assert engine.ask(chores.process) == int(mark.read_text())
    assert not report.done()
    go.touch()
    assert report.result(30) == "done"


def test_reports_are_worked_out_one_after_the_other(engine, tmp_path, until):
    mark, go, second = tmp_path / "mark", tmp_path / "go", tmp_path / "second"
    first = engine.submit(chores.write_and_wait, str(mark), str(go), role="report")
    waiting = engine.submit(chores.write, str(second), role="report")
    until(mark.exists)
    assert engine.ask(chores.add, 1, 1) == 2
    assert not second.exists()
    go.touch()
    first.result(30)
    waiting.result(30)
    assert second.exists()


def test_a_report_goes_on_when_nobody_holds_it(engine, tmp_path, until):
    mark, go, end = tmp_path / "mark", tmp_path / "go", tmp_path / "end"
    engine.submit(chores.write_and_wait, str(mark), str(go), role="report")
    engine.submit(chores.write, str(end), role="report")
    until(mark.exists)
    go.touch()
    until(end.exists)


def test_workers_yield_to_the_pages_and_share_the_gpu(engine):
    assert engine.ask(chores.niceness) == os.nice(0) + 5
    assert engine.ask(chores.environment, "TF_FORCE_GPU_ALLOW_GROWTH") == "true"


def test_an_error_of_the_labs_crosses_with_message_and_fix(engine):
    with pytest.raises(SpecError, match=r"^The kernel has size 0\. Use 1 or more\.$") as caught:
        engine.ask(chores.refuse)
    assert (caught.value.message, caught.value.fix) == ("The kernel has size 0.", "Use 1 or more.")


def test_any_other_exception_becomes_a_sentence_and_its_traceback_stays_in_the_log(engine, until):
    job = engine.submit(chores.break_down, role="look")
    with pytest.raises(EngineError, match=r"failed in the worker \(TensorError: no such tensor\)\. The engine's log"):
        job.result(30)
    assert isinstance(job.error(), EngineError)
    until(lambda: "in break_down" in engine.log.read_text())


def test_out_of_memory_says_what_to_make_smaller(engine):
    with pytest.raises(EngineError, match=r"ran out of memory\. Use a smaller batch"):
        engine.ask(chores.run_out_of_memory)


def test_a_question_that_takes_too_long_ends_with_a_sentence(engine, tmp_path):
    go = tmp_path / "go"
    with pytest.raises(EngineError, match=r"no answer within 0\.2 seconds"):
        engine.ask(chores.write_and_wait, str(tmp_path / "mark"), str(go), timeout=0.2)
    go.touch()
    assert engine.ask(chores.add, 1, 2) == 3


def test_the_same_key_gives_the_same_job_until_it_has_ended(engine, tmp_path):
    go = tmp_path / "go"
    work = (chores.write_and_wait, str(tmp_path / "mark"), str(go))
    first = engine.submit(*work, key="follow-me-1")
    assert engine.submit(*work, key="follow-me-1") is first
    go.touch()
    assert first.result(30) == "done"
    again = engine.submit(*work, key="follow-me-1")
    assert again is not first
    assert again.result(30) == "done"


def test_a_job_that_has_not_ended_has_no_error(engine, tmp_path):
    go = tmp_path / "go"
    job = engine.submit(chores.write_and_wait, str(tmp_path / "mark"), str(go), role="look")
    assert job.error() is None
    go.touch()
    job.result(30)
    assert job.error() is None


def test_a_waiting_job_can_be_cancelled(engine, tmp_path, until):
    mark, go, never = tmp_path / "mark", tmp_path / "go", tmp_path / "never"
    first = engine.submit(chores.write_and_wait, str(mark), str(go))
    waiting = engine.submit(chores.write, str(never))
    until(mark.exists)
    # The cancellation travels on its own: the first job must not end before it has arrived.
    until(lambda: _is_at_a_worker(waiting))
    waiting.cancel()
    until(lambda: not _is_at_a_worker(waiting))
    with pytest.raises(EngineError, match="was cancelled"):
        waiting.result(30)
    go.touch()
    first.result(30)
    engine.submit(chores.add, 1, 1).result(30)
    assert not never.exists()


def _is_at_a_worker(job):
    return any(job._future.client.run(chores.holds, job.key).values())


def test_a_killed_worker_is_told_and_the_next_work_runs(engine):
    with pytest.raises(EngineError, match=r"has died \(killed, or out of memory\)\. It restarts by itself"):
        engine.ask(chores.die)
    assert engine.ask(chores.add, 20, 22) == 42


def test_a_killed_training_is_not_repeated_and_waiting_ones_go_on(engine, tmp_path, until):
    mark, go = tmp_path / "mark", tmp_path / "go"
    killed = engine.submit(chores.write_and_wait, str(mark), str(go))
    waiting = [engine.submit(chores.add, number, 1) for number in range(3)]
    until(lambda: mark.exists() and mark.read_text())
    os.kill(int(mark.read_text()), signal.SIGKILL)
    mark.unlink()
    assert [job.result(30) for job in waiting] == [1, 2, 3]
    assert "has died" in str(killed.error())
    assert not mark.exists()


def test_a_second_engine_object_uses_the_same_engine(engine, engine_root):
    other = Engine.at(engine_root)
    assert other.submit(chores.process).result(30) == engine.submit(chores.process).result(30)
    assert other.pid == engine.pid
    other.close()
