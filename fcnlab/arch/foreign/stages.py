"""Blocks in stages: what of a network is its encoder, its bottleneck and its decoder."""

from typing import Any, NamedTuple

from fcnlab.arch.foreign.blocks import Block
from fcnlab.arch.spec import INPUTS

MOST_CONVS = 4
MOST_BOTTLENECK = 8


class Stages(NamedTuple):
    """The three parts as JSON data of a spec, and the blocks in their order.

    Attributes:
        encoder, bottleneck, decoder: Stages as `fcnlab.arch.spec` has them.
        blocks: All blocks.
    """

    encoder: list[dict[str, Any]]
    bottleneck: list[dict[str, Any]]
    decoder: list[dict[str, Any]]
    blocks: list[Block]


def arrange(blocks: list[Block], problems: list[str]) -> Stages | None:
    """Put blocks into stages; None, and a sentence in `problems`, where they make no encoder–decoder."""
    start = next((index for index, block in enumerate(blocks) if block.kind in ("up", "merge")), len(blocks))
    before, behind = blocks[:start], blocks[start:]
    problems += [
        f"{block.name}: it reduces the picture behind the first upsampling or skip."
        for block in behind
        if block.kind == "pool" or (block.kind == "conv" and block.stride > 1)
    ]
    taps = {block.joint.tap for block in behind if block.joint}
    ends = {block.end for block in before} | {0}
    problems += [
        f"{block.name}: its skip comes from the middle of a block, or from the decoder."
        for block in behind
        if block.joint and block.joint.tap not in ends
    ]
    if not any(block.kind == "up" for block in behind):
        problems.append("The network does not enlarge what it reduced: there is no upsampling.")
    parts = _encoder_and_bottleneck(before, taps)
    if parts is None:
        problems.append(
            "There are too few convolutions around the encoder's last reduction: the lab's networks have one in each "
            "encoder stage, and after the last stage another one, the bottleneck, before the first upsampling."
        )
    if problems or parts is None:
        return None
    encoder, bottleneck = parts
    names = {stage[-1].end: f"encoder{number}" for number, stage in enumerate(encoder, 1)} | {0: INPUTS}
    decoder = _decoder(behind, names)
    for number, stage in enumerate(decoder):
        stage["name"] = f"decoder{len(decoder) - number}"
    single = len(bottleneck) == 1 and bottleneck[0].settings["kernel"] == 1
    return Stages(
        [_encoder_stage(f"encoder{number}", stage) for number, stage in enumerate(encoder, 1)],
        [
            {"name": "1x1 conv" if single else f"bottleneck{number}", "conv": block.settings}
            for number, block in enumerate(bottleneck, 1)
        ],
        decoder,
        blocks,
    )


def _encoder_and_bottleneck(blocks: list[Block], taps: set[int]) -> tuple[list[list[Block]], list[Block]] | None:
    """Encoder stages, and as many of the last convolutions as the bottleneck can take; None if it cannot be done."""
    segments = _segments(blocks, taps)
    trailing = 0
    for block in reversed(segments[-1] if segments else []):
        if block.kind != "conv" or block.stride > 1:
            break
        trailing += 1
    for taken in range(min(trailing, MOST_BOTTLENECK), 0, -1):
        stages = [stage for segment in _segments(blocks[:-taken], taps) for stage in _encoder_stages(segment)]
        if stages and all(any(block.kind == "conv" for block in stage) for stage in stages):
            return stages, blocks[-taken:]
    return None


def _segments(blocks: list[Block], taps: set[int]) -> list[list[Block]]:
    """The blocks, cut behind each that a skip taps: a skip taps the end of a stage."""
    found: list[list[Block]] = [[]]
    for block in blocks:
        found[-1].append(block)
        if block.end in taps:
            found.append([])
    return [segment for segment in found if segment]


def _encoder_stages(segment: list[Block]) -> list[list[Block]]:
    """As many blocks in a stage as it can hold."""
    stages: list[list[Block]] = []
    for block in segment:
        if stages and _is_stage([*stages[-1], block]):
            stages[-1].append(block)
        else:
            stages.append([block])
    return stages


def _is_stage(blocks: list[Block]) -> bool:
    """At most four convolutions and one reduction: a pooling or a stride at the beginning or the end."""
    reducing = [place for place, block in enumerate(blocks) if block.kind == "pool" or block.stride > 1]
    convs = sum(block.kind == "conv" for block in blocks)
    return convs <= MOST_CONVS and len(reducing) <= 1 and all(place in (0, len(blocks) - 1) for place in reducing)


def _encoder_stage(name: str, blocks: list[Block]) -> dict[str, Any]:
    down: dict[str, Any] = {"kind": "none"}
    for place, block in enumerate(blocks):
        where = "before" if place == 0 and len(blocks) > 1 else "after"
        if block.kind == "pool":
            down = {**block.settings, "place": where}
        elif block.stride > 1:
            down = {"kind": "stride", "factor": block.stride, "place": where}
    return {"name": name, "convs": [block.settings for block in blocks if block.kind == "conv"], "down": down}


def _decoder(blocks: list[Block], names: dict[int, str]) -> list[dict[str, Any]]:
    """A stage begins with an upsampling, with a second skip, or where a skip follows convolutions."""
    stages: list[dict[str, Any]] = []

    def stage(**first: Any) -> dict[str, Any]:
        stages.append({"up": {"factor": 1}, "skip": None, "convs": [], **first})
        return stages[-1]

    for block in blocks:
        if block.kind == "up":
            stage(up=block.settings)
            continue
        last = stages[-1] if stages else stage()
        if block.joint:
            last = stage() if last["skip"] or last["convs"] else last
            last["skip"] = {"source": names[block.joint.tap], **block.settings}
        else:
            last = stage() if len(last["convs"]) == MOST_CONVS else last
            last["convs"].append(block.settings)
    return stages
