"""The look that all pages share beyond the theme."""

from fcnlab.draw.colors import page_css

_RULES = """
.stMainBlockContainer{padding-top:2.5rem;padding-bottom:4rem;padding-left:2.5rem;padding-right:2.5rem;max-width:1500px}
.stApp h1{padding-top:0;padding-bottom:.25rem}
[data-testid="stSidebarHeader"]{height:2.5rem;margin-bottom:0}
[class*="st-key-net"] [data-testid="stWidgetLabelRequired"],.st-key-preset [data-testid="stWidgetLabelRequired"],
.st-key-train-data [data-testid="stWidgetLabelRequired"]{
  display:none} /* each of these always has a value: saying so would be noise */
[data-testid="stSliderThumbValue"] p{color:var(--fcn-encoder-text)}
button[data-variant="segmented_control"][aria-checked="true"]{color:var(--fcn-encoder-text)!important}
.stMain [data-testid="stPageLink-NavLink"] p{color:var(--fcn-encoder-text);text-decoration:underline}
@media (max-width:640px){
  .stMainBlockContainer{padding-left:1rem;padding-right:1rem;padding-top:4rem}
  .stApp h1{font-size:1.6rem}
}
@media (min-width:1100px){ /* a table's later rows have their words for screen readers alone */
  [class*="st-key-train-phase-later"] [data-testid="stWidgetLabel"],
  [class*="st-key-train-phase-"] [class*="st-key-train-phase-"] button p{
    position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
"""

STYLE = f"<style>{page_css(':root')}{_RULES}</style>"
"""A style element with the lab's colours as custom properties (see `fcnlab.draw.colors`)."""
