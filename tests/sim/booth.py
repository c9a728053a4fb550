"""Takes pictures in a program of its own: software OpenGL and TensorFlow cannot be loaded into one process."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import cache

from fcnlab.sim import Studio, World


@cache
def _studio(side):
    return Studio(side)


@cache
def _world(seed):
    return World(seed)


def _shoot(side, seed, *args, **options):
    return _world(seed).shoot(_studio(side), *args, **options)


class Booth:
    """`shoot` as `World.shoot` does it, of a world that is known by its seed."""

    def __init__(self, side):
        self.side = side
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def open(self):
        self._pool.submit(_open, self.side).result(120)

    def shoot(self, world, *args, **options):
        return self._pool.submit(_shoot, self.side, world.seed, *args, **options).result(120)

    def close(self):
        self._pool.submit(_close, self.side).result(120)
        self._pool.shutdown()


def _open(side):
    _studio(side)


def _close(side):
    _studio(side).close()
