"""The Build page, without a browser: every field edits the network, and nothing is lost by a bad one."""

import pytest
from page_opener import OpenPage
from streamlit.testing.v1 import AppTest

from fcnlab.arch import NetSpec, check, from_code, preset, to_code
from fcnlab.arch.edit import change, resize
from fcnlab.ui.workbench import Workbench


@pytest.fixture
def build(open_page: OpenPage) -> AppTest:
    return open_page("Build")


def bench(app: AppTest) -> Workbench:
    assert not app.exception
    return app.session_state["workbench"]  # type: ignore[no-any-return]  # session_state is untyped


def net(app: AppTest) -> NetSpec:
    """The network on the page, which the address bar must hold too."""
    current = bench(app).net
    assert from_code(app.query_params["net"]) == current
    return current


def press(app: AppTest, key: str) -> AppTest:
    button = app.button(key=key)
    assert not button.disabled
    return button.click().run()


def picker(app):
    """The box that chooses the stage; its key follows the names of the stages."""
    return next(box for box in app.selectbox if box.label == "Settings of")


def select(app: AppTest, row: int) -> AppTest:
    return picker(app).select(row).run()


def told(app: AppTest, number: int) -> str:
    """An error's sentence, without the backslashes that keep Markdown from reading it."""
    return app.error[number].value.replace("\\", "")


def sentences(app: AppTest) -> str:
    """What the page says, without the backslashes that keep Markdown from reading it."""
    return "\n".join(element.value for element in (*app.error, *app.info, *app.caption, *app.markdown)).replace(
        "\\", ""
    )


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


# What a visitor finds


def test_the_page_opens_with_follow_me(build: AppTest) -> None:
    assert build.title[0].value == "Build"
    assert net(build) == preset("follow-me")
    assert metrics(build) == {
        "Parameters": "651,465",
        "Multiply–adds": "199 M",
        "Receptive field": "79 px",
        "Activations": "21.6 MB",
    }


def test_every_preset_opens_with_its_lesson(build: AppTest) -> None:
    build.selectbox(key="preset").select("fcn-32s").run()
    assert net(build) == preset("fcn-32s")
    assert "outlines come out as soft blobs" in sentences(build)
    press(build, "undo")
    assert net(build) == preset("follow-me")


def test_every_stage_of_every_kind_can_be_selected(build: AppTest) -> None:
    for row, name in ((0, "net.input.height"), (5, "net.bottleneck.0.conv.kernel"), (6, "net.decoder.0.up.kind")):
        select(build, row)
        assert any(widget.key == name for widget in (*build.number_input, *build.selectbox))
    select(build, 10)
    assert build.number_input(key="net.output.classes").value == 3


# Edits


def test_a_field_changes_the_network_and_its_totals(build: AppTest) -> None:
    build.number_input(key="net.encoder.0.convs.0.filters").set_value(32).run()
    assert net(build) == change(preset("follow-me"), ("encoder", 0, "convs", 0, "filters"), 32)
    assert metrics(build)["Parameters"] != "651,465"


def test_a_value_out_of_range_is_refused_in_a_sentence_and_the_network_stays(build: AppTest) -> None:
    build.number_input(key="net.encoder.0.convs.0.kernel").set_value(99).run()
    assert "Kernel takes a whole number from 1 to 31" in told(build, 0)
    assert net(build) == preset("follow-me")
    assert build.number_input(key="net.encoder.0.convs.0.kernel").value == 3
    build.number_input(key="net.encoder.0.convs.0.kernel").set_value(5).run()
    assert not build.error


def test_a_name_that_is_not_allowed_is_refused(build: AppTest) -> None:
    build.text_input(key="net.encoder.0.name").set_value("<b>").run()
    assert "name" in told(build, 0)
    assert "'<b>'" in told(build, 0)
    assert build.text_input(key="net.encoder.0.name").value == "encoder1"


def test_renaming_a_stage_takes_its_skip_along(build: AppTest) -> None:
    build.text_input(key="net.encoder.0.name").set_value("stem").run()
    assert ("decoder4", "stem") in [(name, skip.source) for name, skip in net(build).skips]


def test_undo_and_redo_walk_the_history_and_reset_goes_to_its_beginning(build: AppTest) -> None:
    key = "net.encoder.0.convs.0.filters"
    assert build.button(key="undo").disabled
    for filters in (24, 32):
        build.number_input(key=key).set_value(filters).run()
    press(build, "undo")
    assert build.number_input(key=key).value == 24
    press(build, "redo")
    assert build.number_input(key=key).value == 32
    press(build, "reset")
    assert net(build) == preset("follow-me")
    press(build, "undo")
    assert net(build).encoder[0].convs[0].filters == 32


def test_stages_are_added_copied_moved_and_removed(build: AppTest) -> None:
    press(build, "stage.Later")
    assert [stage.name for stage in net(build).encoder][:2] == ["encoder2", "encoder1"]
    assert bench(build).row == 2, "the selection follows the stage"
    press(build, "stage.Earlier")
    assert net(build) == preset("follow-me")
    press(build, "stage.Copy")
    assert [stage.name for stage in net(build).encoder][:2] == ["encoder1", "encoder3"]
    press(build, "stage.Remove")
    assert net(build) == preset("follow-me")
    press(build, "add.bottleneck")
    assert len(net(build).bottleneck) == 2
    assert build.text_input(key="net.bottleneck.1.name").value == net(build).bottleneck[1].name


def test_the_only_stage_of_a_section_cannot_be_removed(build: AppTest) -> None:
    select(build, 5)
    assert build.button(key="stage.Remove").disabled


def test_convolutions_are_added_up_to_four_and_removed_down_to_one(build: AppTest) -> None:
    assert build.button(key="conv.remove.0").disabled
    for _ in range(3):
        press(build, "conv.add")
    assert len(net(build).encoder[0].convs) == 4
    assert build.button(key="conv.add").disabled
    build.number_input(key="net.encoder.0.convs.3.filters").set_value(48).run()
    press(build, "conv.remove.0")
    assert [conv.filters for conv in net(build).encoder[0].convs] == [16, 16, 48]


def test_a_decoder_stage_can_lose_all_its_convolutions(build: AppTest) -> None:
    select(build, 6)
    press(build, "conv.remove.0")
    assert net(build).decoder[0].convs == ()
    press(build, "conv.add")
    assert net(build).decoder[0].convs[0].filters == net(build).decoder[0].up.filters


def test_a_skip_is_moved_merged_and_cleared(build: AppTest) -> None:
    select(build, 6)
    source = build.selectbox(key="net.decoder.0.source")
    assert source.options[:2] == ["none", "encoder2x (20×20×128)"]
    assert source.options[2] == "inputs (160×160×3, does not fit)"
    build.selectbox(key="net.decoder.0.skip.merge").select("add").run()
    build.toggle(key="net.decoder.0.skip.project").set_value(True).run()
    skip = net(build).decoder[0].skip
    assert skip is not None
    assert (skip.merge, skip.project) == ("add", True)
    build.selectbox(key="net.decoder.0.source").select(None).run()
    assert net(build).decoder[0].skip is None


def test_upsampling_without_weights_hides_the_fields_of_weights(build: AppTest) -> None:
    select(build, 6)
    build.selectbox(key="net.decoder.0.up.kind").select("bilinear").run()
    assert not any(widget.key == "net.decoder.0.up.filters" for widget in build.number_input)
    assert "This kind has no weights" in sentences(build)


def test_the_output_convolution_can_be_left_out(build: AppTest) -> None:
    select(build, 10)
    build.toggle(key="net.output.convolution").set_value(False).run()
    assert net(build).output.kernel is None
    press(build, "fix.all.0.0")
    assert net(build).output.kernel == 1


def test_batch_norm_can_be_set_for_the_whole_network(build: AppTest) -> None:
    build.number_input(key="net.norm_momentum").set_value(0.99).run()
    assert net(build).norm_momentum == 0.99
    build.number_input(key="net.norm_epsilon").set_value(0.0).run()
    assert "epsilon" in told(build, 0)


# Problems


def test_a_problem_is_told_with_its_place_and_mended_by_one_click(open_page: OpenPage) -> None:
    app = open_page("Build", net=to_code(resize(preset("follow-me"), 150, 150)))
    assert "150 is not divisible by 2⁴ = 16: use 144 or 160." in told(app, 0)
    assert "2 things do not fit" in sentences(app)
    fix = app.button(key="fix.all.0.0")
    assert fix.label == "Use 144×144 pixels"
    press(app, "fix.all.0.0")
    assert (net(app).input.height, net(app).input.width) == (144, 144)
    assert check(net(app)).ok
    assert "Everything fits together" in sentences(app) + "".join(box.label for box in app.expander)


def test_a_problem_leads_to_its_stage_and_is_told_there_too(build: AppTest) -> None:
    select(build, 6)
    build.selectbox(key="net.decoder.0.source").select("inputs").run()
    assert "inputs is 160×160, but decoder4xx works at 20×20" in told(build, 0)
    assert len(build.error) == 2, "listed on top, and with the stage"
    select(build, 1)
    assert len(build.error) == 1
    press(build, "show.all.0")
    assert bench(build).row == 6
    press(build, "fix.stage.0.0")
    assert net(build) == preset("follow-me")


def test_warnings_are_hints_with_a_fix(build: AppTest) -> None:
    assert "1 hint" in build.expander[0].label
    assert "checkerboard" in sentences(build)
    press(build, "fix.hint.0.0")
    assert net(build).decoder[0].up.kernel == 4


# Links and files


def test_a_link_opens_its_network_and_its_history_begins_there(open_page: OpenPage) -> None:
    linked = change(preset("unet-small"), ("encoder", 0, "convs", 0, "filters"), 20)
    app = open_page("Build", net=to_code(linked))
    assert net(app) == linked
    assert app.button(key="undo").disabled
    assert app.selectbox(key="preset").value is None
    app.number_input(key="net.encoder.0.convs.0.filters").set_value(24).run()
    press(app, "reset")
    assert net(app) == linked


def test_a_link_may_name_a_preset(open_page: OpenPage) -> None:
    app = open_page("Build", net="segnet-like")
    assert net(app) == preset("segnet-like")
    assert app.selectbox(key="preset").value == "segnet-like"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("fcn1.!!!", "The share code is damaged. Copy the whole link again."),
        ("hello", "A share code begins with 'fcn1.'; this one begins with 'hello'."),
        ("/etc/passwd", "A share code begins with 'fcn1.'; this one begins with '/etc/pas'."),
        ("fcn1." + "A" * 9000, "The share code is 9,005 characters long; the most is 8,000."),
    ],
)
def test_a_bad_link_is_one_sentence_and_keeps_the_network(build: AppTest, code: str, sentence: str) -> None:
    build.number_input(key="net.encoder.0.convs.0.filters").set_value(24).run()
    before = net(build)
    build.query_params["net"] = code
    build.run()
    assert told(build, 0) == sentence
    assert net(build) == before


def test_an_edit_wins_over_an_address_that_is_a_moment_old(build: AppTest) -> None:
    old = build.query_params["net"]
    build.number_input(key="net.encoder.0.convs.0.filters").set_value(24).run()
    build.query_params["net"] = old  # the browser had not heard of the new one yet
    build.number_input(key="net.encoder.0.convs.0.filters").set_value(32).run()
    assert net(build).encoder[0].convs[0].filters == 32


def test_the_browsers_back_button_goes_to_the_network_before(build: AppTest) -> None:
    old = build.query_params["net"]
    build.number_input(key="net.encoder.0.convs.0.filters").set_value(24).run()
    build.query_params["net"] = old
    build.run()
    assert net(build) == preset("follow-me")
    press(build, "undo")
    assert net(build).encoder[0].convs[0].filters == 24


@pytest.mark.parametrize("kind", ["link", "code", "json", "name"])
def test_pasted_text_opens(build: AppTest, kind: str) -> None:
    wanted = preset("linknet-small")
    code = to_code(wanted)
    texts = {
        "link": f"https://lab.example.org/Build?net={code}",
        "code": f"  {code}\n",
        "json": wanted.model_dump_json(),
        "name": "linknet-small",
    }
    build.text_area(key="open.text").set_value(texts[kind]).run()
    press(build, "open.go")
    assert net(build) == wanted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Nothing was pasted. Paste a link, a share code or a network's JSON."),
        ('{"name": "x"}', "the pasted JSON, encoder: this field is missing"),
        ("{broken", "the pasted JSON is not valid JSON"),
        ("https://lab.example.org/Build", "A share code begins with 'fcn1.'"),
    ],
)
def test_pasted_text_that_is_no_network_is_refused(build: AppTest, text: str, sentence: str) -> None:
    build.text_area(key="open.text").set_value(text).run()
    press(build, "open.go")
    assert sentence in told(build, 0)
    assert net(build) == preset("follow-me")


def test_an_uploaded_file_opens_or_is_refused_by_name(build: AppTest) -> None:
    uploader = build.get("file_uploader")[0]
    uploader.upload("mine.json", preset("student-3").model_dump_json().encode(), "application/json").run()
    assert net(build) == preset("student-3")
    build.get("file_uploader")[0].set_value([]).run()
    build.get("file_uploader")[0].upload("other.json", b"\xff\xfe", "application/json").run()
    assert "the file other.json is not valid JSON" in told(build, 0)
    assert net(build) == preset("student-3")


# Faults


def test_a_fault_of_the_labs_is_a_calm_sentence(
    build: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the details")

    monkeypatch.setattr("fcnlab.ui.build.page.check", fail)
    build.run()
    assert told(build, 0).startswith("This page failed through a fault of the lab's.")
    assert not build.exception
    assert "the details" in caplog.text


def test_the_layers_view_keeps_the_page_whole(build: AppTest) -> None:
    build.segmented_control(key="rows_of").set_value("Layers").run()
    assert not build.exception
    assert net(build) == preset("follow-me")


# Memory for training


def test_the_memory_section_is_worked_out_once_it_is_opened(build, monkeypatch):
    from fcnlab.arch.memory import GB, verdict

    assert "In 4 GB" not in sentences(build)
    build.session_state["build.memory"] = True
    build.session_state["build.memory.budget"] = "4 GB"
    build.run()
    assert verdict(net(build), 4 * GB, [(160, 160), (256, 256)]) in sentences(build)
    build.number_input(key="build.memory.batch").set_value(64).run()
    assert "Batch 64 takes about 2.3 GB at its peak" in sentences(build)
