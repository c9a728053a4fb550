"""How a command ends: what the user's faults, the lab's faults and a closed pipe become."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TextIO

from typer.exceptions import TyperException

from fcnlab.cli.app import app
from fcnlab.cli.output import say
from fcnlab.errors import FcnLabError

FINE, OUR_FAULT, USERS_FAULT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What follows `python -m fcnlab`; None takes the process's own.

    Returns:
        The exit status: 0 fine, 1 a fault of the lab, 2 the user's input was wrong, 130 stopped by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_a_letter(stream)
    given = list(sys.argv[1:] if arguments is None else arguments)
    ours = given[: given.index("--")] if "--" in given else given
    debug = "--debug" in ours or os.environ.get("FCNLAB_DEBUG", "") not in ("", "0")
    rest = [argument for argument in ours if argument != "--debug"] + given[len(ours) :]
    try:
        return _run(rest or ["--help"])
    except BrokenPipeError:
        _close_quietly()
        return FINE
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    except (FcnLabError, TyperException) as problem:
        if debug:
            traceback.print_exc()
        say(_sentence(problem))
        return USERS_FAULT
    except Exception as fault:  # the last net: everything that is left is a fault of the lab
        if debug:
            traceback.print_exc()
        reason = f"{type(fault).__name__}: {fault}".splitlines()[0]
        hint = "" if debug else " Run it again with --debug for the traceback."
        say(f"A fault of FCN Lab: {reason}.{hint}")
        return OUR_FAULT


def _run(arguments: list[str]) -> int:
    try:
        status = app(args=arguments, prog_name="python -m fcnlab", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as ended:  # typer's own answer to a closed pipe
        raise BrokenPipeError from ended
    return status if isinstance(status, int) else FINE


def _sentence(problem: FcnLabError | TyperException) -> str:
    """One line: the error's own words, and for a wrong call where to read how it is called."""
    if isinstance(problem, FcnLabError):
        return " ".join(str(problem).split())
    told = " ".join(problem.format_message().split())
    stop = "" if told.endswith((".", "?", "!")) else "."
    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "python -m fcnlab"
    return f"{told}{stop} `{command} --help` tells what can be given."


def _never_fail_on_a_letter(stream: TextIO) -> None:
    """Print a letter that the terminal's encoding lacks as "?" rather than fail."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def _close_quietly() -> None:
    """Let what is still buffered go nowhere: the reader of the pipe has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
