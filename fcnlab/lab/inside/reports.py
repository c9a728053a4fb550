"""What each skip of a run contributes on a dataset: worked out once, and kept in the run folder."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fcnlab.arch import NetSpec
from fcnlab.data import Dataset, Pairs, choose, open_dataset
from fcnlab.errors import FcnLabError
from fcnlab.lab.inside.agreement import disagreements
from fcnlab.lab.inside.kept_reports import Question, Report, all_kept, find, histories, keep, keep_history
from fcnlab.lab.inside.loaded import UNTRAINED, Loaded, load
from fcnlab.lab.inside.metric_names import DEFAULT_METRIC, describe_metric
from fcnlab.lab.runs.run import Run
from fcnlab.net.skips.kinds import BASELINES, require_baseline

if TYPE_CHECKING:
    from fcnlab.net.skips.baselines import Baselines
    from fcnlab.net.skips.lattice import Lattice

Progress = Callable[[int, int], None]

ALL = "all"
"""In a baseline's place: all of them."""

CHUNK = 64
"""Images in memory at a time."""


def skip_report(
    path: Path | str,
    dataset: str,
    baseline: str = "zero",
    subset: int | None = None,
    progress: Progress | None = None,
    *,
    metric: str | None = None,
    epoch: int | None = None,
) -> Report:
    """What each skip of a run contributes on a dataset's scored images.

    What was asked before is read from the run folder, unless the checkpoint has been rewritten since.

    Args:
        path: The run folder.
        dataset: A built-in set's name or a folder.
        baseline: What a skip that is off carries: "zero", "mean", "position", "resample", or "all" for the four.
        subset: At most this many images of each scored split, chosen by seed 0; None takes all.
        progress: Called with the images done and their number, over all baselines.
        metric: What the top of the report tells; None takes the target's IoU.
        epoch: Which checkpoint; None takes the default one, 0 the weights before the first step.

    Returns:
        JSON data, kept in the run folder too (`saved_reports`): `run`, `epoch`, `dataset`, `images`, `subset`,
        `target` (a class's name), `baseline`, `metric`, `all`, `none`, `skips` [`name`, `source`, `shapley`,
        `necessity`, `sufficiency`, each also with `_low` and `_high`, the ends of its 95 % bootstrap interval],
        `interactions` [`a`, `b`, `value`, `low`, `high`], `sets` [`skips`, `value`], `bootstrap` (samples), and
        `metrics` {metric: the same block from `all` to `sets`}; a metric that is not defined under some set of skips
        is left out, and the ends of an interval are None where no sample has a value. With "resample" `donors` and
        in each skip `shapley_spread`, `necessity_spread`, `sufficiency_spread` (standard deviation between donors).
        With "all", the top tells of "zero", `baselines` {baseline: a report} holds the four, and `warnings` says in
        sentences where the answer depends on the baseline.

    Raises:
        FcnLabError: The run has no checkpoint or no skips, or the dataset cannot be used; no such baseline or metric.
    """
    require_baseline(baseline, ALL)
    if metric is not None:
        describe_metric(metric)
    opened = open_dataset(dataset)  # what is wrong with it is told before Keras is loaded
    run = Run.open(path)
    number = _epoch(run, epoch)
    names = BASELINES if baseline == ALL else (baseline,)
    questions = [Question(run, number, opened.name, subset, name) for name in names]
    reports = {question.baseline: found for question in questions if (found := find(question)) is not None}
    missing = [question for question in questions if question.baseline not in reports]
    if missing:
        loaded = load(path, number)
        lattice, baselines = loaded.lattice, loaded.switch.baselines
        images = ScoredImages(opened, loaded.spec, subset)
        tell = _counting(progress, len(images) * len(missing))
        reports |= _work_out(lattice, baselines, images, missing, tell)
    return _assembled([reports[name] for name in names], baseline, metric)


def skip_history(
    path: Path | str, dataset: str, baseline: str = "zero", subset: int | None = 40, progress: Progress | None = None
) -> Report:
    """`skip_report` for every checkpoint of a run.

    Returns:
        `run`, `dataset`, `baseline`, `epochs` [a report of one baseline each, oldest first].

    Raises:
        FcnLabError: As `skip_report`.
    """
    require_baseline(baseline)
    opened = open_dataset(dataset)
    run = Run.open(path)
    _epoch(run, None)
    questions = [Question(run, epoch, opened.name, subset, baseline) for epoch, _ in run.checkpoints()]
    found = {question.epoch: find(question) for question in questions}
    missing = [question for question in questions if found[question.epoch] is None]
    if missing:
        found |= _along(opened, missing, progress)
    keep_history(questions[0])
    return _history(run, baseline, [report for report in found.values() if report is not None])


def saved_reports(path: Path | str) -> list[Report]:
    """What earlier calls of `skip_report` and `skip_history` kept in the run folder: reports, then histories.

    Both newest first. Reports that differ in nothing but their baseline are one, as with "all"; it has `baselines`.
    A report of a checkpoint that has been rewritten since is left out. Needs no Keras.
    """
    run = Run.open(path)
    groups: dict[tuple[object, ...], dict[str, Report]] = {}
    for report in all_kept(run):
        asked = (report["epoch"], report["dataset"], report["subset"])
        groups.setdefault(asked, {})[report["baseline"]] = report
    reports = []
    for group in groups.values():
        ordered = [group[baseline] for baseline in BASELINES if baseline in group]
        reports.append(_assembled(ordered, ALL if len(ordered) > 1 else ordered[0]["baseline"], None))
    return [*reports, *(_history(run, baseline, along) for baseline, along in histories(run))]


def saved_report(
    path: Path | str,
    dataset: str,
    baseline: str = "zero",
    subset: int | None = None,
    *,
    metric: str | None = None,
    epoch: int | None = None,
) -> Report | None:
    """What `skip_report` would give at once because all of it is kept; None where something has to be worked out.

    Needs no Keras.
    """
    require_baseline(baseline, ALL)
    run = Run.open(path)
    number = _epoch(run, epoch)
    name = open_dataset(dataset).name
    names = BASELINES if baseline == ALL else (baseline,)
    reports = [find(Question(run, number, name, subset, one)) for one in names]
    whole = [report for report in reports if report is not None]
    return _assembled(whole, baseline, metric) if len(whole) == len(names) else None


class ScoredImages:
    """The images of a dataset that a score is taken on, at a network's input size, a few at a time.

    Args:
        dataset: Whose.
        spec: The network on paper.
        subset: At most this many of each split, chosen by seed 0; None takes all.

    Raises:
        DataError: Nothing to score on, or a subset smaller than 1.
    """

    def __init__(self, dataset: Dataset, spec: NetSpec, subset: int | None) -> None:
        from fcnlab.net.scoring import scored_splits

        self.dataset = dataset
        self._input = spec.input
        self._chosen = {split: choose(dataset.splits[split], subset, seed=0) for split in scored_splits(dataset)}

    def __len__(self) -> int:
        """How many there are."""
        return sum(len(indices) for indices in self._chosen.values())

    def __iter__(self) -> Iterator[tuple[str, Pairs]]:
        """Split and images with truth."""
        size, channels = (self._input.height, self._input.width), self._input.channels
        for split, indices in self._chosen.items():
            for start in range(0, len(indices), CHUNK):
                yield split, self.dataset.load(split, size, channels, indices[start : start + CHUNK])


def _epoch(run: Run, epoch: int | None) -> int:
    """The number of an existing checkpoint."""
    asked = run.default_epoch() if epoch is None else epoch
    known = asked == UNTRAINED or asked in dict(run.checkpoints())
    return asked if asked is not None and known else load(run.path, epoch).epoch  # which tells what is wrong


def _along(dataset: Dataset, questions: Sequence[Question], progress: Progress | None) -> dict[int, Report]:
    """The reports of several checkpoints, by epoch, all by one network: what was compiled for it serves them all."""
    run = questions[0].run
    loaded = Loaded(run, questions[0].epoch, run.checkpoint_path(questions[0].epoch))
    images = ScoredImages(dataset, loaded.spec, questions[0].subset)
    tell = _counting(progress, len(images) * len(questions))
    reports = {}
    for question in questions:
        baselines = _reloaded(loaded, run.checkpoint_path(question.epoch))
        reports[question.epoch] = _work_out(loaded.lattice, baselines, images, [question], tell)[question.baseline]
    return reports


def _reloaded(loaded: Loaded, weights: Path) -> "Baselines":
    """Put a checkpoint's weights into a network; returns the baselines that it then has."""
    from fcnlab.net.checkpoint import load_weights
    from fcnlab.net.skips.baselines import Baselines

    load_weights(loaded.model, weights)
    return Baselines(loaded.lattice.cut, loaded.reference)


def _work_out(
    lattice: "Lattice",
    baselines: "Baselines",
    images: ScoredImages,
    questions: Sequence[Question],
    tell: Callable[[int], None],
) -> dict[str, Report]:
    """The reports of one checkpoint, by baseline, from one pass over the images; they are kept."""
    from fcnlab.net.scoring import require_classes
    from fcnlab.net.skips.counting import count_sets
    from fcnlab.net.skips.summary import SAMPLES, summarise

    require_classes(lattice.cut.model, images.dataset)
    tallies = count_sets(lattice, baselines, [question.baseline for question in questions], images, tell)
    reports = {}
    for question in questions:
        found = tallies[question.baseline]
        report = {
            "run": question.run.name,
            "epoch": question.epoch,
            "dataset": question.dataset,
            "images": found[0].images,
            "subset": question.subset,
            "target": images.dataset.classes[-1],
            "baseline": question.baseline,
            "bootstrap": SAMPLES,
            **({"donors": len(found)} if question.baseline == "resample" else {}),
            "metrics": summarise(found, lattice.cut.skips),
        }
        keep(question, report)
        reports[question.baseline] = report
    return reports


def _assembled(reports: Sequence[Report], baseline: str, metric: str | None) -> Report:
    """The reports of one or of all baselines as `skip_report` gives them."""
    topped = {report["baseline"]: _topped(report, metric) for report in reports}
    first = next(iter(topped.values()))
    if baseline != ALL:
        return first
    told = {name: report for name, report in topped.items() if report["metric"] == first["metric"]}
    return {**first, "baselines": topped, "warnings": disagreements(told)}


def _topped(report: Report, metric: str | None) -> Report:
    """The report with one metric's block at its top: the one asked for, or the target's IoU, or the first defined."""
    metrics = report["metrics"]
    if metric is not None and metric not in metrics:
        raise FcnLabError(f"The metric {metric!r} is not defined on this data.", f"Defined are {', '.join(metrics)}.")
    chosen = metric or (DEFAULT_METRIC if DEFAULT_METRIC in metrics else next(iter(metrics)))
    head = {name: value for name, value in report.items() if name != "metrics"}
    return {**head, "metric": chosen, **metrics[chosen], "metrics": metrics}


def _history(run: Run, baseline: str, reports: Sequence[Report]) -> Report:
    epochs = [_topped(report, None) for report in reports]
    return {"run": run.name, "dataset": epochs[0]["dataset"], "baseline": baseline, "epochs": epochs}


def _counting(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Adds up the images done for a caller who wants to be told how many they are."""
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, total)

    return tell
