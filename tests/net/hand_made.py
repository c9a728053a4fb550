"""A dataset drawn by hand, with every odd case of the score, and its figures read off one pixel at a time."""

import math

import keras
import numpy as np

from fcnlab.data import IGNORE
from fcnlab.data.dataset import Dataset, Pair
from fcnlab.data.records import PictureRecord

SIDE = 14
K = 3
HERO = 2
SETS = ("following_images", "patrol_non_targ", "patrol_with_targ")


def identity():
    """A network whose class probabilities are its image's bytes divided by 255."""
    images = keras.Input((SIDE, SIDE, K))
    return keras.Model(images, keras.layers.Rescaling(0.5, 0.5)(images))


class Picture:
    """Truth and prediction of one picture, background everywhere until something is drawn."""

    def __init__(self, distance=None, occlusion=None):
        self.labels = np.zeros((SIDE, SIDE), np.uint8)
        self.planes = np.zeros((SIDE, SIDE, K), np.uint8)
        self.planes[..., 0] = 1
        self.bytes = np.zeros((SIDE, SIDE, K), np.uint8)
        self.bytes[..., 0] = 250
        self.distance, self.occlusion = distance, occlusion

    def true(self, label, rows, columns):
        self.labels[rows, columns] = label
        self.planes[rows, columns] = np.arange(K) == label
        return self

    def predicted(self, label, rows, columns):
        self.bytes[rows, columns] = np.where(np.arange(K) == label, 250, 3)
        return self

    def ignored(self, rows, columns):
        self.labels[rows, columns] = IGNORE
        self.planes[rows, columns] = 0
        return self


def drawn():
    """Pictures by set."""
    s = np.s_
    both = Picture(12.0, 0.2).true(HERO, s[2:6], s[2:6]).predicted(HERO, s[3:7], s[2:6])
    both.planes[5, 2:6, 1] = 1  # of two classes at once
    both.planes[2, 2, :] = 0  # of none
    unsure = Picture(55.0, 0.7).true(HERO, s[8:10], s[8:12]).predicted(HERO, s[8:10], s[8:12])
    unsure.bytes[8, 8:12] = (90, 70, 95)  # the most probable class, and still below the threshold
    hidden = Picture(41.0, 0.05).true(HERO, s[0:4], s[0:4]).predicted(HERO, s[0:4], s[3:9]).ignored(s[0:4], s[2:6])
    hidden.planes[0, 2, HERO] = 1  # a plane that says what the label does not
    nothing_left = Picture().true(HERO, s[4:8], s[4:8]).predicted(1, s[0:3], s[0:3]).ignored(s[:], s[:])
    return {
        "following_images": [
            Picture(5.0, 0.0).true(HERO, s[1:9], s[1:9]).predicted(HERO, s[1:9], s[1:9]),
            both,
            Picture(9.9, 0.6).true(HERO, s[0:1], s[0:4]).predicted(HERO, s[0:1], s[0:3]),  # 4 pixels, 3 found
            Picture(10.0, 0.3).true(HERO, s[0:2], s[0:2]).predicted(HERO, s[9:11], s[9:11]),  # found elsewhere
        ],
        "patrol_non_targ": [
            Picture(),  # an empty union
            Picture().predicted(HERO, s[3:4], s[3:6]),  # 3 pixels are no false alarm
            Picture().predicted(HERO, s[3:5], s[3:5]),  # 4 are one
            Picture().true(1, s[6:9], s[0:9]).predicted(1, s[6:9], s[1:10]),
            Picture().predicted(HERO, s[3:6], s[3:6]).ignored(s[2:9], s[2:9]),  # nobody can tell
            nothing_left,
        ],
        "patrol_with_targ": [
            Picture(80.0, 0.9).true(HERO, s[0:1], s[0:3]).predicted(HERO, s[0:2], s[0:3]),  # 3 pixels are no target
            Picture(60.0, 0.1).true(HERO, s[12:14], s[10:14]),
            unsure,
            hidden,
            Picture().true(HERO, s[5:9], s[5:11]).true(1, s[5:9], s[0:5]).predicted(1, s[5:9], s[0:8]),
        ],
    }


class HandMade(Dataset):
    """The pictures of `drawn`."""

    def __init__(self, pictures):
        self.name = self.title = "hand-made"
        self.classes = ("background", "other people", "hero")
        self.pictures = pictures
        self.splits = {name: len(parts) for name, parts in pictures.items()}
        self.evaluation_sets = SETS if set(SETS) <= set(pictures) else ()

    def _pair(self, split, index, size, channels):
        assert (size, channels) == ((SIDE, SIDE), K)
        picture = self.pictures[split][index]
        presence = (picture.planes << np.arange(K, dtype=np.uint8)).sum(axis=-1).astype(np.uint8)
        return Pair(picture.bytes, picture.labels, presence, str(index))

    def _count(self, split, index):
        return np.bincount(self._mask(split, index).ravel(), minlength=256)[:K].tolist()

    def _mask(self, split, index):
        return self.pictures[split][index].labels

    def _records(self, split):
        place = dict.fromkeys(("height", "heading", "tilt", "roll", "field_of_view"), 1.0)
        kind = {"image": "x", "kind": "patrol", "world": 0}
        return tuple(
            None
            if picture.distance is None
            else PictureRecord(**kind, **place, distance=picture.distance, occlusion=picture.occlusion)
            for picture in self.pictures[split]
        )


def official(picture, target):
    """True, predicted and shared pixels of one class, and of them the official IoU."""
    both = either = predicted = true = 0
    for row in range(SIDE):
        for column in range(SIDE):
            if picture.labels[row, column] == IGNORE:
                continue
            on = math.floor(255 * (int(picture.bytes[row, column, target]) / 255) + 1e-6) > 127
            there = bool(picture.planes[row, column, target])
            both += on and there
            either += on or there
            predicted += on
            true += there
    return {"size": true, "predicted": predicted, "hit": both, "iou": both / either if either else 0.0}


def confusions(picture):
    """Pixels by true class and most probable class, in the boundary band and outside of it."""
    reach = max(1, round(0.02 * math.hypot(SIDE, SIDE)))
    found = {"band": np.zeros((K, K), int), "interior": np.zeros((K, K), int)}
    for row in range(SIDE):
        for column in range(SIDE):
            true = int(picture.labels[row, column])
            if true == IGNORE:
                continue
            near = picture.labels[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
            others = {int(label) for label in near.ravel()} - {true, IGNORE}
            chances = picture.bytes[row, column].tolist()
            found["band" if others else "interior"][true, chances.index(max(chances))] += 1
    return found
