"""The shape-flow table as HTML: one row a stage or a layer, every number from `fcnlab.arch.flow`."""

from collections.abc import Collection, Sequence
from html import escape

from fcnlab.arch import Flow, Row
from fcnlab.draw.glossary import explain
from fcnlab.ui.words import count, shape, short

_COLUMNS = (
    # title, glossary term, class ("wide" columns are left out on a phone)
    ("Shape", "shape flow", ""),
    ("Parameters", "parameters", ""),
    ("Multiply–adds", "multiply–adds", "wide"),
    ("Receptive field", "receptive field", ""),
)


def table_html(flow: Flow, stages: Sequence[int], *, selected: int, wrong: Collection[int], title: str) -> str:
    """The table.

    Args:
        flow: By stage or by layer.
        stages: For each of the flow's rows the row of its stage, which a click selects.
        selected: The selected stage's row.
        wrong: Rows of stages that have an error.
        title: What the first column lists: "Stage" or "Layer".
    """
    head = "".join(
        f'<th scope="col" class="{kind}"><abbr title="{escape(explain(term))}">{name}</abbr></th>'
        for name, term, kind in _COLUMNS
    )
    rows = "".join(
        _row(row, stage, selected=stage == selected, wrong=stage in wrong)
        for row, stage in zip(flow.rows, stages, strict=True)
    )
    return (
        f'<div class="scroll"><table aria-label="Shape flow by {title.lower()}">'
        f'<thead><tr><th scope="col">{title}</th>{head}</tr></thead><tbody>{rows}</tbody>{_foot(flow)}</table></div>'
    )


def _row(row: Row, stage: int, *, selected: bool, wrong: bool) -> str:
    state = " selected" * selected + " wrong" * wrong
    sign = '<span role="img" aria-label="has an error">⚠ </span>' if wrong else ""
    current = ' aria-current="true"' if selected else ""
    name = f'<button data-stage="{stage}"{current}>{escape(row.name)}</button>'
    return (
        f'<tr class="{row.role}{state}" data-stage="{stage}">'
        f'<td>{sign}{name}<span class="what">{escape(row.kind)}</span></td>'
        f"<td>{shape(row.shape)}</td><td>{count(row.params)}</td>"
        f'<td class="wide" title="{count(row.macs)}">{short(row.macs)}</td><td>{count(row.receptive_field)}</td></tr>'
    )


def _foot(flow: Flow) -> str:
    known = "All" if flow.complete else "All that is known"
    return (
        f"<tfoot><tr><td>{known}</td><td></td><td>{count(flow.params)}</td>"
        f'<td class="wide" title="{count(flow.macs)}">{short(flow.macs)}</td>'
        f"<td>{count(flow.rows[-1].receptive_field)}</td></tr></tfoot>"
    )
