"""Feature maps as tiles."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from fcnlab.draw.palette import color_table
from fcnlab.draw.tiles import GAP, feature_tiles, png_bytes, probability_image
from fcnlab.errors import FcnLabError


def maps(channels: int = 4, size: int = 8) -> np.ndarray:
    """Channel c holds values from c to c + 1."""
    ramp = np.linspace(0, 1, size * size, dtype=np.float32).reshape(size, size)
    return ramp[:, :, None] + np.arange(channels, dtype=np.float32)


def tile(sheet, position: int) -> np.ndarray:
    height, width = sheet.tile
    y, x = position // sheet.columns * (height + GAP), position % sheet.columns * (width + GAP)
    return sheet.image[y : y + height, x : x + width]


@pytest.mark.parametrize("palette", ["viridis", "cividis", "gray"])
def test_the_palettes_are_matplotlibs(palette) -> None:
    theirs = mpl.colormaps[palette](np.arange(256))[:, :3] * 255
    assert np.abs(color_table(palette) - theirs).max() <= 0.5 + 1e-6


def test_the_darkest_and_the_brightest_colour_stand_for_the_layers_range() -> None:
    sheet = feature_tiles(maps())
    assert (sheet.low, sheet.high) == (0, 4)
    assert sheet.ranges == ((0, 4),) * 4
    table = color_table("viridis")
    assert (tile(sheet, 0)[0, 0] == table[0]).all()
    assert (tile(sheet, 3)[-1, -1] == table[255]).all()
    assert (tile(sheet, 1)[-1, -1] == table[round(2 / 4 * 255)]).all()


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


def test_by_contrast_the_most_varying_channel_comes_first() -> None:
    values = maps(3)
    values[:, :, 1] *= 5
    assert feature_tiles(values, order="contrast", limit=1).channels == (1,)


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
