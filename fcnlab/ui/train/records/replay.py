"""A run played back at any speed, in the view of one that is being trained."""

from pathlib import Path
from time import monotonic
from typing import Any

import streamlit as st

from fcnlab.data import open_dataset
from fcnlab.errors import FcnLabError, RunError
from fcnlab.lab import Run, runs_root
from fcnlab.lab.history.course import Course
from fcnlab.lab.history.playing import PlayClock
from fcnlab.lab.history.replaying import Player, Recording, find_recording, record_of, require_events
from fcnlab.ui.calm import calm
from fcnlab.ui.markdown import literal
from fcnlab.ui.train.address import AT, BEGINS, show_run
from fcnlab.ui.train.head import again_button, new_button, what_it_trains
from fcnlab.ui.train.watching.epochs import predictions
from fcnlab.ui.train.watching.live import advice, class_bars, draw_course, log, numbers, validated
from fcnlab.ui.train.watching.numbers import duration, pace

SPEED = "train.speed"
"""Key of the speed's widget, and its name in the address bar."""

EVERY = 0.3
"""Seconds between two pictures of a replay."""

PLACES = 240
"""Places of the slider, from the training's begin to its end."""

MINUTE = "all in one minute"
_SPEEDS = {"0.5×": 0.5, "1×": 1.0, "2×": 2.0, "5×": 5.0, "10×": 10.0, "20×": 20.0, "50×": 50.0, "100×": 100.0}

_CLOCK, _PLAYER, _PLACE = "train.replay.clock", "train.replay.player", "train.replay.place"


def replay(name: str) -> None:
    """Draw the replay of a run of the runs folder, or of a recording that comes with the lab."""
    try:
        run = find_recording(runs_root(), name)
        recording = _recording(str(run.path), _stamp(run))
        require_events(run, recording)
    except RunError as problem:
        st.error(literal(str(problem)))
        new_button()
        return
    clock = _clock(run, recording)
    title, ways = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.subheader(f"Replay of {literal(run.name)}", anchor=False)
        st.caption(literal(what_it_trains(run)))
    with ways, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        again_button(run, "Train it yourself")
        _close(run)
    speed = _deck(clock)
    if speed != clock.speed:
        clock = clock.paced(speed, monotonic())
        _set(clock)
    st.fragment(_play, run_every=None if clock.since is None else EVERY)(run, recording)


# The clock


def _clock(run: Run, recording: Recording) -> PlayClock:
    """The session's clock for this run: new ones stand at the address's second, or at the begin."""
    state: Any = st.session_state
    if state.pop(BEGINS, False):
        state[_CLOCK] = (str(run.path), PlayClock(recording.length).play(monotonic()))
    kept = state.get(_CLOCK)
    if kept is None or kept[0] != str(run.path):
        clock = PlayClock(recording.length).seek(_second(st.query_params.get(AT, "")), 0.0)
        kept = (str(run.path), clock)
        state[_CLOCK] = kept
    clock = kept[1]
    return clock if isinstance(clock, PlayClock) else PlayClock(recording.length)


def _set(clock: PlayClock) -> None:
    """Keep the clock; one that rests stands in the address, so that a link opens at that moment."""
    state: Any = st.session_state
    state[_CLOCK] = (state[_CLOCK][0], clock)
    if clock.since is None and clock.position:
        st.query_params[AT] = f"{clock.position:.0f}"
    elif AT in st.query_params:
        del st.query_params[AT]


def _now_set() -> PlayClock:
    clock: PlayClock = st.session_state[_CLOCK][1]
    return clock


def _second(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0


# The controls


def _deck(clock: PlayClock) -> float:
    """Draw the controls, and give the chosen speed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if clock.since is None:
            st.button(
                "Play", icon=":material/play_arrow:", key="train.play", type="primary", shortcut="p", on_click=_go
            )
        else:
            st.button("Pause", icon=":material/pause:", key="train.rest", type="primary", shortcut="p", on_click=_rest)
        st.button("From the start", icon=":material/first_page:", key="train.rewind", on_click=_rewind)
        chosen = st.selectbox(
            "Speed",
            (MINUTE, *_SPEEDS),
            key=SPEED,
            bind="query-params",
            help="1× takes as long as the training did.",
            width=190,
        )
    return _SPEEDS.get(chosen, clock.length / 60)


def _go() -> None:
    _set(_now_set().play(monotonic()))


def _rest() -> None:
    _set(_now_set().rest(monotonic()))


def _rewind() -> None:
    _set(_now_set().seek(0.0, monotonic()))


def _seek() -> None:
    clock = _now_set()
    _set(clock.seek(clock.length * st.session_state[_PLACE] / PLACES, monotonic()))


def _close(run: Run) -> None:
    mine = run.path.parent == runs_root()
    label = "Back to the run" if mine else "New training"
    st.button(label, icon=":material/close:", key="train.close", on_click=show_run, args=(run.name if mine else "",))


# The view


def _play(run: Run, recording: Recording) -> None:
    """The replay at this moment, as a fragment, which runs again without its page around it."""
    with calm():
        clock, now = _now_set(), monotonic()
        if clock.since is not None and clock.ended(now):
            _set(clock.rest(now))
            st.rerun()  # the button says Play again, and the timer ends
        _draw(run, recording, clock.at(now))


def _draw(run: Run, recording: Recording, moment: float) -> None:
    course, plan, status = _player(run, recording).at(moment), run.record.plan, run.status
    steps, epochs = max(status.steps, recording.steps), max(status.epochs, plan.epochs)
    _place(recording, moment)
    st.progress(min(course.steps / steps, 1.0), text=_how_far(course, steps, epochs))
    advice(plan, course)
    ended = moment >= recording.length
    numbers(plan, course, pace(course, steps, epochs), live=not ended, spent=moment)
    chart, pictures = st.columns([6, 5], gap="large")
    classes = _classes(run)
    with chart:
        draw_course(course, steps, f"train.replay.curves.{run.name}")
        class_bars(classes, validated(course.epochs))
        log(course.notes)
    with pictures:
        done = course.epochs[-1]["epoch"] if course.epochs else 0
        previews = [(epoch, path) for epoch, path in run.previews() if epoch <= done]
        predictions(previews, classes, f"replay.{run.name}", epochs=epochs, size=_size(run))


def _place(recording: Recording, moment: float) -> None:
    """The slider through the training."""
    length = recording.length
    st.session_state[_PLACE] = int(PLACES * moment / length) if length else 0
    st.select_slider(
        f"Moment of the training, which took {duration(length)}",
        range(PLACES + 1),
        format_func=lambda place: duration(length * place / PLACES),
        key=_PLACE,
        on_change=_seek,
        help="All times on this page are those of the training itself.",
    )


def _how_far(course: Course, steps: int, epochs: int) -> str:
    epoch = course.recent[-1]["epoch"] if course.recent else 0
    return f"Epoch {epoch} of {epochs}, step {course.steps:,} of {steps:,}"


def _classes(run: Run) -> tuple[str, ...]:
    """The classes' names; numbers where the dataset cannot tell them."""
    number = int(run.record.net.get("output", {}).get("classes", 2))
    try:
        names = open_dataset(run.record.dataset).classes
    except FcnLabError:
        names = ()
    return tuple(names) if len(names) == number else tuple(f"class {index}" for index in range(number))


def _size(run: Run) -> tuple[int, int]:
    shape = run.record.net.get("input", {})
    return int(shape.get("height", 160)), int(shape.get("width", 160))


# What is kept between two pictures


def _player(run: Run, recording: Recording) -> Player:
    """The session's player; a small thing, since the events themselves are shared by all sessions."""
    state: Any = st.session_state
    kept = state.get(_PLAYER)
    if not isinstance(kept, Player) or kept.recording is not recording:
        kept = Player(recording)
        state[_PLAYER] = kept
    return kept


def _stamp(run: Run) -> int:
    try:
        return (run.path / "metrics.jsonl").stat().st_mtime_ns
    except OSError:
        return 0


@st.cache_resource(max_entries=8, show_spinner=False)
def _recording(path: str, changed: int) -> Recording:
    """Kept by the time at which the curve last changed."""
    return record_of(Run.open(Path(path)).read_metrics()[0])
