"""The Train page: the form for a new training or the run that is shown, and below it all runs."""

from collections.abc import Sequence

import streamlit as st

from fcnlab.errors import RunError
from fcnlab.lab import Run, find_run, runs_root, scan_runs
from fcnlab.lab.records import ACTIVE
from fcnlab.lab.tasks import net_of
from fcnlab.plan import Plan
from fcnlab.ui.dataset_choice import ON_TRAIN, set_dataset
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.address import show_run, shown_run
from fcnlab.ui.train.augment import describe_augmentation
from fcnlab.ui.train.form import set_plan
from fcnlab.ui.train.runs import dataset_title, run_list
from fcnlab.ui.train.start import new_training
from fcnlab.ui.train.watch import watch
from fcnlab.ui.workbench import workbench


def train_page() -> None:
    """Draw the page's content."""
    runs, broken = scan_runs(runs_root())
    name = shown_run()
    if name:
        _shown(name, runs)
    else:
        new_training(workbench(), runs)
    run_list(runs, broken, name, show_run)


def _shown(name: str, runs: Sequence[Run]) -> None:
    try:
        run = find_run(runs_root(), name)
    except RunError as problem:
        st.error(literal(str(problem)))
        st.button("New training", icon=":material/add:", key="train.new", on_click=show_run, args=("",))
        return
    _head(run)
    watch(run, [other.name for other in runs if other.name != name and other.state() in ACTIVE])


def _head(run: Run) -> None:
    """The run's name, what it trains, and the ways to another training."""
    title, ways = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.subheader(literal(run.name), anchor=False)
        st.caption(literal(_what(run)))
    with ways, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        st.button(
            "Again with these settings",
            icon=":material/replay:",
            key="train.again",
            on_click=_again,
            args=(run,),
            help="Opens the form with this run's network, images and settings; nothing starts yet.",
        )
        st.button("New training", icon=":material/add:", key="train.new", on_click=show_run, args=("",))


def _what(run: Run) -> str:
    plan, phase = run.record.plan, run.record.plan.phases[0]
    parts = [
        f"{run.record.net.get('name', '')} on {dataset_title(run.record.dataset)}",
        f"{plan.subset:,} images" if plan.subset else "all images",
        f"{plan.epochs} epoch{'s' * (plan.epochs != 1)}",
        f"batch size {phase.batch_size}",
        f"learning rate {phase.learning_rate:g}, {plan.schedule}",
        plan.loss.replace("+dice", " + Dice"),
        describe_augmentation(plan.flip, plan.augment),
        f"seed {plan.seed}",
    ]
    more = f" (first of {len(plan.phases)} phases)" if len(plan.phases) > 1 else ""
    return " · ".join(parts) + more


def _again(run: Run) -> None:
    """Fill the form with what a run was made of."""
    show_run("")
    if workbench().open(lambda: net_of(run)):
        set_dataset(ON_TRAIN, run.record.dataset)
        set_plan(_one_phase(run.record.plan))


def _one_phase(plan: Plan) -> Plan:
    """The plan as the form can hold it: its first phase, for as many epochs as all of them have."""
    first = plan.phases[0].model_copy(update={"epochs": plan.epochs, "steps_per_epoch": None})
    return plan.model_copy(update={"phases": (first,)})
