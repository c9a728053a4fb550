"""Augmentation: image and mask move together, and the same seed changes the same batch in the same way."""

import keras
import numpy as np
import pytest
from net_helpers import noise, shapes, tiny

from fcnlab.data import IGNORE
from fcnlab.errors import PlanError
from fcnlab.net import Augmenter, StepDone, Trainer
from fcnlab.plan import Augmentation, Phase, Plan

SIDE = 40
MOVES = Augmentation(shift=0.2, zoom=0.3, rotate=30)
ALL = Augmentation(shift=0.2, zoom=0.3, rotate=30, brightness=0.3, contrast=0.3, color=0.5)


@pytest.fixture(scope="module")
def batch():
    """Images in which the channels are row, column and class, and the classes as labels."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    labels = ((rows // 10 + columns // 10) % 3).astype(np.uint8)
    images = np.stack([rows * 6, columns * 6, labels * 100], axis=-1).astype(np.uint8)
    return np.repeat(images[None], 6, axis=0), np.repeat(labels[None], 6, axis=0)


def test_image_and_mask_move_together(batch):
    images, labels = Augmenter(MOVES)(*batch, seed=(1,))
    assert images.dtype == labels.dtype == np.uint8
    assert images.shape == batch[0].shape
    assert labels.shape == batch[1].shape
    known = labels != IGNORE
    # Between two classes the image holds a mixture; inside of one it says which.
    inside = known & np.isin(images[..., 2], [0, 100, 200])
    assert inside.mean() > 0.4
    agree = images[..., 2][inside] // 100 == labels[inside]
    assert agree.mean() > 0.99
    assert any(not np.array_equal(image, images[0]) for image in images[1:])


def test_the_middle_of_a_rotated_picture_stays_where_it_is(batch):
    images, _ = Augmenter(Augmentation(rotate=180))(*batch, seed=(1,))
    middle = slice(SIDE // 2 - 1, SIDE // 2 + 1)
    expected = batch[0][0, middle, middle, :2].mean(axis=(0, 1))
    for image in images:
        np.testing.assert_allclose(image[middle, middle, :2].mean(axis=(0, 1)), expected, atol=2)


def test_a_shift_fills_with_the_reflection_and_its_label_counts_nowhere(batch):
    images, labels = Augmenter(Augmentation(shift=0.5))(*batch, seed=(3,))
    for image, label in zip(images.astype(int), labels, strict=True):
        inside = label != IGNORE
        assert 0.2 < inside.mean() < 1
        # A column brings 6 more, less at the seam, where two pixels of the same column mix, and back again behind it.
        across = np.diff(image[..., 1], axis=1)
        assert np.median(across[inside[:, 1:] & inside[:, :-1]]) == 6
        assert across[~inside[:, 1:] & ~inside[:, :-1]].min(initial=0) >= -7
        assert np.abs(across).max() <= 7  # nowhere an edge


@pytest.mark.parametrize(
    ("field", "value", "layer"),
    [
        ("shift", 0.3, keras.layers.RandomTranslation(0.3, 0.3)),
        ("zoom", 0.3, keras.layers.RandomZoom(0.3)),
        ("rotate", 36, keras.layers.RandomRotation(0.1)),
    ],
)
def test_one_movement_alone_is_that_of_keras_layer(batch, field, value, layer):
    """What is drawn, handed to the layer itself: the same pictures."""
    augmenter = Augmenter(Augmentation(**{field: value}))
    images, _ = augmenter(*batch, seed=(5,))
    (kept,) = augmenter._moving.values()
    assert type(kept) is type(layer)
    assert kept.get_config().keys() == layer.get_config().keys()
    seeds = np.random.SeedSequence((5,)).generate_state(7) >> 1
    number = ["shift", "zoom", "rotate"].index(field)
    generator = keras.random.SeedGenerator(int(seeds[number]))
    drawn = layer.get_random_transformation(batch[0].astype(np.float32), training=True, seed=generator)
    expected = np.asarray(layer.transform_images(batch[0].astype(np.float32), drawn, training=True))
    np.testing.assert_allclose(images, expected, atol=0.6)


def test_brightness_and_contrast_move_nothing_and_leave_the_mask(batch):
    images, labels = Augmenter(Augmentation(brightness=0.5, contrast=0.5))(*batch, seed=(1,))
    assert np.array_equal(labels, batch[1])
    assert not np.array_equal(images, batch[0])
    for image in images.astype(int):
        # Each channel is scaled and shifted, so that neighbours keep their order.
        assert (np.diff(image[..., 0], axis=0) >= 0).all()


def test_colours_change_and_grey_pictures_stay(batch):
    images, labels = Augmenter(Augmentation(color=1))(*batch, seed=(1,))
    assert np.array_equal(labels, batch[1])
    assert not np.array_equal(images, batch[0])
    grey = np.repeat(noise(8, 2)[..., :1], 3, axis=-1)
    same, _ = Augmenter(Augmentation(color=1))(grey, np.zeros((2, 8, 8), np.uint8), seed=(1,))
    np.testing.assert_allclose(same.astype(int), grey, atol=1)


def test_pictures_of_one_channel(batch):
    images, labels = Augmenter(ALL)(batch[0][..., :1], batch[1], seed=(1,))
    assert images.shape == (6, SIDE, SIDE, 1)
    assert (labels == IGNORE).any()


def test_ignored_pixels_stay_ignored(batch):
    labels = np.full_like(batch[1], IGNORE)
    assert (Augmenter(MOVES)(batch[0], labels, seed=(1,))[1] == IGNORE).all()


def test_the_same_seed_changes_in_the_same_way(batch):
    augmenter = Augmenter(ALL)
    first = augmenter(*batch, seed=(1, 2, 3))
    other = augmenter(*batch, seed=(1, 2, 4))
    for again in (augmenter(*batch, seed=(1, 2, 3)), Augmenter(ALL)(*batch, seed=(1, 2, 3))):
        for one, same in zip(first, again, strict=True):
            np.testing.assert_array_equal(one, same)
    assert not np.array_equal(first[0], other[0])


def test_what_one_change_draws_does_not_depend_on_the_others(batch):
    _, alone = Augmenter(MOVES)(*batch, seed=(1,))
    _, among = Augmenter(ALL)(*batch, seed=(1,))
    np.testing.assert_array_equal(alone, among)


def test_the_given_arrays_stay_as_they_are(batch):
    before = [array.copy() for array in batch]
    Augmenter(ALL)(*batch, seed=(1,))
    for array, kept in zip(batch, before, strict=True):
        np.testing.assert_array_equal(array, kept)


def test_with_everything_at_0_nothing_is_touched(batch):
    found = Augmenter(Augmentation())(*batch, seed=(1,))
    assert all(one is given for one, given in zip(found, batch, strict=True))


# In a training


def plan(**changes):
    return Plan(phases=(Phase(epochs=2, batch_size=4),), **changes)


def seen_by(trainer, steps):
    """The batches that the next steps get."""
    seen = []
    trainer._take_step = lambda images, labels: seen.append((images, labels)) or 0.0
    for event in trainer.run():
        if isinstance(event, StepDone) and len(seen) == steps:
            return seen
    return seen


def test_each_step_is_changed_in_its_own_way():
    pairs = shapes(32, 4)
    (one, one_mask), (other, _) = seen_by(Trainer(tiny(), plan(augment=MOVES, flip=False), pairs), 2)
    order = [np.random.default_rng([0, epoch]).permutation(4) for epoch in (1, 2)]
    assert not np.array_equal(one[order[0].argsort()], other[order[1].argsort()])
    assert (one_mask == IGNORE).any()


def test_a_training_that_goes_on_sees_the_batches_it_would_have_seen(tmp_path):
    pairs = shapes(32, 8)
    whole = seen_by(Trainer(tiny(), plan(augment=ALL), pairs), 4)
    stopped = Trainer(tiny(), plan(augment=ALL), pairs)
    for event in stopped.run():
        if isinstance(event, StepDone) and event.step == 3:
            break
    stopped.save(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    resumed = Trainer(tiny(), plan(augment=ALL), pairs)
    resumed.restore(tmp_path / "w.weights.h5", tmp_path / "o.npz")
    (last,) = seen_by(resumed, 1)
    for one, same in zip(last, whole[3], strict=True):
        np.testing.assert_array_equal(one, same)


def test_the_same_seed_ends_with_the_same_weights():
    settings = Plan(phases=(Phase(epochs=1, batch_size=4),), augment=ALL)
    trainers = [Trainer(tiny(), settings, shapes(32, 8)) for _ in range(2)]
    for trainer in trainers:
        for _ in trainer.run():
            pass
    for one, same in zip(*(trainer.model.get_weights() for trainer in trainers), strict=True):
        np.testing.assert_array_equal(one, same)
        assert np.isfinite(one).all()


# The plan


def test_plans_from_before_augmentation_still_load():
    document = Plan().model_dump()
    del document["augment"]
    assert Plan.parse(document, what="it", error=PlanError).augment == Augmentation()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("shift", 0.6, "0.5"), ("zoom", -0.1, "0"), ("rotate", 181, "180"), ("brightness", 1.1, "1"), ("color", 2, "1")],
)
def test_too_much_augmentation_is_refused(field, value, told):
    with pytest.raises(PlanError, match=rf"^the plan, augment, {field}: .*{told}, received {value}\.$"):
        Plan.parse({"augment": {field: value}}, what="the plan", error=PlanError)
