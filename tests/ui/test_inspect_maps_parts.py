"""Parts of the feature maps by themselves: sheets, the arithmetic's markup, figures to save, the U of stages."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from inspect_engine import InstantEngine

from fcnlab.arch import PRESETS, flow, preset
from fcnlab.lab.tasks import LayerMaps, PixelStep, Sample
from fcnlab.ui.inspect.beside import fitted, paired_blocks
from fcnlab.ui.inspect.maps.arithmetic import decimals, fixed, steps_html, strongest_first
from fcnlab.ui.inspect.maps.choices import Choices
from fcnlab.ui.inspect.maps.figures import ends
from fcnlab.ui.inspect.maps.grid import Block
from fcnlab.ui.inspect.maps.levels import levels
from fcnlab.ui.inspect.maps.save_maps import HEAD, channel_rows, sheet_figure, tables
from fcnlab.ui.inspect.maps.sheets import sheet_of
from fcnlab.ui.inspect.pairs import Pair
from fcnlab.ui.inspect.subject import Subject

MAPS = InstantEngine._maps("encoder1", "encoder", (16, 16, 8), "activation", "encoder1_relu1")
NET = preset("follow-me")
SUBJECT = Subject("/runs/mine", 3, 0, NET, ("a", "b", "c"), Sample("shapes", "validation", 1), "1", "validation 1")


# Tiles


def test_large_maps_are_thinned_but_keep_their_range() -> None:
    maps = np.zeros((400, 300, 2), np.uint8)
    maps[1, 1] = 255  # which thinning leaves out
    stage = replace(MAPS, maps=maps, low=np.array([-1, 0], np.float32), high=np.array([3, 0], np.float32))
    sheet = sheet_of(stage, Choices(scale="layer"), 16)
    assert max(sheet.tile) <= 160
    assert (sheet.low, sheet.high, sheet.dead) == (-1, 3, (1,))


def test_probabilities_are_shown_from_0_to_1_whatever_they_are() -> None:
    outputs = replace(MAPS, role="outputs", kind="activation", high=np.full(8, 0.5, np.float32))
    assert set(sheet_of(outputs, Choices(), 16).ranges) == {(0.0, 1.0)}


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (1.84e-8, 1.0, ("0", "1")),
        (-0.0001, 13.82, ("0", "13.8")),
        (-2.0, 2.0, ("−2", "2")),
        (3.25, 3.25, ("3.25",) * 2),
    ],
)
def test_the_ends_of_a_range_for_people(low: float, high: float, shown: tuple[str, str]) -> None:
    assert ends(low, high) == shown


@pytest.mark.parametrize("name", PRESETS)
def test_the_u_shows_every_stage_once_and_each_skip_beside_its_source(name: str) -> None:
    net = preset(name)
    rows = flow(net).rows
    found = levels(net, flow(net))
    left = [level.left for level in found if level.left is not None]
    right = [level.right for level in found if level.right is not None]
    first = 1 + len(net.encoder) + len(net.bottleneck)
    assert left == list(range(1 + len(net.encoder)))
    assert right == list(reversed(range(first, len(rows))))
    beside = {
        (rows[level.right].name, rows[level.left].name) for level in found if None not in (level.left, level.right)
    }
    assert {(stage, skip.source) for stage, skip in net.skips} <= beside


# The arithmetic of a value


def convolution(patch: np.ndarray, weights: np.ndarray, **more: object) -> PixelStep:
    value = float((patch * weights).sum())
    inside = np.ones(patch.shape[:2], bool)
    step = PixelStep("conv", "conv", "A convolution.", value, (("patch × kernel", value),), patch, weights)
    return replace(step, source="before", inside=inside, origin=(4, 7), **more)


def test_a_window_is_shown_for_the_strongest_channel_and_the_rest_is_one_sum() -> None:
    patch, weights = np.ones((3, 3, 3), np.float32), np.zeros((3, 3, 3), np.float32)
    weights[1, 1] = 0.1, -2.0, 0.5
    markup = steps_html([convolution(patch, weights)])
    assert "<caption>before, channel 1</caption>" in markup
    assert "add up to <b>−2.000</b> … and the 2 other channels add <b>0.6000</b>: together <b>−1.400</b>" in markup
    assert '<th scope="row">4</th>' in markup
    assert '<th scope="col">9</th>' in markup


def test_the_numbers_of_a_window_add_up_to_its_sum() -> None:
    patch = np.arange(9, dtype=np.float32).reshape(3, 3, 1)
    markup = steps_html([convolution(patch, np.full((3, 3, 1), 0.25, np.float32))])
    product = markup.split("<caption>product</caption>")[1].split("</table>")[0]
    cells = [float(cell.split("<")[0]) for cell in product.split('">')[1:]]
    assert sum(cells) == pytest.approx(9.0, abs=0.01)
    assert "add up to <b>9.000</b>" in markup


def test_positions_beyond_the_edge_are_marked_in_words_too() -> None:
    step = convolution(np.ones((2, 2, 1), np.float32), np.ones((2, 2, 1), np.float32))
    markup = steps_html([replace(step, inside=np.array([[False, True], [True, True]]))])
    assert markup.count('title="Beyond the edge: counted as 0"') == 3  # in patch, kernel and product


def test_a_dot_product_lists_its_largest_terms_and_sums_the_others() -> None:
    values = np.linspace(-1, 1, 20, dtype=np.float32).reshape(1, 1, 20)
    step = convolution(values, np.full((1, 1, 20), 2, np.float32), kind="pointwise")
    markup = steps_html([step])
    rows = markup.split("<tbody>")[1].split("</tr>")
    assert "12 more channels" in markup
    terms = [float(row.split("<td>")[-1].split("<")[0].replace("−", "-")) for row in rows[:-1]]
    assert sum(terms[:-1]) == pytest.approx(terms[-1], abs=0.01)
    assert strongest_first(step)[:2] == [0, 19]


def test_names_of_layers_are_harmless() -> None:
    step = convolution(np.ones((1, 1, 2), np.float32), np.ones((1, 1, 2), np.float32), layer="<script>")
    assert "<script>" not in steps_html([step])


@pytest.mark.parametrize(("size", "digits"), [(0.0, 4), (0.00012, 6), (0.5, 4), (13.8, 2), (25_000, 0)])
def test_decimals_follow_the_size(size: float, digits: int) -> None:
    assert decimals(size, 4) == digits


def test_a_rounded_zero_has_no_sign() -> None:
    assert fixed(-0.0001, 2) == "0.00"
    assert fixed(-0.5, 2) == "−0.50"


# Side by side


def pair(leader: int = 1) -> Pair:
    return Pair(replace(SUBJECT, epoch=0), SUBJECT, ("Untrained", "Epoch 3"), leader)


def scaled(factor: float) -> LayerMaps:
    return replace(MAPS, high=MAPS.high * np.float32(factor))


@pytest.mark.parametrize("scale", ["tile", "layer", "fixed"])
def test_both_sides_have_the_same_channels_on_the_same_scale(scale: str) -> None:
    choices = Choices(order="variance", scale=scale, limits=(0, 9))  # type: ignore[arg-type]  # one of its words
    left, right = paired_blocks(pair(), (scaled(0.25), scaled(3)), choices, 4)
    assert left.sheet.channels == right.sheet.channels
    assert left.sheet.ranges == right.sheet.ranges
    assert left.sheet.ranges[0] == ((0, 9) if scale == "fixed" else (0, 6))


def test_the_leader_sets_the_order() -> None:
    other = replace(MAPS, statistics=replace(MAPS.statistics, variance=-MAPS.statistics.variance))
    choices = Choices(order="variance", scale="layer")
    orders = [paired_blocks(pair(leader), (MAPS, other), choices, 8)[0].sheet.channels for leader in (0, 1)]
    assert orders[0] != orders[1]
    assert orders[1] == sheet_of(other, choices, 8).channels


def test_a_mask_of_another_size_is_fitted_without_blending() -> None:
    labels = np.array([[0, 2], [1, 0]], np.uint8)
    assert fitted(labels, np.zeros((4, 4), np.uint8)).tolist() == [
        [0, 0, 2, 2],
        [0, 0, 2, 2],
        [1, 1, 0, 0],
        [1, 1, 0, 0],
    ]


# Files


def test_the_numbers_as_csv_and_json_are_the_same() -> None:
    block = Block(MAPS, sheet_of(MAPS, Choices(), 4), "encoder1")
    made = tables([(SUBJECT, block)], {"encoder1_relu1": np.arange(8, dtype=np.float32)})
    rows = list(csv.DictReader(io.StringIO(made["csv"]())))
    layer = json.loads(made["json"]())["layers"][0]
    assert len(rows) == len(layer["channels"]) == 8
    assert {row["run"] for row in rows} == {"mine"}
    for row, channel in zip(rows, layer["channels"], strict=True):
        assert {key: row[key] for key in ("mean", "low", "contribution")} == {
            key: str(channel[key]) for key in ("mean", "low", "contribution")
        }
    assert layer["dead"] == [0, 1, 2]


def test_a_duplicate_names_the_channel_it_repeats() -> None:
    twin = replace(MAPS, statistics=replace(MAPS.statistics, duplicates=((5, 3),)))
    column = HEAD.index("duplicate_of")
    assert [row[column] for row in channel_rows(twin, None)] == [None, None, None, None, None, 3, None, None]


def test_a_sheet_is_saved_as_it_is_shown() -> None:
    figure = sheet_figure(SUBJECT, Block(MAPS, sheet_of(MAPS, Choices(), 4), "encoder1"))
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "encoder1  16×16×8" in texts
    assert "mine, epoch 3, validation 1" in texts
