"""The diagram's geometry: blocks, arrows, skips and labels of presets and of odd networks."""

from itertools import combinations, pairwise

import pytest
from drawn_networks import ODD

from fcnlab.arch import PRESETS, preset
from fcnlab.draw.layout import Box, Diagram, lay_out
from fcnlab.draw.scale import COMPACT, WIDE, length, shorten, text_width, thickness

NETWORKS = {name: preset(name) for name in PRESETS} | ODD
DIAGRAMS = {
    f"{name}-{kind}": lay_out(spec, compact=kind == "compact")
    for name, spec in NETWORKS.items()
    for kind in ("wide", "compact")
}
each_diagram = pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=DIAGRAMS)


def footprint(block) -> Box:
    face, depth = block.face, block.depth
    return Box(face.x, face.y - depth, face.width + depth, face.height + depth)


def sizes(diagram: Diagram, block) -> tuple[float, float]:
    """Drawn length (pixels) and thickness (channels)."""
    face = block.face
    return (face.width, face.height) if diagram.compact else (face.height, face.width)


@each_diagram
def test_there_is_a_block_for_every_row_in_order(diagram: Diagram) -> None:
    assert [block.row for block in diagram.blocks] == list(diagram.flow.rows)
    starts = [block.face.y if diagram.compact else block.face.x for block in diagram.blocks]
    assert starts == sorted(starts)


@each_diagram
def test_blocks_do_not_overlap(diagram: Diagram) -> None:
    for one, other in combinations(diagram.blocks, 2):
        assert not footprint(one).overlaps(footprint(other)), (one.row.name, other.row.name)


@each_diagram
def test_labels_overlap_neither_each_other_nor_blocks(diagram: Diagram) -> None:
    for one, other in combinations(diagram.blocks, 2):
        assert not one.label.box.overlaps(other.label.box), (one.row.name, other.row.name)
        assert not one.label.box.overlaps(footprint(other)), (one.row.name, other.row.name)
        assert not other.label.box.overlaps(footprint(one)), (one.row.name, other.row.name)


@each_diagram
def test_everything_lies_inside_the_drawing(diagram: Diagram) -> None:
    for block in diagram.blocks:
        for box in (footprint(block), block.label.box):
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= diagram.width
            assert box.y + box.height <= diagram.height
    for skip in diagram.skips:
        assert all(0 <= x <= diagram.width and 0 <= y <= diagram.height for x, y in skip.points)
        assert min(skip.sign) >= diagram.measures.sign


@each_diagram
def test_drawn_sizes_follow_pixels_and_channels(diagram: Diagram) -> None:
    for one, other in combinations(diagram.blocks, 2):
        (length_one, thick_one), (length_other, thick_other) = sizes(diagram, one), sizes(diagram, other)
        area_one, area_other = one.row.shape[0] * one.row.shape[1], other.row.shape[0] * other.row.shape[1]
        measure_one = area_one if diagram.compact else one.row.shape[0]
        measure_other = area_other if diagram.compact else other.row.shape[0]
        assert (measure_one < measure_other) == (length_one < length_other)
        assert (one.row.shape[2] < other.row.shape[2]) == (thick_one < thick_other)


@each_diagram
def test_lower_resolutions_lie_deeper(diagram: Diagram) -> None:
    tops = {block.level: block.face.x if diagram.compact else block.face.y for block in diagram.blocks}
    assert [tops[level] for level in sorted(tops)] == sorted(tops.values())
    by_level = sorted(diagram.blocks, key=lambda block: block.level)
    areas = [block.row.shape[0] * block.row.shape[1] for block in by_level]
    assert all(area >= 0.4 * later for area, later in pairwise(areas))


@each_diagram
def test_skips_run_along_the_flow_above_all_that_they_pass(diagram: Diagram) -> None:
    for skip in diagram.skips:
        if skip.source is None or not skip.fits:
            continue
        along = 1 if diagram.compact else 0
        longest = max(pairwise(skip.points), key=lambda ends: abs(ends[1][along] - ends[0][along]))
        level = longest[0][1 - along]
        assert longest[1][1 - along] == level
        for block in diagram.blocks[skip.source + 1 : skip.target]:
            box = footprint(block)
            assert level < (box.x if diagram.compact else box.y), block.row.name


@each_diagram
def test_skip_lines_cross_no_label(diagram: Diagram) -> None:
    for skip in diagram.skips:
        for (x1, y1), (x2, y2) in pairwise(skip.points):
            line = Box(min(x1, x2) - 1, min(y1, y2) - 1, abs(x2 - x1) + 2, abs(y2 - y1) + 2)
            for block in diagram.blocks:
                if skip.fits or diagram.compact:
                    assert not line.overlaps(block.label.box), block.row.name


@each_diagram
def test_arrows_join_neighbours_and_cross_no_label(diagram: Diagram) -> None:
    assert len(diagram.arrows) == len(diagram.blocks) - 1
    for points in diagram.arrows:
        for (x1, y1), (x2, y2) in pairwise(points):
            line = Box(min(x1, x2), min(y1, y2), abs(x2 - x1) + 0.1, abs(y2 - y1) + 0.1)
            assert not any(line.overlaps(block.label.box, slack=0) for block in diagram.blocks)


def test_the_skips_of_follow_me_are_straight_lines_to_blocks_of_the_same_level() -> None:
    diagram = lay_out(preset("follow-me"))
    assert [(skip.source, skip.target) for skip in diagram.skips] == [(3, 6), (2, 7), (1, 8), (0, 9)]
    for skip in diagram.skips:
        assert len(skip.points) == 2
        assert skip.points[0][1] == skip.points[1][1]
        assert diagram.blocks[skip.source].level == diagram.blocks[skip.target].level


def test_a_skip_past_a_block_of_its_own_level_is_led_around_it() -> None:
    skip = lay_out(ODD["bridged"]).skips[-1]
    assert (skip.source, len(skip.points)) == (0, 4)


def test_several_skips_from_one_source_get_lanes_of_their_own() -> None:
    diagram = lay_out(ODD["one_source_thrice"])
    lanes = [skip.points[1][1] for skip in diagram.skips if skip.source == 0]
    assert len(lanes) == 3
    assert len({round(lane, 3) for lane in lanes}) == 3


def test_a_skip_that_does_not_fit_and_its_block_are_marked() -> None:
    diagram = lay_out(ODD["wrong_skips"])
    assert [skip.fits for skip in diagram.skips] == [False, False, True, True]
    assert [block.row.name for block in diagram.blocks if block.broken] == ["decoder4xx", "decoder4x"]


def test_a_skip_from_a_stage_that_is_gone_is_a_stub_and_outputs_of_another_size_are_marked() -> None:
    diagram = lay_out(ODD["lost_source"])
    stubs = [skip for skip in diagram.skips if skip.source is None]
    assert len(stubs) == 1
    assert not stubs[0].fits
    assert diagram.blocks[-1].broken


def test_sizes_stay_readable_from_1_to_4096() -> None:
    for measures in (WIDE, COMPACT):
        assert length(1, 4096, measures) >= 12
        assert length(4096, 4096, measures) <= 150
        assert thickness(1, 4096, measures) >= 5
        assert thickness(4096, 4096, measures) <= 60


def test_long_names_lose_their_middle() -> None:
    short = shorten("a stage whose name is as long as can be", 13, 98, "bold")
    assert text_width(short, 13, "bold") <= 98
    assert short.startswith("a sta")
    assert "…" in short
    assert shorten("encoder1", 13, 98) == "encoder1"
