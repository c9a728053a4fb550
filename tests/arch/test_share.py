"""Networks as text: JSON, share codes from friends and from strangers, and what the command line's NET may be."""

import base64
import json
import random
import string
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcnlab.arch import PRESETS, NetSpec, from_code, from_json, load_spec, plain, preset, to_code, to_json
from fcnlab.arch.share import MAX_CODE, MAX_JSON, PREFIX
from fcnlab.errors import SpecError

FOLLOW_ME = preset("follow-me")
CODE = to_code(FOLLOW_ME)


def packed(data: bytes) -> str:
    """Bytes as the body of a share code, deflated without the shared words."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return PREFIX + base64.urlsafe_b64encode(packer.compress(data) + packer.flush()).decode().rstrip("=")


def harmless(code: str) -> None:
    """A code gives a network or a SpecError, whatever it holds."""
    try:
        result: object = from_code(code)
    except SpecError as problem:
        result = problem
    assert isinstance(result, NetSpec) or len(str(result)) < 600


# JSON


@pytest.mark.parametrize("name", PRESETS)
def test_json_round_trip(name):
    assert from_json(to_json(preset(name))) == preset(name)
    assert from_json(to_json(preset(name)).encode()) == preset(name)


def test_json_spells_every_field_out():
    document = json.loads(to_json(FOLLOW_ME))
    assert document == plain(FOLLOW_ME)
    assert document["encoder"][0]["convs"][0]["order"] == "norm-activation"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"stack.json is not valid JSON \(EOF"),
        ("{", r"is not valid JSON"),
        ("null", "stack.json: input should be an object, received None"),
        ("[]", r"input should be an object, received \[\]"),
        ("{}", r"encoder: this field is missing\. \(and 2 more such problems\)"),
        ("[" * 100_000, "recursion limit exceeded"),
        ('{"version": ' + "9" * 5000 + "}", "number out of range"),
        ('{"name": "\\ud800"}', "is not valid JSON"),
        (b"\xff\xfe\x00", "is not valid JSON"),
        (" " * (MAX_JSON + 1), "stack.json is 200,001 characters long; a network takes at most 200,000."),
    ],
)
def test_text_that_is_no_network_is_told(text, sentence):
    with pytest.raises(SpecError, match=sentence):
        from_json(text, "stack.json")


# Share codes


@pytest.mark.parametrize("name", PRESETS)
def test_share_codes_round_trip_and_fit_a_link(name):
    code = to_code(preset(name))
    assert from_code(code) == preset(name)
    assert from_code(f"  {code}\n") == preset(name)
    assert len(code) < 700
    assert set(code) <= set(string.ascii_letters + string.digits + "-_.")


def test_an_old_link_opens():
    # Links that people have sent must open for ever: if this fails, the format needs a new prefix.
    assert from_code("fcn1.G2Ip0KhCidwYhJtAvBG4EjKFyRbsAtISbgXFKdekgsSkS0JmQYsrpOxJbr4gIyuQmvIB") == FOLLOW_ME


@pytest.mark.parametrize("code", ["", "fcn", "fcn2.abc", "follow-me", "FCN1.abc", "\0" * 9])
def test_a_code_with_another_beginning_is_told(code):
    with pytest.raises(SpecError, match=r"A share code begins with 'fcn1\.'; this one begins with"):
        from_code(code)


@pytest.mark.parametrize("body", ["é", "\0", "a b", "a%", "==", "+/", "\ud800", "AAAAA", "//////", "_" * 50])
def test_a_damaged_code_is_told(body):
    with pytest.raises(
        SpecError, match=r"The share code is (damaged|cut off or too large)\. Copy the whole link again\."
    ):
        from_code(PREFIX + body)


def test_a_code_that_is_too_long_is_told_before_it_is_read():
    with pytest.raises(SpecError, match="The share code is 8,001 characters long; the most is 8,000"):
        from_code(PREFIX + "A" * (MAX_CODE + 1 - len(PREFIX)))


def test_every_cut_of_a_code_is_told():
    for length in range(len(PREFIX), len(CODE)):
        with pytest.raises(SpecError):
            from_code(CODE[:length])


def test_every_flipped_bit_gives_a_network_or_a_sentence():
    body = bytearray(base64.urlsafe_b64decode(CODE.removeprefix(PREFIX) + "=="))
    for position in range(len(body) * 8):
        flipped = bytearray(body)
        flipped[position // 8] ^= 1 << (position % 8)
        harmless(PREFIX + base64.urlsafe_b64encode(bytes(flipped)).decode().rstrip("="))


def test_a_bomb_is_refused_in_little_memory():
    bomb = packed(b"\0" * 5_000_000)
    assert len(bomb) < MAX_CODE
    tracemalloc.start()
    try:
        with pytest.raises(SpecError, match="too large"):
            from_code(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10 * MAX_JSON
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"encoder": 1}'])
def test_a_sound_code_of_something_else_is_told(data):
    with pytest.raises(SpecError, match="the share code's network"):
        from_code(packed(data))


def test_a_code_with_values_out_of_range_is_told_with_its_place():
    wrong = {**plain(FOLLOW_ME), "input": {"height": 10**9}}
    with pytest.raises(SpecError, match="the share code's network, input, height: input should be less than or equal"):
        from_code(packed(json.dumps(wrong).encode()))


@given(st.binary(max_size=300))
def test_random_bytes_are_harmless(data):
    harmless(PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("="))
    harmless(packed(data))


@given(st.text(max_size=100))
def test_random_text_is_harmless(text):
    harmless(text)
    harmless(PREFIX + text)


def test_random_letters_in_a_real_code_are_harmless():
    chance = random.Random(1)
    for _ in range(300):
        letters = list(CODE)
        for _ in range(chance.randint(1, 5)):
            letters[chance.randrange(len(PREFIX), len(letters))] = chance.choice(string.ascii_letters + "-_é\0")
        harmless("".join(letters))


# NET: a preset, a file, a share code


def test_a_network_is_found_by_preset_file_and_code(tmp_path):
    file = tmp_path / "stack.json"
    file.write_text(to_json(FOLLOW_ME), encoding="utf-8")
    assert load_spec("follow-me") == load_spec(file) == load_spec(str(file)) == load_spec(CODE) == FOLLOW_ME


def test_a_file_may_have_no_suffix_and_a_byte_order_mark(tmp_path, monkeypatch):
    (tmp_path / "stack").write_text(to_json(FOLLOW_ME), encoding="utf-8-sig")
    monkeypatch.chdir(tmp_path)
    assert load_spec("stack") == FOLLOW_ME


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("folow-me", "Did you mean follow-me?"),
        ("unet", "Did you mean unet-small?"),
        ("fcn-8", "Did you mean fcn-8s?"),
        ("zebra", "Presets are follow-me, follow-me-no-skips, student-3"),
    ],
)
def test_a_name_nobody_knows_gets_a_suggestion(name, hint):
    with pytest.raises(SpecError) as problem:
        load_spec(name)
    assert f"There is no preset called {name!r}." in str(problem.value)
    assert hint in str(problem.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SpecError, match=r"There is no network file .*none\.json\. Presets are follow-me,"):
        load_spec(tmp_path / "none.json")


def test_a_folder_is_told(tmp_path):
    with pytest.raises(SpecError, match="is a folder; a network is a JSON file, a preset or a share code"):
        load_spec(tmp_path)


def test_a_file_that_is_too_large_is_told(tmp_path):
    (tmp_path / "huge.json").write_bytes(b" " * (MAX_JSON + 1))
    with pytest.raises(SpecError, match=r"^The network file \S*huge\.json is larger than 200,000 bytes, the most"):
        load_spec(tmp_path / "huge.json")


def test_a_device_that_never_ends_is_told():
    with pytest.raises(SpecError, match="/dev/zero is larger than 200,000 bytes"):
        load_spec("/dev/zero")


def test_a_binary_file_is_told(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    with pytest.raises(SpecError, match=r"the network file picture\.png is not valid JSON"):
        load_spec(tmp_path / "picture.png")


def test_the_place_in_a_file_is_told(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps({**plain(FOLLOW_ME), "version": 9}))
    with pytest.raises(SpecError, match=r"^the network file net\.json, version: input should be 1, received 9\.$"):
        load_spec(tmp_path / "net.json")


@pytest.mark.parametrize("name", ["", ".", "a\0b", "a\0b.json", "x" * 5000, "x" * 5000 + ".json", "\ud800", "a/b/c"])
def test_names_that_no_file_can_have_are_told_in_short(name):
    with pytest.raises(SpecError) as problem:
        load_spec(name)
    assert len(str(problem.value)) < 500
