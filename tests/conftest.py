"""What every room's tests share: golden files, and how hypothesis looks for counterexamples."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Times differ by machine and load, so no example has a deadline; CI repeats the same examples every time.
settings.register_profile("lab", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("lab")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="rewrite the golden files with what the code gives now")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of the tests' own, for this process and for those it starts."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FCNLAB_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def no_datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of the tests' own for the lab's own datasets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FCNLAB_DATASETS", str(tmp_path_factory.mktemp("datasets")))
        yield


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the lab's own datasets."""
    folder = tmp_path / "datasets"
    monkeypatch.setenv("FCNLAB_DATASETS", str(folder))
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the golden file at a path; with `pytest --overwrite`, write the file instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--overwrite"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"There is no {path}: `pytest --overwrite` writes it."
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs: `pytest --overwrite` rewrites it."

    return compare
