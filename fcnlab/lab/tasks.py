"""The lab's work, as the command line, notebooks and the engine's workers call it."""

from fcnlab.lab.importing import Imported, import_network, import_upload, input_of, layers_of, why_layers_only
from fcnlab.lab.inside.channels import LOOKED_THROUGH, TopPicture, top_pictures
from fcnlab.lab.inside.feature_files import Sheets, write_features
from fcnlab.lab.inside.layerwise import look_at_layers
from fcnlab.lab.inside.looking import class_contributions, look
from fcnlab.lab.inside.maps import LayerMaps, Look
from fcnlab.lab.inside.metric_names import describe_metric
from fcnlab.lab.inside.pictures import Picture, Sample, Upload
from fcnlab.lab.inside.pixels import PixelStep, PixelStory, explain_pixel
from fcnlab.lab.inside.report_job import ReportJob, queue_report, report_in_background, report_job, stop_report
from fcnlab.lab.inside.report_table import report_csv
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
from fcnlab.lab.training import create_run, net_of, requeue, resume_here, train_here, train_run
from fcnlab.net.inside.statistics import LayerStatistics

__all__ = [
    "LOOKED_THROUGH",
    "Imported",
    "LayerMaps",
    "LayerStatistics",
    "Look",
    "Picture",
    "PixelStep",
    "PixelStory",
    "ReportJob",
    "Sample",
    "Sheets",
    "SkipSets",
    "Switched",
    "TopPicture",
    "Upload",
    "class_contributions",
    "create_run",
    "describe_metric",
    "explain_pixel",
    "import_network",
    "import_upload",
    "input_of",
    "layers_of",
    "look",
    "look_at_layers",
    "net_of",
    "queue_report",
    "report_csv",
    "report_in_background",
    "report_job",
    "requeue",
    "resume_here",
    "saved_report",
    "saved_reports",
    "score_run",
    "skip_history",
    "skip_report",
    "skip_sets",
    "stop_report",
    "top_pictures",
    "train_here",
    "train_run",
    "turn_skips",
    "why_layers_only",
    "write_features",
]
