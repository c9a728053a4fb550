"""The peers of the training benchmark: each trains the same network on the same images, in its own way.

`warm` imports a peer's framework and takes every path once with another, tiny network; `train` takes a network never
seen before from its definition through some steps, and calls `tick(loss)` after each.
"""

import importlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.child import threads
from fcnlab.arch import NetSpec
from fcnlab.data import Pairs
from fcnlab.plan import Phase, Plan, Precision

LEARNING_RATE = 0.004
Tick = Callable[[float], None]
Train = Callable[[NetSpec, Pairs, int, int, Tick], None]
"""(network, images, batch size, steps, tick)."""

TINY = NetSpec.model_validate(
    {
        "name": "tiny",
        "input": {"height": 16, "width": 16},
        "encoder": [{"name": "encoder1", "convs": [{"kind": "separable", "filters": 4}]}],
        "bottleneck": [{"conv": {"filters": 4, "kernel": 1}}],
        "decoder": [{"name": "decoder1", "up": {"filters": 4}, "skip": {}, "convs": [{"filters": 4}]}],
    }
)


class Peer(NamedTuple):
    """One way to train.

    Attributes:
        title: In the tables.
        package: What must be installed.
        warm: Called once, not measured.
        train: Measured.
        slow: Measured only when it is asked for.
    """

    title: str
    package: str
    warm: Callable[[], None]
    train: Train
    slow: bool = False


def _tiny_pairs() -> Pairs:
    images, labels = np.zeros((4, 16, 16, 3), np.uint8), np.zeros((4, 16, 16), np.uint8)
    return Pairs(images, labels, labels + 1, tuple("0123"), 3)


def _warmed(train: Train) -> Callable[[], None]:
    return lambda: train(TINY, _tiny_pairs(), 4, 2, lambda loss: None)


# The lab


def _warm_lab() -> None:
    importlib.import_module("fcnlab.net").warm_up()


def _lab_in(precision: Precision) -> Train:
    def train(spec: NetSpec, pairs: Pairs, batch: int, steps: int, tick: Tick) -> None:
        from fcnlab.net import StepDone, Trainer

        phase = Phase(epochs=1, batch_size=batch, learning_rate=LEARNING_RATE, steps_per_epoch=steps)
        plan = Plan(phases=(phase,), schedule="constant", loss="cross-entropy", precision=precision)
        for event in Trainer(spec, plan, pairs).run():
            if isinstance(event, StepDone):
                tick(event.loss)
                if event.step == steps:  # what comes after the last step is validation
                    return

    return train


# Plain Keras


def _compiled(spec: NetSpec, jit: bool | str) -> Any:
    import keras

    from benchmarks.plain_keras import builder

    model = builder(spec)()
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        jit_compile=jit,
    )
    return model


def _train_on_batch(spec: NetSpec, pairs: Pairs, batch: int, steps: int, tick: Tick) -> None:
    images, labels = _floats(pairs), pairs.labels
    model = _compiled(spec, jit=False)
    for chosen in _orders(len(pairs), batch, steps):
        model.reset_metrics()  # else Keras gives the mean loss since the first batch
        tick(float(model.train_on_batch(images[chosen], labels[chosen])))


def _fit_with(jit: bool | str) -> Train:
    def fit(spec: NetSpec, pairs: Pairs, batch: int, steps: int, tick: Tick) -> None:
        images, labels = _floats(pairs), pairs.labels
        chosen = np.concatenate(_orders(len(pairs), batch, steps))
        model = _compiled(spec, jit)
        model.fit(images[chosen], labels[chosen], batch_size=batch, verbose=0, callbacks=[_told(tick)])

    return fit


def _fit_generator(spec: NetSpec, pairs: Pairs, batch: int, steps: int, tick: Tick) -> None:
    """As the original notebook does: a Python generator makes each batch when it is asked for."""
    images, labels = _floats(pairs), pairs.labels

    def batches() -> Iterator[tuple[Any, Any]]:
        for chosen in _orders(len(pairs), batch, steps):
            yield images[chosen], labels[chosen]

    _compiled(spec, jit=False).fit(batches(), steps_per_epoch=steps, verbose=0, callbacks=[_told(tick)])


def _told(tick: Tick) -> Any:
    import keras

    return keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: tick(float(logs["loss"])))


# PyTorch


def _torch_with(*, channels_last: bool, compiled: bool = False) -> Train:
    def train(spec: NetSpec, pairs: Pairs, batch: int, steps: int, tick: Tick) -> None:
        import torch

        from benchmarks.torch_network import TorchNetwork

        torch.set_num_threads(threads())
        layout = torch.channels_last if channels_last else torch.contiguous_format
        images = torch.from_numpy(_floats(pairs)).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        labels = torch.from_numpy(pairs.labels.astype(np.int64))
        network: Any = torch.nn.Module.to(TorchNetwork(spec), memory_format=layout)  # type: ignore[call-overload]  # its types lack it
        optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE, eps=1e-7, fused=True)
        if compiled:
            network = torch.compile(network, dynamic=False)
        for chosen in _orders(len(pairs), batch, steps):
            optimizer.zero_grad(set_to_none=True)
            loss: Any = torch.nn.functional.cross_entropy(network(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            tick(loss.item())

    return train


def _floats(pairs: Pairs) -> Any:
    """Images float32 in [-1, 1], ready beforehand: the peers need not convert them at each step."""
    return pairs.images / np.float32(127.5) - np.float32(1)


def _orders(count: int, batch: int, steps: int) -> list[Any]:
    generator = np.random.default_rng(0)
    order = np.concatenate([generator.permutation(count) for _ in range(-(-steps * batch // count))])
    return [order[start : start + batch] for start in range(0, steps * batch, batch)]


def _peer(title: str, package: str, train: Train, *, slow: bool = False) -> Peer:
    return Peer(title, package, _warmed(train), train, slow)


PEERS = {
    "lab": Peer("lab, float32", "keras", _warm_lab, _lab_in("float32")),
    "lab-bfloat16": Peer("lab, bfloat16", "keras", _warm_lab, _lab_in("bfloat16")),
    "keras-generator": _peer("Keras compile + fit, generator, no XLA", "keras", _fit_generator),
    "keras-fit": _peer("Keras compile + fit, arrays, no XLA", "keras", _fit_with(jit=False)),
    "torch": _peer("PyTorch eager, channels_last", "torch", _torch_with(channels_last=True)),
    "torch-compile": _peer("PyTorch compiled, channels_last", "torch", _torch_with(channels_last=True, compiled=True)),
    "keras-batch": _peer("Keras compile + train_on_batch, no XLA", "keras", _train_on_batch, slow=True),
    "keras-fit-auto": _peer("Keras compile + fit as it comes (XLA)", "keras", _fit_with(jit="auto"), slow=True),
    "torch-nchw": _peer("PyTorch eager, NCHW", "torch", _torch_with(channels_last=False), slow=True),
}
"""Name on the command line → peer."""
