"""Runs with a made-up curve, for the tests of lists, exports and replays."""

from fcnlab.lab import Run
from fcnlab.plan import Phase, Plan


def scores(mean, classes):
    return {"images": 9, "loss": 0.7, "mean_iou": mean, "class_iou": classes}


def recorded(root, name, *, epochs=2, steps=3, network="follow-me", dataset="shapes:0.3:0", best=0.5, **status):
    """A run of so many epochs and steps in each; a step takes 2 s, an epoch 1 s besides; the last epoch is the best."""
    net = {"name": network, "output": {"classes": 3}}
    run = Run.create(root / name, net=net, plan=Plan(phases=(Phase(epochs=epochs),)), dataset=dataset, note="as made")
    for number in range(1, epochs * steps + 1):
        epoch = (number - 1) // steps + 1
        common = {"step": number, "epoch": epoch, "loss": 1 / number}
        run.append_metric({"kind": "step", **common, "learning_rate": 0.01, "seconds": 2.0, "images": 8})
        if number % steps == 0:
            seen = scores(best * epoch / epochs, [0.9, None, 0.25])
            run.append_metric({"kind": "epoch", **common, "seconds": 2.0 * steps + 1, "validation": seen})
    ended = {"state": "done", "epoch": epochs, "epochs": epochs, "step": epochs * steps, "steps": epochs * steps}
    run.write_status(run.status.with_(**{**ended, **status}))
    return run
