"""Networks as text: JSON files, and share codes short enough for a link.

A share code is `fcn1.` and the URL-safe base64 of the deflated JSON, in which whatever has its default value is
left out. Codes come from strangers: their length is capped before and after decompression, and what they hold is
validated like any other document.
"""

import base64
import binascii
import codecs
import json
import zlib
from pathlib import Path

from fcnlab.arch.presets import PRESETS, preset
from fcnlab.arch.spec import NetSpec
from fcnlab.errors import SpecError

PREFIX = "fcn1."
MAX_CODE = 8_000
MAX_JSON = 200_000

# Deflate refers back to this text, so that the words every network has cost next to nothing. It belongs to the
# format "fcn1.": another text needs another prefix.
_COMMON_WORDS = (
    b'{"name":"unet-small","name":"linknet-small","name":"segnet-like","name":"fcn-8s","name":"student-3",'
    b'"input":{"height":160,"width":160,"channels":3},"output":{"classes":3,"kernel":null,"activation":"sigmoid"},'
    b'"norm_momentum":0.99,"norm_epsilon":0.001,"bias":true,"bias":false,"norm":"none","activation":"none",'
    b'"activation":"relu","order":"activation-norm","down":{"kind":"max","place":"before"},"down":{"kind":"none"}},'
    b'"up":{"kind":"bilinear","factor":8,"up":{"kind":"nearest"},"kernel":1,"kernel":2,"kernel":4,"project":true,'
    b'"merge":"add"},"merge":"gate"},"filters":256}]},{"name":"follow-me","encoder":[{"name":"encoder1",'
    b'"convs":[{"kind":"separable","filters":16}]},{"name":"encoder2","convs":[{"kind":"separable","filters":64}]},'
    b'{"name":"encoder3","convs":[{"filters":128},{"filters":512}]}],"bottleneck":[{"name":"1x1 conv",'
    b'"conv":{"filters":256,"kernel":1}}],"decoder":[{"name":"decoder4","up":{"filters":128},'
    b'"skip":{"source":"encoder2"},"convs":[{"kind":"separable","filters":128}]},{"name":"decoder1",'
    b'"up":{"filters":64},"skip":{"source":"encoder1"},"convs":[{"kind":"separable","filters":32}]},{"name":"decoder5",'
    b'"up":{"filters":16},"skip":{"source":"inputs"},"convs":[{"kind":"separable","filters":16}]}]}'
)


def to_json(spec: NetSpec) -> str:
    """The network as readable JSON, every field spelled out."""
    return spec.model_dump_json(indent=2) + "\n"


def from_json(text: str | bytes, what: str = "the network") -> NetSpec:
    """Read a network from JSON.

    Raises:
        SpecError: The text is no valid network; the message names the place.
    """
    if len(text) > MAX_JSON:
        raise SpecError(f"{what} is {len(text):,} characters long; a network takes at most {MAX_JSON:,}.")
    return NetSpec.parse(text, what=what, error=SpecError)


def to_code(spec: NetSpec) -> str:
    """The network as a share code of about a hundred to a few hundred characters."""
    text = spec.model_dump_json(exclude_defaults=True).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_COMMON_WORDS)
    packed = packer.compress(text) + packer.flush()
    return PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_code(code: str) -> NetSpec:
    """Read a network from a share code.

    Raises:
        SpecError: The code is cut off, altered, too long or holds no valid network.
    """
    code = code.strip()
    if not code.startswith(PREFIX):
        raise SpecError(f"A share code begins with {PREFIX!r}; this one begins with {code[:8]!r}.")
    if len(code) > MAX_CODE:
        raise SpecError(f"The share code is {len(code):,} characters long; the most is {MAX_CODE:,}.")
    body = code.removeprefix(PREFIX)
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(-15, zdict=_COMMON_WORDS)
        text = unpacker.decompress(packed, MAX_JSON)
    except (binascii.Error, ValueError, zlib.error):
        raise SpecError("The share code is damaged.", "Copy the whole link again.") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise SpecError("The share code is cut off or too large.", "Copy the whole link again.")
    return NetSpec.parse(text, what="the share code's network", error=SpecError)


def load_spec(source: str | Path) -> NetSpec:
    """A network by a preset's name, a JSON file's path or a share code.

    Raises:
        SpecError: It is none of them, or the file cannot be read.
    """
    name = str(source)
    if name in PRESETS:
        return preset(name)
    if name.startswith(PREFIX):
        return from_code(name)
    path = Path(source)
    if not path.suffix and len(path.parts) == 1 and not _exists(path):
        return preset(name)
    return from_json(_read(path), f"the network file {path.name}")


def _read(path: Path) -> bytes:
    shown = str(path) if len(str(path)) <= 200 else f"{str(path)[:197]}…"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_JSON + 1)  # never more: the path may name a device, or a disk image
    except FileNotFoundError:
        raise SpecError(f"There is no network file {shown}.", f"Presets are {', '.join(PRESETS)}.") from None
    except IsADirectoryError:
        raise SpecError(f"{shown} is a folder; a network is a JSON file, a preset or a share code.") from None
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise SpecError(f"The network file {shown} cannot be read ({reason}).") from None
    if len(data) > MAX_JSON:
        raise SpecError(f"The network file {shown} is larger than {MAX_JSON:,} bytes, the most that a network takes.")
    return data.removeprefix(codecs.BOM_UTF8)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def plain(spec: NetSpec) -> dict[str, object]:
    """The network as plain data: what JSON documents that contain a network hold."""
    document: dict[str, object] = json.loads(spec.model_dump_json())
    return document
