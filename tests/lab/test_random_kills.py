"""Fifty kills in a row of real training programs, at random moments; see `killing`."""

import pytest
from killing import kill_over_and_over


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_fifty_random_kills_in_a_row_leave_every_run_readable_and_cost_nothing_but_time(tmp_path):
    found = kill_over_and_over(tmp_path, 50, seed=0, epochs=100)
    assert found.kills == 50
    assert found.training > 25
