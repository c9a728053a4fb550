import time
from pathlib import Path

import pytest

from fcnlab.lab import Engine

HERE = str(Path(__file__).parent)


def wait_until(condition, patience=30.0):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


@pytest.fixture
def until():
    """Wait until a condition is true, and fail when it does not become so."""
    return wait_until


@pytest.fixture(scope="session")
def light_engine_environment():
    """Workers that load no TensorFlow and find the tests' functions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", HERE)
        patch.setenv("FCNLAB_WARM", "0")
        patch.setenv("FCNLAB_ENGINE_IDLE", "30")
        patch.delenv("FCNLAB_SCHEDULER", raising=False)
        yield patch


@pytest.fixture(scope="session")
def engine_root(tmp_path_factory, light_engine_environment):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def engine(engine_root):
    """One engine for all tests that do not end it."""
    engine = Engine.at(engine_root)
    yield engine
    engine.end()
