"""Calling the command line in this process."""

from typing import NamedTuple

import pytest

from fcnlab.cli import main


class Ended(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def call(capsys, monkeypatch):
    """`call("flow", "follow-me")` gives the exit status and what was printed."""
    monkeypatch.delenv("FCNLAB_DEBUG", raising=False)

    def run(*arguments):
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Ended(status, *capsys.readouterr())

    return run


@pytest.fixture
def refused(call):
    """Call with the user's fault in it: exit status 2, nothing on stdout, one line on stderr, which is given back."""

    def run(*arguments):
        ended = call(*arguments)
        assert (ended.status, ended.out) == (2, ""), ended
        assert ended.err.endswith("\n")
        assert ended.err.count("\n") == 1, ended.err
        return ended.err.strip()

    return run
