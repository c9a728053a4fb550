"""Datasets: folders on disk, the built-in set, statistics and augmentation. Numpy and Pillow only."""

from fcnlab.data.catalogue import builtin_names, open_dataset
from fcnlab.data.dataset import Dataset, Pairs
from fcnlab.data.images import read_image
from fcnlab.data.sampling import choose, flip
from fcnlab.data.statistics import Statistics, TargetSize, statistics

__all__ = [
    "Dataset",
    "Pairs",
    "Statistics",
    "TargetSize",
    "builtin_names",
    "choose",
    "flip",
    "open_dataset",
    "read_image",
    "statistics",
]
