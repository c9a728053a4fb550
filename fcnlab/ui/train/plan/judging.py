"""The fields of how a training is judged, when it ends, and what is kept of it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fcnlab.lab.training.device import Device
from fcnlab.plan import EarlyStop, Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.fields import decimal, one_of, switch, whole
from fcnlab.ui.train.plan.meanings import meaning

JUDGED, ALL_JUDGED = "train.judged", "train.judged_all"
METRIC, BEST, PATIENCE, LEAST = "train.metric", "train.best", "train.patience", "train.least"
DEVICES = "train.devices"
"""Keys of the widgets, and their names in the address."""

METRICS = ("mean_iou", "target_iou", "loss")

_PLAN, _STOP = Plan(), EarlyStop()
_JUDGED = _PLAN.validation_images or 200


def judging_values(plan: Plan) -> dict[str, Any]:
    """What the widgets hold for a plan, by key."""
    return {
        JUDGED: plan.validation_images or _JUDGED,
        ALL_JUDGED: plan.validation_images is None,
        METRIC: plan.metric,
        BEST: plan.keep_best,
        PATIENCE: plan.early_stop.patience if plan.early_stop else None,
        LEAST: plan.early_stop.least if plan.early_stop else _STOP.least,
        DEVICES: plan.devices,
    }


def judging_document(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields' values as a plan takes them."""
    patience = values.get(PATIENCE)
    return {
        "validation_images": None if values.get(ALL_JUDGED) else values.get(JUDGED, _JUDGED),
        "metric": values.get(METRIC, _PLAN.metric),
        "keep_best": values.get(BEST, _PLAN.keep_best),
        "early_stop": patience and {"patience": patience, "least": values.get(LEAST, _STOP.least)},
        "devices": values.get(DEVICES, _PLAN.devices),
    }


def judging_fields(target: str, device: Device | None) -> dict[str, Any]:
    """Draw the fields; their values by key.

    Args:
        target: The name of the class that the target is.
        device: What the trainings run on; None where that is not known yet.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        every = bool(st.session_state.get(ALL_JUDGED, st.query_params.get(ALL_JUDGED) == "true"))
        values: dict[str, Any] = {
            JUDGED: whole(
                "Validation images",
                1,
                1_000_000,
                _JUDGED,
                JUDGED,
                meaning("judged"),
                step=50,
                disabled=every,
                width=160,
            ),
            ALL_JUDGED: switch("All", False, ALL_JUDGED, "Judge on all validation images after each epoch."),
        }
        if _several(device):
            values[DEVICES] = whole("Devices", 1, 64, 1, DEVICES, meaning("devices"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = f"{meaning('metric')} The target is {literal(target)}."
        values[METRIC] = one_of("Compare epochs by", METRICS, _PLAN.metric, METRIC, text, width=170)
        values[PATIENCE] = whole(
            "Stop after (epochs)", 1, 10_000, None, PATIENCE, meaning("patience"), empty="never", width=160
        )
        if values[PATIENCE]:
            values[LEAST] = decimal("Better by at least", 0.0, 1.0, 0.0, LEAST, meaning("least"), step=0.001, width=160)
        values[BEST] = switch("Keep the best epoch", _PLAN.keep_best, BEST, meaning("best"))
    return values


def _several(device: Device | None) -> bool:
    """Whether there is more than one device to share a batch among, or a plan that asks for more."""
    return len(device.names if device else ()) > 1 or st.session_state.get(DEVICES, 1) > 1 or DEVICES in st.query_params
