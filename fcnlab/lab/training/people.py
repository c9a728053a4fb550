"""Whose a run is, for the queue.

Fairness and no security: nobody proves who they are, and whoever can open the lab can stop any run. It keeps a class
from waiting for the one who pressed Start twenty times.
"""

import getpass
import ipaddress
import os

from fcnlab.errors import EngineError

LIMIT = 50
"""Runs that one person may have waiting and in training, unless FCNLAB_RUNS_PER_PERSON says otherwise."""

BETWEEN = " · "
"""Stands between the name that somebody typed and the address of their browser."""

LONGEST = 60


def person_here() -> str:
    """Who uses the command line: the user's name on this machine; empty where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return ""


def person_from(name: str, address: str) -> str:
    """A visitor of a page who is not logged in: the name typed there and the browser's address, as far as known."""
    typed = " ".join(name.replace(BETWEEN, " ").split())[:LONGEST]
    return BETWEEN.join(part for part in (typed, address) if part)


def shown_name(person: str) -> str:
    """What others may see of a person: no address of a machine, and of an e-mail only what precedes the @."""
    if BETWEEN in person:
        return person.split(BETWEEN)[0]
    if "@" in person:
        return person.split("@")[0]
    return "" if _is_address(person) else person


def _is_address(person: str) -> bool:
    try:
        ipaddress.ip_address(person)
    except ValueError:
        return False
    return True


def runs_per_person() -> int:
    """How many runs one person may have waiting and in training: FCNLAB_RUNS_PER_PERSON, or `LIMIT`.

    Raises:
        EngineError: The variable holds no whole number of at least 1.
    """
    given = os.environ.get("FCNLAB_RUNS_PER_PERSON", "").strip()
    if not given:
        return LIMIT
    if not given.isdecimal() or int(given) < 1:
        raise EngineError(
            f"FCNLAB_RUNS_PER_PERSON is {given!r}, which is no whole number of at least 1.",
            "Correct it and start the lab again.",
        )
    return int(given)
