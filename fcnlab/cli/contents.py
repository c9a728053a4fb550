"""What the command `data` shows: a dataset in numbers, its near-duplicates, the pictures that meet conditions."""

from dataclasses import dataclass
from typing import Any

from fcnlab.cli.output import show, show_json, table
from fcnlab.cli.progress import counting
from fcnlab.data import (
    Dataset,
    Duplicates,
    Leakage,
    PictureFilter,
    Selection,
    Statistics,
    leakage,
    near_duplicates,
    open_dataset,
    select,
    statistics,
)
from fcnlab.data.contents.survey import survey
from fcnlab.errors import DataError

UNKNOWN = "—"
TRAIN = "train"
_SHOWN = 5
_LISTED = 20


def tell(name: str, split: str, wanted: dict[str, Any], *, twins: bool, alike: float, json: bool) -> None:
    """Count what is in a dataset and print it, as text or as one JSON document.

    Args:
        name: Of the dataset.
        split: To select from.
        wanted: A `Selection` as plain data; one that says nothing selects nothing.
        twins: Look for near-duplicates, too.
        alike: Largest distance of a near-duplicate.
        json: Print JSON.

    Raises:
        DataError: The dataset, the split or the selection cannot be used, or no picture meets the conditions.
    """
    dataset = open_dataset(name)
    selection = Selection.parse(wanted, what="The selection", error=DataError)
    with counting("Counting pixels") as progress:
        found = statistics(dataset, progress=progress)
    # Everything is worked out before anything is shown: where something is wrong, only that is told.
    compared = _compare(dataset, alike) if twins else None
    chosen = _choose(dataset, split, selection) if selection.number or selection.filter != PictureFilter() else None
    if json:
        document: dict[str, Any] = found.model_dump(mode="json")
        show_json(document | (compared.to_json() if compared else {}) | ({"selection": chosen} if chosen else {}))
        return
    _show_statistics(found)
    if compared:
        _show_twins(compared)
    if chosen:
        _show_selection(chosen)


def _show_statistics(found: Statistics) -> None:
    show(f"{found.title}: {', '.join(f'{count:,} {split}' for split, count in found.splits.items())}")
    rows = []
    for name in found.classes:
        size = found.target_size[name]
        sizes = (size.smallest, size.median, size.largest) if size else ()
        share, images = f"{found.class_share[name]:.2%}", f"{found.images_with[name]:,}"
        rows.append([name, share, images, *([f"{pixels:,.0f}" for pixels in sizes] or [UNKNOWN] * 3)])
    show(table(["class", "share of pixels", "in images", "smallest", "median", "largest, pixels"], rows))
    if found.by_distance:
        rows = []
        for band in found.by_distance:
            size = band.target_size
            end = f"{band.low:g} m and more" if band.high is None else f"{band.low:g} to {band.high:g} m"
            rows.append([end, f"{band.images:,}", f"{size.median:,.0f}" if size else UNKNOWN])
        show("\n" + table([f"distance of {found.classes[-1]}", "images", "median pixels"], rows))
    if found.problems:
        more = f", the first {_LISTED} of them" if len(found.problems) > _LISTED else ""
        show(f"\nFiles left out: {len(found.problems):,}{more}")
        for problem in found.problems[:_LISTED]:
            show(f"  {problem.file}: {problem.message}")


@dataclass(frozen=True, eq=False)
class _Compared:
    """Near-duplicates within each split, and of train in every other one, by split; and all file names."""

    within: dict[str, Duplicates]
    leaks: dict[str, Leakage]
    names: dict[str, tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        names = self.names
        return {
            "near_duplicates": {split: found.to_json(names[split]) for split, found in self.within.items()},
            "leakage": {split: found.to_json(names[split], names[TRAIN]) for split, found in self.leaks.items()},
        }


def _compare(dataset: Dataset, alike: float) -> _Compared:
    others = [split for split in dataset.splits if split != TRAIN and TRAIN in dataset.splits]
    with counting("Comparing pictures") as progress:
        return _Compared(
            within={split: near_duplicates(dataset, split, alike, progress) for split in dataset.splits},
            leaks={split: leakage(dataset, TRAIN, split, alike, progress) for split in others},
            names={split: dataset.file_names(split) for split in dataset.splits},
        )


def _show_twins(compared: _Compared) -> None:
    rows = []
    for split, found in compared.within.items():
        leak = compared.leaks.get(split)
        known = [f"{len(leak.twins):,}", f"{leak.share:.1%}"] if leak else [UNKNOWN, UNKNOWN]
        rows.append([split, f"{found.pictures:,}", f"{found.repeated:,}", f"{found.share:.1%}", *known])
    show("\n" + table(["near-duplicates", "images", "of an earlier one", "share", f"of one in {TRAIN}", "share"], rows))
    lists = [found.closest() for found in compared.within.values()] + [leak.twins for leak in compared.leaks.values()]
    for twin in (twin for twins in lists for twin in twins[:_SHOWN]):
        one = compared.names[twin.split][twin.index]
        other = compared.names[twin.other_split][twin.other_index]
        show(f"  {twin.distance:.2f}  {twin.split} {one}  {twin.other_split} {other}")


def _choose(dataset: Dataset, split: str, selection: Selection) -> dict[str, Any]:
    """The pictures of a selection, and the selection, as JSON."""
    found = survey(dataset, split)
    chosen = [found.names[index] for index in select(found, selection)]
    told = {"split": split, "of": len(found), "describe": selection.describe(), **selection.model_dump(mode="json")}
    return told | {"images": chosen}


def _show_selection(chosen: dict[str, Any]) -> None:
    what, images = chosen["describe"].removesuffix("."), chosen["images"]
    show(f"\n{what}: {len(images):,} of the {chosen['of']:,} in {chosen['split']}")
    for name in images:
        show(f"  {name}")
