"""Diagrams as files: the four endings, what they hold, and what is refused."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from drawn_networks import ODD
from PIL import Image

from fcnlab.arch import PRESETS, preset
from fcnlab.draw import feature_tiles, figure_bytes, pictures_figure, tiles_figure
from fcnlab.draw.dot import diagram_dot
from fcnlab.draw.figure import diagram_figure
from fcnlab.draw.files import diagram_bytes, write_diagram
from fcnlab.errors import FcnLabError

GOLDEN = Path(__file__).parent / "golden" / "follow-me.dot"

BEGINNINGS = {".svg": b"<svg ", ".png": b"\x89PNG\r\n", ".pdf": b"%PDF-", ".dot": b"digraph "}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_ending_tells_the_format(tmp_path: Path, suffix: str) -> None:
    path = write_diagram(preset("follow-me"), tmp_path / f"net{suffix}")
    assert path.read_bytes().startswith(BEGINNINGS[suffix])
    assert path.stat().st_size > 500


def test_the_ending_may_be_in_capitals(tmp_path: Path) -> None:
    assert write_diagram(preset("follow-me"), str(tmp_path / "NET.SVG")).read_bytes().startswith(b"<svg ")


@pytest.mark.parametrize(("name", "received"), [("net.jpeg", r"ends in '\.jpeg'"), ("net", "has no ending")])
def test_other_endings_are_refused_with_the_four(tmp_path: Path, name: str, received: str) -> None:
    with pytest.raises(FcnLabError, match=rf"{received}\. Use one of \.svg, \.png, \.pdf, \.dot\."):
        write_diagram(preset("follow-me"), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FcnLabError, match=r"cannot be written to .*net\.svg \(No such file or directory\)\. Choose"):
        write_diagram(preset("follow-me"), tmp_path / "missing" / "net.svg")


def test_a_kind_that_is_not_there_is_refused() -> None:
    with pytest.raises(FcnLabError, match=r"no diagram of kind 'gif'\. Use one of"):
        diagram_bytes(preset("follow-me"), "gif")


def test_the_same_network_gives_the_same_file() -> None:
    for kind in ("svg", "pdf", "dot"):
        assert diagram_bytes(preset("fcn-8s"), kind) == diagram_bytes(preset("fcn-8s"), kind)


def test_the_png_has_the_geometrys_proportions_and_shows_the_roles_colours(tmp_path: Path) -> None:
    figure = diagram_figure(preset("follow-me"))
    with Image.open(write_diagram(preset("follow-me"), tmp_path / "net.png")) as image:
        width, height = figure.get_size_inches()
        assert abs(image.width / image.height - width / height) < 0.01
        colors = {color for _, color in image.convert("RGB").getcolors(1 << 20)}
    assert {(0x00, 0x72, 0xB2), (0xCC, 0x79, 0xA7), (0x00, 0x9E, 0x73), (0xC6, 0x84, 0x00)} <= colors


@pytest.mark.parametrize("name", ["wrong_skips", "lost_source", "forty", "merges"])
def test_odd_networks_become_figures(name: str) -> None:
    texts = [text.get_text() for text in diagram_figure(ODD[name]).axes[0].texts]
    assert "outputs" in texts
    assert ("!" in texts) == (name != "merges")


def test_the_dot_of_follow_me_is_as_agreed() -> None:
    """After a meant change, `FCNLAB_REWRITE_GOLDEN=1 python -m pytest tests/draw/test_files.py` rewrites the file."""
    text = diagram_dot(preset("follow-me"))
    if os.environ.get("FCNLAB_REWRITE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_the_dot_has_orange_skips_and_red_ones_where_they_do_not_fit() -> None:
    assert diagram_dot(preset("follow-me")).count(' color="#C68400"') == 4
    text = diagram_dot(ODD["wrong_skips"])
    assert (text.count(' color="#C68400"'), text.count("style=dashed")) == (2, 2)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", ["hostile", "follow-me", "fcn-8s", *ODD])
def test_graphviz_takes_the_dot(name: str) -> None:
    spec = preset("follow-me").model_copy(update={"name": 'a "quoted" \\N <b>\nname'})
    spec = spec if name == "hostile" else preset(name) if name in PRESETS else ODD[name]
    done = subprocess.run(["dot", "-Tplain"], input=diagram_dot(spec).encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = 1 + len(spec.stages) + 1
    assert sum(line.startswith(b"node ") for line in done.stdout.splitlines()) == rows


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes_on_a_white_ground(kind) -> None:
    def content() -> bytes:
        sheet = feature_tiles(np.linspace(-1, 1, 96).reshape(4, 4, 6), scale="tile", columns=3)
        return figure_bytes(tiles_figure(sheet, "encoder1, 4×4×6", "validation 7, epoch 3"), kind, title="encoder1")

    first = content()
    assert first.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])
    assert content() == first
    if kind == "png":
        assert Image.open(io.BytesIO(first)).convert("RGB").getpixel((1, 1)) == (255, 255, 255)


def test_a_figures_text_stays_text() -> None:
    sheet = feature_tiles(np.linspace(-1, 1, 96).reshape(4, 4, 6), columns=3)
    content = figure_bytes(tiles_figure(sheet, "a $stage$ & its tiles"), "svg").decode()
    assert "a $stage$ &amp; its tiles</text>" in content
    for text in ("−1", "1", "0", "5"):
        assert f">{text}</text>" in content


def test_pictures_stand_side_by_side_with_captions() -> None:
    picture = np.zeros((6, 8, 3), np.uint8)
    figure = pictures_figure(
        [("Untrained", picture), ("Epoch 3", picture)], title="Before and after", note="validation 7"
    )
    content = figure_bytes(figure, "svg").decode()
    assert content.count("<image") == 2
    for text in ("Untrained", "Epoch 3", "Before and after", "validation 7"):
        assert f">{text}</text>" in content


def test_a_figure_file_of_another_kind_is_refused() -> None:
    with pytest.raises(FcnLabError, match=r"no figure file of kind 'gif'\. Use one of png, svg, pdf\."):
        figure_bytes(pictures_figure([]), "gif")
