"""The lab's work, as the command line, notebooks and the engine's workers call it."""

from fcnlab.lab.looking import (
    Look,
    Picture,
    Sample,
    StageMaps,
    Switched,
    Upload,
    look,
    score_run,
    skip_report,
    switch_skips,
    write_features,
)
from fcnlab.lab.training import create_run, net_of, requeue, resume_here, train_here, train_run

__all__ = [
    "Look",
    "Picture",
    "Sample",
    "StageMaps",
    "Switched",
    "Upload",
    "create_run",
    "look",
    "net_of",
    "requeue",
    "resume_here",
    "score_run",
    "skip_report",
    "switch_skips",
    "train_here",
    "train_run",
    "write_features",
]
