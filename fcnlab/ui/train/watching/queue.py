"""The queue as the Train page shows it: whose turn it is, and who is asking."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fcnlab.lab import Run
from fcnlab.lab.training.people import person_from, person_here, shown_name
from fcnlab.lab.training.queueing import QueueState, Waiting, queue_state
from fcnlab.ui.calm import calm
from fcnlab.ui.markdown import literal

NAME = "train.person"

EVERY = 2.0
"""Seconds between two looks at a queue in which something waits."""

SEEN_FOR = 0.5
"""Seconds for which all visitors are shown what one look at the runs folder found."""

SHOWN = 10
"""Waiting runs in the list; further ones are counted."""

NAMED = 3
"""Runs that a sentence names; further ones are counted."""


def person() -> str:
    """Who uses this page, for fairness in the queue.

    Who is logged in is known by their e-mail. Others are the name they typed and the address of their browser; on the
    machine of the lab itself that is the user who started it. None of this is proof of anything.
    """
    if st.user.get("is_logged_in"):
        return str(st.user.get("email") or st.user.get("sub") or "")
    typed, address = str(st.session_state.get(NAME, "")).strip(), _address()
    return person_from(typed, address) if typed or address else person_here()


def _address() -> str:
    found = st.context.ip_address
    return found if isinstance(found, str) else ""


def place_sentence(run: Run, root: Path) -> str:
    """Where a waiting run stands in the queue of the runs folder; empty for a run that is not in it."""
    state = _look(str(root))
    mine = next((one for one in state.waiting if one.run.path == run.path), None)
    return "" if mine is None else place_text(mine, len(state.waiting), state.working)


def place_text(mine: Waiting, waiting: int, working: Sequence[str]) -> str:
    """The sentence of `place_sentence`.

    Args:
        mine: The run's place.
        waiting: How many runs wait.
        working: What is in training.
    """
    turn = f"after {_listed(mine.ahead)}" if mine.ahead else "the next one"
    busy = f" In training now: {_listed(working)}." if working else ""
    return f"Waiting: place {mine.place} of {waiting}, {turn}.{busy}"


def queue_view(root: Path, shown: str = "") -> None:
    """List what waits, the next one first, and ask visitors from elsewhere for a name. Not inside of a fragment.

    Args:
        root: The runs folder.
        shown: The name of the run that the page shows, which is marked.
    """
    if _look(str(root)).waiting:
        st.fragment(_list, run_every=EVERY)(root, shown)
    if _address() and not st.user.get("is_logged_in"):
        st.text_input(
            "Your name, for the queue (optional)",
            key=NAME,
            max_chars=40,
            persist_state="session",
            width=260,
            help="Shown to others while your runs wait. Trainings are begun turn by turn, one person after the other.",
        )


def _list(root: Path, shown: str) -> None:
    with calm():
        state = _look(str(root))
        if not state.waiting:
            st.rerun()  # the page without the list, and without its timer
        st.markdown(queue_text(state, shown))


def queue_text(state: QueueState, shown: str = "") -> str:
    """The list as Markdown."""
    lines = ["**Waiting for a worker**, in this order:", ""]
    for one in state.waiting[:SHOWN]:
        mark = "**" if one.run.name == shown else ""
        who = shown_name(one.person)
        lines.append(f"{one.place}. {mark}{literal(one.run.name)}{mark}{literal(f' ({who})') if who else ''}")
    more = len(state.waiting) - SHOWN
    return "\n".join(lines) + (f"\n\nand {more} more." if more > 0 else "")


def _listed(names: Sequence[str]) -> str:
    """As in “a, b and c”, or “a, b, c and 4 more”."""
    shown = list(names[:NAMED])
    if len(names) > NAMED:
        shown.append(f"{len(names) - NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


@st.cache_resource(ttl=SEEN_FOR, max_entries=8, show_spinner=False)
def _look(root: str) -> QueueState:
    return queue_state(Path(root))
