"""Importing a network that was trained elsewhere: from its files to a run that can be looked into and scored."""

import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from fcnlab.arch import NetSpec, plain
from fcnlab.arch.foreign import ForeignNet, NetworkFile, NotUnderstoodError, read_network, recognise, to_config
from fcnlab.arch.spec import Input
from fcnlab.data import open_dataset
from fcnlab.errors import RunError
from fcnlab.files import write_text
from fcnlab.lab.runs.names import check_name
from fcnlab.lab.runs.records import Status
from fcnlab.lab.runs.run import Run
from fcnlab.lab.training.task import net_of
from fcnlab.plan import Phase, Plan

SHOWN_PICTURES = "shapes"
"""The set whose pictures an imported network is shown where none is named."""

PLAN = Plan(phases=(Phase(epochs=1),))
"""An imported network has one checkpoint, that of epoch 1."""


@dataclass(frozen=True)
class Imported:
    """What became of the files.

    Attributes:
        run: The run's folder.
        name: The network's name.
        kind: "network" for an encoder–decoder of the lab's kind; "layers" for another, which can be looked at layer
            by layer.
        params: Its weights.
        skips: The decoder stages with a skip; none for "layers".
        notes: Sentences on what is written otherwise than in the file, with the same meaning.
        problems: Why it is no encoder–decoder: a sentence for each thing that was not understood.
    """

    run: str
    name: str
    kind: Literal["network", "layers"]
    params: int
    skips: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class _Understood:
    """A network ready to be written: on paper, in Keras (`model`), and what is to be said about it."""

    net: ForeignNet
    spec: NetSpec | None
    model: Any
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def import_network(
    config: NetworkFile, weights: NetworkFile | None, out: str | Path, dataset: str | None = None
) -> Imported:
    """Make a run of a network that was trained elsewhere. Nothing in the files is run, whatever they hold.

    Args:
        config: Keras' JSON, a .keras archive, or an .h5 file that holds its configuration.
        weights: The .h5 file with its weights; None where `config` holds them.
        out: The run folder to make.
        dataset: The set whose pictures it is shown; None takes the built-in shapes where the classes are as many.

    Raises:
        NotUnderstoodError: Not even its layers can be read; it tells all reasons.
        SpecError: A file is damaged, too large, or does not go with the other.
        DataError: There is no such dataset.
        RunError: The folder holds something already, or cannot be made.
    """
    out = Path(out).expanduser().absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"The run folder {out} is there already.", "Choose another name.")
    shown = open_dataset(dataset).name if dataset else ""
    found = _understand(config, weights)
    if not shown and _fits_shapes(found.spec):
        shown = SHOWN_PICTURES
    run = _write(out, found, shown, config.name)
    skips = tuple(name for name, _ in found.spec.skips) if found.spec else ()
    kind: Literal["network", "layers"] = "network" if found.spec else "layers"
    params = int(found.model.count_params())
    return Imported(str(run.path), run.record.net["name"], kind, params, skips, found.notes, found.problems)


def import_upload(
    root: str, name: str, config: NetworkFile, weights: NetworkFile | None, dataset: str | None = None
) -> Imported:
    """`import_network` into the runs folder `root` under a name that a person gave.

    Raises:
        FcnLabError: As `import_network`; or the name is not allowed.
    """
    return import_network(config, weights, Path(root) / check_name(name), dataset)


def layers_of(run: Run) -> ForeignNet:
    """The layers of a run of kind "layers", read as carefully as those of any file.

    Raises:
        RunError: Its model.json is missing.
        SpecError: It cannot be read.
    """
    try:
        text = run.layers_path.read_bytes()
    except OSError as problem:
        reason = problem.strerror
        raise RunError(f"The file {run.layers_path} cannot be read ({reason}).", "Import the network again.") from None
    return read_network(text, f"{run.name}/{run.layers_path.name}")


def input_of(run: Run) -> Input:
    """The pictures that a run's network takes, of whichever kind it is.

    Raises:
        FcnLabError: The run's network cannot be read.
    """
    if run.record.kind == "network":
        return net_of(run).input
    net = layers_of(run)
    height, width, channels = net.shapes[net.layers[0].name]
    return Input(height=height, width=width, channels=channels)


def why_layers_only(run: Run) -> tuple[str, ...]:
    """Why the network of a run of kind "layers" is no encoder–decoder: a sentence for each thing not understood.

    Raises:
        FcnLabError: As `layers_of`.
    """
    try:
        recognise(layers_of(run))
    except NotUnderstoodError as reasons:
        return reasons.problems
    return ("Read as an encoder–decoder, its outputs would not be those that its own layers give.",)


def _understand(config: NetworkFile, weights: NetworkFile | None) -> _Understood:
    from fcnlab.net.foreign.container import open_network
    from fcnlab.net.foreign.weights import read_weights

    net, file = open_network(config, weights)
    arrays = read_weights(net, file.name, file.data)

    # Keras is loaded last: what is wrong with the files is told before.
    from fcnlab.net import build  # noqa: F401 - its import starts the backend quietly
    from fcnlab.net.foreign.transfer import as_lab_network, as_layers

    try:
        found = recognise(net)
        model = as_lab_network(net, found, arrays)
    except NotUnderstoodError as reasons:
        return _Understood(net, None, as_layers(net, arrays), (), reasons.problems)
    return _Understood(net, found.spec, model, found.notes, ())


def _fits_shapes(spec: NetSpec | None) -> bool:
    return spec is None or spec.output.classes == len(open_dataset(SHOWN_PICTURES).classes)


def _write(out: Path, found: _Understood, dataset: str, file: str) -> Run:
    """The run folder, whole or not at all."""
    run = Run.create(
        out,
        net=plain(found.spec) if found.spec else {"name": found.net.name},
        plan=PLAN,
        dataset=dataset,
        kind="network" if found.spec else "layers",
        imported=file[:300],
    )
    try:
        if found.spec is None:
            write_text(run.layers_path, to_config(found.net))
        with run.writing(run.checkpoint_path(1)) as path:
            found.model.save_weights(path)
        told = f"Imported from {file[:200]}."
        run.write_status(Status(state="done", epoch=1, epochs=1, message=told, finished=time.time()))
    except BaseException as problem:
        shutil.rmtree(out, ignore_errors=True)
        if isinstance(problem, OSError):
            raise RunError(f"The run folder {out} cannot be written ({problem.strerror}).") from None
        raise
    return run
