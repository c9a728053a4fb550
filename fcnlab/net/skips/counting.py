"""A dataset under every set of a network's skips: the counts that all metrics are made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from fcnlab.data import Pairs
from fcnlab.net.skips.baselines import Baselines
from fcnlab.net.skips.cut import Bytes, Cut, Encoded
from fcnlab.net.skips.lattice import Lattice
from fcnlab.net.skips.tally import Counts, Tally, Truth, joined, tally

ENCODED = 16
"""Images that pass the first part of a network at a time."""

BATCH = 4
"""Images that pass the rest of it: 2^k variants of each have to fit into a processor's caches."""

Tallies = dict[str, list[Tally]]
"""By baseline; for `resample` one a donor."""


def count_sets(
    lattice: Lattice,
    baselines: Baselines,
    names: Sequence[str],
    parts: Iterable[tuple[str, Pairs]],
    progress: Callable[[int], None] | None = None,
) -> Tallies:
    """Count all images under all sets of skips and some baselines.

    Args:
        lattice: The network.
        baselines: Its baselines.
        names: Those among them to count under.
        parts: Split and images with truth at the network's input size; at least one image.
        progress: Called with the number of images done since the last call; each counts once for each baseline.

    Raises:
        FcnLabError: The network's output is not a number somewhere, or no reference pictures for a baseline.
    """
    maps = {name: baselines.of(name) for name in names}
    found: dict[str, list[list[Tally]]] = {name: [[] for _ in donors] for name, donors in maps.items()}
    for split, pairs in parts:
        truth = Truth(pairs)
        for images, encoded in in_batches(lattice.cut, pairs.images):
            for name, donors in maps.items():
                for kept, off in zip(found[name], donors, strict=True):
                    codes = lattice.codes(encoded, off)
                    tables = [_tables(truth, codes[:, place], image) for place, image in enumerate(images)]
                    kept.append(tally(truth, tables, images, 0, split))
                if progress:
                    progress(len(images))
    return {name: [joined(kept) for kept in donors] for name, donors in found.items()}


def _tables(truth: Truth, codes: Bytes, image: int) -> list[Counts]:
    return [truth.table(image, of_set) for of_set in codes]


def in_batches(cut: Cut, images: Bytes) -> Iterator[tuple[range, Encoded]]:
    """Images uint8 [N, H, W, C] in batches of one shape, the last one filled up.

    Yields:
        Numbers of the batch's images, and the batch after the first part of the network.
    """
    for start in range(0, len(images), ENCODED):
        there = range(start, min(start + ENCODED, len(images)))
        filled = [*there, *[start] * (-len(there) % BATCH)]
        trunk, taps = cut.encode(images[filled])
        for first in range(0, len(filled), BATCH):
            part = slice(first, first + BATCH)
            yield there[part], (trunk[part], tuple(tap[part] for tap in taps))
