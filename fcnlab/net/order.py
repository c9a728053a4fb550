"""In which order images are drawn, and the batches of an epoch.

The seed and the epoch's number alone decide the order, and with the step's number how a batch is changed at random,
so that any batch can be made first, and by any thread.
"""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from fcnlab.data import Pairs, flip
from fcnlab.data.pasting import Pasting
from fcnlab.net.augment import Augmenter
from fcnlab.plan import Drawing, Plan, PlannedEpoch

Bytes = npt.NDArray[np.uint8]
Batch = tuple[Bytes, Bytes]
T = TypeVar("T")


def multiplicities(drawing: Drawing, labels: Bytes, num_classes: int) -> npt.NDArray[np.float64] | None:
    """How many times as often as an image without a target each image is drawn, [N]; None where all are drawn alike.

    Args:
        drawing: Of the plan.
        labels: uint8 [N, H, W]; image by image, because they may be mapped from a disk and larger than memory.
        num_classes: K; the target is class K − 1.
    """
    if not drawing.changes:
        return None
    shares = np.array([np.mean(image == num_classes - 1) for image in labels])
    there = np.where(shares > 0, drawing.target, 1.0)
    return np.where((shares > 0) & (shares < drawing.small_below), there * drawing.small_target, there)


def epoch_order(
    generator: np.random.Generator, count: int, length: int, times: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.int64]:
    """Indices of the images that an epoch takes.

    They are drawn in rounds. In a round each image appears as often as its multiplicity says, in a random order; of a
    multiplicity like 1.5, the half is drawn anew in each round.

    Args:
        generator: Draws.
        count: N, the number of images.
        length: How many indices are needed; rounds follow one another until there are enough.
        times: Multiplicities [N], at least 1 each; None takes each image once a round.
    """
    rounds: list[npt.NDArray[np.int64]] = []
    while sum(map(len, rounds)) < length:
        if times is None:
            rounds.append(generator.permutation(count))
        else:
            copies = np.floor(times + generator.random(count)).astype(np.int64)
            rounds.append(generator.permutation(np.repeat(np.arange(count), copies)))
    return np.concatenate(rounds)[:length]


class Batches:
    """Makes the batches of a training.

    Args:
        plan: Its seed, `flip`, `augment` and `draw` are taken.
        training: The images.
    """

    def __init__(self, plan: Plan, training: Pairs) -> None:
        self._plan = plan
        self._training = training
        self._times = multiplicities(plan.draw, training.labels, training.num_classes)
        self._paste = Pasting(training, plan.augment.paste)
        self._augment = Augmenter(plan.augment)

    def of(self, epoch: PlannedEpoch, start: int = 0) -> Generator[Batch, None, None]:
        """Images and labels of an epoch's batches, from the batch with the number `start` on.

        With workers, threads make the next ones while the caller is busy; close the iterator to end them.
        """
        count = len(self._training)
        size = min(epoch.phase.batch_size, count)
        generator = np.random.default_rng([self._plan.seed, epoch.number])
        order = epoch_order(generator, count, epoch.steps * size, self._times)
        mirrored = generator.random(epoch.steps * size) < 0.5

        def make(number: int) -> Batch:
            part = slice(number * size, (number + 1) * size)
            images, labels = self._training.images[order[part]], self._training.labels[order[part]]
            if self._plan.flip:
                images, labels = flip(images, labels, mirrored[part])
            seed = (self._plan.seed, epoch.number, epoch.first + number)
            images, labels = self._paste(images, labels, seed)
            return self._augment(images, labels, seed)

        return ahead(make, range(start, epoch.steps), epoch.phase.workers)


def ahead(make: Callable[[int], T], numbers: range, workers: int) -> Generator[T, None, None]:
    """`make` of each number, in order, by so many threads beforehand; by the caller when it is needed without any.

    One more is under way than there are threads, so that none waits for the caller.
    """
    if not workers:
        yield from map(make, numbers)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="batch") as pool:
        left = iter(numbers)
        made: deque[Future[T]] = deque(pool.submit(make, number) for number in islice(left, workers + 1))
        try:
            while made:
                found = made.popleft().result()
                made.extend(pool.submit(make, number) for number in islice(left, 1))
                yield found
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
