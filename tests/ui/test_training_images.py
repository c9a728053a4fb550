"""What a network would be trained on: a part of the images, augmentation, and the arithmetic of it."""

import pytest
from inspect_engine import InstantEngine
from page_reader import html, pictures, sentences

from fcnlab.arch import preset
from fcnlab.data import open_dataset
from fcnlab.data.contents.survey import survey
from fcnlab.lab.datasets import list_datasets
from fcnlab.lab.tasks import augment_pictures
from fcnlab.plan import Augmentation, Phase, Plan
from fcnlab.ui.data.sums import memory_told, sums, told
from fcnlab.ui.train.plan.augment import describe_augmentation

pytestmark = pytest.mark.usefixtures("runs", "datasets")

SET = {"set": "shapes", "alpha": "0.1", "data.view": "Training images"}


@pytest.fixture
def training(open_page):
    """`training("Arithmetic", **address)` gives that part of the view, of the easy shapes."""

    def opened(part="A part of them", **address):
        app = open_page("Data", **SET, **{"data.training": part}, **address)
        assert not app.exception
        return app

    return opened


# A part of them


def test_all_images_are_taken_at_first(training):
    app = training()
    assert "400 of 400 training images." in sentences(app)
    assert len(pictures(app)) == 7


def test_a_number_is_drawn_with_a_seed_and_compared_with_all_of_them(training):
    app = training(**{"data.number": "40", "data.seed": "3"})
    assert "40 of 400 training images. 40 pictures, drawn with seed 3" in sentences(app).replace("**", "")
    table = html(app)
    found = survey(open_dataset("shapes:0.1"), "train")
    share = found.counts[:, 0].sum() / found.pixels.sum()
    assert f"<td>{share:.1%}".replace("%", " %") in table
    assert "All 400" in table
    assert "Chosen 40" in table


def test_a_filter_takes_only_small_targets(training):
    found = survey(open_dataset("shapes:0.1"), "train")
    size = int(sorted(found.sizes()[found.sizes() > 0])[20])
    small = int(((found.sizes() > 0) & (found.sizes() < size)).sum())
    app = training(**{"data.smaller": str(size)})
    assert f"{small} of 400 training images" in sentences(app)


def test_a_filter_that_leaves_nothing_says_so_and_stays(training):
    app = training(**{"data.smaller": "1"})
    assert "Loosen a condition." in sentences(app)
    assert app.number_input(key="data.smaller").value == 1


def test_the_choice_is_saved_as_a_dataset_that_training_offers(training):
    app = training(**{"data.number": "40"})
    app.button(key="data.save_subset").click().run()
    assert not app.exception
    (made,) = list_datasets()
    assert open_dataset(made.path).splits == {"train": 40, "validation": 100, "test": 100}
    app.button(key="data.train_saved").click().run()
    assert not app.exception
    assert app.selectbox(key="train.data").value == made.name


def test_a_name_that_is_taken_is_one_sentence_and_stays(training):
    app = training(**{"data.number": "40"})
    app.text_input(key="data.name").set_value("few")
    app.button(key="data.save_subset").click().run()
    app.text_input(key="data.name").set_value("few")
    app.button(key="data.save_subset").click().run()
    assert "There is a dataset 'few' already" in sentences(app)
    assert app.text_input(key="data.name").value == "few"


# Augmentation


@pytest.fixture
def engine(monkeypatch):
    """An engine that changes pictures at once, without Keras: it shifts them by a quarter of the width."""
    fake = InstantEngine()

    def shifted(name, split, index, size, flip, augmentation, count, seed):
        images, labels = augment_pictures(name, split, index, size, flip, Augmentation(), count, seed)
        labels[:, :, : size[1] // 4] = 255
        return images, labels

    fake._augment_pictures = shifted
    monkeypatch.setattr("fcnlab.ui.data.augmentation.engine", lambda: fake)
    monkeypatch.setattr("fcnlab.ui.data.augmentation.engine_state", fake.state)
    return fake


def test_flips_alone_are_shown_without_an_engine(training):
    app = training("Augmentation")
    assert len(pictures(app)) == 8
    assert pictures(app)[0].endswith("as it is")


def test_an_image_and_its_mask_are_changed_together_by_the_engine(training, engine):
    app = training("Augmentation", **{"data.shift": "0.25", "data.rotate": "15"})
    (asked,) = engine.asked
    assert asked[0] == "augment_pictures"
    assert asked[6] == Augmentation(shift=0.25, rotate=15)
    assert len(pictures(app)) == 8
    assert pictures(app)[1].endswith("flips, shift 25 %, rotation 15°, 25% of it from outside")
    assert "Striped: what came in from outside of the image." in sentences(app)


def test_until_the_engine_is_ready_the_page_says_so(training, engine):
    engine.phase = "warming"
    app = training("Augmentation", **{"data.zoom": "0.2"})
    assert engine.asked == []
    assert "they come when it is ready" in sentences(app)


def test_the_settings_go_into_the_form_of_a_new_training(training, engine):
    app = training("Augmentation", **{"data.shift": "0.1", "data.rotate": "15", "data.flip": "false"})
    app.button(key="data.use_augmentation").click().run()
    assert not app.exception
    assert app.slider(key="train.shift").value == pytest.approx(0.1)
    assert app.slider(key="train.rotate").value == 15
    assert app.toggle(key="train.flip").value is False
    assert app.selectbox(key="train.data").value == "shapes"


def test_a_value_beyond_its_limits_in_the_address_is_not_taken(training):
    app = training("Augmentation", **{"data.shift": "7"})
    assert app.slider(key="data.shift").value <= 0.5


@pytest.mark.parametrize(
    ("flip", "augmentation", "words"),
    [
        (False, Augmentation(), "no augmentation"),
        (True, Augmentation(), "flips"),
        (True, Augmentation(shift=0.1, color=0.5, rotate=30), "flips, shift 10 %, rotation 30°, colour 50 %"),
    ],
)
def test_augmentation_in_words(flip, augmentation, words):
    assert describe_augmentation(flip, augmentation) == words


# Arithmetic


def plan(batch=16, epochs=10, validation=200):
    return Plan(phases=(Phase(epochs=epochs, batch_size=batch),), validation_images=validation)


def test_an_epoch_is_as_many_whole_batches_as_there_are(training):
    found = sums(plan(), 4131, 1184)
    assert (found.steps, found.batch, found.left, found.total) == (258, 16, 3, 2580)
    lines = told(found, 1184)
    assert lines[0] == "**An epoch** is 258 steps × 16 images = **4,128 of 4,131 images**."
    assert lines[1].startswith("3 images would make a smaller last batch and are left out")
    assert lines[2].startswith("**Validation** after each epoch scores 200 of 1,184 images in 13 steps of 16 images")
    assert lines[2].endswith(", the last of which has 8; they change no weight.")
    assert "10 epochs × 258 steps = **2,580 steps**" in lines[3]
    assert "sees 41,280 images, each of the 4,131 about 9.99 times" in lines[3]


def test_fewer_images_than_a_batch_are_one_step():
    found = sums(plan(batch=64), 10, 5)
    assert (found.steps, found.batch, found.left, found.judged) == (1, 10, 0, 1)
    lines = told(found, 5)
    assert len(lines) == 3
    assert "scores all 5 images in 1 step of 5 images;" in lines[1]


def test_without_validation_images_nothing_is_validated():
    assert told(sums(plan(), 16, 0), 0)[1].startswith("**Validation** is left out")


def test_the_memory_is_that_of_the_arrays_that_training_reads():
    net = preset("follow-me").input
    size = (net.height, net.width, net.channels)
    dataset = open_dataset("shapes:0.1")
    pairs = dataset.load("train", size[:2], 3, range(4))
    one = (pairs.images.nbytes + pairs.labels.nbytes + pairs.presence.nbytes) // 4
    found = sums(plan(), 400, 100)
    assert f"500 × {one:,} bytes = **64 MB**" in memory_told(found, size, len(dataset.classes))[1]


def test_the_sentences_follow_batch_size_and_epochs(training):
    app = training("Arithmetic")
    assert "25 steps × 16 images" in sentences(app)
    app.number_input(key="data.batch").set_value(32)
    app.number_input(key="data.epochs").set_value(3).run()
    assert "12 steps × 32 images = **384 of 400 images**" in sentences(app)
    assert "3 epochs × 12 steps = **36 steps**" in sentences(app)
    app.button(key="data.use_sums").click().run()
    assert not app.exception
    assert app.number_input(key="train.batch").value == 32
    assert app.number_input(key="train.epochs").value == 3
