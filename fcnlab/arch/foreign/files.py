"""A file that a network comes in, as it was given."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fcnlab.errors import SpecError

MAX_FILE: Final = 500_000_000


@dataclass(frozen=True)
class NetworkFile:
    """A file's name and its bytes."""

    name: str
    data: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "NetworkFile":
        """Read a file.

        Raises:
            SpecError: There is none, it cannot be read, or it is too large.
        """
        try:
            if not path.is_file():
                what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
                raise SpecError(f"The file {path} {what}.", "Name the file that Keras wrote.")
            require_modest_file(path.name, path.stat().st_size)
            return cls(path.name, path.read_bytes())
        except (OSError, ValueError) as problem:
            if isinstance(problem, SpecError):
                raise
            reason = problem.strerror if isinstance(problem, OSError) else problem
            raise SpecError(f"The file {str(path)[:200]} cannot be read ({reason}).") from None


def require_modest_file(name: str, size: int, most: int = MAX_FILE) -> None:
    """Refuse a file of more bytes than are read.

    Raises:
        SpecError: With both numbers.
    """
    if size > most:
        raise SpecError(
            f"{name} has {size / 1e6:,.0f} MB; at most {most / 1e6:,.0f} MB are read.",
            "Save the weights without the optimizer's state (`model.save_weights`).",
        )
