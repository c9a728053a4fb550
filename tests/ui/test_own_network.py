"""Bringing one's own network to the Inspect page."""

import json
from pathlib import Path

import numpy as np
import pytest
from inspect_engine import InstantEngine
from page_opener import OpenPage
from page_reader import pictures, sentences

from fcnlab.arch.foreign import read_network, to_config
from fcnlab.errors import FcnLabError, SpecError
from fcnlab.lab import Run
from fcnlab.lab.importing import PLAN
from fcnlab.lab.runs.records import Status
from fcnlab.lab.tasks import Imported, LayerMaps, LayerStatistics, Look
from fcnlab.ui.inspect import own

CHAIN = {
    "class_name": "Sequential",
    "config": [
        {
            "class_name": "Conv2D",
            "config": {"name": "conv", "filters": 4, "kernel_size": 3, "batch_input_shape": [None, 16, 16, 3]},
        },
        {"class_name": "Flatten", "config": {"name": "flat"}},
        {"class_name": "Dense", "config": {"name": "dense", "units": 5}},
    ],
}


def layers_run(root: Path, name: str) -> Run:
    """An imported run of the kind "layers", as far as the page reads it."""
    run = Run.create(
        root / name, net={"name": "theirs"}, plan=PLAN, dataset="shapes:0.1", kind="layers", imported="t.h5"
    )
    run.layers_path.write_text(to_config(read_network(json.dumps(CHAIN), "it")))
    run.checkpoint_path(1).parent.mkdir()
    run.checkpoint_path(1).touch()
    run.write_status(Status(state="done", epoch=1, epochs=1))
    return run


def seen(name: str, channels: int) -> Look:
    maps = np.random.default_rng(0).integers(0, 256, (14, 14, channels), np.uint8)
    low, high = np.zeros(channels, np.float32), np.ones(channels, np.float32)
    figures = LayerStatistics(low, low, high / 2, (), (), 2.5, np.ones(64, np.int64))
    shown = LayerMaps(name, "encoder", "Conv2D", name, maps, low, high, figures)
    return Look(np.zeros((16, 16, 3), np.uint8), None, np.zeros((16, 16), np.uint8), high, None, (shown,), 1)


class Importing(InstantEngine):
    """An engine that imports at once, or says why it cannot."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def ask(self, function, *args, timeout=0.0):  # type: ignore[no-untyped-def]
        return super().ask(function, *args)

    def _import_upload(self, root, name, config, weights, dataset=None):  # type: ignore[no-untyped-def]
        assert root == str(self.root)
        layers_run(self.root, name)
        return Imported(str(self.root / name), "theirs", "layers", 1234, (), ("A note.",), ("flat: no.",))

    def _look_at_layers(self, path, picture, layer):  # type: ignore[no-untyped-def]
        return seen(layer, 4)


@pytest.fixture
def importing(runs: Path, engine: InstantEngine, monkeypatch: pytest.MonkeyPatch) -> Importing:
    fake = Importing(runs)
    for module in ("own", "layerwise", "page"):
        monkeypatch.setattr(f"fcnlab.ui.inspect.{module}.engine", lambda: fake)
    return fake


def upload(app, name="theirs.keras", data=b"PK"):  # type: ignore[no-untyped-def]
    app.file_uploader(key="inspect.own.config.0").set_value((name, data, "application/octet-stream")).run()
    return app


def press(app):  # type: ignore[no-untyped-def]
    next(button for button in app.button if button.label == "Import the network").click().run()
    return app


def test_without_a_run_a_network_can_be_brought(importing: Importing, open_page: OpenPage) -> None:
    app = open_page("Inspect")
    assert "Nothing in the files is run." in sentences(app)
    assert "No network is chosen yet. Upload its file first." in press(app).error[0].value.replace("\\", "")


def test_an_uploaded_network_becomes_the_chosen_run(importing: Importing, open_page: OpenPage) -> None:
    app = upload(open_page("Inspect"))
    assert app.text_input(key="inspect.own.name.0").placeholder == "theirs"
    press(app)
    assert not app.exception
    assert app.selectbox(key="run").value == "theirs"
    assert app.query_params["run"] == "theirs"
    assert "theirs was imported. It is no encoder–decoder of the lab's kind" in app.success[0].value.replace("\\", "")
    assert "A note." in sentences(app)
    _, _, name, config, weights = importing.asked[0][:5]
    assert (name, config.name, config.data, weights) == ("theirs", "theirs.keras", b"PK", None)


def test_the_name_is_the_person_s_or_one_that_is_free(importing: Importing, open_page: OpenPage, runs: Path) -> None:
    layers_run(runs, "theirs")
    app = upload(open_page("Inspect"))
    assert app.text_input(key="inspect.own.name.0").placeholder == "theirs-2"
    app.text_input(key="inspect.own.name.0").set_value("of my own").run()
    app.text_input(key="inspect.own.data.0").set_value("/some/pictures").run()
    press(app)
    assert app.selectbox(key="run").value == app.query_params["run"] == "of my own"
    assert importing.asked[0][0] == "look_at_layers"
    assert importing.asked[1][5] == "/some/pictures"


@pytest.mark.parametrize(
    ("error", "told"),
    [(SpecError("w.h5 is damaged.", "Save it again."), "w.h5 is damaged. Save it again.")],
)
def test_what_is_wrong_with_the_files_is_told_beside_them(
    importing: Importing, open_page: OpenPage, error: FcnLabError, told: str
) -> None:
    app = upload(open_page("Inspect"))
    importing.error = error
    press(app)
    assert told in app.error[0].value.replace("\\", "")


def test_a_bad_name_is_told_before_anything_is_sent(importing: Importing, open_page: OpenPage) -> None:
    app = upload(open_page("Inspect"))
    app.text_input(key="inspect.own.name.0").set_value("../mine").run()
    press(app)
    assert "points to another folder" in app.error[0].value.replace("\\", "")
    assert importing.asked == []


def test_the_size_of_an_upload_is_checked_by_the_server_too(
    importing: Importing, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MOST_BYTES", 1)
    app = press(upload(open_page("Inspect")))
    assert "theirs.keras has" in app.error[0].value.replace("\\", "")


# A network that is looked at layer by layer


def test_a_run_of_layers_says_why_and_shows_each_layer(importing: Importing, open_page: OpenPage, runs: Path) -> None:
    layers_run(runs, "theirs")
    app = open_page("Inspect", run="theirs", layer="conv")
    assert not app.exception
    told = sentences(app)
    assert "The network theirs, imported from t.h5." in told
    assert "no stages and no skips to switch" in told
    assert "- flat: the lab's networks have no Flatten layer." in told
    assert app.selectbox(key="layer").options == ["the_input", "conv", "flat", "dense"]
    assert app.selectbox(key="layer").value == "conv"
    assert "14×14×4, 50% of the values above zero, effective rank 2.5." in told
    assert any(alt.startswith("Feature maps of conv. All 4 channels, values from 0 to 1") for alt in pictures(app))


def test_another_layer_is_asked_for_alone(importing: Importing, open_page: OpenPage, runs: Path) -> None:
    layers_run(runs, "theirs")
    app = open_page("Inspect", run="theirs")
    app.selectbox(key="layer").select("flat").run()
    assert not app.exception
    assert [call[3] for call in importing.asked] == ["the_input", "flat"]


def test_it_waits_for_the_engine(importing: Importing, open_page: OpenPage, runs: Path) -> None:
    layers_run(runs, "theirs")
    importing.phase = "starting"
    app = open_page("Inspect", run="theirs")
    assert "The engine is warming up." in sentences(app)
    assert importing.asked == []
