"""The pages as `AppTest` runs them: no browser, and no engine behind them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from inspect_engine import InstantEngine, small
from page_opener import ROOT, OpenPage
from streamlit.testing.v1 import AppTest

from fcnlab.arch import NetSpec, plain
from fcnlab.lab import Run
from fcnlab.lab.tasks import Upload
from fcnlab.plan import Plan


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are looked at without starting workers."""
    monkeypatch.setattr("fcnlab.ui.page.start_engine", lambda: None)


@pytest.fixture
def open_page() -> OpenPage:
    """`open_page("Build", net="fcn-8s")` gives the page as a visitor finds it who follows that link."""

    def opened(name: str = "", **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        if name:
            script = next((ROOT / "pages").glob(f"*_{name}.py"))
            app.switch_page(str(script))
        for key, value in address.items():
            app.query_params[key] = value
        return app.run()

    return opened


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> InstantEngine:
    """What the Inspect page asks, answered at once."""
    st.cache_data.clear()
    st.cache_resource.clear()
    fake = InstantEngine()
    for module in ("inspect.page", "inspect.subject", "inspect.skips.order"):
        monkeypatch.setattr(f"fcnlab.ui.{module}.engine", lambda: fake)
    return fake


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty runs folder, and a lab that brings no examples."""
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path))
    monkeypatch.setattr("fcnlab.ui.inspect.run.example_names", list)
    return tmp_path


@pytest.fixture
def make_run(runs: Path) -> Callable[..., Run]:
    """`make_run("trained", epochs=2)` makes a run with empty checkpoints."""

    def made(name: str, net: NetSpec | None = None, dataset: str = "shapes:0.1", epochs: int = 2) -> Run:
        run = Run.create(runs / name, net=plain(net or small()), plan=Plan(), dataset=dataset)
        for epoch in range(1, epochs + 1):
            path = run.checkpoint_path(epoch)
            path.parent.mkdir(exist_ok=True)
            path.touch()
        return run

    return made


@pytest.fixture
def inspect(open_page: OpenPage, engine: InstantEngine) -> OpenPage:
    """`inspect(run="trained")` gives the Inspect page as that link opens it."""

    def opened(**address: str) -> AppTest:
        app = open_page("Inspect", **address)
        assert not app.exception
        return app

    return opened


@pytest.fixture
def upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """An uploaded picture is looked at."""
    chosen = (Upload(b"", "mine.png"), "upload/1", "mine.png")
    monkeypatch.setattr("fcnlab.ui.inspect.page.choose_picture", lambda *_: chosen)


@pytest.fixture
def train(open_page: OpenPage) -> OpenPage:
    """Open the Train page with these things in its address; dots are written as double underscores."""

    def opened(**address: str) -> AppTest:
        app = open_page("Train", **{name.replace("__", "."): value for name, value in address.items()})
        assert not app.exception
        return app

    return opened
