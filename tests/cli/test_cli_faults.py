"""How commands end: 0 fine, 2 the user's fault in one line, 1 a fault of the lab, and a pipe that closes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fcnlab import __version__, arch

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments, **options):
    """The command line as a program of its own."""
    environment = {**os.environ, **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "fcnlab", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
        **options,
    )


def test_without_arguments_it_tells_what_there_is(call):
    ended = call()
    assert (ended.status, ended.err) == (0, "")
    for verb in ("presets", "flow", "check", "draw", "export", "data", "train", "resume", "score", "features", "skips"):
        assert f" {verb} " in ended.out


@pytest.mark.parametrize("verb", ["presets", "flow", "check", "draw", "export", "data", "train", "resume", "score"])
def test_every_command_has_a_help(call, verb):
    ended = call(verb, "--help")
    assert ended.status == 0
    assert f"python -m fcnlab {verb}" in ended.out


def test_the_version(call):
    assert call("--version").out == f"fcnlab {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["flo", "follow-me"], "No such command 'flo'. Did you mean 'flow'? `python -m fcnlab --help` tells"),
        (["flow"], "Missing argument 'NET'. `python -m fcnlab flow --help` tells what can be given."),
        (["flow", "follow-me", "--jsn"], "No such option: --jsn"),
        (["flow", "a", "b"], "Got unexpected extra argument"),
        (["draw", "follow-me"], "Missing option '-o'"),
        (
            ["train", "follow-me", "--data", "shapes", "--out", "r", "--epochs", "two"],
            "Invalid value for '--epochs': Input should be a valid integer",
        ),
    ],
)
def test_a_wrong_call_is_told_in_one_line(refused, arguments, sentence):
    assert sentence in refused(*arguments)


@pytest.mark.parametrize("verb", ["flow", "check"])
@pytest.mark.parametrize(
    ("net", "sentence"),
    [
        ("folow-me", "There is no preset called 'folow-me'. Did you mean follow-me?"),
        ("none.json", "There is no network file none.json. Presets are follow-me,"),
        ("fcn1.abc", "The share code is"),
        ("/", "/ is a folder; a network is a JSON file, a preset or a share code."),
        ("", "is a folder; a network is a JSON file"),
        ("a\nb", r"There is no preset called 'a\nb'."),
    ],
)
def test_a_network_that_cannot_be_read_is_told_in_one_line(refused, verb, net, sentence):
    assert sentence in refused(verb, net)
    assert sentence in refused(verb, net, "--json")


def test_a_fault_of_the_lab_is_one_line_and_exit_status_1(call, monkeypatch):
    def fail(_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(arch, "flow", fail)
    ended = call("flow", "follow-me")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == (
        "A fault of FCN Lab: ZeroDivisionError: by nothing. Run it again with --debug for the traceback.\n"
    )


@pytest.mark.parametrize("arguments", [("--debug", "flow", "follow-me"), ("flow", "follow-me", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(call, monkeypatch, arguments):
    monkeypatch.setattr(arch, "flow", lambda _: 1 / 0)
    ended = call(*arguments)
    assert ended.status == 1
    assert ended.err.startswith("Traceback (most recent call last)")
    assert ended.err.endswith("A fault of FCN Lab: ZeroDivisionError: division by zero.\n")


def test_debug_may_be_set_by_the_environment(call, monkeypatch):
    monkeypatch.setenv("FCNLAB_DEBUG", "1")
    assert "Traceback" in call("flow", "folow-me").err
    monkeypatch.setenv("FCNLAB_DEBUG", "0")
    assert "Traceback" not in call("flow", "folow-me").err


def test_ctrl_c_is_told_and_130(call, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(arch, "flow", interrupt)
    ended = call("flow", "follow-me")
    assert ended.status == 130
    assert "Traceback" not in ended.err


# As a program


def test_as_a_program_it_exits_with_the_same_status():
    assert command("check", "student-3").returncode == 0
    wrong = command("check", "folow-me")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"Traceback" not in wrong.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["check", "student-3"], ["check", "follow-me", "--json"]])
def test_a_reader_that_goes_away_is_no_fault(arguments, unbuffered):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "fcnlab", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_without_the_letters_gets_question_marks():
    done = command("flow", "follow-me", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert b"1?1" in done.stdout


def test_no_backend_and_no_page_is_loaded_for_a_network_on_paper():
    code = (
        "import sys; from fcnlab.cli import main; main(['flow', 'follow-me', '--json']);"
        "print(*sorted({'keras', 'tensorflow', 'streamlit', 'numpy', 'rich', 'distributed'} & set(sys.modules)),"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=120, check=True)
    assert done.stderr.strip() == b""
