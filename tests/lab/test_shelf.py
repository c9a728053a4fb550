"""The shelf of runs: listed with what they amount to, found by words, described, and read again only when changed."""

import time

import pytest
from recorded import recorded

from fcnlab.errors import RunError
from fcnlab.lab.history.finding import in_order, matching
from fcnlab.lab.history.shelf import Shelf


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def names(entries):
    return [entry.run.name for entry in entries]


# Listing


def test_a_folder_that_is_not_there_holds_no_runs(tmp_path):
    assert Shelf(tmp_path / "nowhere").entries() == ([], [])


def test_a_run_is_listed_with_what_its_curve_amounts_to(shelf):
    recorded(shelf.root, "a", epochs=2, best=0.5)
    (entry,), _ = shelf.entries()
    summary = entry.summary
    assert (entry.title, entry.state, entry.network, entry.note) == ("a", "done", "follow-me", "as made")
    assert (summary.epochs, summary.best, summary.best_epoch, summary.seconds) == (2, 0.5, 2, 14.0)


def test_a_run_without_a_curve_has_no_score(shelf):
    run = recorded(shelf.root, "a")
    (run.path / "metrics.jsonl").unlink()
    (entry,), _ = shelf.entries()
    assert (entry.summary.epochs, entry.summary.best, entry.summary.seconds) == (0, None, 0.0)


def test_a_spoilt_line_of_the_curve_is_passed_over(shelf):
    run = recorded(shelf.root, "a", epochs=1)
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"kind":"epoch","epoch":2,"validation":{"mean\n')
    assert shelf.entry(run).summary.epochs == 1


def test_folders_that_are_no_runs_are_listed_with_what_is_wrong_and_without_the_servers_paths(shelf):
    recorded(shelf.root, "a")
    (shelf.root / "holiday").mkdir()
    (shelf.root / "spoilt").mkdir()
    (shelf.root / "spoilt" / "run.json").write_text("{")
    entries, broken = shelf.entries()
    assert names(entries) == ["a"]
    assert [one.name for one in broken] == ["holiday", "spoilt"]
    assert "holds no run.json" in broken[0].problem
    assert "spoilt/run.json is not valid JSON" in broken[1].problem
    assert not any(str(shelf.root) in one.problem for one in broken)


def test_only_what_has_changed_is_read_again(shelf, monkeypatch):
    run = recorded(shelf.root, "a", epochs=1)
    recorded(shelf.root, "b")
    shelf.entries()
    read = []
    monkeypatch.setattr("fcnlab.lab.history.shelf.Run.open", lambda path: read.append(path))
    monkeypatch.setattr("fcnlab.lab.history.shelf.read_about", lambda path: read.append(path))
    shelf._summaries.get(run.path / "metrics.jsonl", lambda path: read.append(path))
    assert sorted(names(shelf.entries()[0])) == ["a", "b"]
    assert read == []


def test_a_curve_that_grew_is_read_again(shelf):
    run = recorded(shelf.root, "a", epochs=1, best=0.5)
    assert shelf.entry(run).summary.best == 0.5
    run.append_metric({"kind": "epoch", "step": 6, "epoch": 2, "seconds": 1.0, "validation": {"mean_iou": 0.8}})
    assert (shelf.entry(run).summary.best, shelf.entry(run).summary.best_epoch) == (0.8, 2)


def test_a_run_whose_process_has_died_shows_as_interrupted_although_its_file_stays(shelf):
    run = recorded(shelf.root, "a", state="running", heartbeat=time.time())
    assert shelf.entry(run).state == "running"
    run.write_status(run.status.with_(heartbeat=1.0))
    assert shelf.entry(run).state == "interrupted"


# Finding


def test_a_run_is_found_by_its_name(shelf):
    recorded(shelf.root, "a")
    assert shelf.find("a").name == "a"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nope", r"^There is no run called nope here\. Choose one from the list of runs\.$"),
        ("../etc", "points to another folder"),
        ("holiday", r"^The folder holiday is no run"),
    ],
)
def test_a_name_without_a_run_is_told_in_one_sentence_without_the_servers_paths(shelf, name, says):
    (shelf.root / "holiday").mkdir()
    with pytest.raises(RunError, match=says) as told:
        shelf.find(name)
    assert str(shelf.root) not in str(told.value)


def test_words_are_looked_for_in_names_notes_tags_network_and_dataset_in_any_case(shelf):
    first = recorded(shelf.root, "first", network="fcn-8s", dataset="followme-sim")
    recorded(shelf.root, "second")
    shelf.describe(first, title="Lesson three", note="too fast a rate", tags=["Class 8b"])
    entries, _ = shelf.entries()
    for words in ("first", "LESSON", "rate fast", "8B", "fcn-8s", "followme"):
        assert names(matching(entries, words)) == ["first"], words
    assert matching(entries, "first second") == []
    assert len(matching(entries, " ")) == 2


def test_runs_are_sorted_by_name_score_and_time(shelf):
    recorded(shelf.root, "b", best=0.2, epochs=3)
    recorded(shelf.root, "a", best=0.4, epochs=1)
    blank = recorded(shelf.root, "c")
    (blank.path / "metrics.jsonl").unlink()
    entries, _ = shelf.entries()
    assert names(in_order(entries, "name")) == ["a", "b", "c"]
    assert names(in_order(entries, "score")) == ["a", "b", "c"]
    assert names(in_order(entries, "time")) == ["b", "a", "c"]


# Describing


def test_name_note_and_tags_can_be_changed_and_the_folder_stays(shelf):
    run = recorded(shelf.root, "a")
    shelf.describe(run, title="  My best ", tags=[" one ", "two", "one", ""])
    entry = shelf.entry(run)
    assert (entry.title, entry.note, entry.about.tags) == ("My best", "as made", ("one", "two"))
    shelf.describe(run, note="")
    assert (shelf.entry(run).title, shelf.entry(run).note) == ("My best", "")
    assert run.path.is_dir()


def test_another_process_sees_the_description(shelf):
    shelf.describe(recorded(shelf.root, "a"), title="Mine")
    assert Shelf(shelf.root).entries()[0][0].title == "Mine"


def test_a_description_that_cannot_be_kept_says_why(shelf):
    run = recorded(shelf.root, "a")
    with pytest.raises(RunError, match=r"The description of a, title: .*at most 120"):
        shelf.describe(run, title="x" * 121)
    with pytest.raises(RunError, match=r"The description of a, tags, number 1: .*at most 40"):
        shelf.describe(run, tags=["x" * 41])


def test_a_spoilt_description_counts_as_none(shelf):
    run = recorded(shelf.root, "a")
    (run.path / "about.json").write_text('{"titel": 3}')
    assert (shelf.entry(run).title, shelf.entry(run).note) == ("a", "as made")
