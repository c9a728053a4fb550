"""The command that renders pictures of the simulated world."""

from pathlib import Path
from typing import Annotated

import typer

from fcnlab.cli.output import say, show_json
from fcnlab.cli.paper import Json


def render(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="A new folder, or one to add to.")],
    count: Annotated[int, typer.Option(metavar="N", help="Pairs of image and mask in all.")] = 100,
    kind: Annotated[
        str, typer.Option(metavar="following|patrol|patrol-target|mixed", help="What the pictures show.")
    ] = "mixed",
    distance: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="MIN MAX", help="Metres from the camera to the hero; left out, each kind has its own."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Where worlds, cameras and times come from.")] = 0,
    size: Annotated[int, typer.Option(metavar="PIXELS", help="Of a picture's side.")] = 160,
    split: Annotated[
        str, typer.Option(metavar="auto|train|validation|evaluation", help="Where the pairs go.")
    ] = "auto",
    workers: Annotated[int | None, typer.Option(metavar="W", help="Programs at once; one a core if left out.")] = None,
    json: Json = False,
) -> None:
    """Render pictures of the simulated park with exact masks, in the Follow-Me layout."""
    from fcnlab.cli.progress import counting
    from fcnlab.errors import RenderError
    from fcnlab.sim import RenderRequest, render_dataset

    asked = {"count": count, "kind": kind, "distance": distance, "seed": seed, "size": size, "split": split}
    request = RenderRequest.parse(asked, what="What to render", error=RenderError)
    try:
        with counting("Rendering") as progress:
            done = render_dataset(out, request, progress, workers)
    except KeyboardInterrupt:
        say(f"Stopped. What was rendered is kept in {out}, and the same command goes on.")
        raise
    if json:
        show_json(
            {"out": str(out), "pairs": done.pairs, "seconds": done.seconds, "rate": done.rate, "splits": done.splits}
        )
        return
    kept = f" {count - done.pairs:,} were there already." if done.pairs < count else ""
    say(f"{done.pairs:,} pairs in {done.seconds:.0f} s, {done.rate:.1f} pairs a second: {out}.{kept}")
