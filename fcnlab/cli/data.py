"""The command that tells what is in a dataset: counts, balance, sizes, twins, and the pictures that meet conditions."""

from typing import Annotated

import typer

from fcnlab.cli.paper import Json

_TARGET = "Class that the conditions are about; the last one if left out."


def data(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A built-in name or a folder.")],
    json: Json = False,
    twins: Annotated[
        bool, typer.Option("--twins", help="Look for near-duplicates in train, and for those of it in other splits.")
    ] = False,
    alike: Annotated[float, typer.Option(metavar="DISTANCE", help="Largest distance of a near-duplicate.")] = 0.35,
    take: Annotated[
        int | None, typer.Option("--select", metavar="N", help="Name N pictures of those that meet the conditions.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the selection.")] = 0,
    stratify: Annotated[
        bool, typer.Option("--stratify", help="Select so that the target's sizes keep their shares.")
    ] = False,
    split: Annotated[str, typer.Option(help="Split to select from.")] = "train",
    target: Annotated[str | None, typer.Option(metavar="CLASS", help=_TARGET)] = None,
    shown: Annotated[
        bool | None, typer.Option("--shown/--not-shown", help="Only pictures with, or without, the target.")
    ] = None,
    smaller_than: Annotated[int | None, typer.Option(metavar="PIXELS", help="Of the target.")] = None,
    larger_than: Annotated[int | None, typer.Option(metavar="PIXELS", help="Of the target.")] = None,
    nearer_than: Annotated[float | None, typer.Option(metavar="METRES", help="Of rendered pictures.")] = None,
    farther_than: Annotated[float | None, typer.Option(metavar="METRES", help="Of rendered pictures.")] = None,
    hidden_more_than: Annotated[float | None, typer.Option(metavar="SHARE", help="From 0 to 1, rendered.")] = None,
) -> None:
    """Tell what is in a dataset: counts, class balance, target sizes; near-duplicates; pictures by conditions."""
    from fcnlab.cli.contents import tell

    conditions = {
        "target": target,
        "present": "any" if shown is None else "with" if shown else "without",
        "smaller_than": smaller_than,
        "larger_than": larger_than,
        "nearer_than": nearer_than,
        "farther_than": farther_than,
        "hidden_more_than": hidden_more_than,
    }
    wanted = {"filter": conditions, "number": take, "seed": seed, "stratify": stratify}
    tell(dataset, split, wanted, twins=twins, alike=alike, json=json)
