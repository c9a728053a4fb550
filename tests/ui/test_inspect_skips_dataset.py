"""Skips on a dataset, without a browser: ordering a report, following it, and reading what was worked out."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_engine import InstantEngine, small
from kept_reports import keep_report
from page_opener import OpenPage
from page_reader import html, sentences
from streamlit.testing.v1 import AppTest

from fcnlab.errors import EngineError
from fcnlab.lab import Run
from fcnlab.lab.tasks import ReportJob, report_job

MakeRun = Callable[..., Run]


@pytest.fixture
def opened(inspect: OpenPage) -> Callable[..., AppTest]:
    """The view of the run called trained."""
    return lambda **address: inspect(**({"run": "trained", "view": "Skips on a dataset", "image": "3"} | address))


def tell(run: Run, **state: Any) -> None:
    """Have the run folder say that a report is being worked out."""
    job = ReportJob(
        **({"kind": "report", "dataset": "shapes:0.1", "subset": 10, "epoch": 2, "beat": time.time()} | state)
    )
    (run.path / "report.json").write_text(job.model_dump_json())


# Ordering


def test_without_a_report_the_page_says_how_to_get_one(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    make_run("trained")
    app = opened()
    assert "There is no report on these images yet." in sentences(app)
    assert "When did each skip become useful?" in sentences(app)
    assert not app.button(key="report.start").disabled


def test_a_report_is_handed_to_the_engine_with_its_order_in_the_run_folder(
    opened: Callable[..., AppTest], make_run: MakeRun, engine: InstantEngine
) -> None:
    run = make_run("trained")
    app = opened(images="25", epoch="1")
    app.button(key="report.start").click().run()
    assert engine.submitted[-1] == ("report_in_background", str(run.path))
    job = report_job(run.path)
    assert job is not None
    assert (job.kind, job.dataset, job.subset, job.epoch, job.state) == ("report", "shapes:0.1", 25, 1, "queued")


def test_a_history_is_ordered_for_all_checkpoints(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    run = make_run("trained")
    app = opened(images="all")
    app.button(key="report.history").click().run()
    job = report_job(run.path)
    assert job is not None
    assert (job.kind, job.subset, job.epoch) == ("history", None, None)


def test_the_address_names_dataset_and_images(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    make_run("trained")
    address = opened().query_params
    assert (address["data"], address["images"]) == ("shapes:0.1", "50")
    assert opened(images="10").query_params["images"] == "10"
    assert opened(images="-3").query_params["images"] == "50"


def test_datasets_of_other_runs_are_offered(opened: Callable[..., AppTest], make_run: MakeRun, datasets: Path) -> None:
    make_run("other", dataset="shapes:0.7")
    make_run("trained")
    assert opened().selectbox(key="data").options == [
        "shapes:0.1",
        "shapes:0.7",
        "shapes",
        "followme-sim",
        "Another folder …",
    ]


def test_a_folder_that_is_none_is_one_sentence_and_nothing_can_be_started(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    make_run("trained")
    app = opened(data="Another folder …")
    app.text_input(key="data.folder").set_value("/no/such/folder").run()
    assert "There is no dataset folder '/no/such/folder'." in sentences(app)
    assert "report.start" not in [button.key for button in app.button]


def test_a_dataset_with_other_classes_is_refused(
    opened: Callable[..., AppTest], make_run: MakeRun, upload: None
) -> None:
    make_run("trained", small(classes=2))
    assert "has 3 classes, the network tells 2 apart. Choose a dataset with the same classes." in sentences(opened())


def test_a_run_whose_dataset_has_gone_is_told_and_others_can_be_chosen(
    opened: Callable[..., AppTest], make_run: MakeRun, upload: None, tmp_path: Path
) -> None:
    make_run("trained", dataset=str(tmp_path / "away"))
    app = opened()
    assert "There is no dataset folder" in sentences(app)
    app.selectbox(key="data").select("shapes").run()
    assert not app.button(key="report.start").disabled


def test_an_engine_that_takes_no_work_leaves_nothing_waiting(
    opened: Callable[..., AppTest], make_run: MakeRun, engine: InstantEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("trained")
    app = opened()

    def refuse(*_: Any, **__: Any) -> None:
        raise EngineError("The engine took no work.", "Try again.")

    monkeypatch.setattr(engine, "submit", refuse)
    app.button(key="report.start").click().run()
    assert "The engine took no work. Try again." in sentences(app)
    assert report_job(run.path) is None


def test_a_network_without_skips_has_nothing_to_report(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    make_run("trained", small("follow-me-no-skips"))
    app = opened()
    assert "has no skip connection" in sentences(app)
    assert "report.start" not in [button.key for button in app.button]


# Following


def progress(app: AppTest) -> str:
    return str(app.get("progress")[0].proto.text).replace("\\", "")


def test_progress_is_told_and_no_second_report_can_be_started(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    tell(make_run("trained"), state="running", pid=os.getpid(), done=120, total=1200)
    app = opened()
    assert progress(app) == "Epoch 2 on shapes:0.1: 120 of 1,200 images × baselines."
    assert app.button(key="report.start").disabled
    assert app.button(key="report.history").disabled


def test_before_the_first_image_the_page_says_what_is_waited_for(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    run = make_run("trained")
    tell(run)
    assert progress(opened()) == "Epoch 2 on shapes:0.1: waiting for the engine."
    tell(run, state="running", kind="history", epoch=None)
    assert progress(opened()) == "Every checkpoint on shapes:0.1: the network is being made ready."


def test_stop_asks_the_worker_to_stop(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    run = make_run("trained")
    tell(run, state="running", pid=os.getpid())
    opened().button(key="report.stop").click().run()
    assert (run.path / "report.stop").exists()


def test_a_failed_report_leaves_its_sentence_until_it_is_put_away(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    run = make_run("trained")
    tell(run, state="failed", message="The worker ran out of memory. Use a smaller network.")
    app = opened()
    assert "The worker ran out of memory. Use a smaller network." in sentences(app)
    assert not app.button(key="report.start").disabled
    app.button(key="report.forget").click().run()
    assert "The worker ran out of memory." not in sentences(app)
    assert report_job(run.path) is None


# Reading


def test_a_kept_report_is_found_again_with_its_dataset_and_images(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    keep_report(make_run("trained"), epoch=2)
    app = opened()
    assert app.query_params["images"] == "10"
    assert (
        "IoU of polygon on 30 images is **30.0** of 100 with all skips and **10.0** with none. The Shapley values add "
        "up to the difference of **20.0 points**." in sentences(app)
    )
    assert app.button(key="report.start").disabled


def test_the_numbers_of_each_skip_with_their_intervals(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    keep_report(make_run("trained"), epoch=2)
    text = html(opened())
    assert ">+8.0<small>+7.5 to +8.5</small></td>" in text
    assert ">+16.0<small>+15.5 to +16.5</small></td>" in text
    assert '<tfoot><tr><th scope="row">All minus none</th><td>+20.0</td><td></td><td></td></tr></tfoot>' in text
    assert text.index("decoder5 ← inputs</th>") < text.index("decoder4xx ← encoder2x</th>"), "from the top, as drawn"


def test_boundary_interior_and_recall_by_size_stand_side_by_side(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    keep_report(make_run("trained"), epoch=2)
    text = html(opened())
    assert 'class="group" colspan="2">Mean IoU</th>' in text
    assert 'class="group" colspan="2">Recall of polygon, by its pixels</th>' in text
    for title in ("boundary band", "interior", "4–20", "21–60"):
        assert f">{title}</abbr>" in text


def test_pairs_of_skips_are_shown_once_each_way(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    keep_report(make_run("trained"), epoch=2)
    assert html(opened()).count(">+1.1<small>+1.0 to +1.2</small></td>") == 12


def test_all_baselines_stand_side_by_side_with_what_each_asks(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    keep_report(make_run("trained"), epoch=2)
    app = opened()
    assert ">+5.0<small>+4.5 to +5.5</small><small>± 0.3</small></td>" in html(app)
    for words in ("falls silent", "beyond each channel's usual level", "at each place", "tells of another picture"):
        assert words in sentences(app)


def test_another_baseline_and_measure_from_a_link(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    keep_report(make_run("trained"), epoch=2)
    app = opened(baseline="Mean per channel", images="10")
    assert "is **26.0** of 100 with all skips" in sentences(app)
    app.selectbox(key="metric").select("boundary_iou").run()
    assert "Mean IoU in the boundary band on 30 images is **18.0** of 100" in sentences(app)


def test_the_page_warns_where_the_answer_depends_on_the_baseline(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    keep_report(make_run("trained"), epoch=2)
    assert (
        "The answer depends on the baseline: decoder4xx helps under “zeros” and “mean per channel” and hurts under "
        "“another picture's”." in sentences(opened())
    )


def test_a_report_of_other_images_or_another_checkpoint_is_not_shown(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    keep_report(make_run("trained"), epoch=1)
    assert "There is no report on these images yet." in sentences(opened(images="10", epoch="2"))
    assert "There is no report on these images yet." in sentences(opened(images="25", epoch="1"))
    assert "with all skips and" in sentences(opened(images="10", epoch="1"))


def test_a_report_of_one_baseline_alone_is_not_taken_for_a_whole_one(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    keep_report(make_run("trained"), epoch=2, only=("zero",))
    assert "There is no report on these images yet." in sentences(opened(images="10"))


def test_the_curve_along_the_training_is_drawn_from_two_checkpoints_on(
    opened: Callable[..., AppTest], make_run: MakeRun
) -> None:
    run = make_run("trained", epochs=3)
    keep_report(run, epoch=1, only=("zero",))
    assert "When did each skip become useful?" in sentences(opened(images="10"))
    keep_report(run, epoch=2, only=("zero",))
    app = opened(images="10")
    assert "2 of 3 checkpoints were looked at so far." in sentences(app)
    assert "IoU of polygon on 30 images, with zeros in place of skips that are off." in sentences(app)
    curves = [json.loads(chart.proto.spec) for chart in app.get("echarts_chart")]
    assert any("decoder5 ← inputs" in json.dumps(curve, ensure_ascii=False) for curve in curves)


def test_figures_and_numbers_can_be_saved(opened: Callable[..., AppTest], make_run: MakeRun) -> None:
    keep_report(make_run("trained"), epoch=2)
    saved = [button.proto.label for button in opened().get("download_button")]
    assert saved == ["PNG", "SVG", "PDF"] * 3 + ["CSV", "JSON"]
