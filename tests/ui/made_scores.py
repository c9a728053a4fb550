"""Scores of a run, made up: whether the hero was found in pictures of given distances or sizes."""

import numpy as np

from fcnlab.lab.tasks import PictureScores


def scores_of(distance, found, size=None):
    """Of pictures at these distances, in which the hero was found or not."""
    count = len(found)
    unknown = np.full(count, np.nan)
    return PictureScores(
        dataset="frames",
        split="train",
        epoch=1,
        names=tuple(map(str, range(count))),
        target=2,
        size=np.full(count, 10, np.int64) if size is None else np.array(size, np.int64),
        found=np.array(found, bool),
        iou=np.array(found, float),
        missed=np.zeros(count, np.int64),
        false=np.zeros(count, np.int64),
        distance=unknown if distance is None else np.array(distance, float),
        occlusion=unknown,
    )


FAR = scores_of([5] * 10 + [50] * 20, [True] * 10 + [True] * 5 + [False] * 15)
