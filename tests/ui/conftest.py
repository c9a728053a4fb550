"""The pages as `AppTest` runs them: no browser, and no engine behind them."""

import pytest
from page_opener import ROOT, OpenPage
from streamlit.testing.v1 import AppTest


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
