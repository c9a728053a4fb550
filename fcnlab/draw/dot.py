"""The diagram in Graphviz's language, for whoever wants to lay it out or restyle it."""

import pydot

from fcnlab.arch import NetSpec, flow
from fcnlab.draw.colors import LIGHT, ROLES
from fcnlab.draw.layout import shape_text
from fcnlab.draw.routes import find_links

_SIGNS = {"concat": "‖", "add": "+", "gate": "×"}


def diagram_dot(spec: NetSpec) -> str:
    """A network, valid or not, as a left-to-right graph: a box a stage, skips as orange edges above.

    Returns:
        Text that `dot` takes; the node of row i of the shape flow is called `row_i`.
    """
    found = flow(spec)
    graph = pydot.Dot("network", graph_type="digraph", rankdir="LR", splines="ortho", nodesep="0.3", ranksep="0.35")
    graph.set_label(_quoted(spec.name))
    graph.set_labelloc("t")
    graph.set_fontname("Helvetica")
    graph.set_node_defaults(
        shape="box", style="filled", fontname="Helvetica", fontsize="11", fontcolor=_quoted("#FFFFFF")
    )
    graph.set_edge_defaults(color=_quoted(LIGHT["arrow"]), fontname="Helvetica", arrowsize="0.7")
    for index, row in enumerate(found.rows):
        broken = row.params is None
        node = pydot.Node(_node(index), label=_quoted(f"{row.name}\n{shape_text(row)}"))
        node.set_fillcolor(_quoted(LIGHT["wrong-fill"] if broken else LIGHT[f"{ROLES[row.role]}-line"]))
        if broken:
            node.set_style(_quoted("filled,dashed"))
            node.set_color(_quoted(LIGHT["wrong-line"]))
            node.set_fontcolor(_quoted(LIGHT["wrong-text"]))
        graph.add_node(node)
    for index in range(1, len(found.rows)):
        graph.add_edge(pydot.Edge(_node(index - 1), _node(index), weight="10"))
    for link in find_links(spec, found):
        if link.source is not None:
            graph.add_edge(_skip(link.source, link.target, link.merge, link.fits))
    return str(graph.to_string())


def _skip(source: int, target: int, merge: str, fits: bool) -> pydot.Edge:
    color = LIGHT["skip-line"] if fits else LIGHT["wrong-line"]
    # A skip must not push its ends apart: the data's way alone sets the ranks.
    edge = pydot.Edge(_node(source), _node(target), constraint="false", penwidth="2", color=_quoted(color))
    edge.set("xlabel", _quoted(_SIGNS[merge]))
    edge.set_fontcolor(_quoted(color))
    if not fits:
        edge.set_style("dashed")
    return edge


def _node(index: int) -> str:
    return f"row_{index}"


def _quoted(text: str) -> str:
    """A quoted string of the DOT language, in which only the quote and the backslash are special."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
