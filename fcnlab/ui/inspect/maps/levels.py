"""The stages of a network as a U: encoder stages on the left going down, decoder stages on the right coming up."""

from dataclasses import dataclass

from fcnlab.arch import Flow, NetSpec


@dataclass(frozen=True, slots=True)
class Level:
    """What stands side by side: rows of the shape flow on the left and on the right, either of which may be absent."""

    left: int | None
    right: int | None


def levels(net: NetSpec, flow: Flow) -> list[Level]:
    """The levels from the top down, without the bottleneck.

    A decoder stage stands beside the source of its skip; one without a skip beside the encoder stage of its size.
    Where that would break the order of the stages, it has a level for itself.
    """
    encoders = range(1 + len(net.encoder))
    first = len(encoders) + len(net.bottleneck)
    found: list[Level] = []
    used = 0
    for row in range(len(flow.rows) - 1, first - 1, -1):
        partner = _partner(net, flow, row, first)
        if partner is None or partner < used:
            found.append(Level(None, row))
            continue
        found += [Level(left, None) for left in range(used, partner)]
        found.append(Level(partner, row))
        used = partner + 1
    return found + [Level(left, None) for left in encoders[used:]]


def _partner(net: NetSpec, flow: Flow, row: int, first: int) -> int | None:
    """The row on the left that a row on the right belongs to."""
    sources = {flow.rows[index].name: index for index in range(1 + len(net.encoder))}
    claimed = {sources[stage.skip.source] for stage in net.decoder if stage.skip and stage.skip.source in sources}
    stage = net.decoder[row - first] if row - first < len(net.decoder) else None
    if stage is not None and stage.skip is not None:
        return sources.get(stage.skip.source)
    size = flow.rows[row].shape[:2]
    same = [index for index in sources.values() if flow.rows[index].shape[:2] == size and index not in claimed]
    return same[-1] if same else None
