"""The lab's work, as the command line, notebooks and the engine's workers call it."""

from fcnlab.lab.augmenting import augment_pictures
from fcnlab.lab.importing import Imported, import_network, import_upload, input_of, layers_of, why_layers_only
from fcnlab.lab.inside.channels import LOOKED_THROUGH, TopPicture, top_pictures
from fcnlab.lab.inside.feature_files import Sheets, write_features
from fcnlab.lab.inside.layerwise import look_at_layers
from fcnlab.lab.inside.looking import class_contributions, look
from fcnlab.lab.inside.maps import LayerMaps, Look
from fcnlab.lab.inside.metric_names import describe_metric
from fcnlab.lab.inside.picture_scores import PictureScores, picture_scores, predict_pictures, saved_picture_scores
from fcnlab.lab.inside.pictures import Picture, Sample, Upload
from fcnlab.lab.inside.pixels import PixelStep, PixelStory, explain_pixel
from fcnlab.lab.inside.report_job import ReportJob, queue_report, report_in_background, report_job, stop_report
from fcnlab.lab.inside.report_table import report_csv
from fcnlab.lab.inside.score_job import ScoreJob, queue_scores, score_job, scores_in_background, stop_scores
from fcnlab.lab.inside.scoring import score_run
from fcnlab.lab.inside.skipping import (
    SkipSets,
    Switched,
    saved_report,
    saved_reports,
    skip_history,
    skip_report,
    skip_sets,
    turn_skips,
)
from fcnlab.lab.making import MakingJob, make_in_background, making_jobs, queue_making, stop_making
from fcnlab.lab.training.branching import Carried, LeftOut, branch_run, parse_branch
from fcnlab.lab.training.task import (
    create_run,
    go_on_with,
    more_epochs,
    net_of,
    phase_like_last,
    requeue,
    resume_here,
    train_here,
    train_run,
)
from fcnlab.net.banding import Band
from fcnlab.net.inside.statistics import LayerStatistics

__all__ = [
    "LOOKED_THROUGH",
    "Band",
    "Carried",
    "Imported",
    "LayerMaps",
    "LayerStatistics",
    "LeftOut",
    "Look",
    "MakingJob",
    "Picture",
    "PictureScores",
    "PixelStep",
    "PixelStory",
    "ReportJob",
    "Sample",
    "ScoreJob",
    "Sheets",
    "SkipSets",
    "Switched",
    "TopPicture",
    "Upload",
    "augment_pictures",
    "branch_run",
    "class_contributions",
    "create_run",
    "describe_metric",
    "explain_pixel",
    "go_on_with",
    "import_network",
    "import_upload",
    "input_of",
    "layers_of",
    "look",
    "look_at_layers",
    "make_in_background",
    "making_jobs",
    "more_epochs",
    "net_of",
    "parse_branch",
    "phase_like_last",
    "picture_scores",
    "predict_pictures",
    "queue_making",
    "queue_report",
    "queue_scores",
    "report_csv",
    "report_in_background",
    "report_job",
    "requeue",
    "resume_here",
    "saved_picture_scores",
    "saved_report",
    "saved_reports",
    "score_job",
    "score_run",
    "scores_in_background",
    "skip_history",
    "skip_report",
    "skip_sets",
    "stop_making",
    "stop_report",
    "stop_scores",
    "top_pictures",
    "train_here",
    "train_run",
    "turn_skips",
    "why_layers_only",
    "write_features",
]
