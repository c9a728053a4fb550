"""One training on several devices: the same numbers as on one, and what is refused."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fcnlab.errors import PlanError
from fcnlab.net.parallel import require_share, require_shares, spread
from fcnlab.plan import Phase, Plan

PROGRAM = """
import numpy as np
from net_helpers import shapes, small
from fcnlab.errors import PlanError
from fcnlab.net import StepDone, Trainer
from fcnlab.net.parallel import spread
from fcnlab.plan import Phase, Plan

pairs = shapes(32, 16)


def train(devices):
    plan = Plan(phases=(Phase(epochs=2, batch_size=8, learning_rate=0.002),), devices=devices)
    trainer = Trainer(small("follow-me", 32), plan, pairs, pairs)
    events = list(trainer.run())
    where = trainer.model.variables[0].value.sharding.device_set
    losses = [event.loss for event in events if isinstance(event, StepDone)]
    return losses, [np.asarray(one.value) for one in trainer.model.variables], len(where)


losses, weights, devices = train(1)
assert devices == 1
spread_losses, spread_weights, devices = train(4)
assert devices == 4
np.testing.assert_allclose(spread_losses, losses, atol=1e-5)
for one, other in zip(weights, spread_weights, strict=True):
    np.testing.assert_allclose(one, other, atol=1e-5)

try:
    with spread(8):
        pass
except PlanError as problem:
    assert "over 8 devices, and this worker sees 4. Take 4, or" in str(problem), problem
else:
    raise AssertionError
"""


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_four_devices_learn_the_same_as_one():
    """Batch norm's statistics are among the weights compared: they are those of the whole batch."""
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    simulated = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": paths, **simulated},
        check=True,
        timeout=400,
    )


def test_several_devices_need_jax():
    with (
        pytest.raises(PlanError, match=r"needs Keras on JAX; here it runs on tensorflow\. .*KERAS_BACKEND=jax"),
        spread(2),
    ):
        pass


def test_one_device_needs_nothing():
    with spread(1):
        pass


def test_a_batch_must_be_shared_out_evenly():
    require_share(32, 4)
    with pytest.raises(PlanError, match=r"^A batch of 30 images cannot .* to 4 devices\. .*such as 32\.$"):
        require_share(30, 4)
    plan = Plan(phases=(Phase(batch_size=16), Phase(batch_size=64)), devices=4)
    require_shares(plan, 1000)
    with pytest.raises(PlanError, match="A batch of 50 images"):
        require_shares(plan, 50)
