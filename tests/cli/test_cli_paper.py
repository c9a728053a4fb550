"""The commands on paper: what they print, and that their JSON is what `arch` computes."""

import json

import pytest

from fcnlab.arch import PRESETS, check, edit, flow, layer_flow, load_spec, preset, to_code, to_json, to_script
from fcnlab.arch.memory import training_memory


@pytest.fixture
def broken(tmp_path):
    """A network file in which one skip does not fit."""
    path = tmp_path / "broken.json"
    path.write_text(to_json(edit.set_skip(preset("follow-me"), 1, "encoder1")), encoding="utf-8")
    return path


# presets


def test_presets_lists_every_network_with_its_lesson(call):
    ended = call("presets")
    assert (ended.status, ended.err) == (0, "")
    for name, entry in PRESETS.items():
        assert f"\n{name}  (" in "\n" + ended.out
        assert entry.lesson in ended.out


def test_presets_as_json(call):
    found = json.loads(call("presets", "--json").out)["presets"]
    assert [entry["name"] for entry in found] == list(PRESETS)
    assert found[0]["params"] == 651_465
    assert found[0]["lesson"] == PRESETS["follow-me"].lesson


# flow


def test_flow_prints_the_eleven_rows_of_the_design(call):
    ended = call("flow", "follow-me")
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [line[:30].split("  ")[0] for line in lines[1:12]] == [row.name for row in flow(preset("follow-me")).rows]
    assert lines[1].startswith("inputs      (?, 160, 160, 3) ")
    assert lines[5].startswith("encoder2xx  (?, 10, 10, 512) ")
    assert lines[6].startswith("1x1 conv    (?, 10, 10, 256) ")
    assert lines[11].startswith("outputs     (?, 160, 160, 3) ")
    assert lines[0].split() == ["shape", "what", "it", "does", "params", "MACs", "receptive", "field", "memory"]
    assert lines[2].split()[-5:] == ["139", "480,000", "3", "1.23", "MB"]


def test_flow_ends_with_the_totals(call):
    assert call("flow", "follow-me").out.splitlines()[-3] == (
        "651,465 parameters, 649,033 of them trainable; 0.1986 GMAC and 21.6 MB of activations (float32) for one image."
    )


@pytest.mark.parametrize("name", PRESETS)
def test_flow_as_json_is_what_arch_computes(call, name):
    ended = call("flow", name, "--json")
    assert (ended.status, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told.pop("memory")["total"] == training_memory(preset(name), 16).total
    assert told == flow(preset(name)).to_json()


def test_flow_has_the_keys_of_the_design(call):
    document = json.loads(call("flow", "follow-me", "--json").out)
    assert {"rows", "params", "macs"} <= document.keys()
    assert {"name", "shape", "params", "macs", "receptive_field"} <= document["rows"][0].keys()


def test_flow_by_layer(call):
    told = json.loads(call("flow", "follow-me", "--json", "--layers").out)
    assert told.items() >= layer_flow(preset("follow-me")).to_json().items()
    assert "encoder1_norm1" in call("flow", "follow-me", "--layers").out


def test_flow_takes_a_file_and_a_share_code(call, tmp_path):
    file = tmp_path / "stack.json"
    file.write_text(to_json(preset("unet-small")), encoding="utf-8")
    expected = call("flow", "unet-small").out
    assert call("flow", file).out == call("flow", to_code(preset("unet-small"))).out == expected


def test_flow_shows_unknown_rows_as_dashes_and_points_to_check(call, broken):
    ended = call("flow", broken)
    assert ended.status == 0
    row = next(line for line in ended.out.splitlines() if line.startswith("decoder4x "))
    field = str(flow(load_spec(broken)).rows[7].receptive_field)
    assert row.split()[-4:] == ["—", "—", field, "—"]
    assert ended.err == (
        f"This network has an error: `python -m fcnlab check {broken}` tells where. Rows with — depend on it.\n"
    )
    rows = json.loads(call("flow", broken, "--json").out)["rows"]
    assert [row["name"] for row in rows if row["params"] is None] == ["decoder4x"]


def test_flow_of_a_size_that_does_not_divide_points_to_check_too(call, tmp_path):
    file = tmp_path / "my net.json"
    file.write_text(to_json(edit.resize(preset("follow-me"), 150, 160)), encoding="utf-8")
    assert f"This network has an error: `python -m fcnlab check '{file}'` tells where." in call("flow", file).err


# check


def test_check_of_a_valid_network_is_fine(call):
    ended = call("check", "student-3")
    assert (ended.status, ended.out, ended.err) == (0, "student-3: no errors, no warnings.\n", "")


def test_check_prints_warnings_and_is_fine(call):
    ended = call("check", "follow-me")
    assert ended.status == 0
    assert ended.out.startswith("warning: decoder4xx.up: decoder4xx and 3 more: a transposed convolution of kernel 3")
    assert "\n    fix: Use kernel 4\n" in ended.out
    assert ended.out.endswith("follow-me: no errors, 1 warning.\n")


def test_check_of_a_broken_network_exits_2_with_place_sentence_and_fixes(call, broken):
    ended = call("check", broken)
    assert (ended.status, ended.err) == (2, "")
    assert ended.out.splitlines()[:3] == [
        "error: decoder4x.skip: The skip does not fit: encoder1 is 80×80, but decoder4x works at 40×40.",
        "    fix: Take the skip from encoder2",
        "    fix: Remove the skip",
    ]


def test_check_as_json_is_what_arch_computes_and_exits_2_as_well(call, broken):
    ended = call("check", broken, "--json")
    assert (ended.status, ended.err) == (2, "")
    document = json.loads(ended.out)
    assert document == check(load_spec(broken)).to_json()
    assert {"where", "message", "fixes"} <= document["errors"][0].keys()
    assert document["errors"][0]["fixes"][0]["net"]["name"] == "follow-me"
    assert call("check", "follow-me", "--json").status == 0


def test_a_fix_from_the_json_is_a_network_file(call, broken, tmp_path):
    fix = json.loads(call("check", broken, "--json").out)["errors"][0]["fixes"][0]["net"]
    (tmp_path / "mended.json").write_text(json.dumps(fix))
    assert call("check", tmp_path / "mended.json").status == 0


# draw


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<"), (".png", b"\x89PNG"), (".pdf", b"%PDF"), (".dot", b"digraph")]
)
def test_draw_writes_each_kind_of_file(call, tmp_path, suffix, start):
    out = tmp_path / f"net{suffix}"
    ended = call("draw", "follow-me", "-o", out)
    assert (ended.status, ended.out, ended.err) == (0, "", f"Wrote {out}.\n")
    assert out.read_bytes().startswith(start)


def test_draw_draws_a_broken_network_too(call, broken, tmp_path):
    assert call("draw", broken, "-o", tmp_path / "net.svg").status == 0


@pytest.mark.parametrize("name", ["net.gif", "net"])
def test_draw_refuses_other_endings(refused, tmp_path, name):
    assert ".svg, .png, .pdf, .dot" in refused("draw", "follow-me", "-o", tmp_path / name)


# export


def test_export_writes_the_script(call, tmp_path):
    out = tmp_path / "net.py"
    ended = call("export", "follow-me", "-o", out)
    assert (ended.status, ended.out, ended.err) == (0, "", f"Wrote {out}.\n")
    assert out.read_text(encoding="utf-8") == to_script(preset("follow-me"))


def test_export_refuses_a_network_with_errors_and_keeps_what_was_there(refused, broken, tmp_path):
    out = tmp_path / "net.py"
    out.write_text("precious")
    sentence = refused("export", broken, "-o", out)
    assert sentence.startswith("decoder4x.skip: The skip does not fit")
    assert sentence.endswith("Fix: Take the skip from encoder2.")
    assert out.read_text() == "precious"


@pytest.mark.parametrize(("verb", "name"), [("export", "net.py"), ("draw", "net.svg")])
def test_a_place_that_cannot_be_written_to_is_told(refused, tmp_path, verb, name):
    out = tmp_path / "nowhere" / name
    assert f"cannot be written to {out} (No such file or directory). Choose another place." in refused(
        verb, "follow-me", "-o", out
    )
    folder = tmp_path / name
    folder.mkdir()
    assert f"cannot be written to {folder} (Is a directory)" in refused(verb, "follow-me", "-o", folder)
