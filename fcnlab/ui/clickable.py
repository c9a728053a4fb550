"""Markup whose parts can be clicked: the diagram and the table, mounted as they are and reporting a stage's row.

A part is any element with `data-stage="ROW"`. A click on it, or Enter or Space while it has the focus, reports the
row; the arrow keys go from part to part, within `data-grid` also from line to line. Colours follow the page's theme
through CSS custom properties.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from fcnlab.draw.colors import page_css

COMPACT_BELOW = 640
"""Width in pixels below which the compact variant is shown."""

_CSS = (
    page_css(".fcn")
    + """
.fcn{font-family:var(--st-font);color:var(--st-text-color);width:100%}
.fcn svg{display:block;width:100%;height:auto;max-width:100%}
.fcn [data-stage]{cursor:pointer}
.fcn .scroll{overflow-x:auto}
.fcn table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
.fcn th{font-weight:600;text-align:right;padding:.4rem .4rem;border-bottom:2px solid var(--fcn-rule);
  color:var(--fcn-muted);vertical-align:bottom;line-height:1.25}
.fcn td{text-align:right;padding:.3rem .4rem;border-bottom:1px solid var(--fcn-rule);white-space:nowrap}
.fcn th:first-child,.fcn td:first-child{text-align:left;width:42%;white-space:normal;overflow-wrap:anywhere}
.fcn td:first-child{border-left:5px solid transparent}
.fcn tbody tr[data-stage]:hover td{background:var(--st-secondary-background-color)}
.fcn tr.selected td{background:var(--st-blue-background-color)}
.fcn tr.wrong td{background:var(--fcn-wrong-fill)}
.fcn tr.wrong td:first-child{color:var(--fcn-wrong-text)}
.fcn td button{all:unset;cursor:pointer;font-weight:600;border-radius:3px}
.fcn td button:focus-visible{outline:3px solid var(--st-primary-color);outline-offset:2px}
.fcn .what{display:block;max-width:15rem;font-size:.75rem;color:var(--fcn-muted);font-weight:400;white-space:normal}
.fcn tfoot td{font-weight:600;border-bottom:none;border-top:2px solid var(--fcn-rule)}
.fcn abbr{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
.fcn .inputs td:first-child,.fcn .outputs td:first-child{border-left-color:var(--fcn-ends-fill)}
.fcn .encoder td:first-child{border-left-color:var(--fcn-encoder-fill)}
.fcn .bottleneck td:first-child{border-left-color:var(--fcn-bottleneck-fill)}
.fcn .decoder td:first-child{border-left-color:var(--fcn-decoder-fill)}
@media (max-width:640px){
  .fcn .wide,.fcn .what{display:none}
  .fcn table{font-size:.8125rem}
  .fcn th{font-size:.75rem}
  .fcn th,.fcn td{padding:.45rem .2rem}
}
"""
)

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fcn");
  root.watcher?.disconnect();
  const draw = () => {
    const narrow = root.clientWidth > 0 && root.clientWidth < data.breakpoint;
    const markup = narrow && data.compact ? data.compact : data.markup;
    if (root.shown === markup) return;
    const focused = root.getRootNode().activeElement?.dataset?.stage;
    root.innerHTML = markup;
    root.shown = markup;
    if (focused !== undefined) focus(focused);
  };
  const parts = () => [...root.querySelectorAll("[data-stage][tabindex], button[data-stage]")];
  const focus = (stage) => parts().find((part) => part.dataset.stage === stage)?.focus({ preventScroll: true });
  // In a grid, up and down lead to the next line: as many parts on as one line holds. Tab stops at a grid once.
  const across = (part) => {
    const cells = [...(part.closest("[data-grid]")?.querySelectorAll("[data-stage]") ?? [])];
    return cells.filter((cell) => cell.offsetTop === cells[0].offsetTop).length || 1;
  };
  const go = (to) => {
    to?.focus();
    const cells = to?.closest("[data-grid]")?.querySelectorAll("[data-stage]") ?? [];
    for (const cell of cells) cell.tabIndex = cell === to ? 0 : -1;
  };
  // A pick may open a dialog, which leaves the focus nowhere when it is closed: it comes back to where it was.
  const comeBack = (stage) => {
    let open = false;
    root.returner?.disconnect();
    root.returner = new MutationObserver(() => {
      if (document.querySelector("[role=dialog]")) open = true;
      else if (open) {
        root.returner.disconnect();
        setTimeout(() => document.activeElement === document.body && focus(stage));
      }
    });
    root.returner.observe(document.body, { childList: true });
  };
  const pick = (part) => {
    comeBack(part.dataset.stage);
    setTriggerValue("picked", Number(part.dataset.stage));
  };
  root.onclick = (event) => {
    const part = event.target.closest("[data-stage]");
    if (part) pick(part);
  };
  root.onkeydown = (event) => {
    const part = event.target.closest("[data-stage]");
    if (!part) return;
    const line = across(part);
    const step = { ArrowRight: 1, ArrowDown: line, ArrowLeft: -1, ArrowUp: -line }[event.key];
    if (step) {
      const all = parts();
      go(all[all.indexOf(part) + step]);
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && part.tagName !== "BUTTON") {
      pick(part);
      event.preventDefault();
    }
  };
  draw();
  root.watcher = new ResizeObserver(draw);
  root.watcher.observe(root);
  return () => root.watcher?.disconnect();
}
"""

_mount = st.components.v2.component("fcnlab_clickable", html='<div class="fcn"></div>', css=_CSS, js=_JS)


def clickable(markup: str, *, key: str, compact: str = "", on_pick: Callable[[int], None] | None = None) -> None:
    """Show markup and report the rows that are clicked.

    Args:
        markup: SVG or HTML made by the lab, with every name of the user's escaped.
        key: The element's name on its page.
        compact: The variant for narrow places; the same markup if empty.
        on_pick: Called with the row, before the script runs again.
    """

    def picked() -> None:
        state: Any = st.session_state.get(key)
        row = getattr(state, "picked", None)
        if on_pick is not None and isinstance(row, int):
            on_pick(row)

    data = {"markup": markup, "compact": compact, "breakpoint": COMPACT_BELOW}
    _mount(key=key, data=data, on_picked_change=picked)
