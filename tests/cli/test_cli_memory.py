"""Memory at the command line: told by `flow`, and a reason for `train` to refuse."""

import json

from fcnlab.arch import preset
from fcnlab.arch.memory import GB, training_memory, verdict


def test_flow_tells_what_training_takes(call) -> None:
    ended = call("flow", "follow-me", "--json", "--batch-size", "64", "--budget", "8")
    told = json.loads(ended.out)["memory"]
    assert told["total"] == training_memory(preset("follow-me"), 64).total
    assert told["budget"] == 8 * GB
    assert told["verdict"] == verdict(preset("follow-me"), 8 * GB, [(160, 160), (256, 256)])
    assert sum(stage["activations"] for stage in told["stages"]) == told["activations"]
    assert told["verdict"] in call("flow", "follow-me", "--budget", "8").out


def test_train_refuses_what_does_not_fit_unless_forced(call, monkeypatch, tmp_path) -> None:
    from fcnlab.lab import tasks
    from fcnlab.lab.training import budget

    monkeypatch.setattr(budget, "budget_of_worker", lambda: budget.Budget(2 * GB, "this machine's memory"))
    trained = []
    monkeypatch.setattr(tasks, "train_here", lambda *given, force: trained.append(force))
    asked = ("train", "follow-me", "--data", "shapes", "--batch-size", "256", "--out", str(tmp_path / "run"))
    ended = call(*asked)
    assert ended.status == 2
    assert "with batch 256 takes about" in ended.err
    assert "Or try it all the same with --force." in ended.err
    assert not trained
    assert call(*asked, "--force").status == 0
    assert trained == [True]
