"""Feature maps as tiles."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from fcnlab.draw.heat import probability_image
from fcnlab.draw.palette import color_table
from fcnlab.draw.tiles import GAP, feature_tiles, png_bytes
from fcnlab.errors import FcnLabError


def maps(channels: int = 4, size: int = 8) -> np.ndarray:
    """Channel c holds values from c to c + 1."""
    ramp = np.linspace(0, 1, size * size, dtype=np.float32).reshape(size, size)
    return ramp[:, :, None] + np.arange(channels, dtype=np.float32)


def tile(sheet, position: int) -> np.ndarray:
    height, width = sheet.tile
    y, x = position // sheet.columns * (height + GAP), position % sheet.columns * (width + GAP)
    return sheet.image[y : y + height, x : x + width]


@pytest.mark.parametrize(
    ("palette", "name"), [("viridis", "viridis"), ("cividis", "cividis"), ("gray", "gray"), ("blue-red", "RdBu_r")]
)
def test_the_palettes_are_matplotlibs(palette, name: str) -> None:
    theirs = mpl.colormaps[name](np.arange(256))[:, :3] * 255
    assert np.abs(color_table(palette) - theirs).max() <= 0.5 + 1e-6


def test_the_darkest_and_the_brightest_colour_stand_for_the_layers_range() -> None:
    sheet = feature_tiles(maps())
    assert (sheet.low, sheet.high) == (0, 4)
    assert sheet.ranges == ((0, 4),) * 4
    table = color_table("viridis").astype(int)
    assert (tile(sheet, 0)[0, 0] == table[0]).all()
    assert (tile(sheet, 3)[-1, -1] == table[255]).all()
    assert np.abs(tile(sheet, 1)[-1, -1] - table[round(2 / 4 * 255)]).max() <= 2


def test_with_a_range_for_each_tile_every_tile_uses_all_colours() -> None:
    sheet = feature_tiles(maps(), scale="tile")
    assert sheet.ranges == ((0, 1), (1, 2), (2, 3), (3, 4))
    for position in range(4):
        assert (tile(sheet, position)[0, 0] == color_table("viridis")[0]).all()
        assert (tile(sheet, position)[-1, -1] == color_table("viridis")[255]).all()


def test_small_maps_are_enlarged_by_a_whole_factor_without_blending() -> None:
    sheet = feature_tiles(maps(1, 10), smallest=48)
    assert sheet.tile == (50, 50)
    cells = sheet.image.reshape(10, 5, 10, 5, 3)
    assert (cells == cells[:, :1, :, :1]).all()


def test_large_maps_keep_their_size() -> None:
    assert feature_tiles(maps(2, 160)).tile == (160, 160)


def test_tiles_lie_in_rows_with_gaps_and_the_limit_holds() -> None:
    sheet = feature_tiles(maps(10, 48), columns=3, limit=7)
    assert (sheet.columns, sheet.rows, sheet.channels, sheet.total) == (3, 3, tuple(range(7)), 10)
    assert sheet.image.shape == (3 * 48 + 2 * GAP, 3 * 48 + 2 * GAP, 3)
    assert (sheet.image[:, 48 : 48 + GAP] == 255).all()
    assert sheet.caption() == "7 of 10 channels, values from 0 to 10."


def test_more_columns_than_tiles_leave_no_empty_ones() -> None:
    assert feature_tiles(maps(2), columns=9).columns == 2


def test_constant_channels_are_crossed_out_and_counted() -> None:
    values = maps()
    values[:, :, 2] = 0.5
    sheet = feature_tiles(values)
    assert sheet.dead == (2,)
    assert {tuple(color) for color in tile(sheet, 2).reshape(-1, 3)} == {(128, 128, 128), (80, 80, 80)}
    assert "1 of them constant" in sheet.caption()


def test_a_layer_that_is_dead_throughout_is_drawn() -> None:
    sheet = feature_tiles(np.zeros((5, 5, 3), np.float32))
    assert sheet.dead == (0, 1, 2)
    assert (sheet.low, sheet.high) == (0, 0)


def test_channels_are_ordered_by_what_they_are_like() -> None:
    values = (maps(4) - 1.5) * np.array([3, 5, 2, 1], np.float32)  # means −3, 0, 2, 2
    assert feature_tiles(values).channels == (0, 1, 2, 3)
    assert feature_tiles(values, order="mean", limit=1).channels == (2,)
    assert feature_tiles(values, order="variance").channels == (1, 0, 2, 3)
    assert feature_tiles(values, order="sparsity").channels == (0, 1, 2, 3)
    assert feature_tiles(np.abs(values), order="sparsity", limit=1).channels == (0,)


def test_the_order_is_that_of_the_bytes_values() -> None:
    stored = np.stack([np.tile([[0, 255]], (2, 1))] * 3, axis=2).astype(np.uint8)
    low, high = np.array([0.0, -9.0, 5.0]), np.array([1.0, 3.0, 6.0])
    assert feature_tiles(stored, order="mean", value_range=(low, high)).channels == (2, 0, 1)
    assert feature_tiles(stored, order="variance", value_range=(low, high)).channels == (1, 0, 2)


def test_a_ranking_puts_the_highest_first_and_what_is_unknown_last() -> None:
    assert feature_tiles(maps(4), ranking=[0.1, np.nan, -3, 7]).channels == (3, 0, 2, 1)


def test_a_fixed_range_clips_what_lies_outside() -> None:
    sheet = feature_tiles(maps(), limits=(1, 2))
    assert sheet.ranges == ((1, 2),) * 4
    assert sheet.shared_range == (1, 2)
    assert (tile(sheet, 0) == color_table("viridis")[0]).all()
    assert (tile(sheet, 3) == color_table("viridis")[255]).all()


def test_given_ranges_let_two_sheets_share_a_scale() -> None:
    ranges = np.array([[0, 2], [1, 5], [0, 9], [-1, 4]])
    sheet = feature_tiles(maps(), ranges=ranges, ranking=[4, 3, 2, 1], limit=2)
    assert sheet.ranges == ((0, 2), (1, 5))
    assert sheet.shared_range is None
    middle = tile(sheet, 0)[-1, -1].astype(int)
    assert np.abs(middle - color_table("viridis")[128]).max() <= 2


def test_the_diverging_palette_has_zero_in_the_middle() -> None:
    values = maps(1) * 3 - 1  # −1 to 2
    sheet = feature_tiles(values, palette="blue-red")
    assert sheet.ranges == ((-2, 2),)
    zero = tile(feature_tiles(np.array([[[-1.0], [0.0], [2.0]]]), palette="blue-red", smallest=3), 0)[0, 1]
    assert zero.min() > 240


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"limits": (2, 1)}, "range goes from 2 to 1"),
        ({"limits": (0, np.nan)}, "range goes from 0 to nan"),
        ({"ranges": np.zeros((3, 2))}, r"ranges have shape \[3, 2\]\. They must have \[4, 2\]"),
        ({"ranking": [1, 2]}, r"ranking have shape \[2\]\. They must have \[4\]"),
    ],
)
def test_ranges_and_rankings_that_do_not_fit_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(FcnLabError, match=message):
        feature_tiles(maps(), **wrong)


def test_very_large_maps_are_thinned_out_but_their_range_is_theirs() -> None:
    values = np.zeros((320, 320, 1), np.float32)
    values[1, 1] = 7
    sheet = feature_tiles(values, largest=160)
    assert sheet.tile == (160, 160)
    assert (sheet.high, sheet.dead) == (7, ())


@pytest.mark.parametrize("size", [48, 160])
def test_numbers_are_written_into_the_tiles(size: int) -> None:
    plain, numbered = feature_tiles(maps(13, size)), feature_tiles(maps(13, size), numbers=True)
    height = 9 * (size // 48)
    assert (tile(plain, 12)[height:] == tile(numbered, 12)[height:]).all()
    corner = tile(numbered, 12)[:height]
    assert {(255, 255, 255), (11, 22, 34)} <= {tuple(color) for color in corner.reshape(-1, 3).tolist()}
    assert (tile(numbered, 1)[:height] != tile(numbered, 7)[:height]).any()


def test_the_sheets_png_holds_its_colours_and_transparent_gaps() -> None:
    sheet = feature_tiles(maps(3, 48), columns=2)
    read = np.asarray(Image.open(io.BytesIO(sheet.png())).convert("RGBA"))
    shown = read[:, :, 3] > 0
    assert (read[shown][:, :3] == sheet.image[shown]).all()
    assert not shown[:, 48 : 48 + GAP].any()
    assert shown[:48, :48].all()


def test_bytes_are_read_in_the_range_they_stand_for() -> None:
    values = np.array([0, 255], np.uint8).reshape(1, 2, 1)
    assert feature_tiles(values).ranges == ((0, 255),)
    sheet = feature_tiles(values, value_range=(-1, 3))
    assert sheet.low == -1
    assert sheet.high == pytest.approx(3)


def test_values_that_are_not_finite_count_as_the_lowest() -> None:
    values = maps(1)
    values[3, 3, 0] = np.nan
    sheet = feature_tiles(values)
    assert (sheet.low, sheet.high) == (0, 1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((4, 4)), r"must be \[height, width, channels\]; received shape \[4, 4\]"),
        (np.zeros((4, 4, 0)), r"received shape \[4, 4, 0\]"),
        (np.full((4, 4, 1), np.inf), "no finite value"),
    ],
)
def test_what_is_no_feature_map_is_refused(values: np.ndarray, message: str) -> None:
    with pytest.raises(FcnLabError, match=message):
        feature_tiles(values)


def test_probabilities_are_coloured_on_the_range_0_to_1() -> None:
    image = probability_image(np.array([[0, 0.5, 1, 2, np.nan]]))
    assert (image[0] == color_table("cividis")[[0, 128, 255, 255, 0]]).all()
    with pytest.raises(FcnLabError, match=r"must be \[height, width\]"):
        probability_image(np.zeros((2, 2, 2)))


def test_png_bytes_hold_the_very_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(png_bytes(image)))) == image).all()
