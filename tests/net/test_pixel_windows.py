"""Which positions one value reads, along one axis: examples worked out by hand."""

import pytest

from fcnlab.net.inside.reading import bilinear, bilinear_tf1, nearest, painters, window_start


@pytest.mark.parametrize(
    ("position", "size", "kernel", "stride", "first"),
    [
        (0, 5, 3, 1, -1),  # one row of zeros on either side
        (4, 5, 3, 1, 3),
        (0, 4, 3, 2, 0),  # TensorFlow's `same`: the one missing row is put at the end
        (1, 4, 3, 2, 2),
        (0, 5, 3, 2, -1),
        (0, 4, 2, 1, 0),
        (2, 8, 5, 2, 3),
        (3, 8, 1, 2, 6),
        (0, 9, 4, 4, -1),
    ],
)
def test_a_window_begins(position, size, kernel, stride, first):
    assert window_start(position, size, kernel, stride) == first


@pytest.mark.parametrize(
    ("position", "kernel", "factor", "expected"),
    [
        (0, 3, 2, [(0, 0)]),
        (1, 3, 2, [(0, 1)]),
        (2, 3, 2, [(0, 2), (1, 0)]),
        (7, 3, 2, [(3, 1)]),
        (0, 4, 2, [(0, 1)]),
        (1, 4, 2, [(0, 2), (1, 0)]),
        (7, 4, 2, [(3, 2)]),  # position 4 would paint it, too, and is beyond the edge
        (4, 2, 2, [(2, 0)]),
        (4, 1, 2, [(2, 0)]),
        (5, 1, 2, []),  # the kernel is smaller than the stride: a gap
    ],
)
def test_the_positions_that_paint_an_output_of_a_transposed_convolution(position, kernel, factor, expected):
    assert painters(position, 4, kernel, factor) == expected


def test_nearest_repeats():
    assert [nearest(position, 3).first for position in range(6)] == [0, 0, 0, 1, 1, 1]


def test_bilinear_at_half_pixel_centres_repeats_the_edge():
    found = [bilinear(position, 3, 2) for position in range(6)]
    assert found == [
        (0, (1.0,)),
        (0, (0.75, 0.25)),
        (0, (0.25, 0.75)),
        (1, (0.75, 0.25)),
        (1, (0.25, 0.75)),
        (2, (1.0,)),
    ]
    assert bilinear(0, 1, 4) == (0, (1.0,))


def test_bilinear_on_the_grid_of_tensorflow_1_begins_at_the_corner():
    found = [bilinear_tf1(position, 3, 2) for position in range(6)]
    assert found == [(0, (1.0,)), (0, (0.5, 0.5)), (1, (1.0,)), (1, (0.5, 0.5)), (2, (1.0,)), (2, (1.0,))]
