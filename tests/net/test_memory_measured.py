"""What is told on paper, against what a process that trains takes."""

import sys

import pytest

from benchmarks.memory import Case, error, measured


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from Linux' /proc")
@pytest.mark.parametrize("case", [Case("follow-me", 160, 16), Case("unet-small", 96, 8), Case("fcn-8s", 160, 16)])
def test_the_estimate_is_within_forty_per_cent(case: Case) -> None:
    assert abs(error(case, measured(case))) < 0.4
