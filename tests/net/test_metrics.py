"""The official Follow-Me score and the usual figures, by hand."""

import json

import numpy as np
import pytest
from metric_scenes import board_of, one_hot, random_batch, scene

from fcnlab.errors import DataError, FcnLabError
from fcnlab.net.metrics import ScoreBoard, SetScore, final_score, report
from fcnlab.net.official import OFFICIAL_SETS
from fcnlab.net.overlap import band_radius, boundary_band

HERO = 2

# The official score of a set


def test_a_perfect_prediction_has_iou_1_and_is_detected():
    truth = scene(*range(10))
    assert board_of(truth, truth).set_score(HERO) == SetScore(iou=1.0, tp=1, fp=0, fn=0, images=1)


def test_an_empty_prediction_of_a_target_is_a_miss_with_iou_0():
    truth = scene(*range(10))
    assert board_of(truth, np.zeros_like(truth)).set_score(HERO) == SetScore(0.0, tp=0, fp=0, fn=1, images=1)


def test_an_empty_union_counts_as_0_and_stays_in_the_mean():
    board = board_of(scene(*range(10)), scene(*range(10)))
    board.add(one_hot(scene()).astype(np.float32), one_hot(scene()), scene())
    assert board.set_score(HERO) == SetScore(iou=0.5, tp=1, fp=0, fn=0, images=2)


@pytest.mark.parametrize(
    ("true_pixels", "predicted_pixels", "tp", "fp", "fn"),
    [
        (4, 4, 1, 0, 0),
        (4, 3, 0, 0, 1),
        (3, 4, 0, 1, 0),
        (3, 3, 0, 0, 0),
        (0, 4, 0, 1, 0),
        (0, 3, 0, 0, 0),
    ],
)
def test_detection_needs_more_than_three_pixels(true_pixels, predicted_pixels, tp, fp, fn):
    score = board_of(scene(*range(true_pixels)), scene(*range(predicted_pixels))).set_score(HERO)
    assert (score.tp, score.fp, score.fn) == (tp, fp, fn)


def test_detection_does_not_ask_for_overlap():
    score = board_of(scene(*range(4)), scene(*range(40, 44))).set_score(HERO)
    assert score == SetScore(iou=0.0, tp=1, fp=0, fn=0, images=1)


def test_iou_is_the_shared_part_of_the_union():
    assert board_of(scene(*range(10)), scene(*range(5, 15))).set_score(HERO).iou == pytest.approx(5 / 15)


def test_every_class_can_be_the_target():
    truth = scene(*range(10))
    truth[0, 5, :5] = 1
    predicted = truth.copy()
    predicted[predicted == 1] = 0
    board = board_of(truth, predicted)
    assert board.set_score(1) == SetScore(iou=0.0, tp=0, fp=0, fn=1, images=1)
    assert board.set_score(0).iou == pytest.approx(49 / 54)


@pytest.mark.parametrize(("probability", "counts"), [(127.9 / 255, False), (128.1 / 255, True)])
def test_a_pixel_is_predicted_where_the_byte_of_its_probability_is_above_127(probability, counts):
    truth = scene(*range(10))
    board = ScoreBoard(3)
    board.add(one_hot(truth).astype(np.float32) * np.float32(probability), one_hot(truth), truth)
    assert board.set_score(HERO).iou == float(counts)


def test_the_official_score_does_not_take_the_most_probable_class():
    truth = scene(*range(10))
    board = ScoreBoard(3)
    board.add(np.where(one_hot(truth), 0.4, 0.3).astype(np.float32), one_hot(truth), truth)
    assert board.set_score(HERO) == SetScore(iou=0.0, tp=0, fp=0, fn=1, images=1)
    assert board.mean_iou == 1.0


def test_the_official_score_reads_the_planes_and_the_confusion_the_labels():
    labels = scene(*range(10))
    planes = np.zeros_like(one_hot(labels))
    board = ScoreBoard(3)
    board.add(one_hot(labels).astype(np.float32), planes, labels)
    assert board.set_score(HERO) == SetScore(iou=0.0, tp=0, fp=1, fn=0, images=1)
    assert board.pixel_accuracy == 1.0


# The final score of the three sets


def test_the_final_score_is_the_weight_times_the_mean_iou_of_the_two_sets_with_a_target():
    sets = {
        "following_images": SetScore(0.9, tp=178, fp=0, fn=1, images=181),
        "patrol_non_targ": SetScore(0.0, tp=0, fp=2, fn=0, images=90),
        "patrol_with_targ": SetScore(0.2, tp=33, fp=0, fn=71, images=108),
    }
    score = final_score(sets)
    assert score is not None
    assert score.weight == pytest.approx(211 / 285)
    assert score.iou == pytest.approx(0.55)
    assert score.final == pytest.approx(0.55 * 211 / 285)


def test_there_is_no_final_score_without_the_three_sets():
    assert final_score({"following_images": SetScore(0.9, 1, 0, 0, 1)}) is None


def test_the_weight_is_0_where_nothing_is_to_be_found_and_nothing_was():
    score = final_score(dict.fromkeys(OFFICIAL_SETS, SetScore(0.0, 0, 0, 0, 5)))
    assert score is not None
    assert score.final == score.weight == 0.0


# The usual figures


def test_the_confusion_matrix_has_the_truth_in_rows():
    truth = np.array([[[0, 0, 1], [1, 2, 2]]], np.uint8)
    predicted = np.array([[[0, 1, 1], [1, 2, 0]]], np.uint8)
    board = board_of(truth, predicted)
    assert board.confusion.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert board.class_iou == pytest.approx([1 / 3, 2 / 3, 1 / 2])
    assert board.mean_iou == pytest.approx(0.5)
    assert board.pixel_accuracy == pytest.approx(4 / 6)


def test_a_class_in_neither_truth_nor_prediction_has_no_iou_and_is_not_in_the_mean():
    board = board_of(scene(*range(10)), scene(*range(5)))
    assert board.class_iou == pytest.approx([54 / 59, None, 0.5])
    assert board.mean_iou == pytest.approx((54 / 59 + 0.5) / 2)


def test_a_class_that_is_predicted_and_never_true_has_iou_0():
    truth = scene()
    predicted = truth.copy()
    predicted[0, 0, 0] = 1
    assert board_of(truth, predicted).class_iou == pytest.approx([63 / 64, 0.0, None])


def test_of_equal_probabilities_the_first_class_wins():
    board = ScoreBoard(3)
    board.add(np.full((1, 8, 8, 3), 1 / 3, np.float32), one_hot(scene()), scene())
    assert board.confusion[0, 0] == 64


def test_a_board_without_images_has_no_figures():
    board = ScoreBoard(3)
    assert (board.mean_iou, board.pixel_accuracy, board.boundary_iou, board.interior_iou) == (None,) * 4
    assert board.class_iou == [None] * 3
    with pytest.raises(FcnLabError, match=r"A set without images was to be scored\. Add at least one image"):
        board.set_score(HERO)


# The boundary band


@pytest.mark.parametrize(("height", "width", "radius"), [(8, 8, 1), (160, 160, 5), (256, 256, 7), (480, 640, 16)])
def test_the_band_is_two_hundredths_of_the_diagonal_and_at_least_a_pixel(height, width, radius):
    assert band_radius(height, width) == radius


def test_the_band_reaches_as_far_to_both_sides_and_the_image_edge_is_no_boundary():
    labels = np.zeros((1, 160, 160), np.uint8)
    labels[:, :, 80:] = 1
    band = boundary_band(labels)
    assert np.flatnonzero(band[0, 0]).tolist() == list(range(75, 85))
    assert (band == band[:, :1]).all()


def test_each_image_of_a_batch_has_a_band_of_its_own():
    labels = np.concatenate([scene(), scene(*range(10)), scene()])
    assert boundary_band(labels).any(axis=(1, 2)).tolist() == [False, True, False]


def test_errors_at_the_boundary_lower_the_boundary_iou_alone():
    truth = np.zeros((1, 160, 160), np.uint8)
    truth[:, :, 80:] = 1
    predicted = np.zeros_like(truth)
    predicted[:, :, 82:] = 1
    board = board_of(truth, predicted, num_classes=2)
    assert board.boundary_class_iou == pytest.approx([5 / 7, 3 / 5])
    assert board.boundary_iou == pytest.approx((5 / 7 + 3 / 5) / 2)
    assert board.interior_class_iou == [1.0, 1.0]
    assert board.interior_iou == 1.0


def test_an_image_of_one_class_has_no_boundary():
    board = board_of(scene(), scene())
    assert board.boundary_iou is None
    assert board.interior_iou == 1.0


# Recall by size


def test_recall_is_told_by_the_true_size_of_the_target():
    sizes = [3, 4, 20, 21, 60, 61, 200, 201, 1000, 1001]
    board = ScoreBoard(3)
    for size in sizes:
        truth = scene(*range(size), size=(40, 40))
        half = scene(*range(size // 2), size=(40, 40))
        board.add(one_hot(half).astype(np.float32), one_hot(truth), truth)
    bins = board.recall_by_size(HERO)
    assert [(line.low, line.high) for line in bins] == [
        (4, 20), (21, 60), (61, 200), (201, 1000), (1001, None)
    ]  # fmt: skip
    assert [line.images for line in bins] == [2, 2, 2, 2, 1]
    assert [line.recall for line in bins] == [0.5, 1.0, 1.0, 1.0, 1.0]  # 2 of 4 pixels are no detection
    assert bins[0].pixel_recall == pytest.approx((2 + 10) / 24)
    assert bins[4].pixel_recall == pytest.approx(500 / 1001)


def test_recall_by_size_adds_up_to_the_official_detections():
    board = ScoreBoard(3)
    board.add(*random_batch(np.random.default_rng(0)))
    bins, score = board.recall_by_size(HERO), board.set_score(HERO)
    assert sum(line.images for line in bins) == score.tp + score.fn
    assert sum(line.detected for line in bins) == score.tp


def test_a_size_that_never_occurs_has_no_recall():
    line = board_of(scene(), scene()).recall_by_size(HERO)[0]
    assert (line.images, line.recall, line.pixel_recall) == (0, None, None)


# Batches, sets, JSON


@pytest.mark.parametrize("cut", [0, 1, 3, 5])
def test_two_batches_give_what_one_batch_gives(cut):
    batch = random_batch(np.random.default_rng(1))
    whole, parts = ScoreBoard(3), ScoreBoard(3)
    whole.add(*batch)
    parts.add(*(array[:cut] for array in batch))
    parts.add(*(array[cut:] for array in batch))
    for target in range(3):
        assert parts.set_score(target) == whole.set_score(target)
        assert parts.to_json(target) == whole.to_json(target)


def test_merged_boards_count_the_images_of_both():
    first, second = random_batch(np.random.default_rng(2)), random_batch(np.random.default_rng(3), images=2)
    left, right, both = ScoreBoard(3), ScoreBoard(3), ScoreBoard(3)
    left.add(*first)
    right.add(*second)
    both.add(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))
    left.merge(right)
    assert left.to_json(HERO) == both.to_json(HERO)
    assert left.set_score(HERO).iou == pytest.approx(both.set_score(HERO).iou)


def test_boards_of_different_classes_do_not_merge():
    with pytest.raises(ValueError, match=r"A board of 2 classes cannot join one of 3\."):
        ScoreBoard(3).merge(ScoreBoard(2))


def test_the_report_holds_the_sets_and_all_figures_as_json():
    truth = scene(*range(10))
    document = report({name: board_of(truth, truth) for name in OFFICIAL_SETS}, HERO)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert (document["final"], document["weight"], document["mean_iou"]) == (1.0, 1.0, 1.0)
    assert document["sets"]["patrol_with_targ"] == {"iou": 1.0, "tp": 1, "fp": 0, "fn": 0, "images": 1}
    assert document["class_iou"] == [1.0, None, 1.0]
    assert document["images"] == 3


def test_the_report_of_another_dataset_has_no_final_score():
    truth = scene(*range(10))
    document = report({"validation": board_of(truth, truth)}, HERO)
    assert (document["final"], document["weight"]) == (None, None)
    assert list(document["sets"]) == ["validation"]


def test_a_report_of_nothing_is_refused():
    with pytest.raises(FcnLabError, match=r"No set was to be scored\."):
        report({}, HERO)


# What cannot be counted


def test_a_label_that_is_no_class_is_told():
    labels = np.full((1, 8, 8), 7, np.uint8)
    with pytest.raises(DataError, match=r"A mask holds class 7, but the network tells 3 classes apart, 0 to 2\."):
        ScoreBoard(3).add(np.zeros((1, 8, 8, 3), np.float32), one_hot(labels), labels)


def test_probabilities_that_are_no_numbers_are_told_and_not_counted():
    board = ScoreBoard(3)
    with pytest.raises(FcnLabError, match=r"its training diverged\. Train again with a smaller learning rate\."):
        board.add(np.full((1, 8, 8, 3), np.nan, np.float32), one_hot(scene()), scene())
    assert board.images == 0


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"received \(1, 4, 8, 3\), \(1, 8, 8, 3\) and \(1, 8, 8\)\."):
        ScoreBoard(3).add(np.zeros((1, 4, 8, 3), np.float32), one_hot(scene()), scene())
    with pytest.raises(ValueError, match=r"planes must be 0 or 1; received 255\."):
        ScoreBoard(3).add(np.zeros((1, 8, 8, 3), np.float32), one_hot(scene()) * np.uint8(255), scene())


@pytest.mark.parametrize("target", [-1, 3])
def test_a_target_that_is_no_class_is_refused(target):
    with pytest.raises(ValueError, match=rf"target_class \(={target}\) must be 0 to 2\."):
        board_of(scene(), scene()).set_score(target)


def test_fewer_than_two_classes_are_refused():
    with pytest.raises(ValueError, match=r"num_classes \(=1\) must be at least 2\."):
        ScoreBoard(1)
