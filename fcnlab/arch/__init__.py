"""The network on paper: spec, shape flow, cost, receptive field, checks, edits, presets, sharing, code export.

Nothing here imports a framework: every function is arithmetic on a frozen document.
"""

from fcnlab.arch.check import Fix, Problem, Report, check, require_valid
from fcnlab.arch.export import to_script
from fcnlab.arch.flow import Flow, Row, flow, layer_flow
from fcnlab.arch.graph import Graph, Layer, expand
from fcnlab.arch.presets import PRESETS, Preset, preset
from fcnlab.arch.share import from_code, from_json, load_spec, plain, to_code, to_json
from fcnlab.arch.spec import NetSpec

__all__ = [
    "PRESETS",
    "Fix",
    "Flow",
    "Graph",
    "Layer",
    "NetSpec",
    "Preset",
    "Problem",
    "Report",
    "Row",
    "check",
    "expand",
    "flow",
    "from_code",
    "from_json",
    "layer_flow",
    "load_spec",
    "plain",
    "preset",
    "require_valid",
    "to_code",
    "to_json",
    "to_script",
]
