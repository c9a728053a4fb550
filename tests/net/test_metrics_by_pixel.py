"""All figures of the score again, read slowly, one pixel at a time."""

import math

import numpy as np
import pytest
from metric_scenes import random_batch

from fcnlab.net.metrics import ScoreBoard


def slow_official(probabilities, planes, target):
    """FACTS' score, one pixel at a time with Python numbers."""
    ious, tp, fp, fn = [], 0, 0, 0
    for p, y in zip(probabilities[..., target], planes[..., target], strict=True):
        both = either = predicted = true = 0
        for value, truth in zip(p.ravel().tolist(), y.ravel().tolist(), strict=True):
            on = int(math.floor(255 * value) > 127)
            both += on * truth
            either += min(on + truth, 1)
            predicted += on
            true += truth
        ious.append(both / either if either else 0.0)
        tp += true > 3 and predicted > 3
        fn += true > 3 and predicted <= 3
        fp += true <= 3 and predicted > 3
    return sum(ious) / len(ious), tp, fp, fn


def slow_confusions(probabilities, labels):
    """Confusion in the band and outside it, looking at each pixel's whole neighbourhood."""
    images, height, width, k = probabilities.shape
    reach = max(1, round(0.02 * math.sqrt(height**2 + width**2)))
    band, interior = np.zeros((k, k), int), np.zeros((k, k), int)
    for image in range(images):
        for row in range(height):
            for column in range(width):
                near = labels[
                    image,
                    max(row - reach, 0) : row + reach + 1,
                    max(column - reach, 0) : column + reach + 1,
                ]
                true = int(labels[image, row, column])
                likely = max(range(k), key=probabilities[image, row, column].tolist().__getitem__)
                (band if (near != true).any() else interior)[true, likely] += 1
    return band, interior


@pytest.mark.parametrize(
    ("seed", "shape", "num_classes"), [(0, (17, 23), 3), (1, (60, 70), 2), (2, (4, 6), 5), (3, (1, 9), 3)]
)
def test_all_figures_agree_with_a_reading_pixel_by_pixel(seed, shape, num_classes):
    batch = random_batch(np.random.default_rng(seed), 3, *shape, num_classes)
    board = ScoreBoard(num_classes)
    board.add(*batch)
    for target in range(num_classes):
        score = board.set_score(target)
        iou, *counts = slow_official(batch[0], batch[1], target)
        assert score.iou == pytest.approx(iou, abs=1e-12)
        assert [score.tp, score.fp, score.fn] == counts
    band, interior = slow_confusions(batch[0], batch[2])
    assert (board.confusion == band + interior).all()
    for confusion, ious in ((band, board.boundary_class_iou), (interior, board.interior_class_iou)):
        for k in range(num_classes):
            union = confusion[k].sum() + confusion[:, k].sum() - confusion[k, k]
            assert ious[k] == (pytest.approx(confusion[k, k] / union) if union else None)
