"""A program for a test: load a dataset that is larger than the memory the process may take.

    python capped_load.py MEGABYTES keep|memory

It prints how many bytes of arrays it went through. The cap is on private writable memory (RLIMIT_DATA): what a process
allocates counts, the pages of a mapped file do not.
"""

import resource
import sys
from pathlib import Path

import numpy as np

from fcnlab.data.dataset import Bytes, Dataset, Pair, Size

COUNT, SIDE = 320, 256


class Noise(Dataset):
    """Pictures that cost nothing to make, so that the test is about the arrays alone."""

    name = title = "noise"
    classes = ("background", "thing")
    colors = (None, None)
    splits = {"train": COUNT}  # noqa: RUF012

    def _pair(self, split: str, index: int, size: Size, channels: int) -> Pair:
        labels = np.full(size, index % 2, dtype=np.uint8)
        image = np.full((*size, channels), index % 251, dtype=np.uint8)
        return Pair(image, labels, np.left_shift(1, labels, dtype=np.uint8), self._name(split, index))

    def _mask(self, split: str, index: int) -> Bytes:
        raise NotImplementedError

    def _count(self, split: str, index: int) -> list[int]:
        raise NotImplementedError


def main() -> None:
    """Take the cap, load, and go through all batches in a shuffled order, as training does."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    taken = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
    cap = taken + int(sys.argv[1]) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (cap, cap))
    pairs = Noise().load("train", (SIDE, SIDE), keep=sys.argv[2] == "keep")
    order = np.random.default_rng(0).permutation(COUNT)
    for start in range(0, COUNT, 16):
        chosen = order[start : start + 16]
        assert (pairs.images[chosen][:, 0, 0, 0] == chosen % 251).all()
        assert (pairs.labels[chosen][:, -1, -1] == chosen % 2).all()
    sys.stdout.write(str(pairs.images.nbytes + pairs.labels.nbytes + pairs.presence.nbytes))


if __name__ == "__main__":
    main()
