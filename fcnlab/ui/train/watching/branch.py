"""A new run that begins with the weights of another one's epoch, also in a changed network."""

import streamlit as st

from fcnlab.arch import NetSpec
from fcnlab.errors import FcnLabError, PlanError
from fcnlab.lab import Run, find_run, runs_root
from fcnlab.lab.tasks import net_of
from fcnlab.lab.training.branching import Carried, branch_run, compare, read_layers
from fcnlab.plan import Phase, Plan
from fcnlab.ui.engine import start_training
from fcnlab.ui.markdown import literal
from fcnlab.ui.memory import forced, may_start, training_budget
from fcnlab.ui.train.address import show_run
from fcnlab.ui.train.watching.queue import person
from fcnlab.ui.words import tooltip
from fcnlab.ui.workbench import workbench

FIELD = 150
"""Pixels of a number's field."""

TOLD = 8
"""Layers that are named one by one."""


def branch_form(run: Run) -> None:
    """Draw the fields of a branch; its button makes the run, hands it to the engine and shows it."""
    epochs = [epoch for epoch, _ in run.checkpoints()]
    st.caption("A new run that begins with this run's weights. This one stays as it is.")
    epoch = st.selectbox(
        "From epoch", epochs[::-1], key=f"train.branch.epoch.{run.name}", help=tooltip("checkpoint"), width=FIELD
    )
    net = _network(run)
    if net is not None:
        told = carried_from(run, epoch, net)
        st.caption(kept(told) if told else "Which layers agree cannot be told: the checkpoint cannot be read.")
    plan = _plan(run)
    name = st.text_input(
        "Name (optional)",
        key=f"train.branch.name.{run.name}",
        max_chars=80,
        placeholder="made of network and time",
        width=260,
    )
    memory = f"train.branch.memory.{run.name}"
    fits = plan is not None and may_start(net or net_of(run), plan, training_budget(), memory)
    if st.button(
        "Start the branch", key="train.branch.start", icon=":material/call_split:", type="primary", disabled=not fits
    ):
        try:
            new, _ = branch_run(
                run, epoch, name=name.strip(), net=net, plan=plan, person=person(), force=forced(memory)
            )
            start_training(new)
        except FcnLabError as problem:
            st.error(literal(str(problem)))
            return
        show_run(new.name)
        st.rerun()


def _network(run: Run) -> NetSpec | None:
    """The network open in Build, where it is wanted; None for the run's own."""
    open_now = workbench().net
    other = f"The one open in Build: {open_now.name}"
    chosen = st.radio(
        "Network",
        ["This run's", other],
        key=f"train.branch.net.{run.name}",
        help="In another network, layers whose names and shapes agree keep their weights; the others begin anew.",
    )
    return open_now if chosen == other else None


def _plan(run: Run) -> Plan | None:
    """Draw the fields of the branch's one phase; gives its plan, or None where they hold none."""
    plan, last = run.record.plan, run.record.plan.phases[-1]
    with st.container(horizontal=True):
        epochs = st.number_input(
            "Epochs", 1, 10_000, last.epochs, key=f"train.branch.epochs.{run.name}", help=tooltip("epoch"), width=110
        )
        rate = st.number_input(
            "Learning rate",
            1e-6,
            10.0,
            last.learning_rate,
            last.learning_rate / 10,
            "%g",
            key=f"train.branch.rate.{run.name}",
            help=tooltip("learning rate", "Further training is often calmer with a smaller one."),
            width=FIELD,
        )
        size = st.number_input(
            "Batch size",
            1,
            4096,
            last.batch_size,
            key=f"train.branch.batch.{run.name}",
            help=tooltip("batch size"),
            width=110,
        )
    try:
        asked = last.model_dump() | {"epochs": epochs, "learning_rate": rate, "batch_size": size}
        phase = Phase.parse(asked, what="The branch's phase", error=PlanError)
    except PlanError as problem:
        st.error(literal(str(problem)))
        return None
    return plan.model_copy(update={"phases": (phase,)})


def branched_from(run: Run) -> None:
    """Say of a branch where its weights come from, and which of its layers began anew."""
    record = run.record
    if not record.parent:
        return
    told = f"Branched from **{literal(record.parent)}** after epoch {record.parent_epoch}."
    try:
        carried = carried_from(find_run(runs_root(), record.parent), record.parent_epoch, net_of(run))
    except FcnLabError:
        carried = None  # the other run is gone
    st.caption(f"{told} {kept(carried)}" if carried else told)


def carried_from(run: Run, epoch: int, net: NetSpec) -> Carried | None:
    """The layers of `net` that can begin with the run's weights; None where these cannot be read."""
    path = run.checkpoint_path(epoch)
    try:
        found: Carried = _carried(str(run.path), epoch, path.stat().st_mtime_ns, net.model_dump_json())
    except (OSError, FcnLabError):
        return None
    return found


@st.cache_data(max_entries=64, show_spinner=False)
def _carried(run: str, epoch: int, changed: int, net: str) -> Carried:
    """Cached by the checkpoint's time of change."""
    return compare(read_layers(Run.open(run), epoch), NetSpec.model_validate_json(net))


def kept(carried: Carried) -> str:
    """Which layers keep their weights, as Markdown."""
    count = len(carried.taken)
    told = f"{count} layer{'s' * (count != 1)} with weights {'keep them' if count != 1 else 'keeps them'}"
    if not carried.left:
        return f"All {told}."
    named = "; ".join(f"{literal(one.name)} ({literal(one.reason)})" for one in carried.left[:TOLD])
    rest = len(carried.left) - TOLD
    return f"{told}. Anew begin: {named}{f'; and {rest} more' if rest > 0 else ''}."
