"""The engine's life: one at a time, found again, replaced, ended, or somewhere else."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import engine_chores as chores
import pytest

from fcnlab.errors import EngineError
from fcnlab.lab import Engine, Run
from fcnlab.lab.engine import client as engine_module
from fcnlab.lab.engine import credentials
from fcnlab.lab.engine.contact import EngineFolder
from fcnlab.lab.engine.launch import launch
from fcnlab.plan import Plan


def folder_of(root):
    return EngineFolder(root / ".engine" / "contact.json")


def test_a_second_program_leaves_the_first_alone(engine, engine_root):
    engine.ask(chores.add, 1, 1)
    pid = engine.pid
    second = launch(folder_of(engine_root))
    assert second.wait(30) == 0
    assert engine.pid == pid
    assert engine.ask(chores.add, 1, 1) == 2


def test_of_several_starters_one_wins(tmp_path, light_engine_environment, until):
    folder = folder_of(tmp_path)
    programs = [launch(folder) for _ in range(2)]
    engine = Engine.at(tmp_path)
    with ThreadPoolExecutor(12) as threads:
        asked = [threads.submit(engine.ask, chores.add, number, 1) for number in range(40)]
        assert [answer.result(60) for answer in asked] == list(range(1, 41))
    until(lambda: sum(program.poll() is None for program in programs) <= 1)
    assert all(program.returncode == 0 for program in programs if program.poll() is not None)
    engine.end()
    assert not folder.alive()


def test_an_engine_answers_only_to_who_can_read_its_credentials(engine, engine_root):
    from distributed import Client
    from distributed.security import Security

    engine.ask(chores.add, 1, 1)
    folder = folder_of(engine_root)
    address = folder.contact().address
    assert address.startswith("tls://127.0.0.1:")
    assert (folder.contact_file.with_name("credentials.json").stat().st_mode & 0o777) == 0o600
    forged = Security.temporary()
    with pytest.raises(OSError, match="TLS certificate does not match"):
        Client(address, timeout=1, security=forged)
    with pytest.raises(OSError, match=r"Timed out|closed"):
        Client(address.replace("tls", "tcp"), timeout=1)
    assert engine.ask(chores.add, 1, 1) == 2


def test_an_engine_without_readable_credentials_is_told(tmp_path):
    with pytest.raises(EngineError, match=r"The engine's credentials .*credentials\.json cannot be read"):
        credentials.present(tmp_path)
    (tmp_path / "credentials.json").write_text("{")
    with pytest.raises(EngineError, match=r"cannot be read .* Try again\."):
        credentials.present(tmp_path)


def test_no_engine_is_absent_and_says_how_it_starts(tmp_path, light_engine_environment):
    engine = Engine.at(tmp_path)
    assert engine.state() == ("absent", "The engine is not running; it starts with the first work.")
    assert engine.pid is None


def test_a_killed_engine_is_told_and_the_next_question_starts_another(tmp_path, light_engine_environment, until):
    engine = Engine.at(tmp_path / "runs")
    run = Run.create(tmp_path / "runs" / "a", net={}, plan=Plan(), dataset="textures")
    mark, go = tmp_path / "mark", tmp_path / "go"
    job = engine.submit(chores.write_and_wait, str(mark), str(go))
    until(lambda: mark.exists() and mark.read_text())
    run.queue(pid=engine.pid)
    assert run.state() == "queued"
    worker, program = int(mark.read_text()), engine.pid
    os.kill(program, signal.SIGKILL)
    with pytest.raises(EngineError, match=r"connection to the engine was lost\. Start it again\."):
        job.result(30)
    until(lambda: engine.state().phase == "absent")
    assert engine.ask(chores.process) not in (worker, program)
    until(lambda: not Path(f"/proc/{worker}").exists())
    assert run.state() == "interrupted"
    engine.end()


def test_an_idle_engine_of_older_code_is_replaced(tmp_path, light_engine_environment, monkeypatch, until):
    old = Engine.at(tmp_path)
    old.ask(chores.process)
    pid = old.pid
    until(lambda: not folder_of(tmp_path).contact().busy)
    old.close()
    monkeypatch.setattr(engine_module, "code_digest", lambda: "newer")
    new = Engine.at(tmp_path)
    assert new.ask(chores.add, 1, 1) == 2
    assert new.pid != pid
    new.end()


def test_an_engine_that_cannot_start_names_its_log(tmp_path, light_engine_environment):
    engine = Engine.at(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fcnlab.lab.engine.launch.sys.executable", "/bin/false")
        with pytest.raises(EngineError, match=r"The engine did not start\. Its log says why: .*engine\.log"):
            engine.ask(chores.add, 1, 1)
    assert engine.state().sentence.startswith("The engine did not start.")


def test_an_idle_engine_ends_by_itself(tmp_path, light_engine_environment, until):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FCNLAB_ENGINE_IDLE", "0.3")
        engine = Engine.at(tmp_path)
        engine.ask(chores.add, 1, 1)
    folder = folder_of(tmp_path)
    assert folder.alive()
    engine.close()
    until(lambda: not folder.alive())
    assert not folder.contact_file.exists()


def test_a_training_goes_on_when_its_client_process_ends(tmp_path, engine, engine_root, until):
    mark, go = tmp_path / "mark", tmp_path / "go"
    client = textwrap.dedent(f"""
        import os, pathlib, time
        import engine_chores
        from fcnlab.lab.engine import credentials
        from fcnlab.lab import Engine, Run
        engine = Engine.at(pathlib.Path({str(engine_root)!r}))
        engine.submit(engine_chores.write_and_wait, {str(mark)!r}, {str(go)!r})
        while not os.path.exists({str(mark)!r}):
            time.sleep(0.02)
        os._exit(0)
    """)
    engine.ask(chores.add, 1, 1)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", client], check=True, timeout=60, env=env)
    go.touch()
    until(mark.with_suffix(".end").exists)


def test_lab_pays_for_distributed_only_with_the_first_work():
    code = "import sys, fcnlab.lab; print(sorted({'distributed', 'dask', 'keras', 'tensorflow'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == "[]"


@pytest.fixture
def elsewhere(tmp_path, light_engine_environment):
    """A plain dask cluster without roles, started as its own programs."""
    place = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    plain = ["--no-dashboard", "--scheduler-file", str(place)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *plain], **quiet)
    worker = subprocess.Popen(
        [*dask, "worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path), *plain], **quiet
    )
    yield place, worker
    for program in (worker, scheduler):
        program.terminate()
        program.wait(20)


def test_the_scheduler_variable_names_another_cluster(elsewhere, tmp_path, until, monkeypatch):
    place, worker = elsewhere
    until(lambda: place.exists() and place.read_text())
    monkeypatch.setenv("FCNLAB_SCHEDULER", json.loads(place.read_text())["address"])
    engine = Engine.at(tmp_path)
    engine.start()
    until(lambda: engine.state().phase == "ready")
    assert engine.state().sentence.startswith("Connected to the cluster at tcp://127.0.0.1:")
    assert engine.ask(chores.process) == worker.pid
    assert engine.submit(chores.process).result(30) == worker.pid
    assert not folder_of(tmp_path).alive()
    engine.end()
    assert worker.poll() is None


def test_a_cluster_that_does_not_answer_is_named(tmp_path, monkeypatch, until):
    monkeypatch.setattr(engine_module, "CONNECT_PATIENCE", 0.3)
    monkeypatch.setenv("FCNLAB_SCHEDULER", "tcp://127.0.0.1:1")
    engine = Engine.at(tmp_path)
    with pytest.raises(EngineError, match=r"No dask scheduler answers at tcp://127\.0\.0\.1:1 .*FCNLAB_SCHEDULER"):
        engine.ask(chores.add, 1, 1)
    until(lambda: engine.state().phase == "absent" and "No dask scheduler" in engine.state().sentence)
    engine.close()
