"""Values over a picture, and the scale of their colours."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from fcnlab.draw import field_image, heat_overlay, number_text, scale_bar
from fcnlab.draw.colors import rgb
from fcnlab.draw.heat import FIELD
from fcnlab.draw.palette import color_table
from fcnlab.errors import FcnLabError

PICTURE = np.full((12, 8, 3), 100, np.uint8)


def test_a_map_is_stretched_over_its_picture_without_blending() -> None:
    painted = heat_overlay(PICTURE, np.array([[0.0, 1.0], [2.0, 4.0]]), 0, 4, opacity=1)
    table = color_table("viridis")
    assert painted.shape == PICTURE.shape
    assert (painted[:6, :4] == table[0]).all()
    assert (painted[:6, 4:] == table[64]).all()
    assert (painted[6:, 4:] == table[255]).all()


def test_opacity_runs_from_the_picture_to_the_map() -> None:
    values = np.ones((3, 2))
    assert (heat_overlay(PICTURE, values, 0, 1, opacity=0) == PICTURE).all()
    half = heat_overlay(PICTURE, values, 0, 1, opacity=0.5)
    assert half[0, 0] == pytest.approx((color_table("viridis")[255].astype(float) + 100) / 2, abs=0.5)


def test_values_outside_the_range_take_the_ends_colours() -> None:
    painted = heat_overlay(PICTURE, np.array([[-9.0, 9.0]]), -1, 1, palette="blue-red", opacity=1)
    assert (painted[0, 0] == color_table("blue-red")[0]).all()
    assert (painted[0, -1] == color_table("blue-red")[255]).all()


def test_a_picture_or_map_of_another_kind_is_refused() -> None:
    with pytest.raises(FcnLabError, match=r"picture must be \[height, width, 3\]; received shape \[12, 8\]"):
        heat_overlay(PICTURE[:, :, 0], np.ones((2, 2)), 0, 1)
    with pytest.raises(FcnLabError, match=r"map must be \[height, width\]; received shape \[2\]"):
        heat_overlay(PICTURE, np.ones(2), 0, 1)
    with pytest.raises(FcnLabError, match=r"field has shape \[3, 3\], the picture \[12, 8, 3\]"):
        field_image(PICTURE, (0, 0, 3, 3), np.ones((3, 3)))


def test_the_receptive_field_is_a_rectangle_with_shading_and_a_cross() -> None:
    effective = np.zeros((160, 120))
    effective[80, 60] = 2.0
    effective[80, 90] = 0.5
    found = field_image(np.full((160, 120, 3), 200, np.uint8), (40, 20, 120, 110), effective, at=(100.5, 40.5))
    assert found.shape == (480, 360, 3)
    assert (found[121, 200] == 255).all()  # the rectangle's upper edge
    assert (found[200, 61] == 255).all()  # and its left one
    yellow = np.array(rgb(FIELD), float)
    strongest, weaker, none = (found[3 * 80 + 1, 3 * x + 1].astype(float) for x in (60, 90, 75))
    assert np.abs(strongest - yellow).sum() < np.abs(weaker - yellow).sum() < np.abs(none - yellow).sum()
    assert (found[302, 122] == 255).all()  # the cross


def test_a_field_at_the_pictures_edge_is_drawn_whole() -> None:
    found = field_image(np.zeros((160, 160, 3), np.uint8), (0, 0, 160, 160), np.zeros((160, 160)), at=(0, 159.5))
    assert (found[1, 100] == 255).all()
    assert (found[-2, 100] == 255).all()
    assert (found[100, -2] == 255).all()


def test_the_scale_says_its_ends_and_its_zero() -> None:
    root = ET.fromstring(scale_bar(-1.5, 1.5, "blue-red"))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["−1.5", "1.5", "0"]
    assert root.get("aria-label") == "Scale of colours: blue is −1.5, red is 1.5"
    assert root.get("role") == "img"


def test_the_scale_takes_words_and_follows_the_theme() -> None:
    page, dark = scale_bar("lowest", "highest"), scale_bar(0, 1, theme="dark")
    assert "violet is lowest, yellow is highest" in page
    assert "var(--fcn-ink" in page
    assert "var(" not in dark


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.125, "−0.125"), (3.2, "3.2"), (12400, "12,400"), (123.456, "123"), (1e-7, "1e−07"), (5e9, "5e+09")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number_text(value) == text
