"""The files of a dataset that were left out, and why."""

from collections import Counter
from html import escape

import streamlit as st

from fcnlab.data import Dataset

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


def problems(dataset: Dataset) -> None:
    """List them; nothing where all files are in use."""
    left_out = dataset.problems
    if not left_out:
        return
    many = Counter(problem.reason for problem in left_out)
    told = ", ".join(f"{number:,} {reason}" for reason, number in many.most_common())
    with st.expander(f"{len(left_out):,} files are left out: {told}", icon=":material/rule:"):
        rows = "".join(
            f'<tr><th scope="row">{escape(problem.file)}</th><td>{escape(problem.message)}</td></tr>'
            for problem in left_out[:MOST]
        )
        more = f"<p>And {len(left_out) - MOST:,} more.</p>" if len(left_out) > MOST else ""
        st.html(
            f'{_CSS}<table class="files"><thead><tr><th scope="col">File</th><th scope="col">Why</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>{more}"
        )
