"""Networks that others wrote, on paper: their configuration read as data, and recognised as a spec where it is one.

Nothing here builds, imports or runs anything: a configuration is JSON of strangers' hands, and only what is known
by name and value is taken from it.
"""

from fcnlab.arch.foreign.files import NetworkFile
from fcnlab.arch.foreign.layers import ForeignLayer, ForeignNet, NotUnderstoodError
from fcnlab.arch.foreign.reading import read_network, to_config
from fcnlab.arch.foreign.recognise import Recognised, Source, recognise

__all__ = [
    "ForeignLayer",
    "ForeignNet",
    "NetworkFile",
    "NotUnderstoodError",
    "Recognised",
    "Source",
    "read_network",
    "recognise",
    "to_config",
]
