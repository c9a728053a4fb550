"""The network that a visitor works on: one spec, its history, the selected stage, and the link in the address bar.

Every page reads the network from here and changes it through here, so that undo, the link and the refusal of bad
values are the same everywhere. Callbacks of widgets are methods of `Workbench`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from fcnlab.arch import PRESETS, NetSpec, from_code, preset, to_code
from fcnlab.arch.edit import Path, change
from fcnlab.errors import FcnLabError, SpecError
from fcnlab.ui.place import Place, place_of, row_count, row_of

START = "follow-me"
LINK = "net"
MOST_UNDOS = 200

log = logging.getLogger(__name__)

Edit = Callable[[NetSpec], NetSpec]


@dataclass
class Workbench:
    """The state of one visitor's network.

    Attributes:
        net: The network as it is now.
        base: What "Reset" goes back to: the preset, link or file it began with.
        preset: The preset it began with, or None for a link or file.
        row: The selected row of the shape flow; 0 is `inputs`.
        notice: What was wrong with the last change, to be shown once.
    """

    net: NetSpec
    base: NetSpec
    preset: str | None = None
    row: int = 1
    notice: str = ""
    code: str = ""
    _past: list[NetSpec] = field(default_factory=list)
    _future: list[NetSpec] = field(default_factory=list)
    _shown: set[str] = field(default_factory=set)
    _own_rerun: bool = False

    def __post_init__(self) -> None:
        self._show(self.net)

    @property
    def place(self) -> Place:
        """The selected stage."""
        return place_of(self.net, self.row)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return bool(self._future)

    def edit(self, make: Edit, then: Place | None = None) -> None:
        """Apply an edit; a refused one leaves the network as it is and a sentence in `notice`.

        Args:
            make: The edit.
            then: The stage to select after it.
        """
        if self._try(make) and then is not None:
            self.row = row_of(self.net, then)

    def _try(self, make: Edit) -> bool:
        self._own_rerun = True
        try:
            net = make(self.net)
        except FcnLabError as problem:
            self.notice = str(problem)
        except Exception:
            log.exception("An edit failed.")
            self.notice = "That change failed through a fault of the lab's; the network is as it was before."
        else:
            self._put(net)
            return True
        return False

    def set(self, path: Path, key: str, expected: str = "") -> None:
        """Set the field at `path` to the value of the widget `key`.

        Args:
            path: The field.
            key: The widget.
            expected: What a widget takes that reports None when it holds something else; "" if None is a value.
        """
        value = st.session_state.get(key)

        def change_or_refuse(net: NetSpec) -> NetSpec:
            if value is None and expected:
                raise SpecError(f"That value cannot be used: {expected}.")
            return change(net, path, value)

        self.edit(change_or_refuse)

    def select(self, row: int) -> None:
        """Select a row of the shape flow, the nearest there is."""
        self._own_rerun = True
        self.row = min(max(row, 0), row_count(self.net) - 1)

    def stay(self) -> None:
        """Note a rerun that changes nothing of the network (see `read_address`)."""
        self._own_rerun = True

    def undo(self) -> None:
        """Go back to the network before the last change."""
        self._own_rerun = True
        if self._past:
            self._future.append(self.net)
            self._show(self._past.pop())

    def redo(self) -> None:
        """Make the change again that was undone."""
        self._own_rerun = True
        if self._future:
            self._past.append(self.net)
            self._show(self._future.pop())

    def reset(self) -> None:
        """Go back to what the network began with; this can be undone."""
        self.edit(lambda _: self.base)

    def start_from(self, name: str) -> None:
        """Take a preset; this can be undone."""
        self.open(lambda: preset(name), name)

    def open(self, read: Callable[[], NetSpec], name: str | None = None) -> bool:
        """Take the network that `read` gives; tells whether it could."""
        if not self._try(lambda _: read()):
            return False
        self.base = self.net
        self.preset = name or next((known for known in PRESETS if preset(known) == self.net), None)
        return True

    def forget(self) -> None:
        """Let the history begin with the network as it is now."""
        self._past.clear()
        self._future.clear()

    def take_notice(self) -> str:
        """The notice, once."""
        notice, self.notice = self.notice, ""
        return notice

    def read_address(self, code: str | None) -> None:
        """Open the network that the address bar holds, if somebody put another one there.

        A rerun caused by one of the page's own widgets may carry an address that is a moment old, because the
        browser had not yet been told the new one: then the address is not read. What is left is opening a link,
        and Back and Forward, which are edits like others.

        Args:
            code: A share code or a preset's name; None if the address has none, as after a page switch.
        """
        own, self._own_rerun = self._own_rerun, False
        if code is None or own or code == self.code:
            return
        if code in self._shown:
            self.edit(lambda _: from_code(code))
        else:
            self.open(lambda: read_link(code))
        self._own_rerun = False

    def _put(self, net: NetSpec) -> None:
        if net == self.net:
            return
        self._past = [*self._past[-MOST_UNDOS:], self.net]
        self._future.clear()
        self._show(net)

    def _show(self, net: NetSpec) -> None:
        self.net = net
        self.code = to_code(net)
        self._shown.add(self.code)
        self.row = min(self.row, row_count(net) - 1)


def read_link(code: str) -> NetSpec:
    """The network of a link's `net`: a preset's name or a share code, and never a file of the server's.

    Raises:
        SpecError: It is neither.
    """
    return preset(code) if code in PRESETS else from_code(code)


def workbench() -> Workbench:
    """This visitor's workbench; follows the address bar, and puts the network into it.

    To be called once at the start of every page that shows or uses the network.
    """
    state: Any = st.session_state
    fresh = "workbench" not in state
    if fresh:
        net = preset(START)
        state.workbench = Workbench(net, net, START)
    bench: Workbench = state.workbench
    bench.read_address(st.query_params.get(LINK))
    if fresh:
        bench.forget()  # the network that a link opens is where its history begins
    if st.query_params.get(LINK) != bench.code:
        st.query_params[LINK] = bench.code
    return bench
