"""The application: every command under its name."""

from collections.abc import Callable
from typing import Annotated

import typer

from fcnlab import __version__
from fcnlab.cli import data, importing, paper, records, render, runs, skips, training

app = typer.Typer(
    help="FCN Lab: build, train and look into encoder–decoder segmentation networks.",
    epilog="NET is a preset's name, a network file (JSON) or a share code. DATASET is a built-in name or a folder. "
    "RUN is a run folder. Exit status: 0 fine, 2 the input was wrong, 1 a fault of the lab, 130 stopped by Ctrl-C.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"fcnlab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_version)] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a fault (or set FCNLAB_DEBUG=1).")
    ] = False,
) -> None:
    # Both are at work before a command runs: `version` in its callback, `debug` in `guard.main`.
    del version, debug


_COMMANDS: tuple[Callable[..., None], ...] = (
    *(paper.presets, paper.flow, paper.check, paper.draw, paper.export, data.data),
    *(training.train, runs.resume, runs.score, runs.features, skips.skips, render.render),
)
for _command in _COMMANDS:
    app.command()(_command)
app.command("import")(importing.import_network)
app.add_typer(records.runs, name="runs")
