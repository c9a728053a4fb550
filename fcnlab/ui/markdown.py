"""Text that was written by others, shown as it is."""

_SIGNS = frozenset(r"\`*_{}[]<>()#+!|~$:-")


def literal(text: str) -> str:
    r"""Text in which Markdown finds nothing to format: folder and run names, and sentences with them.

    A colon would begin an icon or a colour, a dollar sign a formula: every such sign gets a backslash.
    """
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in text)
