"""Networks to draw that are harder than the presets: broken, odd, very short and very deep ones."""

from fcnlab.arch import NetSpec, preset
from fcnlab.arch.edit import (
    change,
    clear_skip,
    duplicate_stage,
    move_stage,
    remove_stage,
    rename_stage,
    resize,
    set_skip,
)


def bridged() -> NetSpec:
    """A skip from the inputs past an encoder stage of the same size."""
    return change(preset("unet-small"), ("decoder", 3, "skip", "source"), "inputs")


def one_source_thrice() -> NetSpec:
    """Three decoder stages of the inputs' size that all take their skip from the inputs."""
    spec = preset("follow-me")
    for _ in range(2):
        spec = change(duplicate_stage(spec, "decoder", 3), ("decoder", 4, "up", "factor"), 1)
    return spec


def sixteen() -> NetSpec:
    """Sixteen rows, with long names."""
    spec = preset("follow-me")
    for _ in range(2):
        spec = change(duplicate_stage(spec, "encoder", 0), ("encoder", 0, "down", "kind"), "none")
        spec = change(duplicate_stage(spec, "decoder", 3), ("decoder", 4, "up", "factor"), 1)
    spec = duplicate_stage(spec, "bottleneck", 0)
    return rename_stage(spec, "encoder", 2, "a stage whose name is as long as can be")


def forty() -> NetSpec:
    """As many stages as a spec can have."""
    spec = preset("follow-me")
    for _ in range(12):
        spec = change(duplicate_stage(spec, "encoder", 0), ("encoder", 0, "down", "kind"), "none")
        spec = change(duplicate_stage(spec, "decoder", 3), ("decoder", 4, "up", "factor"), 1)
    for _ in range(7):
        spec = duplicate_stage(spec, "bottleneck", 0)
    return spec


def deep() -> NetSpec:
    """From 4096 pixels to 1, without skips."""
    spec = preset("follow-me-no-skips")
    for _ in range(8):
        spec = duplicate_stage(duplicate_stage(spec, "encoder", 3), "decoder", 0)
    return resize(spec, 4096, 4096)


def shortest() -> NetSpec:
    """One stage of each kind."""
    spec = preset("student-3")
    for section in ("encoder", "decoder"):
        for _ in range(2):
            spec = remove_stage(spec, section, len(getattr(spec, section)) - 1)
    return clear_skip(spec, 0)


def wrong_skips() -> NetSpec:
    """Two skips of another size than their stage's."""
    return set_skip(set_skip(preset("follow-me"), 1, "encoder1"), 0, "inputs")


def lost_source() -> NetSpec:
    """A skip from a stage that was removed, and outputs larger than the inputs."""
    return move_stage(remove_stage(preset("follow-me"), "encoder", 1), "decoder", 0, 2)


def merges() -> NetSpec:
    """All three merges, on pictures four times as high as wide."""
    spec = resize(preset("follow-me"), 256, 64)
    return set_skip(set_skip(spec, 1, "encoder2", "gate"), 2, "encoder1", "add")


ODD = {
    make.__name__: make()
    for make in (
        bridged,
        one_source_thrice,
        sixteen,
        forty,
        deep,
        shortest,
        wrong_skips,
        lost_source,
        merges,
    )
} | {"not_divisible": resize(preset("follow-me"), 150, 150)}
