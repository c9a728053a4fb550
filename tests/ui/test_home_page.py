"""The landing page: what this is, in pictures, and where to start."""

import subprocess
import sys
from pathlib import Path

from page_opener import ROOT, OpenPage

from fcnlab.arch import check, preset
from fcnlab.arch.edit import resize
from fcnlab.draw.story import story
from fcnlab.lab.examples import example_names
from fcnlab.ui.home import BROKEN, QUESTIONS, TASKS
from fcnlab.ui.page import pages
from fcnlab.ui.workbench import read_link


def test_it_says_what_this_is_in_five_pictures_and_where_to_start(open_page: OpenPage) -> None:
    home = open_page()
    assert not home.exception
    assert not home.error
    assert home.title[0].value == "FCN Lab"
    text = "\n".join(element.value for element in home.markdown)
    assert "tells the class of every pixel" in text
    assert all(QUESTIONS[name][1] in text for name in pages())
    assert len(story()) == 5


def test_every_page_there_is_has_a_question() -> None:
    assert set(pages()) <= set(QUESTIONS)
    assert "Build" in pages()


def test_the_menu_holds_every_page_by_name(open_page: OpenPage) -> None:
    links = [link.proto.label for link in open_page().sidebar.get("page_link")]
    assert links == ["Home", *pages()]


def test_the_things_to_try_open_what_they_say() -> None:
    assert all(task.page in pages() for task in TASKS)
    assert read_link(BROKEN) == resize(preset("follow-me"), 150, 150)
    nets = [task.query["net"] for task in TASKS if "net" in task.query]
    assert [len(check(read_link(net)).errors) for net in nets] == [0, 2, 0]
    assert {task.query["run"] for task in TASKS if "run" in task.query} <= set(example_names())


def test_the_first_page_waits_for_nothing_heavy() -> None:
    heavy = ("distributed", "dask", "matplotlib", "pandas", "tensorflow", "keras", "scipy", "fcnlab.lab", "fcnlab.net")
    program = (
        "import sys, streamlit, streamlit.components.v2; before = set(sys.modules); import fcnlab.ui.home;"
        f"print([name for name in {heavy} if name in sys.modules and name not in before])"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_the_icon_is_a_file_of_the_labs() -> None:
    from fcnlab.ui.page import ICON

    assert Path(ICON).read_text().startswith("<svg")
