"""One's own data on the Data page: a zip or a folder becomes a dataset, is understood, named, and deleted."""

import json

import pytest
from own_pictures import make_folder, mask, picture, zipped

from fcnlab.data import open_dataset
from fcnlab.data.dataset import FileProblem
from fcnlab.lab.datasets import list_datasets
from fcnlab.ui.data.problems import accepted, why

pytestmark = pytest.mark.usefixtures("runs", "datasets")


@pytest.fixture
def leaves(tmp_path):
    """Ten pairs with masks of 0, 1 and 2."""
    return make_folder(tmp_path / "leaves")


@pytest.fixture
def own(open_page):
    """`own()` gives the view; `own("leaves")` with that dataset chosen."""

    def opened(name=""):
        app = open_page("Data", **{"data.view": "Your own"} | ({"data.own": name} if name else {}))
        assert not app.exception
        return app

    return opened


@pytest.fixture
def added(own, leaves):
    """The view right after the folder was added."""
    return add_folder(own(), leaves)


def add_folder(app, folder, name=""):
    app.segmented_control(key="own.kind").set_value("A folder on the server").run()
    app.text_input(key="own.folder").set_value(str(folder))
    app.text_input(key="own.name.0").set_value(name)
    app.button(key="own.look").click().run()
    assert not app.exception
    return app


def text(app):
    """All that is written in sentences, without the backslashes of Markdown."""
    parts = (*app.markdown, *app.caption, *app.success, *app.warning, *app.error)
    return "\n".join(element.value for element in parts).replace("\\", "")


def field(app, position, name):
    """The widget of a row of the classes."""
    kinds = {"color": app.color_picker, "name": app.text_input, "ignored": app.toggle}
    return next(one for one in kinds[name] if (one.key or "").endswith(f".{position}.{name}"))


def button(app, label):
    return next(one for one in app.button if one.label == label)


# Adding


def test_a_zip_is_unpacked_named_after_its_file_and_opened(own, leaves):
    app = own()
    app.file_uploader[0].set_value(("my leaves.zip", zipped(leaves).getvalue(), "application/zip")).run()
    app.button(key="own.unpack").click().run()
    (made,) = list_datasets()
    assert made.name == "my-leaves"
    assert open_dataset(made.path).splits == {"train": 8, "validation": 2}
    assert app.query_params["data.own"] == "my-leaves"
    assert "my-leaves was unpacked: 8 train, 2 validation pairs." in text(app)


def test_what_a_zip_holds_besides_is_told(own, leaves):
    (leaves / "notes.exe").write_text("x")
    app = own()
    app.file_uploader[0].set_value(("leaves.zip", zipped(leaves).getvalue(), "application/zip")).run()
    app.button(key="own.unpack").click().run()
    assert "Left out of it: leaves/notes.exe: It is no picture" in text(app)


def test_files_that_a_zip_left_out_are_a_warning_and_their_list_is_open(own, leaves):
    for number in range(1, 10):
        (leaves / "masks" / f"{number}.png").unlink()
    app = own()
    app.file_uploader[0].set_value(("leaves.zip", zipped(leaves).getvalue(), "application/zip")).run()
    app.button(key="own.unpack").click().run()
    assert not app.exception
    (told,) = app.warning
    assert (
        told.value.replace("\\", "") == "leaves was unpacked: 1 train pair. 9 files were left out: see the list below."
    )
    assert not app.success
    (listed,) = [one for one in app.expander if "left out" in one.label]
    assert listed.proto.expanded


def test_why_a_file_is_left_out_names_it_once_and_what_is_accepted_stands_below():
    end = "Accepted are masks in at most 32 flat colours, and pictures whose transparency is the mask."
    alone = FileProblem("images/6.jpg", "images/6.jpg: There is no mask of this name. Add one.")
    many = [FileProblem(f"masks/{n}.png", f"The mask masks/{n}.png has 40 colours. {end}") for n in range(3)]
    assert why(alone) == "There is no mask of this name. Add one."
    assert why(FileProblem("/pictures/images/6.jpg", alone.message)) == why(alone)
    assert why(many[0]) == "The mask masks/0.png has 40 colours."
    assert accepted([alone, *many]) == [end]


def test_a_zip_that_is_none_is_one_sentence_and_the_form_stays(own):
    app = own()
    app.text_input(key="own.name.0").set_value("mine")
    app.file_uploader[0].set_value(("leaves.zip", b"PK\x03\x04 and no more", "application/zip")).run()
    app.button(key="own.unpack").click().run()
    (error,) = app.error
    assert error.value.startswith("leaves.zip is no zip archive")
    assert app.text_input(key="own.name.0").value == "mine"
    assert list_datasets() == []


def test_a_zip_larger_than_the_server_takes_is_refused_though_the_browser_let_it_through(own, monkeypatch):
    app = own()
    app.file_uploader[0].set_value(("large.zip", b"x" * 3_000_000, "application/zip")).run()
    monkeypatch.setattr("fcnlab.ui.data.own_add.upload_limit", lambda: 2)
    app.button(key="own.unpack").click().run()
    assert app.error[0].value.startswith("large.zip has 3 MB; at most 2 MB are uploaded")


def test_a_folder_on_the_server_is_pointed_at(added, leaves, datasets):
    assert [path.name for path in (datasets / "leaves").iterdir()] == ["dataset.json"]
    assert open_dataset(datasets / "leaves").splits["train"] == 8
    assert "leaves was added" in text(added)


def test_a_zip_on_the_servers_own_disk_is_unpacked(own, leaves, tmp_path):
    (tmp_path / "big.zip").write_bytes(zipped(leaves).getvalue())
    add_folder(own(), tmp_path / "big.zip")
    (made,) = list_datasets()
    assert (made.name, made.keeps_pictures) == ("big", True)


@pytest.mark.parametrize(("folder", "message"), [("/nowhere/at/all", "There is no dataset folder"), ("", "No folder")])
def test_a_wrong_folder_is_one_sentence_and_stays_in_its_field(own, folder, message):
    app = add_folder(own(), folder, name="mine")
    assert app.error[0].value.startswith(message)
    assert app.text_input(key="own.folder").value == folder
    assert app.text_input(key="own.name.0").value == "mine"


# What was recognised


def test_pairs_masks_sizes_and_formats_are_told(own, leaves):
    picture(50, channels=1).save(leaves / "images" / "0.png")
    picture(51, side=48).save(leaves / "images" / "1.png")
    mask(51, side=48).save(leaves / "masks" / "1.png")
    told = text(add_folder(own(), leaves))
    assert "Pairs of image and mask: 8 train, 2 validation, found by name" in told
    assert "Masks: class numbers; values: 0, 1, 2" in told
    assert "Images: 2 sizes from 16×16 to 48×48 pixels, 9 RGB, 1 grey" in told


def test_files_that_cannot_be_used_are_counted_by_reason_and_listed(own, leaves):
    (leaves / "images" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (leaves / "masks" / "4.png").unlink()
    app = add_folder(own(), leaves)
    (listed,) = [one for one in app.expander if "left out" in one.label]
    assert "1 not readable" in listed.label
    assert "1 no partner" in listed.label
    assert open_dataset(list_datasets()[0].path).splits == {"train": 6, "validation": 2}


def test_every_file_is_decoded_on_demand(added, leaves):
    added.button(key="own.check").click().run()
    assert "Every file can be read." in text(added)


def test_pairs_are_found_by_order_when_that_is_asked_for(added, datasets):
    pairing = next(one for one in added.segmented_control if one.key.startswith("own.pairing"))
    pairing.set_value("order").run()
    assert not added.exception
    assert json.loads((datasets / "leaves" / "dataset.json").read_text())["pairing"] == "order"
    assert "found by sorted order" in text(added)


# Classes


def test_classes_are_named_and_coloured(added, datasets):
    field(added, 1, "name").set_value("stalk")
    field(added, 2, "name").set_value("leaf")
    field(added, 2, "color").set_value("#11aa33").run()
    added.button(key="own.save").click().run()
    dataset = open_dataset(datasets / "leaves")
    assert dataset.classes == ("class 0", "stalk", "leaf")
    assert dataset.colors[2] == "#11aa33"
    assert "The classes of leaves were saved" in text(added)


def test_a_value_is_ignored_and_counted_again(added, datasets):
    field(added, 1, "ignored").set_value(True).run()
    added.button(key="own.save").click().run()
    dataset = open_dataset(datasets / "leaves")
    assert dataset.classes == ("class 0", "class 2")
    assert set(dataset.mask("train", 0).ravel()) == {0, 1, 255}

    field(added, 2, "ignored").set_value(False).run()
    added.button(key="own.save").click().run()
    assert len(open_dataset(datasets / "leaves").classes) == 3


def test_a_name_given_twice_is_refused_and_stays_in_its_field(added, datasets):
    field(added, 1, "name").set_value("leaf")
    field(added, 2, "name").set_value("leaf").run()
    added.button(key="own.save").click().run()
    assert "two classes are called 'leaf'" in text(added)
    assert [field(added, number, "name").value for number in (1, 2)] == ["leaf", "leaf"]
    assert open_dataset(datasets / "leaves").classes == ("class 0", "class 1", "class 2")


# Going on


def test_its_pictures_are_a_press_away(added):
    added.button(key="own.browse").click().run()
    assert not added.exception
    assert added.selectbox(key="set").value == "leaves"
    assert added.segmented_control(key="data.view").value == "Pictures"


def test_training_on_it_opens_the_form_with_it(added):
    added.button(key="own.train").click().run()
    assert not added.exception
    assert added.selectbox(key="train.data").value == "leaves"


def test_deleting_says_what_goes_and_leaves_the_folder(added, leaves):
    assert "Only its description goes; the pictures stay where they are." in text(added)
    button(added, "Delete leaves").click().run()
    assert not added.exception
    assert list_datasets() == []
    assert "leaves was deleted" in text(added)
    assert (leaves / "images").is_dir()


def test_a_dataset_whose_folder_has_gone_can_still_be_deleted(own, added, leaves):
    leaves.rename(leaves.with_name("moved"))
    app = own("leaves")
    assert "there is no such folder" in app.error[0].value
    button(app, "Delete leaves").click().run()
    assert list_datasets() == []
