"""Event files as TensorBoard reads them, written without TensorFlow.

An event file is a row of TFRecords (tensorflow.org/tutorials/load_data/tfrecord): the length as 8 bytes, its checksum,
the data, its checksum; all little-endian. The data is a protocol buffer `Event` (tensorflow/core/util/event.proto) of
which four fields are needed: 1 wall_time (double), 2 step (int64), 3 file_version (string), and 5 summary, which holds
values (1) of a tag (1, string) and a number (2 simple_value, float).
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from crc32c import crc32c

_MASK = 0xA282EAD8
_VERSION = b"brain.Event:2"
_DOUBLE, _LENGTH, _FLOAT, _VARINT = 1, 2, 5, 0
"""Wire types of protocol buffers."""


class Scalar(NamedTuple):
    """One point of a curve: when it was made (Unix seconds), at which step, under which name, and its value."""

    time: float
    step: int
    tag: str
    value: float


def event_file(begun: float, scalars: Iterable[Scalar]) -> bytes:
    """The content of an event file.

    Args:
        begun: Unix time of its first event, which tells the format's version.
        scalars: The points, in their order.
    """
    head = _key(1, _DOUBLE) + struct.pack("<d", begun) + _bytes(3, _VERSION)
    return b"".join([_record(head), *(_record(_event(scalar)) for scalar in scalars)])


def _event(scalar: Scalar) -> bytes:
    value = _bytes(1, scalar.tag.encode()) + _key(2, _FLOAT) + struct.pack("<f", scalar.value)
    time = _key(1, _DOUBLE) + struct.pack("<d", scalar.time)
    return time + _key(2, _VARINT) + _varint(scalar.step) + _bytes(5, _bytes(1, value))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _checksum(data: bytes) -> bytes:
    """CRC-32C, rotated and shifted: the checksum of data that holds checksums would be a weak one."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


def _bytes(field: int, data: bytes) -> bytes:
    return _key(field, _LENGTH) + _varint(len(data)) + data


def _key(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have their highest bit set."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
