"""The rules of the house hold: floors, who may import what, pinned requirements, the public surface, the theme."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import typer

import fcnlab

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "fcnlab").rglob("*.py")])
BACKENDS = {"keras", "tensorflow", "jax", "torch"}
HEAVY = BACKENDS | {"mujoco"}

PUBLIC_NAMES = ["__version__", "build", "check", "flow", "load_spec", "preset", "score", "train"]
VERBS = ["check", "data", "draw", "export", "features", "flow", "import", "presets", "render", "resume"]
VERBS += ["runs", "score", "skips", "train"]


def imported(path: Path) -> Iterator[str]:
    """The top-level names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (str(a.value).partition(".")[0] for a in node.args[:1] if isinstance(a, ast.Constant))


def offenders(names: set[str], *allowed: str) -> list[str]:
    """The files outside the allowed folders (or files) that import one of the names."""
    files = (path for path in SOURCES if names & set(imported(path)))
    relative = (path.relative_to(ROOT).as_posix() for path in files)
    return [path for path in relative if not path.startswith(allowed)]


def in_fresh_process(code: str) -> str:
    """What a new interpreter prints, started in the project's folder."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Floors


def test_a_room_imports_only_rooms_below_it():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_backends_are_imported_in_net_alone():
    assert offenders(BACKENDS, "fcnlab/net/") == []


def test_streamlit_is_imported_in_the_pages_and_in_ui_alone():
    assert offenders({"streamlit"}, "app.py", "pages/", "fcnlab/ui/") == []


def test_mujoco_is_imported_in_sim_alone():
    assert offenders({"mujoco", "OpenGL"}, "fcnlab/sim/") == []


def test_the_rooms_of_the_web_process_load_no_backend():
    modules = ["", ".arch", ".plan", ".data", ".draw", ".sim", ".lab", ".ui", ".cli"]
    loaded = in_fresh_process(
        "import importlib, sys\n"
        f"for room in {modules}:\n"
        "    importlib.import_module('fcnlab' + room)\n"
        f"    for backend in sorted({HEAVY} & set(sys.modules)):\n"
        "        print(f'fcnlab{room} loads {backend}')\n"
    )
    assert loaded == ""


def test_what_the_pages_import_of_the_lab_loads_no_backend():
    pages = [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]
    wanted = sorted({line for page in pages for line in imports_of_the_lab(page)})
    code = ["import sys", *wanted, f"print(*({HEAVY} & set(sys.modules)))"]
    assert in_fresh_process("\n".join(code)) == ""


def imports_of_the_lab(page: Path) -> list[str]:
    """The import statements at a page's top level that name a room of the lab."""
    body = ast.parse(page.read_text(encoding="utf-8")).body
    lines = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return [line for line in lines if "fcnlab" in line]


# Requirements


def requirements(name: str) -> dict[str, str]:
    """Normalised names and version specifiers of a requirements file."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    parts = (re.fullmatch(r"([A-Za-z0-9._-]+)(.*)", line) for line in lines if line and not line.startswith("-"))
    return {re.sub(r"[-_.]+", "-", part[1]).lower(): part[2] for part in parts if part}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"])
def test_every_requirement_is_pinned(name):
    loose = [f"{package}{pin}" for package, pin in requirements(name).items() if not re.fullmatch(r"==[\w.]+", pin)]
    assert loose == []


def test_every_third_party_import_is_required():
    optional = {"jax", "torch"}  # other backends for Keras, for those who install them
    ours = {"fcnlab"} | optional | set(sys.stdlib_module_names)
    distributions = metadata.packages_distributions()
    required = set(requirements("requirements.txt"))
    missing = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in SOURCES
        for module in set(imported(path)) - ours
        if not {re.sub(r"[-_.]+", "-", d).lower() for d in distributions.get(module, [])} & required
    }
    assert missing == set()


# The public surface


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == fcnlab.__version__


def test_the_public_names_are_these():
    assert sorted(fcnlab.__all__) == PUBLIC_NAMES


def test_every_public_name_is_there_and_the_heavy_ones_come_late():
    light = ["__version__", "check", "flow", "load_spec", "preset"]
    told = in_fresh_process(
        "import sys, fcnlab\n"
        f"assert all(hasattr(fcnlab, name) for name in {light})\n"
        f"print(*({BACKENDS} & set(sys.modules)))\n"
        f"assert all(hasattr(fcnlab, name) for name in {PUBLIC_NAMES})\n"
    )
    assert told == ""


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = fcnlab.no_such_name


def test_the_verbs_of_the_command_line_are_these():
    from fcnlab.cli import app

    assert sorted(typer.main.get_command(app).commands) == VERBS


# Sizes and words


def test_no_file_is_longer_than_400_lines():
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    long = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: lines for path, lines in long.items() if lines > 400} == {}


# The theme


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours #RRGGBB, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance of #RRGGBB, 0 to 1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed(top: str, ground: str, share: float) -> str:
    """The colour of `top` at an opacity of `share` over `ground`."""
    pairs = [(int(top[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * t + (1 - share) * g):02x}" for t, g in pairs)


@pytest.fixture(params=["light", "dark"])
def theme(request):
    """One of the two themes, with its sidebar's grounds."""
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][request.param]


def grounds(theme):
    parts = (theme, theme["sidebar"])
    return {part[key] for part in parts for key in ("backgroundColor", "secondaryBackgroundColor")}


def test_text_captions_and_links_are_readable_on_every_ground(theme):
    for ground in grounds(theme):
        caption = mixed(theme["textColor"], ground, 0.6)  # Streamlit draws captions at this opacity
        for colour in (theme["textColor"], caption, theme["linkColor"]):
            assert contrast(colour, ground) >= 4.5, (colour, ground)


def test_the_white_text_of_primary_buttons_is_readable(theme):
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5


def test_controls_in_the_primary_colour_stand_out_from_every_ground(theme):
    for ground in grounds(theme):
        assert contrast(theme["primaryColor"], ground) >= 3, ground


@pytest.mark.parametrize("hue", ["red", "orange", "yellow", "blue", "green", "violet", "gray"])
def test_coloured_text_is_readable_on_the_page_and_on_its_own_ground(theme, hue):
    for ground in (theme["backgroundColor"], theme[f"{hue}BackgroundColor"]):
        assert contrast(theme[f"{hue}TextColor"], ground) >= 4.5, ground
