"""What every room's tests share: golden files, and how hypothesis looks for counterexamples."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# Times differ by machine and load, so no example has a deadline; CI repeats the same examples every time.
settings.register_profile("lab", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("lab")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--overwrite", action="store_true", help="rewrite the golden files with what the code gives now")


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
