"""What the pages' tests share by name (conftest.py holds the fixtures)."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]

OpenPage = Callable[..., AppTest]
"""A page's name, and what its address holds → the page as a visitor finds it who follows that link."""
