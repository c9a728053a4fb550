"""The figures and numbers of a report as files. What draws them is imported with the first one: matplotlib is slow."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fcnlab import draw
from fcnlab.lab.tasks import report_csv
from fcnlab.ui.inspect.save import MakeFigure, json_text, save_menu

Report = Mapping[str, Any]


def save_report(whole: Report, shown: Report, metric: str) -> None:
    """The menu of a report; `shown` is its part under the baseline that is looked at."""
    figures: dict[str, MakeFigure] = {"Contributions": lambda: draw.skips_figure(shown, metric)}
    if shown["interactions"]:
        figures["Interactions"] = lambda: draw.interactions_figure(shown, metric)
    figures["Baselines"] = lambda: draw.baselines_figure(whole, metric)
    name = f"{whole['run']}-skips-epoch-{whole['epoch']}"
    save_menu(name, figures, {"csv": partial(report_csv, whole), "json": partial(json_text, whole)})


def save_history(history: Report, metric: str) -> None:
    """The menu of a history."""
    figures = {"Along training": lambda: draw.history_figure(history, metric)}
    save_menu(
        f"{history['run']}-skips-by-epoch",
        figures,
        {"csv": partial(report_csv, history), "json": partial(json_text, history)},
    )
