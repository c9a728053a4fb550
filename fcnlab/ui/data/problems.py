"""The files of a dataset that were left out, and why."""

import re
from collections import Counter
from collections.abc import Iterable
from html import escape

import streamlit as st

from fcnlab.data import Dataset
from fcnlab.data.dataset import FileProblem

MOST = 200
"""Files that are listed on the page."""

_CSS = """<style>
.files{border-collapse:collapse;font-size:.875rem;width:100%}
.files th{font-weight:600;color:var(--fcn-muted);text-align:left;padding:.25rem .75rem .25rem 0;
  border-bottom:2px solid var(--fcn-rule)}
.files td,.files tbody th{text-align:left;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--fcn-rule);
  vertical-align:top;overflow-wrap:anywhere;font-weight:400;color:inherit}
.files tbody th{width:35%}
</style>"""


_ACCEPTED = re.compile(r"\s*(Accepted are [^.]*\.)")
"""What would be accepted: the same for many files."""


def problems(dataset: Dataset, *, opened: bool = False) -> None:
    """List them, and below once what is accepted; nothing where all files are in use.

    Args:
        dataset: Whose files.
        opened: Show the list at once.
    """
    left_out = dataset.problems
    if not left_out:
        return
    many = Counter(problem.reason for problem in left_out)
    told = ", ".join(f"{number:,} {reason}" for reason, number in many.most_common())
    with st.expander(f"{files_are(len(left_out))} left out: {told}", icon=":material/rule:", expanded=opened):
        rows = "".join(
            f'<tr><th scope="row">{escape(problem.file)}</th><td>{escape(why(problem))}</td></tr>'
            for problem in left_out[:MOST]
        )
        more = f"<p>And {len(left_out) - MOST:,} more.</p>" if len(left_out) > MOST else ""
        st.html(
            f'{_CSS}<table class="files"><thead><tr><th scope="col">File</th><th scope="col">Why</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>{more}{''.join(f'<p>{escape(line)}</p>' for line in accepted(left_out))}"
        )


def why(problem: FileProblem) -> str:
    """What is wrong with a file, without its name and without what is accepted instead."""
    first, colon, rest = _ACCEPTED.sub("", problem.message).partition(": ")
    return rest if colon and problem.file.endswith(first) else first + colon + rest


def accepted(left_out: Iterable[FileProblem]) -> list[str]:
    """What is accepted in the place of such files, each sentence once."""
    return list(dict.fromkeys(sentence for problem in left_out for sentence in _ACCEPTED.findall(problem.message)))


def files_are(many: int) -> str:
    """How many files something is told of: "1 file is", "29 files are"."""
    return f"{many:,} file{' is' if many == 1 else 's are'}"
