"""The command that takes in a network which was trained elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fcnlab.cli.output import show, show_json, stdout_for_results
from fcnlab.cli.paper import Json

if TYPE_CHECKING:
    from fcnlab.lab.importing import Imported


def import_network(
    config: Annotated[
        Path,
        typer.Argument(metavar="CONFIG", help="Keras' JSON, a .keras file, or an .h5 file with its configuration."),
    ],
    weights: Annotated[
        Path | None, typer.Argument(metavar="WEIGHTS", help="An .h5 file; left out where CONFIG holds the weights.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.")],
    data: Annotated[
        str | None, typer.Option("--data", metavar="DATASET", help="Whose pictures it is shown; built-in or a folder.")
    ] = None,
    json: Json = False,
) -> None:
    """Import a network that was trained elsewhere with Keras 1, 2 or 3. Nothing in its files is run."""
    from fcnlab.arch.foreign import NetworkFile
    from fcnlab.lab import importing

    read = [NetworkFile.read(path) if path else None for path in (config, weights)]
    assert read[0] is not None
    with stdout_for_results():
        found = importing.import_network(read[0], read[1], out, data)
    if json:
        show_json(found.to_json())
    else:
        _show(found)


def _show(found: "Imported") -> None:
    if found.kind == "network":
        skips = f"{len(found.skips)} skip{'' if len(found.skips) == 1 else 's'}"
        show(f"{found.name}: an encoder–decoder with {skips} and {found.params:,} parameters.")
    else:
        show(f"{found.name}: {found.params:,} parameters; no encoder–decoder of the lab's kind:")
        for problem in found.problems:
            show(f"    {problem}")
        show(f"Its layers can be looked at: `python -m fcnlab features {found.run} IMAGE --layers -o DIR`.")
    for note in found.notes:
        show(note)
    show(f"Run: {found.run}")
