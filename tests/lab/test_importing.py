"""Importing a network: from files to a run that is scored and looked into like any other; or no trace of it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from fcnlab.arch import NetSpec, preset
from fcnlab.arch.edit import resize
from fcnlab.arch.foreign import NetworkFile
from fcnlab.errors import DataError, FcnLabError, RunError, SpecError
from fcnlab.lab import Run, list_runs
from fcnlab.lab.runs.records import RunRecord
from fcnlab.lab.tasks import (
    Sample,
    Sheets,
    import_network,
    import_upload,
    input_of,
    layers_of,
    look,
    look_at_layers,
    net_of,
    resume_here,
    score_run,
    skip_report,
    why_layers_only,
    write_features,
)

PICTURE = Sample("shapes:0.1", "validation", 0)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, NetworkFile]:
    """A network of the lab's kind and a classifier, as Keras saves them."""
    from fcnlab.net import build

    folder = tmp_path_factory.mktemp("files")
    build(resize(preset("student-3"), 32, 32), seed=0).save(folder / "unet.keras")
    build(resize(preset("student-3"), 32, 32), seed=0).save_weights(folder / "only.weights.h5")
    classifier(folder / "classifier.keras")
    return {path.name.partition(".")[0]: NetworkFile.read(path) for path in folder.iterdir()}


def classifier(path: Path) -> None:
    from fcnlab.net import build  # noqa: F401 - Keras is imported by the lab alone

    keras = __import__("keras")
    layers = keras.layers
    keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(7, activation="softmax"),
        ]
    ).save(path)


def test_an_imported_network_is_a_run_that_is_done(files, tmp_path):
    found = import_network(files["unet"], None, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert (found.kind, found.name, found.skips) == ("network", "student-3", ("decoder3", "decoder2", "decoder1"))
    assert (run.state(), [epoch for epoch, _ in run.checkpoints()]) == ("done", [1])
    assert (run.record.imported, run.record.kind, run.record.dataset) == ("unet.keras", "network", "shapes")
    assert run.status.message == "Imported from unet.keras."
    assert isinstance(net_of(run), NetSpec)
    assert json.loads(json.dumps(found.to_json()))["params"] == found.params


def test_it_is_looked_into_and_scored_like_any_other(files, tmp_path):
    import_network(files["unet"], None, tmp_path / "run", "shapes:0.1")
    seen = look(str(tmp_path / "run"), PICTURE)
    assert [maps.name for maps in seen.stages][-2:] == ["decoder1", "outputs"]
    assert score_run(tmp_path / "run", "shapes:0.1")["epoch"] == 1
    with pytest.raises(RunError, match="has reached the end of its plan"):
        resume_here(tmp_path / "run")


def test_an_upload_is_imported_under_its_name(files, tmp_path):
    assert import_upload(str(tmp_path), "mine", files["unet"], None).run == str(tmp_path / "mine")
    with pytest.raises(RunError, match="points to another folder"):
        import_upload(str(tmp_path), "../mine", files["unet"], None)


def test_another_kind_of_network_is_kept_layer_by_layer(files, tmp_path):
    found = import_network(files["classifier"], None, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert (found.kind, found.skips, run.record.kind) == ("layers", (), "layers")
    assert "dense: the lab's networks have no Dense layer." in found.problems
    assert why_layers_only(run) == found.problems
    kinds = ["InputLayer", "Rescaling", "Conv2D", "GlobalAveragePooling2D", "Dense"]
    assert [layer.kind for layer in layers_of(run).layers] == kinds
    assert (input_of(run).height, input_of(run).channels) == (32, 3)


def test_its_layers_are_looked_at_all_or_one(files, tmp_path):
    import_network(files["classifier"], None, tmp_path / "run")
    seen = look(str(tmp_path / "run"), PICTURE, layers=True)
    assert [(maps.kind, maps.maps.shape) for maps in seen.stages] == [
        ("InputLayer", (32, 32, 3)),
        ("Rescaling", (32, 32, 3)),
        ("Conv2D", (30, 30, 4)),
        ("GlobalAveragePooling2D", (1, 1, 4)),
        ("Dense", (1, 1, 7)),
    ]
    # Rescaling(1/255) of a picture from 0 to 255, although the lab gives it one from −1 to 1.
    np.testing.assert_allclose(seen.stages[1].values(), seen.image / 255, atol=0.003)
    assert seen.shares.sum() == pytest.approx(1, abs=1e-5)
    one = look_at_layers(tmp_path / "run", PICTURE, seen.stages[2].name)
    assert [maps.name for maps in one.stages] == [seen.stages[2].name]
    np.testing.assert_array_equal(one.stages[0].maps, seen.stages[2].maps)
    with pytest.raises(RunError, match="has no layer 'nothing'"):
        look_at_layers(tmp_path / "run", PICTURE, "nothing")


def test_its_feature_maps_are_written(files, tmp_path):
    from PIL import Image

    import_network(files["classifier"], None, tmp_path / "run")
    Image.new("RGB", (50, 40), "teal").save(tmp_path / "picture.png")
    index = write_features(tmp_path / "run", tmp_path / "picture.png", tmp_path / "out", sheets=Sheets())
    assert [entry["shape"] for entry in index["maps"]][2] == [30, 30, 4]


def test_what_needs_stages_says_why_there_are_none(files, tmp_path):
    import_network(files["classifier"], None, tmp_path / "run")
    for use in (score_run, skip_report):
        with pytest.raises(
            SpecError, match=r"is no encoder–decoder of the lab's kind\. Look at its feature maps layer"
        ):
            use(tmp_path / "run", "shapes:0.1")


def test_the_layers_of_a_run_are_read_as_carefully_as_any_file(files, tmp_path):
    import_network(files["classifier"], None, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    text = run.layers_path.read_text()
    run.layers_path.write_text(text.replace('"class_name": "Dense"', '"class_name": "Lambda"'))
    with pytest.raises(SpecError, match="dense: a Lambda layer holds code, which is never run"):
        look(str(run.path), PICTURE)


@pytest.mark.parametrize(
    ("config", "weights", "error", "told"),
    [
        (NetworkFile("bad.json", b"{"), "only", SpecError, "bad.json is not valid JSON"),
        ("unet", "classifier", SpecError, "Give the weights of exactly this network"),
        ("only", None, SpecError, "holds weights alone"),
        ("unet", NetworkFile("w.h5", b"\x89HDF\r\n\x1a\nspoilt"), SpecError, "is damaged or no HDF5 file"),
    ],
)
def test_what_cannot_be_imported_leaves_no_folder(files, tmp_path, config, weights, error, told):
    given = [files[file] if isinstance(file, str) else file for file in (config, weights)]
    with pytest.raises(error, match=told):
        import_network(given[0], given[1], tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_fault_while_writing_leaves_no_folder(files, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Run, "checkpoint_path", full)
    with pytest.raises(RunError, match="cannot be written"):
        import_network(files["unet"], None, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(files, tmp_path):
    (tmp_path / "kept.txt").touch()
    with pytest.raises(RunError, match="is there already"):
        import_network(files["unet"], None, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_unknown_dataset_is_told_before_anything_is_read(tmp_path):
    with pytest.raises(DataError):
        import_network(NetworkFile("bad.json", b"{"), None, tmp_path / "run", "nowhere")


@pytest.mark.parametrize("name", ["missing.keras", "folder"])
def test_a_file_that_is_none_is_told(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FcnLabError, match=r"does not exist|is a folder"):
        NetworkFile.read(tmp_path / name)


def test_a_file_of_absurd_size_is_not_read(tmp_path):
    path = tmp_path / "huge.h5"
    with path.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(SpecError, match=r"huge.h5 has 1,000,000 MB; at most 500 MB are read\. Save the weights"):
        NetworkFile.read(path)


def test_records_from_before_imports_still_open(files, tmp_path):
    import_network(files["unet"], None, tmp_path / "run")
    path = tmp_path / "run" / "run.json"
    document = json.loads(path.read_text())
    del document["kind"], document["imported"]
    path.write_text(json.dumps(document))
    assert [run.record.kind for run in list_runs(tmp_path)] == ["network"]
    assert RunRecord.parse(document, what="it").imported == ""


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif("FCNLAB_SHARED_DATA" not in os.environ, reason="FCNLAB_SHARED_DATA names no folder of real images")
def test_the_network_of_2017_scores_what_it_scored(tmp_path):
    data = Path(os.environ["FCNLAB_SHARED_DATA"]) / "followme"
    parts = [NetworkFile.read(data / "weights" / name) for name in ("config_model_weights", "model_weights")]
    found = import_network(parts[0], parts[1], tmp_path / "run", str(data))
    assert (found.kind, len(found.skips), found.params) == ("network", 3, 48_250)
    score = score_run(tmp_path / "run", str(data))
    assert score["final"] == pytest.approx(0.352, abs=0.002)
    assert {name: (entry["tp"], entry["fp"], entry["fn"]) for name, entry in score["sets"].items()} == {
        "following_images": (178, 0, 1),
        "patrol_non_targ": (0, 2, 0),
        "patrol_with_targ": (33, 0, 71),
    }
