"""The value object all of the lab's documents are made of, and how a bad document is told in one sentence."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from fcnlab.errors import FcnLabError


class Document(BaseModel):
    """A frozen value with declared fields; unknown fields are refused.

    Specs, plans and run records come from files, links and other people's hands, so that nothing of them is
    trusted before it was validated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def parse(cls, document: Any, *, what: str, error: type[FcnLabError] = FcnLabError) -> Self:
        """Validate JSON text, bytes or plain Python data.

        Args:
            document: `str` or `bytes` of JSON, or a `dict`.
            what: What the document is called in the error's sentence, e.g. "the network file stack.json".
            error: The class of the error to raise.

        Raises:
            FcnLabError: (as `error`) with the place and the reason of the first problem.
        """
        try:
            if isinstance(document, str | bytes | bytearray):
                return cls.model_validate_json(document)
            return cls.model_validate(document)
        except ValidationError as problem:
            raise error(describe(problem, what)) from None


def describe(problem: ValidationError, what: str) -> str:
    """One sentence for the first of pydantic's problems, e.g. "net.json, encoder 2, filters: …, received 0"."""
    first, *others = problem.errors(include_url=False)
    if first["type"] == "json_invalid":
        return f"{what} is not valid JSON ({first['ctx']['error']})."
    place = ", ".join(_place(part) for part in first["loc"])
    received = repr(first["input"])
    if len(received) > 60:
        received = received[:57] + "…"
    reason = _REASONS.get(first["type"], "").format_map(first.get("ctx", {}))
    if not reason:
        reason = first["msg"].removeprefix("Value error, ").removesuffix(".")
        reason = reason[0].lower() + reason[1:]
    # A list with a wrong part is also told as one that lacks it: what only holds the first problem is no other.
    more = sum(other["loc"] != first["loc"][: len(other["loc"])] for other in others)
    rest = f" (and {more} more such problem{'s' if more > 1 else ''})" if more else ""
    where = f"{what}, {place}" if place else what
    # Where the fields do not go together, the value is the whole document: that says nothing more.
    whole = not place and isinstance(first["input"], dict)
    told = "" if first["type"] in ("missing", "extra_forbidden") or whole else f", received {received}"
    return f"{where}: {reason}{told}.{rest}"


_REASONS = {
    "missing": "this field is missing",
    "extra_forbidden": "there is no such field here",
    "string_pattern_mismatch": "letters, digits, spaces and . _ - are allowed, a letter or digit first",
    "too_short": "at least {min_length} needed",
    "too_long": "at most {max_length} allowed",
}
"""The problems that pydantic tells in a programmer's words, in plain ones."""


def _place(part: int | str) -> str:
    return f"number {part + 1}" if isinstance(part, int) else str(part).replace("_", " ")
