"""The kinds of fields that the plan's form is made of: each is bound to the address and says what it does."""

import streamlit as st

NARROW = 135
"""Pixels of a number's field."""


def whole(
    label: str,
    low: int,
    high: int,
    value: int | None,
    key: str,
    text: str,
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
    label: str, low: float, high: float, value: float, key: str, text: str, *, step: float, width: int = NARROW
) -> float:
    """A field for a decimal number."""
    found: float = st.number_input(
        label, low, high, value, step, format="%g", key=key, bind="query-params", help=text, width=width
    )
    return found


def one_of(label: str, options: tuple[str, ...], value: str, key: str, text: str, *, width: int = NARROW) -> str:
    """A choice among a few words, which also stand in the address."""
    found: str = st.selectbox(
        label, options, options.index(value), key=key, bind="query-params", help=text, width=width
    )
    return found


def switch(label: str, value: bool, key: str, text: str, *, disabled: bool = False) -> bool:
    """Something that is on or off."""
    return st.toggle(label, value, key=key, bind="query-params", help=text, disabled=disabled)
