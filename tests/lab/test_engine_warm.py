"""What a worker does at its start, and how pages see that it is not ready yet."""

import os
import sys
import threading
import types

import pytest

from fcnlab.lab import Engine
from fcnlab.lab.engine import warm
from fcnlab.lab.engine.contact import Contact, EngineFolder


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(os, "nice", lambda steps: steps)
    monkeypatch.setenv("FCNLAB_WARM", "1")
    return types.SimpleNamespace(metrics={})


def is_warm(worker):
    return worker.metrics["warm"](worker)


def test_a_worker_takes_work_while_it_warms_up(worker, monkeypatch, until):
    may_go_on = threading.Event()
    monkeypatch.setattr(warm, "HEAVY", "heavy_package")
    monkeypatch.setitem(sys.modules, "heavy_package", types.SimpleNamespace(warm_up=may_go_on.wait))
    warm.dask_setup(worker)
    assert not is_warm(worker)
    may_go_on.set()
    until(lambda: is_warm(worker))


def test_a_package_that_cannot_be_imported_is_logged_and_blocks_nobody(worker, monkeypatch, until, caplog):
    monkeypatch.setattr(warm, "HEAVY", "no_such_package")
    warm.dask_setup(worker)
    until(lambda: is_warm(worker))
    assert "could not import no_such_package" in caplog.text


def test_warming_up_can_be_switched_off(worker, monkeypatch):
    monkeypatch.setenv("FCNLAB_WARM", "0")
    warm.dask_setup(worker)
    assert is_warm(worker)


def test_a_page_sees_the_engine_start_and_warm_up(tmp_path, monkeypatch):
    monkeypatch.delenv("FCNLAB_SCHEDULER", raising=False)
    engine = Engine.at(tmp_path)
    folder = EngineFolder(tmp_path / ".engine" / "contact.json")
    lock = folder.lock()
    assert engine.state().phase == "starting"
    contact = Contact(address="tcp://127.0.0.1:1", pid=os.getpid(), started=0.0)
    folder.tell(contact)
    assert engine.state() == ("warming", "The engine is warming up: its workers are loading TensorFlow.")
    folder.tell(contact.model_copy(update={"warm": True}))
    assert engine.state() == ("ready", "The engine is ready.")
    assert EngineFolder(folder.contact_file).lock(patience=0) is None
    os.close(lock)
    assert engine.state().phase == "absent"
