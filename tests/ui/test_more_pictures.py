"""More pictures of what a run misses: by distance, or by size where no distance is known, and their making followed."""

import json
import os
import time

import pytest
from inspect_engine import InstantEngine
from made_scores import FAR, scores_of
from own_pictures import make_follow_me
from page_reader import sentences
from streamlit.testing.v1 import AppTest

from fcnlab.errors import EngineError
from fcnlab.lab.datasets import list_datasets
from fcnlab.lab.making import MakingJob, making_jobs
from fcnlab.ui.data.orders import metres_of, orders, told

SIZE = (160, 160)


# Which pictures


def test_bands_of_distance_are_offered_with_the_most_missed_first():
    offered, estimated = orders(FAR, SIZE)
    assert [(order.distance, order.kind) for order in offered] == [
        ((40.0, 60.0), "patrol-target"),
        ((2.0, 10.0), "following"),
    ]
    assert not estimated
    line = told(offered[0], estimated=False)
    assert line.startswith("Recall at 40–60 m is **0.25** (0.")
    assert line.endswith("), 15 of 20 pictures missed")


def test_bands_of_too_few_pictures_are_last_and_told_without_an_interval():
    some = scores_of([5] * 24 + [50] * 2, [False] * 1 + [True] * 23 + [False] * 2)
    offered, _ = orders(some, SIZE)
    assert [order.distance for order in offered] == [(2.0, 10.0), (40.0, 60.0)]
    assert told(offered[0], estimated=False).endswith("), 1 of 24 pictures missed")
    assert told(offered[1], estimated=False) == "Recall at 40–60 m: too few to tell, 2 of 2 pictures missed"


def test_pictures_without_a_distance_are_told_by_size_and_the_distance_is_an_estimate():
    offered, estimated = orders(scores_of(None, [True, False, False], [500, 10, 12]), SIZE)
    assert estimated
    (near, far), kind = offered[0].distance, offered[0].kind
    assert (near, far) == pytest.approx((metres_of(20, SIZE), metres_of(4, SIZE)), abs=0.06)
    assert kind == "patrol-target"
    assert "Recall of 4–20 pixels, that is about" in told(offered[0], estimated=True)
    assert offered[1].kind == "following"


def test_a_hero_twice_as_far_has_a_quarter_of_the_pixels():
    assert metres_of(25, SIZE) == pytest.approx(2 * metres_of(100, SIZE))
    assert metres_of(25, (320, 320)) == pytest.approx(2 * metres_of(25, SIZE))
    assert metres_of(0, SIZE) <= 100


# The page


def script(dataset: str, path: str) -> None:
    from made_scores import FAR

    from fcnlab.data import open_dataset
    from fcnlab.lab import Run
    from fcnlab.ui.calm import calm
    from fcnlab.ui.data import more

    with calm():
        more.more_like(open_dataset(dataset), Run.open(path), FAR)


@pytest.fixture
def frames(tmp_path):
    folder = make_follow_me(tmp_path / "pictures" / "frames")
    (folder / "classes.txt").write_text("background\nother people\nhero\n")
    return folder


@pytest.fixture
def engine(monkeypatch):
    fake = InstantEngine()
    fake.pid = os.getpid()
    monkeypatch.setattr("fcnlab.ui.data.more.engine", lambda: fake)
    return fake


@pytest.fixture
def more(make_run, datasets, frames, engine):
    """`more()` gives the offer for a run that misses the far hero."""
    run = make_run("trained", dataset=str(frames))

    def opened(dataset=frames):
        app = AppTest.from_function(script, args=(str(dataset), str(run.path)), default_timeout=30).run()
        assert not app.exception
        return app

    return opened


def tell(datasets, frames, name="frames-more-40-60m", **state):
    """Have a dataset's folder say that it is being made."""
    fields = {"title": "more", "kind": "patrol-target", "distance": (40.0, 60.0), "count": 200, "beat": time.time()}
    job = MakingJob(base=str(frames), **fields | state)
    (datasets / name).mkdir(parents=True, exist_ok=True)
    (datasets / name / "making.json").write_text(job.model_dump_json())


def test_one_press_hands_the_rendering_to_the_engine(more, engine, datasets, frames):
    app = more()
    assert "Recall at 40–60 m is **0.25**" in sentences(app)
    app.number_input(key="more.count").set_value(50).run()
    assert [button.key for button in app.button if button.key.startswith("more.render")] == ["more.render.0"]
    first = app.button(key="more.render.0")
    assert first.label == "Render 50 more at 40–60 m"
    first.click().run()
    assert not app.exception
    path = datasets / "frames-more-40-60m"
    assert engine.submitted == [("make_in_background", str(path))]
    ((name, job),) = making_jobs(str(frames))
    assert (name, job.kind, job.distance, job.count) == (path.name, "patrol-target", (40.0, 60.0), 50)
    assert job.title == "frames and 50 more at 40–60 m"
    assert app.get("progress")[0].proto.text.replace("\\", "") == f"{name}: waiting for the engine."


def test_an_engine_that_takes_no_work_leaves_no_folder_behind(more, engine, datasets):
    def submit(*_, **__):
        raise EngineError("No engine answers.", "Try again.")

    engine.submit = submit
    app = more()
    app.button(key="more.render.0").click().run()
    assert "No engine answers. Try again." in sentences(app)
    assert list(datasets.iterdir()) == []


def test_the_rendering_is_found_again_after_a_reload_and_can_be_stopped(more, datasets, frames):
    tell(datasets, frames, state="running", done=57, total=200, pid=os.getpid())
    app = more()
    assert "57 of 200 pictures rendered." in app.get("progress")[0].proto.text
    app.button(key="more.stop.frames-more-40-60m").click().run()
    assert (datasets / "frames-more-40-60m" / "making.stop").exists()


def test_one_that_failed_leaves_its_sentence_until_it_is_put_away(more, datasets, frames):
    tell(datasets, frames, state="failed", message="There is no OpenGL here. Install libegl1.")
    app = more()
    assert "There is no OpenGL here. Install libegl1." in sentences(app)
    app.button(key="more.stop.frames-more-40-60m").click().run()
    assert list(datasets.iterdir()) == []


def test_what_was_made_is_there_to_train_on(more, datasets, frames):
    folder = datasets / "frames-more-40-60m"
    make_follow_me(folder / "rendered")
    document = {"title": "frames and 6 more", "sources": [str(frames), "./rendered"]}
    (folder / "dataset.json").write_text(json.dumps(document))
    assert len(list_datasets()) == 1
    app = more()
    assert app.success[0].value.replace("\\", "") == "frames-more-40-60m: frames and 6 more."
    assert app.button(key="more.train.frames-more-40-60m").label == "Train on it"


def test_a_dataset_of_other_classes_gets_no_offer(more):
    app = more("shapes:0.1")
    assert "it has no pictures for a dataset of other classes" in sentences(app)
    assert not app.button
