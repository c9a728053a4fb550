"""Makes the recordings in `assets/recordings`: trainings of `follow-me` on `followme-sim` with the reference plans.

    python assets/make_recordings.py FOLDER

trains in FOLDER, going on with what was interrupted there, and then puts the curves and previews of the runs into
`assets/recordings`, without weights and with five digits of each number. On two cores it takes an hour or so.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from fcnlab.arch import preset
from fcnlab.data.catalogue import SIMULATED, assets_root
from fcnlab.lab import Run
from fcnlab.lab.tasks import resume_here, train_here
from fcnlab.plans import PLANS

NAMES = ("reference-1", "reference-2", "reference-3")
NOTE = "It comes with the lab."


def main(folder: Path) -> None:
    """Train what is missing in `folder`, and ship all three."""
    for name in NAMES:
        path = folder / name
        if not path.exists():
            train_here(preset("follow-me"), PLANS[name], SIMULATED, path, tell)
        elif Run.open(path).state() != "done":
            resume_here(path, tell)
        ship(Run.open(path), assets_root() / "recordings" / name)


def tell(event: dict[str, Any]) -> None:
    """One line an epoch on stderr."""
    if event.get("kind") == "epoch":
        sys.stderr.write(f"epoch {event['epoch']}: {event['validation']}\n")


def ship(run: Run, target: Path) -> None:
    """Copy a run without its weights, and without the machine that made it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(run.path / "previews", target / "previews")
    record = run.record.model_copy(update={"note": NOTE, "person": ""})
    (target / "run.json").write_text(record.model_dump_json(indent=2), encoding="utf-8")
    status = run.status.with_(pid=None, host="", worker="", device="")
    (target / "status.json").write_text(status.model_dump_json(), encoding="utf-8")
    lines = [json.dumps(short(event), separators=(",", ":")) for event in run.read_metrics()[0]]
    (target / "metrics.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def short(value: Any) -> Any:
    """The value with five digits of each fraction; times since 1970, being large, keep their seconds."""
    if isinstance(value, float):
        return round(value) if value > 1e6 else float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: short(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [short(part) for part in value]
    return value


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder to train in: python assets/make_recordings.py FOLDER")
    main(Path(sys.argv[1]).absolute())
