"""Counts for all sets of skips, and the metrics made of them: compared with a score board of the same predictions."""

import numpy as np
import pytest
from skip_helpers import pairs_of

from fcnlab.data import Pairs
from fcnlab.net.metrics import SIZE_EDGES, ScoreBoard, final_score
from fcnlab.net.official import OFFICIAL_SETS
from fcnlab.net.skips.tally import Truth, joined, tally
from fcnlab.net.skips.values import measure, resamples

SIDE, CLASSES, SETS = 48, 3, 4


def scene(random, count):
    """Truth with targets of very different sizes, some without; planes that differ from the labels here and there."""
    labels = np.zeros((count, SIDE, SIDE), np.uint8)
    for number in range(count):
        labels[number, 5:15, 30:44] = 1
        side = (0, 1, 3, 7, 12, 20, 40)[number % 7]
        labels[number, 4 : 4 + side, 2 : 2 + side] = CLASSES - 1
    pairs = pairs_of(np.zeros((count, SIDE, SIDE, 3), np.uint8), labels, CLASSES)
    presence = pairs.presence ^ (random.random(labels.shape) < 0.01).astype(np.uint8) << (CLASSES - 1)
    return Pairs(pairs.images, labels, presence, pairs.names, CLASSES)


def predictions(random, pairs):
    """Probabilities [S, N, H, W, K] that are right more or less often; in some images the target is never seen."""
    wrong = random.random((SETS, *pairs.labels.shape)) < np.linspace(0, 0.4, SETS)[:, None, None, None]
    said = np.where(wrong, random.integers(0, CLASSES, wrong.shape), pairs.labels)
    said[:, ::4][said[:, ::4] == CLASSES - 1] = 0
    found = np.eye(CLASSES)[said] * random.uniform(1, 4, (*said.shape, 1)) + random.random((*said.shape, CLASSES))
    return (found / found.sum(axis=-1, keepdims=True)).astype(np.float32)


def codes_of(probabilities):
    return (probabilities.argmax(axis=-1) * 2 + (np.floor(255 * probabilities[..., -1]) > 127)).astype(np.uint8)


def counted(pairs, probabilities, split):
    """One image at a time, as different batches."""
    truth, codes = Truth(pairs), codes_of(probabilities)
    return [
        tally(truth, [[truth.table(image, of_set) for of_set in codes[:, image]]], [image], 0, split)
        for image in range(len(pairs))
    ]


@pytest.fixture(scope="module")
def material():
    random = np.random.default_rng(0)
    found = {}
    for split, count in zip(OFFICIAL_SETS, (15, 9, 14), strict=True):
        pairs = scene(random, count)
        found[split] = (pairs, predictions(random, pairs))
    return found


@pytest.fixture(scope="module")
def whole(material):
    return joined(part for split, given in material.items() for part in counted(*given, split))


def boards_of(material, number, weights=None):
    """A board for each split of the predictions under one set; an image of weight w is added w times."""
    boards, first = {}, 0
    for split, (pairs, probabilities) in material.items():
        boards[split] = ScoreBoard(CLASSES)
        for image in range(len(pairs)):
            part = slice(image, image + 1)
            for _ in range(1 if weights is None else int(weights[first + image])):
                boards[split].add(probabilities[number, part], pairs.planes()[part], pairs.labels[part])
        first += len(pairs)
    return boards


def expected(boards):
    """Every metric by the score boards' own figures."""
    total = ScoreBoard(CLASSES)
    for board in boards.values():
        total.merge(board)
    target = CLASSES - 1
    found = {
        "target_iou": total.class_iou[target],
        "mean_iou": total.mean_iou,
        "boundary_iou": total.boundary_iou,
        "interior_iou": total.interior_iou,
        "target_boundary_iou": total.boundary_class_iou[target],
        "target_interior_iou": total.interior_class_iou[target],
    }
    for line in total.recall_by_size(target):
        if line.images:
            found[f"recall_{line.low}_{line.high or 'up'}"] = line.recall
    sets = {split: board.set_score(target) for split, board in boards.items()}
    found |= {f"iou:{split}": score.iou for split, score in sets.items()}
    official = final_score(sets)
    return found if official is None else found | {"final": official.final}


@pytest.mark.parametrize("number", range(SETS))
def test_every_metric_is_that_of_a_score_board(material, whole, number):
    found = measure(whole, np.ones((1, whole.images)))
    board = expected(boards_of(material, number))
    assert found.keys() == board.keys()
    assert {name: values[number, 0] for name, values in found.items()} == pytest.approx(board, abs=1e-12)
    assert {"final", "recall_4_20", f"recall_{SIZE_EDGES[-1] + 1}_up", "iou:following_images"} <= found.keys()


def test_weighted_images_count_as_if_they_were_there_so_often(material, whole):
    weights = resamples(whole, 3, seed=1)
    found = measure(whole, weights)
    for sample, of_sample in enumerate(weights):
        board = expected(boards_of(material, 2, of_sample))
        assert {name: found[name][2, sample] for name in board} == pytest.approx(board, abs=1e-12)


def test_a_bootstrap_draws_as_many_images_of_every_split(whole):
    weights = resamples(whole, 50, seed=0)
    assert weights.shape == (50, whole.images)
    for number in range(len(whole.splits)):
        members = whole.split == number
        assert (weights[:, members].sum(axis=1) == members.sum()).all()
    assert (weights == resamples(whole, 50, seed=0)).all()
    assert (weights != resamples(whole, 50, seed=1)).any()


def test_what_is_not_defined_is_no_number():
    """No target anywhere, and one set of skips that sees none: its IoU has no union."""
    random = np.random.default_rng(0)
    pairs = pairs_of(np.zeros((2, SIDE, SIDE, 3), np.uint8), np.zeros((2, SIDE, SIDE), np.uint8), CLASSES)
    probabilities = predictions(random, pairs)
    found = measure(joined(counted(pairs, probabilities, "test")), np.ones((1, 2)))
    assert np.isnan(found["target_iou"][0, 0])
    assert found["target_iou"][3, 0] == 0
    assert np.isnan(found["boundary_iou"]).all()
    assert found["mean_iou"][0, 0] == 1
    assert "final" not in found
    assert not [name for name in found if name.startswith("recall")]


def test_a_sample_without_targets_of_a_size_has_no_recall(whole):
    weights = (whole.size == 0)[None].astype(float)
    assert np.isnan(measure(whole, weights)["recall_4_20"]).all()
