"""A place to draw in, or the reason why there is none; one world for tests that only look at it."""

import pytest
from booth import Booth

from fcnlab.errors import RenderError
from fcnlab.sim import RenderRequest, World, render_dataset


@pytest.fixture(scope="session")
def studio():
    """Pictures of 160 × 160 pixels."""
    booth = Booth(160)
    try:
        booth.open()
    except RenderError as problem:
        pytest.skip(f"no OpenGL: {problem}")
    yield booth
    booth.close()


@pytest.fixture(scope="session")
def world():
    return World(12)


@pytest.fixture(scope="session")
def mixed(studio, tmp_path_factory):
    """A folder of 20 small pictures of every kind, in all splits."""
    out = tmp_path_factory.mktemp("rendered") / "mixed"
    render_dataset(out, RenderRequest(count=20, seed=5, size=64), workers=2)
    return out
