"""The fields of how a network learns: loss, class weights, optimizer, warm-up and precision."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.draw import class_colors
from fcnlab.lab.training.device import Device
from fcnlab.plan import Plan
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.plan.fields import decimal, one_of, whole
from fcnlab.ui.train.plan.meanings import meaning

LOSS, WEIGHTING, WEIGHT = "train.loss", "train.weights", "train.weight"
GAMMA, DICE = "train.gamma", "train.dice"
OPTIMIZER, DECAY, MOMENTUM = "train.optimizer", "train.decay", "train.momentum"
WARM_UP, PRECISION = "train.warmup", "train.precision"
"""Keys of the widgets, and their names in the address; WEIGHT takes the class's number behind it."""

LOSSES = ("cross-entropy+dice", "cross-entropy", "focal+dice", "focal")
WEIGHTINGS = ("equal", "balanced", "each")
OPTIMIZERS = ("adam", "adamw", "sgd")
PRECISIONS = ("float32", "bfloat16")

_PLAN = Plan()


def learning_values(plan: Plan) -> dict[str, Any]:
    """What the widgets hold for a plan, by key."""
    weights = plan.class_weights
    each = {weight_key(label): value for label, value in enumerate(weights)} if isinstance(weights, tuple) else {}
    return {
        LOSS: plan.loss,
        WEIGHTING: weights if isinstance(weights, str) else "each" if each else "equal",
        **each,
        GAMMA: plan.focal_gamma,
        DICE: plan.dice_weight,
        OPTIMIZER: plan.optimizer,
        DECAY: plan.weight_decay,
        MOMENTUM: plan.momentum,
        WARM_UP: plan.warmup_steps,
        PRECISION: plan.precision,
    }


def learning_document(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields' values as a plan takes them; what a field's loss or optimizer has no use for stays as it was."""
    loss, optimizer = values.get(LOSS, _PLAN.loss), values.get(OPTIMIZER, _PLAN.optimizer)
    return {
        "loss": loss,
        "class_weights": _weights(values),
        "focal_gamma": values.get(GAMMA, _PLAN.focal_gamma) if "focal" in loss else _PLAN.focal_gamma,
        "dice_weight": values.get(DICE, _PLAN.dice_weight) if "dice" in loss else _PLAN.dice_weight,
        "optimizer": optimizer,
        "weight_decay": values.get(DECAY, _PLAN.weight_decay) if optimizer == "adamw" else _PLAN.weight_decay,
        "momentum": values.get(MOMENTUM, _PLAN.momentum) if optimizer == "sgd" else _PLAN.momentum,
        "warmup_steps": values.get(WARM_UP, _PLAN.warmup_steps),
        "precision": values.get(PRECISION, _PLAN.precision),
    }


def weight_key(label: int) -> str:
    """The key of a class's weight, the background being 0."""
    return f"{WEIGHT}.{label}"


def _weights(values: Mapping[str, Any]) -> Any:
    kind = values.get(WEIGHTING, "equal")
    if kind != "each":
        return None if kind == "equal" else kind
    found: list[Any] = []
    while weight_key(len(found)) in values:
        found.append(values[weight_key(len(found))])
    return tuple(found) or None


def learning_fields(dataset: Dataset | None, device: Device | None) -> dict[str, Any]:
    """Draw the fields; their values by key.

    Args:
        dataset: Whose classes may get a weight each.
        device: What the trainings run on; None where that is not known yet.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values = _loss()
    if values[WEIGHTING] == "each":
        values |= _each_class(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        values |= _optimizer()
        values[PRECISION] = _precision(device)
    return values


def _precision(device: Device | None) -> str:
    """Offers what the device has, and what was chosen elsewhere."""
    asked = st.session_state.get(PRECISION, st.query_params.get(PRECISION))
    offered = tuple(name for name in PRECISIONS if device is None or name in device.precisions or name == asked)
    chosen = one_of("Precision", offered, _PLAN.precision, PRECISION, meaning("precision"), width=150)
    if device is not None and chosen not in device.precisions:
        st.warning(f"The training worker's device does not compute in {chosen}. Choose {device.precisions[0]}.")
    return chosen


def _loss() -> dict[str, Any]:
    loss = one_of("Loss", LOSSES, _PLAN.loss, LOSS, meaning("loss"), width=210)
    values: dict[str, Any] = {LOSS: loss}
    if "dice" in loss:
        values[DICE] = decimal("Dice factor", 0.0, 100.0, _PLAN.dice_weight, DICE, meaning("dice"), step=0.1)
    if "focal" in loss:
        values[GAMMA] = decimal("Focal γ", 0.0, 10.0, _PLAN.focal_gamma, GAMMA, meaning("gamma"), step=0.5)
    values[WEIGHTING] = one_of("Class weights", WEIGHTINGS, WEIGHTINGS[0], WEIGHTING, meaning("weights"), width=150)
    return values


def _optimizer() -> dict[str, Any]:
    optimizer = one_of("Optimizer", OPTIMIZERS, _PLAN.optimizer, OPTIMIZER, meaning("optimizer"), width=150)
    values: dict[str, Any] = {OPTIMIZER: optimizer}
    if optimizer == "adamw":
        values[DECAY] = decimal("Weight decay", 0.0, 1.0, _PLAN.weight_decay, DECAY, meaning("decay"), step=0.001)
    if optimizer == "sgd":
        values[MOMENTUM] = decimal("Momentum", 0.0, 0.999, _PLAN.momentum, MOMENTUM, meaning("momentum"), step=0.05)
    values[WARM_UP] = whole("Warm-up steps", 0, 10_000, _PLAN.warmup_steps, WARM_UP, meaning("warmup"))
    return values


def _each_class(dataset: Dataset | None) -> dict[str, Any]:
    if dataset is None:
        st.caption("The classes are known when images are chosen.")
        return {}
    values: dict[str, Any] = {}
    colors = class_colors(dataset.colors)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, name in enumerate(dataset.classes):
            with st.container(width=150, gap="xxsmall"):
                st.html(_swatch(colors[label]))
                key = weight_key(label)
                values[key] = decimal(literal(name), 0.0, 10_000.0, 1.0, key, _counts(name), step=1.0, width=150)
    return values


def _counts(name: str) -> str:
    return f"How much a pixel of {literal(name)} counts in the loss; 0 leaves them out."


def _swatch(color: str) -> str:
    return (
        '<span aria-hidden="true" style="display:block;height:.35rem;border-radius:2px;'
        f'border:1px solid var(--fcn-rule);background:{escape(color)}"></span>'
    )
