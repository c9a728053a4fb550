"""The fields of which pictures are drawn how often, and how they are changed."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.plan import Drawing, Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.augment import (
    ON_TRAIN,
    augmentation_document,
    augmentation_fields,
    augmentation_help,
    augmentation_values,
)
from fcnlab.ui.train.plan.fields import decimal, whole
from fcnlab.ui.train.plan.meanings import meaning

OFTEN, SMALL, BELOW, SEED, FLIP = "train.often", "train.small", "train.below", "train.seed", ON_TRAIN.flip
"""Keys of the widgets, and their names in the address."""

_DRAW, _SEED = Drawing(), 0


def drawing_values(plan: Plan) -> dict[str, Any]:
    """What the widgets hold for a plan, by key."""
    return {
        OFTEN: plan.draw.target,
        SMALL: plan.draw.small_target,
        BELOW: plan.draw.small_below,
        SEED: plan.seed,
        **augmentation_values(ON_TRAIN, plan.flip, plan.augment),
    }


def drawing_document(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields' values as a plan takes them."""
    return {
        "draw": {
            "target": values.get(OFTEN, _DRAW.target),
            "small_target": values.get(SMALL, _DRAW.small_target),
            "small_below": values.get(BELOW, _DRAW.small_below),
        },
        "seed": values.get(SEED, _SEED),
        "flip": values.get(FLIP, True),
        "augment": augmentation_document(ON_TRAIN, dict(values)),
    }


def drawing_fields(target: str) -> dict[str, Any]:
    """Draw the fields; their values by key.

    Args:
        target: The name of the class that the target is.
    """
    st.markdown(f"**How often**, where **{literal(target)}** is in the picture")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values: dict[str, Any] = {
            OFTEN: decimal("With the target ×", 1.0, 100.0, _DRAW.target, OFTEN, meaning("often"), step=0.5, width=170),
            SMALL: decimal(
                "With a small target ×", 1.0, 100.0, _DRAW.small_target, SMALL, meaning("small"), step=0.5, width=190
            ),
            BELOW: decimal(
                "Small is below (share)", 0.0, 1.0, _DRAW.small_below, BELOW, meaning("below"), step=0.001, width=190
            ),
            SEED: whole("Seed", 0, 2**31 - 1, _SEED, SEED, meaning("seed")),
        }
    st.markdown("**Changed at random**")
    st.caption(augmentation_help())
    with st.container(width=480):
        return values | augmentation_fields(ON_TRAIN, flip=True)
