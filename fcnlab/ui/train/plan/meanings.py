"""What each field of a plan does, and what goes wrong when it is too small or too large; one wording everywhere."""

from typing import NamedTuple

import streamlit as st

from fcnlab.draw.glossary import explain


class Meaning(NamedTuple):
    """A field in words.

    Attributes:
        title: As the form calls it.
        term: In the glossary, which says what it does.
        small: What goes wrong when it is too small; empty where there is no such thing.
        large: What goes wrong when it is too large.
        more: What there is to add.
    """

    title: str
    term: str
    small: str = ""
    large: str = ""
    more: str = ""


PHASES = "Phases"
LEARNING = "Loss and optimizer"
DRAWING = "Pictures"
JUDGING = "Validation and the end"

MEANINGS: dict[str, dict[str, Meaning]] = {
    PHASES: {
        "epochs": Meaning(
            "Epochs",
            "epoch",
            "The network stops while it is still getting better.",
            "It learns its pictures by heart, and validation falls back.",
        ),
        "batch": Meaning(
            "Batch size",
            "batch size",
            "Steps point in random directions, and batch norm measures too few pictures.",
            "Few steps an epoch, and much memory.",
        ),
        "rate": Meaning(
            "Learning rate",
            "learning rate",
            "Training crawls.",
            "The loss jumps about or becomes infinite.",
            "0.01 is a good start for the presets with Adam; 0.003 is calmer.",
        ),
        "schedule": Meaning(
            "Schedule",
            "schedule",
            more="Cosine lets it fall smoothly to zero, so that training ends gently; constant keeps it as it is.",
        ),
        "steps": Meaning(
            "Steps an epoch",
            "steps per epoch",
            "An epoch sees only a part of the pictures, and validation comes too often.",
            "Pictures come several times an epoch, and validation comes too seldom to see what happens.",
        ),
        "validation": Meaning(
            "Validation steps",
            "validation steps",
            "The score jumps about by chance.",
            "Judging takes longer than learning.",
            "Left empty, the number under “Validation and the end” decides.",
        ),
        "workers": Meaning(
            "Loader workers",
            "loader workers",
            "The network waits for pictures.",
            "Threads take processor cores away from the network.",
            "The batches are the same for any number.",
        ),
    },
    LEARNING: {
        "loss": Meaning(
            "Loss",
            "loss",
            more="Cross-entropy asks for the right class at every pixel; focal turns to those that are still wrong; "
            "Dice makes a class of few pixels count as much as one of many.",
        ),
        "weights": Meaning(
            "Class weights",
            "class weights",
            "A rare class is never predicted.",
            "It is seen everywhere.",
            "Balanced weighs each class by the inverse of its share in the training pictures.",
        ),
        "gamma": Meaning(
            "Focal γ",
            "focal loss",
            "The same as cross-entropy, at 0.",
            "Only the hardest pixels count, among them those whose mask is wrong.",
        ),
        "dice": Meaning(
            "Dice factor",
            "Dice loss",
            "Small targets are learned late.",
            "Probabilities go to 0 and 1 too early, and the loss jumps in batches without a target.",
        ),
        "optimizer": Meaning(
            "Optimizer",
            "optimizer",
            more="Adam needs the least care; AdamW also shrinks the weights; SGD with momentum needs a learning rate "
            "about ten times as large, and more epochs.",
        ),
        "decay": Meaning(
            "Weight decay",
            "weight decay",
            "Weights grow without need, and the network learns by heart.",
            "The network cannot hold what it learns.",
        ),
        "momentum": Meaning(
            "Momentum",
            "momentum",
            "Training zigzags and is slow.",
            "It overshoots, and takes long to turn.",
        ),
        "warmup": Meaning(
            "Warm-up steps",
            "warm-up",
            "The first steps may spoil the weights for good.",
            "Much of the training runs at a learning rate that is too small.",
        ),
        "precision": Meaning(
            "Precision",
            "precision",
            more="bfloat16 computes convolutions with 8 instead of 24 significant bits; weights and loss stay float32.",
        ),
    },
    DRAWING: {
        "images": Meaning(
            "Images",
            "subset",
            "The network learns them by heart and fails on others.",
            "Only time: more pictures are always better.",
        ),
        "often": Meaning(
            "With the target",
            "oversampling",
            "Rare targets are hardly seen.",
            "The network expects a target everywhere.",
            "Pictures that hold the last class are drawn so many times as often.",
        ),
        "small": Meaning(
            "With a small target",
            "oversampling",
            "Far-away targets stay unseen.",
            "The same few pictures come again and again.",
            "Pictures with a small target are drawn so many times as often on top of that.",
        ),
        "below": Meaning(
            "Small is below",
            "oversampling",
            "No target counts as small.",
            "Every target counts as small.",
            "The share of its picture that a target covers.",
        ),
        "augment": Meaning(
            "Augmentation",
            "augmentation",
            "The network learns its pictures by heart.",
            "It learns pictures that never come.",
        ),
        "seed": Meaning(
            "Seed",
            "seed",
            more="Three trainings with different seeds show how much of a difference is chance.",
        ),
    },
    JUDGING: {
        "judged": Meaning(
            "Validation images",
            "validation",
            "The score jumps about by chance.",
            "Judging takes longer than learning.",
        ),
        "metric": Meaning(
            "Compare epochs by",
            "keep the best",
            more="Mean IoU over all classes, the target's IoU (the last class), or the loss.",
        ),
        "best": Meaning("Keep the best epoch", "keep the best"),
        "patience": Meaning(
            "Stop after",
            "early stopping",
            "A short setback ends the training.",
            "It goes on long after there is nothing to gain.",
            "So many epochs without a better value; left empty, it trains to the plan's end.",
        ),
        "least": Meaning(
            "Better by at least",
            "early stopping",
            "Chance counts as progress.",
            "Slow progress counts as none.",
        ),
        "devices": Meaning(
            "Devices",
            "batch size",
            "The others are idle.",
            "Each has too few pictures of a batch to be worth the exchange.",
            "Each batch is shared among so many graphics cards.",
        ),
    },
}
"""Group → field → what it does."""

_BY_NAME = {name: meaning for group in MEANINGS.values() for name, meaning in group.items()}


def meaning(name: str) -> str:
    """What a field does and what goes wrong with it, for its tooltip."""
    return " ".join([_does(_BY_NAME[name]), *_wrong(_BY_NAME[name])])


def what_these_do() -> None:
    """All of it as a page to read, group by group."""
    with st.expander("What these do", icon=":material/school:"):
        for group, fields in MEANINGS.items():
            st.markdown(f"**{group}**")
            st.markdown("\n".join(_entry(found) for found in fields.values()))


def _entry(found: Meaning) -> str:
    wrong = "".join(f"  \n  {part}" for part in _wrong(found, mark="*"))
    return f"- **{found.title}.** {_does(found)}{wrong}"


def _does(found: Meaning) -> str:
    return f"{explain(found.term)} {found.more}".strip()


def _wrong(found: Meaning, mark: str = "") -> list[str]:
    told = (("Too small:", found.small), ("Too large:", found.large))
    return [f"{mark}{name}{mark} {text[0].lower()}{text[1:]}" for name, text in told if text]
