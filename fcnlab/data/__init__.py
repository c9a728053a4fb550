"""Datasets: folders on disk, the built-in set, statistics and augmentation. Numpy and Pillow only."""

from fcnlab.data.catalogue import builtin_names, open_dataset
from fcnlab.data.conditions import PictureFilter
from fcnlab.data.dataset import IGNORE, Dataset, FileProblem, Pairs
from fcnlab.data.images import read_image
from fcnlab.data.likeness import ALIKE, Duplicates, Leakage, Twin, leakage, near_duplicates
from fcnlab.data.sampling import choose, flip
from fcnlab.data.selection import Selection, select
from fcnlab.data.statistics import Statistics, TargetSize, statistics
from fcnlab.data.survey import Survey

__all__ = [
    "ALIKE",
    "IGNORE",
    "Dataset",
    "Duplicates",
    "FileProblem",
    "Leakage",
    "Pairs",
    "PictureFilter",
    "Selection",
    "Statistics",
    "Survey",
    "TargetSize",
    "Twin",
    "builtin_names",
    "choose",
    "flip",
    "leakage",
    "near_duplicates",
    "open_dataset",
    "read_image",
    "select",
    "statistics",
]
