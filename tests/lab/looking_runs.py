"""Small runs with weights made up, and pictures, for the tests of looking inside."""

import io

import numpy as np
from PIL import Image

from fcnlab.arch import NetSpec, plain
from fcnlab.lab import Run
from fcnlab.lab.tasks import Sample
from fcnlab.net import build
from fcnlab.plan import Plan

SIDE = 16
PICTURE = Sample("shapes:0.3", "validation", 3)


def network(channels=3):
    """Two stages down, two up, with skips from `inputs` and `encoder1`; standard convolutions after the merge."""
    conv = {"kind": "standard", "filters": 6}
    return NetSpec.model_validate(
        {
            "name": "small",
            "input": {"height": SIDE, "width": SIDE, "channels": channels},
            "encoder": [
                {"name": "encoder1", "convs": [{"kind": "separable", "filters": 8}]},
                {"name": "encoder2", "convs": [{"kind": "separable", "filters": 12}]},
            ],
            "bottleneck": [{"conv": {"filters": 5, "kernel": 1}}],
            "decoder": [
                {"name": "decoder1", "up": {"filters": 7}, "skip": {"source": "encoder1"}, "convs": [conv]},
                {"name": "decoder2", "up": {"filters": 4}, "skip": {"source": "inputs"}, "convs": [conv]},
            ],
        }
    )


def randomise(model, seed=0):
    """Weights of which no two are alike, so that mixed-up channels show."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        low, high = (0.5, 1.5) if "variance" in weight.path or "gamma" in weight.path else (-0.5, 0.5)
        weight.assign(random.uniform(low, high, weight.shape))


def save(run, epoch, model):
    """A checkpoint of a run."""
    path = run.checkpoint_path(epoch)
    path.parent.mkdir(exist_ok=True)
    model.save_weights(path)


def made(path, spec, dataset="shapes:0.3", seed=0):
    """A run with one checkpoint, and its network."""
    run = Run.create(path, net=plain(spec), plan=Plan(), dataset=dataset)
    model = build(spec)
    randomise(model, seed)
    save(run, 1, model)
    return run, model


def standardised(image):
    """A picture as a network takes it."""
    return image[None].astype(np.float32) / 127.5 - 1


def png(pixels):
    """A picture as a PNG file's content."""
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG")
    return memory.getvalue()


def folder_of(path, pictures, classes=(0, 255)):
    """A dataset folder of these pictures; the upper quarter of each is the second class."""
    for number, pixels in enumerate(pictures):
        mask = np.full(pixels.shape[:2], classes[0], np.uint8)
        mask[: len(mask) // 4] = classes[1]
        for kind, content in (("images", pixels), ("masks", mask)):
            file = path / kind / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(png(content))
    return str(path)
