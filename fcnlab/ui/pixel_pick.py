"""A picture whose cells can be picked, one by one: by a click, or by the arrow keys and Enter.

The cells are the values of a feature map, which may be fewer than the picture's pixels. The cell under the mouse or
the keyboard's mark is read out with its value; only picking one runs the script.
"""

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fcnlab.draw.colors import page_css

_CSS = (
    page_css(".pick")
    + """
.pick{font-family:var(--st-font);color:var(--st-text-color);width:100%}
.pick .field{position:relative;width:100%;cursor:crosshair;border-radius:4px;overflow:hidden;line-height:0;
  touch-action:manipulation}
.pick .field:focus-visible{outline:3px solid var(--st-primary-color);outline-offset:3px}
.pick img{width:100%;display:block;image-rendering:pixelated}
.pick .mark{position:absolute;box-sizing:border-box;pointer-events:none;min-width:9px;min-height:9px;
  transform:translate(-50%,-50%)}
.pick .chosen{border:2px solid #fff;box-shadow:0 0 0 2px #0B1622,inset 0 0 0 1px #0B1622}
.pick .cursor{border:2px dashed #fff;box-shadow:0 0 0 1px #0B1622}
.pick .below svg{display:block;margin-top:.4rem}
.pick p{font-size:.875rem;margin:.4rem 0 0;color:var(--fcn-muted);font-variant-numeric:tabular-nums;min-height:1.3em}
"""
)

_HTML = (
    '<div class="pick"><div class="field" tabindex="0" role="application"><img alt="">'
    '<span class="mark chosen"></span><span class="mark cursor" hidden></span></div><p aria-live="polite"></p>'
    '<div class="below"></div></div>'
)

_JS = """
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default function ({ data, parentElement, setTriggerValue }) {
  const field = parentElement.querySelector(".field");
  const readout = parentElement.querySelector("p");
  const [chosen, cursor] = parentElement.querySelectorAll(".mark");
  const bytes = Uint8Array.from(atob(data.values), (sign) => sign.charCodeAt(0));
  const within = (number, count) => Math.min(Math.max(number, 0), count - 1);
  const put = (mark, [y, x]) => {
    mark.style.left = `${((x + 0.5) / data.columns) * 100}%`;
    mark.style.top = `${((y + 0.5) / data.rows) * 100}%`;
    mark.style.width = `${100 / data.columns}%`;
    mark.style.height = `${100 / data.rows}%`;
  };
  const tell = ([y, x]) => {
    const step = (data.high - data.low) / 255; // what a byte tells apart, and no digit more is shown
    const digits = step > 0 ? Math.min(Math.max(Math.floor(-Math.log10(step)), 0), 8) : 3;
    const value = (data.low + bytes[y * data.columns + x] * step).toFixed(digits);
    readout.textContent = `Row ${y}, column ${x}: about ${value.replace("-", "\u2212")}`;
  };
  const under = (event) => {
    const box = field.getBoundingClientRect();
    const y = Math.floor(((event.clientY - box.top) / box.height) * data.rows);
    const x = Math.floor(((event.clientX - box.left) / box.width) * data.columns);
    return [within(y, data.rows), within(x, data.columns)];
  };
  let at = data.chosen;
  const move = (cell) => {
    at = cell;
    cursor.hidden = false;
    put(cursor, at);
    tell(at);
  };
  const pick = () => setTriggerValue("picked", at);
  const image = field.querySelector("img");
  if (image.getAttribute("src") !== data.picture) image.src = data.picture;
  field.setAttribute("aria-label", data.label);
  parentElement.querySelector(".below").innerHTML = data.below;
  put(chosen, data.chosen);
  tell(at);
  field.onpointermove = (event) => tell(under(event));
  field.onpointerleave = () => tell(at);
  field.onclick = (event) => {
    at = under(event);
    cursor.hidden = true;
    pick();
  };
  field.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (step) {
      const far = event.shiftKey ? 10 : 1;
      move([within(at[0] + far * step[0], data.rows), within(at[1] + far * step[1], data.columns)]);
    } else if (event.key === "Enter" || event.key === " ") {
      pick();
    } else return;
    event.preventDefault();
  };
  field.onblur = () => {
    cursor.hidden = true;
  };
}
"""

# Not in a shadow root: a dialog keeps the focus within what it finds in the page itself.
_mount = st.components.v2.component("fcnlab_pixel_pick", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)


def pixel_pick(
    picture: str,
    maps: NDArray[np.uint8],
    span: tuple[float, float],
    chosen: tuple[int, int],
    *,
    label: str,
    key: str,
    on_pick: Callable[[int, int], None],
    below: str = "",
) -> None:
    """Show a picture and report the cells that are picked.

    Args:
        picture: A data URL; it fills the whole width.
        maps: What the cells hold, uint8 [rows, columns].
        span: The values that 0 and 255 of `maps` stand for.
        chosen: Row and column of the cell that is marked.
        label: What the picture shows, for screen readers.
        key: The element's name on its page.
        on_pick: Called with row and column, before the script runs again.
        below: Markup made by the lab, e.g. the scale of the colours.
    """
    rows, columns = maps.shape

    def picked() -> None:
        state: Any = st.session_state.get(key)
        cell = getattr(state, "picked", None)
        if isinstance(cell, list) and len(cell) == 2 and all(isinstance(part, int) for part in cell):
            y, x = cell
            if 0 <= y < rows and 0 <= x < columns:
                on_pick(y, x)

    data = {
        "picture": picture,
        "rows": rows,
        "columns": columns,
        "values": base64.b64encode(np.ascontiguousarray(maps).tobytes()).decode(),
        "low": span[0],
        "high": span[1],
        "chosen": list(chosen),
        "below": below,
        "label": f"{label} Arrow keys move the mark, with Shift ten cells at a time; Enter picks the cell.",
    }
    _mount(key=key, data=data, on_picked_change=picked)
