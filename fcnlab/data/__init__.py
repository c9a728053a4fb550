"""Datasets: folders on disk, the built-in set, statistics and augmentation. Numpy and Pillow only."""

from fcnlab.data.catalogue import builtin_names, open_dataset
from fcnlab.data.contents.conditions import PictureFilter
from fcnlab.data.contents.likeness import ALIKE, Duplicates, Leakage, Twin, leakage, near_duplicates
from fcnlab.data.contents.selection import Selection, select
from fcnlab.data.contents.statistics import Statistics, TargetSize, statistics
from fcnlab.data.contents.survey import Survey
from fcnlab.data.dataset import IGNORE, Dataset, FileProblem, Pairs
from fcnlab.data.pictures.images import read_image
from fcnlab.data.sampling import choose, flip

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
