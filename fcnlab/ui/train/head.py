"""The head of a run that is shown: its name, what it trains, what people say about it, and the ways from here."""

import streamlit as st

from fcnlab.errors import FcnLabError
from fcnlab.lab import Run, runs_root
from fcnlab.lab.history.deleted import ENDED
from fcnlab.lab.history.exporting import metrics_csv, tensorboard_zip
from fcnlab.lab.history.shelf import Entry, Shelf
from fcnlab.lab.tasks import net_of
from fcnlab.ui.dataset_choice import ON_TRAIN, set_dataset
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.address import show_replay, show_run
from fcnlab.ui.train.plan.augment import describe_augmentation
from fcnlab.ui.train.plan.form import set_plan
from fcnlab.ui.train.records.found import delete_run
from fcnlab.ui.train.records.runs import dataset_title
from fcnlab.ui.workbench import workbench


def head(run: Run) -> None:
    """Draw the head of a run of the runs folder."""
    entry = Shelf.at(runs_root()).entry(run)
    title, ways = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.subheader(literal(entry.title), anchor=False)
        st.caption(literal(what_it_trains(run)))
    with ways, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        again_button(run)
        new_button()
    said = [f":gray-badge[{literal(tag)}]" for tag in entry.about.tags]
    if entry.note:
        said.append(literal(entry.note))
    if said:
        st.markdown(" ".join(said))
    with st.container(horizontal=True, gap="medium"):
        _describe(entry)
        _save(run)
        _play_back(entry)
        _delete(entry)


def again_button(run: Run, label: str = "Again with these settings") -> None:
    """The way to the form, filled with what a run was made of."""
    st.button(
        label,
        icon=":material/replay:",
        key="train.again",
        on_click=_again,
        args=(run,),
        help="Opens the form with this run's network, images and settings; nothing starts yet.",
    )


def new_button() -> None:
    """The way to the form."""
    st.button("New training", icon=":material/add:", key="train.new", on_click=show_run, args=("",))


def what_it_trains(run: Run) -> str:
    """Network, images and plan in one line."""
    plan, phase = run.record.plan, run.record.plan.phases[0]
    parts = [
        f"{run.record.net.get('name', '')} on {dataset_title(run.record.dataset)}",
        f"{plan.subset:,} images" if plan.subset else "all images",
        f"{plan.epochs} epoch{'s' * (plan.epochs != 1)}",
        f"batch size {phase.batch_size}",
        f"learning rate {phase.learning_rate:g}, {phase.schedule or plan.schedule}",
        plan.loss.replace("+dice", " + Dice"),
        describe_augmentation(plan.flip, plan.augment),
        f"seed {plan.seed}",
    ]
    more = f" (first of {len(plan.phases)} phases)" if len(plan.phases) > 1 else ""
    return " · ".join(parts) + more


def _again(run: Run) -> None:
    show_run("")
    if workbench().open(lambda: net_of(run)):
        set_dataset(ON_TRAIN, run.record.dataset)
        set_plan(run.record.plan)


def _describe(entry: Entry) -> None:
    name = entry.run.name
    with (
        st.popover("Name and notes", type="tertiary", icon=":material/edit:", key=f"train.describe.{name}"),
        st.form(f"train.about.{name}", border=False),
    ):
        title = st.text_input(
            "Name shown",
            entry.about.title,
            120,
            key=f"train.title.{name}",
            placeholder=name,
            help=f"Left empty: {literal(name)}, the name of its folder, which stays as it is.",
        )
        note = st.text_area("Note", entry.note, max_chars=10_000, key=f"train.note.{name}")
        tags = st.text_input(
            "Tags",
            ", ".join(entry.about.tags),
            key=f"train.tags.{name}",
            placeholder="lesson 3, low learning rate",
            help="Separated by commas, to find runs by.",
        )
        if st.form_submit_button("Keep", type="primary", key=f"train.about.keep.{name}"):
            try:
                Shelf.at(runs_root()).describe(entry.run, title=title, note=note, tags=tags.split(","))
            except FcnLabError as problem:
                st.error(literal(str(problem)))
            else:
                st.rerun()


def _save(run: Run) -> None:
    with st.popover("Save", type="tertiary", icon=":material/download:", key=f"train.save.{run.name}"):
        st.caption("The curve of this run, for other programs.")
        st.download_button(
            "CSV",
            lambda: metrics_csv(run).encode(),
            file_name=f"{run.name}.csv",
            mime="text/csv",
            key=f"train.csv.{run.name}",
            on_click="ignore",
            help="A row a step and a row an epoch.",
        )
        st.download_button(
            "TensorBoard",
            lambda: tensorboard_zip(run),
            file_name=f"{run.name}-tensorboard.zip",
            mime="application/zip",
            key=f"train.tensorboard.{run.name}",
            on_click="ignore",
            help="A zip of event files: unpack it into TensorBoard's log directory.",
        )


def _play_back(entry: Entry) -> None:
    st.button(
        "Play back",
        type="tertiary",
        icon=":material/movie:",
        key="train.play_back",
        disabled=not entry.summary.epochs,
        on_click=show_replay,
        args=(entry.run.name,),
        help="Shows the training once more from its begin, at any speed; from its first epoch's end on.",
    )


def _delete(entry: Entry) -> None:
    ended = entry.state in ENDED
    st.button(
        "Delete",
        type="tertiary",
        icon=":material/delete:",
        key="train.delete",
        disabled=not ended,
        on_click=delete_run,
        args=(entry.run.name,),
        help="Can be undone." if ended else "A run that is being trained or waits is stopped first.",
    )
