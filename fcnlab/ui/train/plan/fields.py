"""The kinds of fields that the plan's form is made of: each is bound to the address and says what it does."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.ui.address import put_into_address

NARROW = 135
"""Pixels of a number's field."""


def whole(
    label: str,
    low: int,
    high: int,
    value: int | None,
    key: str,
    text: str | None,
    *,
    step: int = 1,
    empty: str | None = None,
    disabled: bool = False,
    width: int = NARROW,
) -> int | None:
    """A field for a whole number; one that begins empty may be emptied again, and shows `empty` then."""
    found: int | None = st.number_input(
        label,
        low,
        high,
        value,
        step,
        key=key,
        bind="query-params",
        help=text,
        placeholder=empty,
        disabled=disabled,
        width=width,
    )
    return found


def decimal(
    label: str, low: float, high: float, value: float, key: str, text: str | None, *, step: float, width: int = NARROW
) -> float:
    """A field for a decimal number."""
    found: float = st.number_input(
        label, low, high, value, step, format="%g", key=key, bind="query-params", help=text, width=width
    )
    return found


def one_of(label: str, options: tuple[str, ...], value: str, key: str, text: str | None, *, width: int = NARROW) -> str:
    """A choice among a few words, which also stand in the address."""
    found: str = st.selectbox(
        label, options, options.index(value), key=key, bind="query-params", help=text, width=width
    )
    return found


def switch(label: str, value: bool, key: str, text: str | None, *, disabled: bool = False) -> bool:
    """Something that is on or off."""
    return st.toggle(label, value, key=key, bind="query-params", help=text, disabled=disabled)


def fill(values: Mapping[str, Any], first: Mapping[str, Any]) -> None:
    """Put values into fields, before they are drawn, and into the address.

    Streamlit tells the address only of values that people change, or that a field of the run before is given.

    Args:
        values: By key.
        first: What the fields begin with, by key, which the address does not hold.
    """
    for key, value in values.items():
        st.session_state[key] = value
        if value is not None and value != first.get(key, value):
            put_into_address(key, address_text(value))


def address_text(value: object) -> str:
    """As Streamlit writes a field's value into the address."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
