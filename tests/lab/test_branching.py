"""A run that begins with the weights of another one: which layers are carried over, and which begin anew."""

import json

import h5py
import numpy as np
import pytest
from fake_trainer import NET as FAKE

from fcnlab.arch import preset
from fcnlab.arch.edit import change
from fcnlab.errors import DataError, RunError
from fcnlab.lab import Run, Status
from fcnlab.lab.examples import examples
from fcnlab.lab.tasks import LeftOut, branch_run, net_of, parse_branch
from fcnlab.lab.training.branching import weight_shapes
from fcnlab.plan import Phase, Plan

NET = preset("follow-me")
OTHER = FAKE.model_copy(update={"encoder": (), "bottleneck": (), "decoder": ()})


def write_weights(path, net):
    """A file as Keras writes it: groups named after classes, the layers' names beside the values."""
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        for index, (name, shapes) in enumerate(weight_shapes(net).items()):
            group = file.create_group(f"layers/layer_{index}/vars")
            group.attrs["name"] = name
            for number, shape in enumerate(shapes):
                group.create_dataset(str(number), data=np.full(shape, index, np.float32))


@pytest.fixture
def run(tmp_path):
    run = Run.create(tmp_path / "first", net=NET.model_dump(mode="json"), plan=Plan(), dataset="shapes:0.5:0")
    for epoch in (1, 2):
        write_weights(run.checkpoint_path(epoch), NET)
    return run


def names_in(path):
    with h5py.File(path) as file:
        return {str(group["vars"].attrs["name"]) for group in file["layers"].values()}


def test_the_shapes_on_paper_are_those_that_keras_writes():
    for shipped in examples():
        with h5py.File(shipped.checkpoints()[-1][1]) as file:
            groups = [group["vars"] for group in file["layers"].values() if len(group["vars"])]
            found = {str(group.attrs["name"]): [group[str(i)].shape for i in range(len(group))] for group in groups}
        assert weight_shapes(net_of(shipped)) == found


def test_a_branch_into_the_same_network_takes_every_layer(run):
    new, carried = branch_run(run, 1, name="second", note="from the first", person="Kim")
    assert (carried.taken, carried.left) == (tuple(weight_shapes(NET)), ())
    record = Run.open(run.path.with_name("second")).record
    assert (record.parent, record.parent_epoch, record.note, record.person) == ("first", 1, "from the first", "Kim")
    assert (record.net, record.plan, record.dataset) == (run.record.net, run.record.plan, "shapes:0.5:0")
    assert new.state() == "queued"
    assert names_in(new.start_path) == set(carried.taken)


def test_a_branch_into_a_changed_network_tells_which_layers_begin_anew_and_why(run):
    wider = change(NET, ("encoder", 1, "convs", 0, "filters"), 32)
    renamed = change(wider, ("decoder", 3, "name"), "decoder_last")
    plan = Plan(phases=(Phase(epochs=1),))
    new, carried = branch_run(run, 2, net=renamed, plan=plan, out=run.path.parent / "wide")
    reasons = dict(carried.left)
    assert reasons["encoder2_conv1"] == "its shape is (1, 1, 16, 32), in the other run it is (1, 1, 16, 64)"
    assert reasons["encoder2_norm1"] == "its shape is (32,), in the other run it is (64,)"
    assert LeftOut("decoder_last_conv1", "the other run has no such layer") in carried.left
    assert {"encoder1_conv1", "outputs_conv", "decoder4_up"} <= set(carried.taken)
    assert {*carried.taken, *reasons} == set(weight_shapes(renamed))
    assert names_in(new.start_path) == set(carried.taken)
    assert (new.record.plan, new.record.net["encoder"][1]["convs"][0]["filters"]) == (plan, 32)


def test_nothing_is_made_where_nothing_agrees(run):
    write_weights(run.checkpoint_path(1), OTHER)
    with pytest.raises(RunError, match=r"No layer of follow-me agrees in name and shape with one of the run first"):
        branch_run(run, 1, name="none")
    assert not run.path.with_name("none").exists()


def test_what_is_wrong_is_told_before_anything_is_made(run):
    with pytest.raises(RunError, match=r"no checkpoint of epoch 7\. It has 1, 2\."):
        branch_run(run, 7, name="new")
    with pytest.raises(DataError, match="tells 5 classes apart"):
        branch_run(run, 1, net=change(NET, ("output", "classes"), 5), name="new")
    run.checkpoint_path(1).write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"The weights .*epoch-0001\.weights\.h5 are damaged .* Choose another epoch"):
        branch_run(run, 1, name="new")
    assert not run.path.with_name("new").exists()


def test_a_branch_is_named_by_run_and_epoch(run):
    assert parse_branch(f"{run.path}@1")[1] == 1
    found, epoch = parse_branch(str(run.path))
    assert (found.path, epoch) == (run.path, 2)
    record = json.loads((run.path / "run.json").read_text())
    record["plan"]["keep_best"] = True
    (run.path / "run.json").write_text(json.dumps(record))
    run.write_status(Status(state="done", best=1))
    assert parse_branch(str(run.path))[1] == 1
    with pytest.raises(RunError, match="is no whole number"):
        parse_branch(f"{run.path}@last")
    with pytest.raises(RunError, match="There is no run folder"):
        parse_branch("nowhere@1")
