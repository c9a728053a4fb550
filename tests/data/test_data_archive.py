"""Archives that people upload: what is unpacked, what is left out, and what is refused."""

import io
import random
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from fcnlab.data import open_dataset
from fcnlab.data.archives import archive as archives
from fcnlab.data.archives import entries
from fcnlab.data.archives.archive import unpack
from fcnlab.errors import DataError


def picture(value=0, size=(8, 6)):
    stream = io.BytesIO()
    Image.fromarray(np.full(size, value, np.uint8)).save(stream, "png")
    return stream.getvalue()


PAIR = {"images/a.png": picture(9), "masks/a.png": picture(1)}


def packed(files, **options):
    """A zip as an open file; keys are names or ZipInfo."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    stream.seek(0)
    return stream


def entry(name, mode=0, **fields):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def written(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sets" / "mine"


def left_out(files, folder):
    """What is said of the entries of an archive that has a good pair besides."""
    unpacked = unpack(packed(PAIR | files), folder)
    assert written(folder) == ["images/a.png", "masks/a.png"]
    return {problem.file: problem.message for problem in unpacked.problems}


def refused(archive, folder, *texts):
    with pytest.raises(DataError) as caught:
        unpack(archive, folder)
    for text in texts:
        assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not folder.exists()
    assert not folder.parent.exists() or not list(folder.parent.iterdir())


def test_pictures_records_names_and_description(folder):
    others = {"classes.txt": b"a\nb\n", "train/records.jsonl": b"", "dataset.json": b'{"version": 1, "title": "x"}'}
    told = []
    unpacked = unpack(packed(PAIR | others), folder, lambda *at: told.append(at))
    assert unpacked.files == 5
    assert unpacked.bytes == sum(map(len, (PAIR | others).values()))
    assert unpacked.problems == ()
    assert told == [(number, 5) for number in range(1, 6)]
    assert (folder / "images/a.png").read_bytes() == PAIR["images/a.png"]


def test_from_a_path(folder, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(packed(PAIR).read())
    assert unpack(path, folder).files == 2


def test_an_unpacked_archive_is_a_dataset(folder):
    pictures = {f"images/{number}.png": picture() for number in range(5)}
    unpack(packed(pictures | {f"masks/{number}.png": picture(number % 2) for number in range(5)}), folder)
    assert open_dataset(folder).splits == {"train": 4, "validation": 1}


@pytest.mark.parametrize("around", ["mine/", "mine/once more/"])
def test_folders_around_everything_are_taken_away(folder, around):
    unpack(packed({f"{around}{name}": content for name, content in PAIR.items()} | {"README.txt": b"hello"}), folder)
    assert written(folder) == ["images/a.png", "masks/a.png"]


@pytest.mark.parametrize("around", ["train", "Images"])
def test_folders_that_belong_to_the_layout_stay(folder, around):
    unpack(packed({f"{around}/{name}": content for name, content in PAIR.items()}), folder)
    assert written(folder) == [f"{around}/images/a.png", f"{around}/masks/a.png"]


def test_what_systems_add_is_passed_over_in_silence(folder):
    clutter = ("__MACOSX/images/._a.png", ".DS_Store", "images/Thumbs.db", "images/.hidden.png")
    assert left_out(dict.fromkeys(clutter, b"x"), folder) == {}


def test_what_is_no_picture_is_left_out(folder):
    said = left_out({"paper.pdf": b"x", "images/run.exe": b"x", "more.zip": packed(PAIR).read()}, folder)
    assert said["paper.pdf"] == said["images/run.exe"] == "It is no picture that can be read."
    assert said["more.zip"] == "It is an archive inside of the archive, and stays packed."


@pytest.mark.parametrize(
    "name", ["../a.png", "images/../../a.png", "/etc/a.png", "C:/a.png", "..\\..\\a.png", "\\a.png"]
)
def test_names_that_lead_out_of_the_folder(folder, name):
    (message,) = left_out({name: picture()}, folder).values()
    assert message == "Its name leads out of the folder."
    assert not list(folder.parent.parent.rglob("etc"))


def test_links_and_devices(folder):
    files = {
        entry("images/link.png", stat.S_IFLNK | 0o777): b"/etc/passwd",
        entry("images/pipe.png", stat.S_IFIFO | 0o666): b"",
        entry("images/disk.png", stat.S_IFBLK | 0o666): b"",
    }
    said = left_out(files, folder)
    assert said["images/link.png"] == "It is a link. Pack the file itself."
    assert said["images/pipe.png"] == said["images/disk.png"] == "It is no ordinary file."


@pytest.mark.parametrize(
    "name", ["images/con.png", "NUL/a.png", "images/LPT1.jpg", "images/a\x07.png", "images /a.png"]
)
def test_names_that_not_every_system_takes(folder, name):
    (message,) = left_out({name: picture()}, folder).values()
    assert message == "Its name cannot be used on every system."


@pytest.mark.parametrize("name", ["images/" + "a" * 250 + ".png", "a/" * 20 + "a.png"])
def test_names_that_are_too_long_or_deep(folder, name):
    (message,) = left_out({name: picture()}, folder).values()
    assert message == "Its name is too long, or more than 10 folders deep."


def test_names_that_differ_by_capital_letters_only(folder):
    assert left_out({"Images/A.PNG": picture()}, folder) == {
        "Images/A.PNG": "It is told from images/a.png by capital letters only; the first one is used."
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice(folder):
    stream = packed(PAIR)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("images/a.png", picture(77))
    unpacked = unpack(stream, folder)
    assert [problem.message for problem in unpacked.problems] == ["It is twice in the archive; the first one is used."]
    assert (folder / "images/a.png").read_bytes() == PAIR["images/a.png"]


def test_a_file_that_is_a_folder_too(folder):
    assert left_out({"images/a.png/b.png": picture()}, folder) == {
        "images/a.png/b.png": "It lies in a folder that is a file, too."
    }


def test_names_in_utf_8_that_the_archive_does_not_declare(folder):
    content = packed(PAIR | {"images/xx.png": picture()}).read().replace(b"xx.png", "é.png".encode())
    unpack(io.BytesIO(content), folder)
    assert "images/é.png" in written(folder)


def test_names_in_no_known_encoding(folder):
    content = packed(PAIR | {"images/xx.png": picture()}).read().replace(b"xx.png", b"\x81\x82.png")
    assert unpack(io.BytesIO(content), folder).files == 3


def test_names_that_are_not_the_utf_8_they_claim_to_be(folder):
    content = packed(PAIR | {"images/é.png": picture()}).read().replace("é".encode(), b"\xff\xfe")
    refused(io.BytesIO(content), folder, "The archive has file names that are not valid UTF-8")


def test_encrypted_entries(folder):
    content = bytearray(packed(PAIR | {"images/secret.png": picture()}).read())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.rfind(signature)
        content[place + flags] |= 1
    unpacked = unpack(io.BytesIO(bytes(content)), folder)
    assert {problem.file: problem.message for problem in unpacked.problems} == {"images/secret.png": "It is encrypted."}


def test_an_archive_with_a_password(folder):
    content = bytearray(packed(PAIR).read())
    for place in [number for number in range(len(content)) if content[number : number + 4] == b"PK\1\2"]:
        content[place + 8] |= 1
    refused(io.BytesIO(bytes(content)), folder, "The archive is encrypted with a password")


def test_damaged_entries_are_left_out(folder):
    noise = random.Random(0).randbytes(4000)
    content = packed(PAIR | {"images/b.png": noise}).read()
    broken = content.replace(noise[1000:1010], bytes(10))
    assert broken != content
    unpacked = unpack(io.BytesIO(broken), folder)
    (problem,) = unpacked.problems
    assert problem.file == "images/b.png"
    assert "It is damaged in the archive" in problem.message
    assert written(folder) == ["images/a.png", "masks/a.png"]


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_an_archive_cut_short(folder, part):
    content = packed(PAIR).read()
    refused(io.BytesIO(content[: int(part * len(content))]), folder, "The archive is no zip archive, or is cut short")


@pytest.mark.parametrize("content", [b"", b"hello", b"Rar!\x1a\x07", picture()])
def test_no_zip(folder, content):
    refused(io.BytesIO(content), folder, "is no zip archive, or is cut short")


def test_random_damage_never_raises_anything_else_and_leaves_nothing_behind(folder):
    content = packed(PAIR | {"images/b.png": picture(3, (40, 40))}).read()
    chance = random.Random(1)
    for number in range(150):
        broken = bytearray(content)
        for _ in range(4):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with suppress(DataError):
            unpack(io.BytesIO(bytes(broken)), folder.parent / str(number))
    assert {path.name for path in folder.parent.iterdir()} <= {str(number) for number in range(150)}


def test_nothing_in_it_that_can_be_used(folder):
    refused(
        packed({"a.txt": b"x", "b.pdf": b"x"}),
        folder,
        "has no pictures",
        "Of 2 that were left out, the first is a.txt: It is no picture",
    )
    refused(packed({}), folder, "The archive has no pictures that can be used. Pack .jpg")


def test_a_folder_that_is_not_empty(folder):
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match=r"is not empty\. Unpack into a new folder"):
        unpack(packed(PAIR), folder)
    assert written(folder) == ["a.txt"]


def test_a_path_that_does_not_exist(folder):
    with pytest.raises(DataError, match=r"nothing\.zip does not exist"):
        unpack(Path("nothing.zip"), folder)


def test_too_many_files(folder, monkeypatch):
    monkeypatch.setattr(entries, "MAX_FILES", 20)
    refused(packed({f"images/{n}.png": b"" for n in range(21)}), folder, "holds more than 20 files. Pack fewer")


def test_a_million_tiny_files_are_refused_before_their_list_is_read(folder, monkeypatch):
    content = bytearray(packed(PAIR).read())
    struct.pack_into("<HH", content, content.rfind(b"PK\5\6") + 8, 60000, 60000)
    monkeypatch.setattr(entries, "MAX_FILES", 50000)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(io.BytesIO(bytes(content)), folder, "holds more than 50,000 files")


def test_a_long_list_of_entries_in_zip64_form(folder, monkeypatch):
    content = packed(PAIR).read()
    end = content.rfind(b"PK\5\6")
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 10**8, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(io.BytesIO(content[:end] + record + locator + content[end:]), folder, "holds more than 200,000 files")


def test_more_bytes_than_are_unpacked(folder, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    refused(packed(PAIR | {"images/b.bmp": bytes(2000)}), folder, "at most 0 GB are unpacked", "name that folder")


def test_a_zip_bomb(folder, monkeypatch):
    monkeypatch.setattr(archives, "_HARMLESS", 10**6)
    bomb = packed(PAIR | {"images/b.bmp": bytes(5 * 10**6)})
    refused(bomb, folder, "times as large when unpacked, as no pictures do")


def test_one_file_that_is_too_large(folder, monkeypatch):
    monkeypatch.setattr(entries, "MAX_FILE", 2**20)
    said = left_out({"images/b.bmp": bytes(3 * 2**20)}, folder)
    assert said == {"images/b.bmp": "It has 3 MB; at most 1 MB are read."}


def test_entries_that_claim_fewer_bytes_than_they_have(folder):
    content = bytearray(packed(PAIR | {"images/b.png": bytes(100_000)}).read())
    for signature, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<L", content, content.rfind(signature) + place, 50)
    unpacked = unpack(io.BytesIO(bytes(content)), folder)
    assert [problem.file for problem in unpacked.problems] == ["images/b.png"]
    assert written(folder) == ["images/a.png", "masks/a.png"]


def test_overlapping_entries(folder):
    """One file's bytes under two names, as in Fifield's bombs."""
    content = bytearray(packed(PAIR).read())
    second = content.rfind(b"PK\1\2")
    struct.pack_into("<L", content, second + 42, 0)
    refused(io.BytesIO(bytes(content)), folder, "has entries that overlap, as no packer makes them")


def test_no_room_on_the_disk(folder, monkeypatch):
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    refused(packed(PAIR), folder, "and 1 MB are free in", "Make room there first")


def test_a_disk_that_fails_half_way(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_copy", full)
    refused(packed(PAIR), folder, "cannot be unpacked (No space left on device)")


@pytest.mark.parametrize("source", ["/etc", "..", "followme-sim"])
def test_a_description_that_leads_to_other_folders_is_left_out(folder, source):
    text = f'{{"version": 1, "title": "x", "sources": [".", "{source}"]}}'
    said = left_out({"dataset.json": text}, folder)
    assert said == {
        "dataset.json": f"It names the source '{source}'; an uploaded one may only describe its own pictures."
    }


def test_a_description_that_cannot_be_read_is_left_out(folder):
    said = left_out({"dataset.json": '{"version": 2, "title": "x"}'}, folder)
    assert "dataset.json, version: input should be 1, received 2" in said["dataset.json"]
