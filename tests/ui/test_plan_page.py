"""The plan's form on the Train page: plans to begin with, phases added and taken away, and what links hold."""

import pytest

from fcnlab.lab import EngineState
from fcnlab.plans import PLANS
from fcnlab.ui.train.plan.filling import ALL_IMAGES
from fcnlab.ui.train.plan.kept_plans import CHOICE
from fcnlab.ui.train.plan.learning import LOSS, MOMENTUM, OPTIMIZER, WEIGHTING, weight_key
from fcnlab.ui.train.plan.phases import BATCH, EPOCHS, RATE, STEPS, WIDE, cell

pytestmark = pytest.mark.long


class NoEngine:
    pid = None

    def state(self):
        return EngineState("absent", "The engine is not running.")


@pytest.fixture
def train(open_page, tmp_path, monkeypatch):
    """Open the page with these things in its address; dots are written as double underscores."""
    monkeypatch.setattr("fcnlab.ui.engine.engine", NoEngine)
    monkeypatch.setenv("FCNLAB_RUNS", str(tmp_path))

    def opened(**address):
        app = open_page("Train", **{name.replace("__", "."): value for name, value in address.items()})
        assert not app.exception
        assert not app.error
        return app

    return opened


def held(app):
    """The plan that the form holds."""
    return app.session_state["train.kept"]


def told(app):
    return "\n".join(element.value for element in (*app.markdown, *app.warning, *app.error))


def test_an_untouched_form_holds_the_quick_plan(train):
    app = train()
    assert held(app) == PLANS["quick"]
    assert app.selectbox(key=CHOICE).value == "quick"


def test_a_kept_plan_fills_the_form_and_shows_when_it_is_changed(train):
    app = train()
    app.selectbox(key=CHOICE).select("reference-1").run()
    assert held(app) == PLANS["reference-1"]
    assert app.toggle(key=ALL_IMAGES).value
    assert app.number_input(key=STEPS).value == 70
    assert "**70 steps** × 64 images = 4,480 images, each of the 400 about 11.2 times." in told(app)
    app.number_input(key=RATE).set_value(0.005).run()
    choice = app.selectbox(key=CHOICE)
    assert (choice.value, choice.placeholder) == (None, "reference-1, changed")
    app.number_input(key=RATE).set_value(0.01).run()
    assert app.selectbox(key=CHOICE).value == "reference-1"


def test_a_link_may_name_a_plan(train):
    assert held(train(train__plan="reference-3")) == PLANS["reference-3"]


def test_phases_are_added_copied_and_taken_away(train):
    app = train(train__epochs="7")
    app.button(key="train.phase.add").click().run()
    assert app.query_params["train.epochs.2"] in ("7", ["7"])
    app.number_input(key=cell(RATE, 2)).set_value(0.002).run()
    assert [(phase.epochs, phase.learning_rate) for phase in held(app).phases] == [(7, 0.01), (7, 0.002)]
    app.button(key="train.phase.copy.1").click().run()
    assert [phase.learning_rate for phase in held(app).phases] == [0.01, 0.01, 0.002]
    app.button(key="train.phase.remove.1").click().run()
    app.button(key="train.phase.remove.1").click().run()
    assert [phase.learning_rate for phase in held(app).phases] == [0.002]
    assert app.number_input(key=EPOCHS).value == 7
    assert not app.exception


def test_a_link_holds_all_phases_and_shows_the_columns_in_use(train):
    app = train(train__phases="2", train__batch__2="32", train__steps__2="9")
    assert [(phase.batch_size, phase.steps_per_epoch) for phase in held(app).phases] == [(16, None), (32, 9)]
    assert app.toggle(key=WIDE).value
    assert app.number_input(key=cell(BATCH, 2)).value == 32


def test_class_weights_are_asked_for_by_the_classes_names(train):
    app = train(train__weights="each", train__weight__2="6")
    assert held(app).class_weights == (1.0, 1.0, 6.0)
    assert app.number_input(key=weight_key(2)).label == "polygon"
    app.selectbox(key=WEIGHTING).select("balanced").run()
    assert held(app).class_weights == "balanced"


def test_an_optimizer_shows_its_own_number(train):
    app = train(train__optimizer="sgd", train__momentum="0.8", train__loss="focal")
    assert (held(app).optimizer, held(app).momentum, held(app).loss) == ("sgd", 0.8, "focal")
    app.selectbox(key=OPTIMIZER).select("adam").run()
    assert MOMENTUM not in {field.key for field in app.number_input}
    app.selectbox(key=LOSS).select("focal+dice").run()
    assert held(app).loss == "focal+dice"


def test_what_cannot_be_trained_is_told_and_does_not_start(train):
    app = train(train__epochs="1")
    assert "12 steps are few for a network with batch norm" in told(app).replace("\\", "")
    assert not app.button(key="train.start").disabled
