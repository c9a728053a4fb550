"""The files that a network comes in: JSON, HDF5, or a .keras archive; all of them of strangers' hands."""

import io
import zipfile
import zlib
from typing import Final

from fcnlab.arch.foreign import ForeignNet, NetworkFile, read_network
from fcnlab.arch.foreign.files import require_modest_file
from fcnlab.arch.foreign.reading import MAX_TEXT
from fcnlab.errors import SpecError
from fcnlab.net.foreign.weights import opened, text_attribute

MAX_UNPACKED: Final = 300_000_000
"""Of the weights in an archive, in bytes."""

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"
_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_OTHER_WAYS = "Save it as .keras or .h5 with Keras, or give its configuration (JSON) and its weights (.h5)."


def open_network(config: NetworkFile, weights: NetworkFile | None) -> tuple[ForeignNet, NetworkFile]:
    """Read the configuration, and find the weights.

    Args:
        config: JSON, a .keras archive, or an .h5 file that holds its configuration.
        weights: An HDF5 file of weights; None where `config` holds them.

    Returns:
        The network, and the HDF5 file with its weights.

    Raises:
        SpecError: A file is none of these, is damaged or too large; or the network cannot be read.
    """
    for file in (config, weights):
        if file is not None:
            require_modest_file(file.name, len(file.data))
    text, version, inside = _unpack(config)
    net = read_network(text, config.name, version)
    if weights is not None and weights.data.startswith(_ZIP):
        weights = _archive(weights)[2]
    found = weights or inside
    if found is None:
        raise SpecError(f"{config.name} holds no weights.", "Give the file with its weights (.h5), too.")
    if not found.data.startswith(_HDF5):
        raise SpecError(f"{found.name} is no HDF5 file of weights.", "Give the .h5 file that Keras wrote.")
    return net, found


def _unpack(config: NetworkFile) -> tuple[str | bytes, str, NetworkFile | None]:
    """The configuration's text, the version of the Keras that wrote it, and the weights that are with it."""
    if config.data.startswith(_ZIP):
        return _archive(config)
    if config.data.startswith(_HDF5):
        return _whole_model(config)
    if config.data.lstrip()[:1] not in (b"{", b'"'):
        raise SpecError(f"{config.name} is neither JSON nor HDF5 nor a .keras archive.", _OTHER_WAYS)
    return config.data, "", None


def _whole_model(file: NetworkFile) -> tuple[str, str, NetworkFile]:
    with opened(file.name, file.data) as root:
        text = text_attribute(root, "model_config", MAX_TEXT, file.name)
        version = text_attribute(root, "keras_version", 100, file.name)
    if not text:
        raise SpecError(
            f"{file.name} holds weights alone, without the network's configuration.",
            "Give the configuration (the JSON of `model.to_json`) first, and this file as its weights.",
        )
    return text, version, file


def _archive(file: NetworkFile) -> tuple[bytes, str, NetworkFile]:
    """Read the members of a .keras archive that are known; nothing is unpacked to the disk."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            _require_plain(archive, file.name)
            text = _member(archive, _CONFIG, MAX_TEXT, file.name)
            weights = _member(archive, _WEIGHTS, MAX_UNPACKED, file.name)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as problem:
        if isinstance(problem, SpecError):
            raise
        raise SpecError(
            f"The archive {file.name} is damaged ({str(problem)[:80]}).", "Copy or save it again."
        ) from None
    return text, "3", NetworkFile(f"{_WEIGHTS} in {file.name}", weights)


def _require_plain(archive: zipfile.ZipFile, name: str) -> None:
    members = [member.filename for member in archive.infolist()]
    strange = sorted(set(members) - {_CONFIG, _WEIGHTS, _METADATA, "assets/"})
    if strange or len(members) != len(set(members)):
        what = f"holds {strange[0][:60]!r}" if strange else "holds a file twice"
        raise SpecError(
            f"The archive {name} {what}; a .keras file of a plain network holds {_CONFIG}, {_METADATA} and {_WEIGHTS}.",
            "Save it with `model.save('network.keras')`.",
        )


def _member(archive: zipfile.ZipFile, member: str, most: int, name: str) -> bytes:
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise SpecError(
            f"The archive {name} holds no {member}.", "Save it with `model.save('network.keras')`."
        ) from None
    data = b""
    if info.file_size <= most:
        with archive.open(info) as stream:
            data = stream.read(most + 1)  # never more, whatever the archive says of its size
    if info.file_size > most or len(data) > most:
        raise SpecError(f"{member} in {name} is larger than {most / 1e6:,.0f} MB unpacked, the most that is read.")
    return data
