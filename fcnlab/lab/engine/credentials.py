"""Who may talk to the local engine: whoever can read a file that only its owner can read.

A dask scheduler runs any code that it is sent, and an address on this machine is open to all its accounts. So the
engine and its workers take only encrypted connections that show the certificate in `.engine/credentials.json`, made
anew with each engine, and readable by the account that started it alone.
"""

import json
import os
from pathlib import Path
from typing import Any

from fcnlab.errors import EngineError

FILE = "credentials.json"
SHOWN = ("tls_ca_file", "tls_client_cert", "tls_scheduler_cert", "tls_worker_cert")
SECRET = ("tls_client_key", "tls_scheduler_key", "tls_worker_key")


def issue(folder: Path) -> Any:
    """Make a key and a certificate, write them down in `folder`, and return them as dask's `Security`."""
    from distributed.security import Security

    made = Security.temporary()
    path = folder / FILE
    path.unlink(missing_ok=True)  # an older file might have been opened by others
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"certificate": made.tls_ca_file, "key": made.tls_client_key}, file)
    return made


def present(folder: Path) -> Any:
    """What `issue` wrote down, as dask's `Security`.

    Raises:
        EngineError: The file is missing, damaged, or somebody else's.
    """
    from distributed.security import Security

    path = folder / FILE
    try:
        found = json.loads(path.read_text())
        certificate, key = str(found["certificate"]), str(found["key"])
    except PermissionError:
        raise EngineError(
            f"The engine of {folder.parent} was started by another account ({path} cannot be read).",
            "Use a runs folder of your own: set FCNLAB_RUNS.",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise EngineError(f"The engine's credentials {path} cannot be read ({problem}).", "Try again.") from None
    return Security(require_encryption=True, **dict.fromkeys(SHOWN, certificate), **dict.fromkeys(SECRET, key))
