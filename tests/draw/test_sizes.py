"""Target sizes as a histogram."""

import json
from itertools import pairwise

import pytest

from fcnlab.draw.sizes import describe_sizes, size_bins, size_option

SIZES = [0, 1, 1, 3, 58, 58, 60, 900, 25_600]


def test_bins_hold_every_target_once_and_touch() -> None:
    bins = size_bins(SIZES)
    assert sum(many for _, _, many in bins) == 8
    assert all(high + 1 == low for (_, high, _), (low, _, _) in pairwise(bins))
    assert bins[0][0] == 1
    assert bins[-1][1] >= 25_600


@pytest.mark.parametrize("sizes", [[], [0, 0]])
def test_without_a_target_there_are_no_bins(sizes: list[int]) -> None:
    assert size_bins(sizes) == []
    assert describe_sizes(sizes, "hero") == "No picture shows hero."


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 100, 4096 * 4096])
def test_one_size_is_one_bin_that_holds_it(size: int) -> None:
    low, high, many = next(found for found in size_bins([size]) if found[2])
    assert low <= size <= high
    assert many == 1


def test_the_option_is_plain_data_and_marks_the_median() -> None:
    option = size_option(SIZES, "hero", "#D55E00")
    assert json.loads(json.dumps(option)) == option
    mark = option["series"][0]["markLine"]
    assert mark["label"]["formatter"] == "median 58"
    low, _, high = option["xAxis"]["data"][mark["data"][0]["xAxis"]].replace(",", "").partition("–")
    assert int(low) <= 58 <= int(high)
    assert option["aria"]["label"]["description"] == (
        "8 of 9 pictures show hero, with 1 to 25,600 pixels and a median of 58."
    )
