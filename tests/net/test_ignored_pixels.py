"""The ignore label: such a pixel counts in no loss, no figure, no band and no skip's report."""

import numpy as np
import pytest
from metric_scenes import board_of, one_hot, random_batch, scene
from net_helpers import shapes, tiny

from fcnlab.data import IGNORE, Pairs
from fcnlab.errors import DataError
from fcnlab.net import EpochDone, StepDone, Trainer
from fcnlab.net.losses import segmentation_loss
from fcnlab.net.metrics import ScoreBoard
from fcnlab.net.overlap import boundary_band, count_confusion
from fcnlab.net.skips.tally import Truth
from fcnlab.plan import Phase, Plan

HERO = 2


def ignoring(labels, *pixels):
    """The labels with these pixels, counted row by row, ignored."""
    labels = labels.copy()
    labels.reshape(len(labels), -1)[:, list(pixels)] = IGNORE
    return labels


# Figures


def test_an_ignored_target_is_neither_missed_nor_found():
    truth = ignoring(scene(*range(10)), *range(10))
    for predicted in (scene(), scene(*range(10))):
        score = board_of(truth, predicted).set_score(HERO)
        assert (score.iou, score.tp, score.fp, score.fn) == (0.0, 0, 0, 0)


def test_a_prediction_on_ignored_pixels_is_no_false_alarm():
    truth = ignoring(scene(), *range(20))
    assert board_of(truth, scene(*range(20))).set_score(HERO).fp == 0
    assert board_of(truth, scene(*range(24))).set_score(HERO).fp == 1  # four of them count


def test_the_official_iou_is_taken_over_the_pixels_that_count():
    truth = ignoring(scene(*range(10)), 0, 1, 20, 21)
    assert board_of(truth, scene(*range(5, 22))).set_score(HERO).iou == pytest.approx(5 / (10 - 2 + 10))


def test_a_plane_says_nothing_of_an_ignored_pixel():
    labels = ignoring(scene(*range(10)), *range(8))
    board = ScoreBoard(3)
    board.add(one_hot(scene()).astype(np.float32), one_hot(scene(*range(10))), labels)
    assert board.pictures(HERO).size.tolist() == [2]


def test_the_confusion_matrix_leaves_ignored_pixels_out():
    truth = np.array([[[0, IGNORE, 1], [1, 2, IGNORE]]], np.uint8)
    predicted = np.array([[[0, 1, 1], [0, 2, 0]]], np.uint8)
    assert count_confusion(truth, predicted, 3).tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    board = board_of(truth, predicted)
    assert board.confusion.sum() == 4
    assert board.pixel_accuracy == pytest.approx(3 / 4)


def test_the_edge_of_an_ignored_area_is_no_boundary():
    labels = np.zeros((1, 160, 160), np.uint8)
    labels[:, :, 80:90] = IGNORE
    assert not boundary_band(labels).any()
    labels[:, :, 90:] = 1
    assert not boundary_band(labels).any()  # the classes are ten columns apart
    labels[:, :, 82:] = 1
    assert np.flatnonzero(boundary_band(labels)[0, 0]).tolist() == [77, 78, 79, 82, 83, 84]


def test_a_picture_that_is_ignored_altogether_has_no_figures():
    board = board_of(np.full((1, 8, 8), IGNORE, np.uint8), scene(*range(9)))
    assert (board.mean_iou, board.pixel_accuracy, board.boundary_iou, board.interior_iou) == (None,) * 4
    assert board.set_score(HERO).fp == 0


def test_a_label_that_is_no_class_is_told_beside_ignored_ones():
    labels = ignoring(np.full((1, 8, 8), 7, np.uint8), 0)
    with pytest.raises(DataError, match=r"A mask holds class 7, but the network tells 3 classes apart, 0 to 2\."):
        ScoreBoard(3).add(np.zeros((1, 8, 8, 3), np.float32), one_hot(labels), labels)


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_reports_of_skips_count_what_the_score_counts(share):
    random = np.random.default_rng(4)
    probabilities, planes, labels = random_batch(random, images=3)
    labels = np.where(random.random(labels.shape) < share, np.uint8(IGNORE), labels)
    board = ScoreBoard(3)
    board.add(probabilities, planes, labels)
    presence = (planes << np.arange(3, dtype=np.uint8)).sum(axis=-1).astype(np.uint8)
    truth = Truth(Pairs(np.zeros((*labels.shape, 3), np.uint8), labels, presence, ("",) * 3, 3))
    codes = 2 * probabilities.argmax(-1) + (probabilities[..., 2] * np.float32(255) >= 128)
    tables = np.stack([truth.table(image, codes[image].astype(np.uint8)) for image in range(3)])
    assert (tables.sum(axis=(0, 1, 3, 5)) == board.confusion).all()
    assert (tables.sum(axis=(0, 1, 3, 5)).sum()) == (labels != IGNORE).sum()
    counts = board.pictures(2)
    assert truth.size.tolist() == counts.size.tolist()
    assert tables[..., 1].sum(axis=(1, 2, 3, 4)).tolist() == counts.predicted.tolist()
    assert tables[:, :, :, 1, :, 1].sum(axis=(1, 2, 3)).tolist() == counts.hit.tolist()


# Losses


@pytest.fixture
def batch():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, (2, 6, 6)).astype(np.uint8)
    labels[random.random(labels.shape) < 0.4] = IGNORE
    return labels, random.normal(size=(2, 6, 6, 3)).astype(np.float32)


def test_losses_are_means_over_the_pixels_that_count(batch):
    labels, scores = batch
    counted = labels != IGNORE
    truth = np.eye(3)[labels[counted]]
    softmax = (np.exp(scores) / np.exp(scores).sum(-1, keepdims=True))[counted]
    entropy = -(truth * np.log(softmax)).sum(-1).mean()
    assert float(segmentation_loss("softmax", 3)(labels, scores)) == pytest.approx(entropy, rel=1e-5)

    sigmoid = 1 / (1 + np.exp(-scores[counted]))
    binary = -(truth * np.log(sigmoid) + (1 - truth) * np.log(1 - sigmoid)).mean()
    assert float(segmentation_loss("sigmoid", 3)(labels, scores)) == pytest.approx(binary, rel=1e-5)

    dice = ((2 * (softmax * truth).sum(0) + 1) / ((softmax**2 + truth).sum(0) + 1))[1:].mean()
    found = segmentation_loss("softmax", 3, dice_weight=1)(labels, scores)
    assert float(found) == pytest.approx(entropy + 1 - dice, rel=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_scores_of_ignored_pixels_move_nothing(batch, activation):
    import tensorflow as tf

    labels, scores = batch
    loss = segmentation_loss(activation, 3, dice_weight=1)
    variable = tf.Variable(scores)
    with tf.GradientTape() as tape:
        value = loss(labels, variable)
    gradient = tape.gradient(value, variable).numpy()
    assert np.isfinite(gradient).all()
    assert not gradient[labels == IGNORE].any()
    assert gradient[labels != IGNORE].all()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_where_nothing_counts_the_loss_is_0(batch, activation):
    labels = np.full_like(batch[0], IGNORE)
    assert float(segmentation_loss(activation, 3, dice_weight=1)(labels, batch[1])) == pytest.approx(0)


# Training


def test_what_is_ignored_is_not_learnt():
    """Half of each picture is ignored: the other half is enough to learn from."""
    right, validation = shapes(32, 16), shapes(32, 8, "validation")
    labels = right.labels.copy()
    labels[:, 16:] = IGNORE
    half = Pairs(right.images, labels, right.presence, right.names, right.num_classes)
    plan = Plan(phases=(Phase(epochs=8, batch_size=8, learning_rate=0.02),))
    trainer = Trainer(tiny(), plan, half, validation)
    events = list(trainer.run())
    losses = [event.loss for event in events if isinstance(event, StepDone)]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] / 2
    assert events[-1].validation["mean_iou"] > 0.5


def test_validation_leaves_ignored_pixels_out():
    validation = shapes(32, 5, "validation")
    validation.labels[1, :20] = IGNORE
    validation.labels[4] = IGNORE
    settings = Plan(phases=(Phase(epochs=1, batch_size=4),), loss="cross-entropy")
    trainer = Trainer(tiny(), settings, shapes(32, 8), validation)
    *_, last = trainer.run()
    assert isinstance(last, EpochDone)
    counted = validation.labels != IGNORE
    probabilities = trainer.predict(validation.images)[counted]
    picked = np.take_along_axis(probabilities, validation.labels[counted][:, None].astype(int), axis=-1)
    assert last.validation["loss"] == pytest.approx(-np.log(picked).mean(), rel=1e-4)
