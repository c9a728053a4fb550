"""Errors a person can act on: what was received, what was expected, how to mend it.

This module is the ground of the house: every room may import it, and it imports nothing.
"""


class FcnLabError(ValueError):
    """An input of the user's was wrong.

    Args:
        message: One plain sentence that says what was received and what was expected.
        fix: One plain sentence that says what to do instead; empty if `message` says it already.

    `str()` of the error joins both: the command line and the pages show exactly that.
    """

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(f"{message} {fix}".strip())
        self.message = message
        self.fix = fix


class SpecError(FcnLabError):
    """A network specification, share code or preset name that cannot be read."""


class PlanError(FcnLabError):
    """A training plan with a value that cannot be used."""


class DataError(FcnLabError):
    """A dataset, image or mask that cannot be read or used; the message names the file."""


class RunError(FcnLabError):
    """A run folder that is missing, incomplete or busy."""


class EngineError(FcnLabError):
    """The workers cannot be reached or cannot take the work."""


class RenderError(FcnLabError):
    """The simulated world cannot be drawn, or not in the way that was asked for."""
