"""How the diagram's SVG looks: its face, and the CSS of its classes."""

from fcnlab.draw.colors import ROLES, Theme, paint

# Faces of about the same width, so that text keeps to the room that was measured for it.
FONT = "'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans',system-ui,sans-serif"


def diagram_css(theme: Theme) -> str:
    """The rules of the diagram's classes, in the colours of a theme."""
    color = paint(theme)
    rules = [
        f".fcn text{{font-family:{FONT};fill:{color('ink')}}}",
        ".fcn .name{font-weight:650}.fcn .title{font-weight:700}",
        f".fcn .note{{fill:{color('muted')}}}",
        f".fcn .flow{{fill:none;stroke:{color('arrow')};stroke-width:1.6}}",
        f".fcn .flow-tip{{fill:{color('arrow')}}}",
        f".fcn .skip{{fill:none;stroke:{color('skip-line')};stroke-width:2.6;stroke-linejoin:round}}",
        f".fcn .skip-tip{{fill:{color('skip-line')}}}",
        f".fcn .sign{{fill:{color('ground')};stroke:{color('skip-line')};stroke-width:2}}",
        f".fcn .glyph{{fill:none;stroke:{color('skip-text')};stroke-width:2;stroke-linecap:round}}",
        f".fcn .wrong.skip,.fcn .wrong.sign,.fcn .wrong.glyph{{stroke:{color('wrong-line')}}}",
        f".fcn .wrong.skip{{stroke-dasharray:6 4}}.fcn .wrong.skip-tip{{fill:{color('wrong-line')}}}",
        f".fcn .gain.skip{{stroke:{color('gain')}}}.fcn .gain.skip-tip{{fill:{color('gain')}}}",
        f".fcn .loss.skip{{stroke:{color('loss')};stroke-dasharray:9 4}}.fcn .loss.skip-tip{{fill:{color('loss')}}}",
        f".fcn .none.skip{{stroke:{color('arrow')}}}.fcn .none.skip-tip{{fill:{color('arrow')}}}",
        f".fcn .weight text{{font-weight:700;fill:{color('muted')}}}.fcn .weight .plate{{fill:{color('ground')}}}",
        f".fcn .gain.weight text{{fill:{color('gain-text')}}}.fcn .loss.weight text{{fill:{color('loss-text')}}}",
        f".fcn .alarm{{fill:{color('wrong-line')}}}",
        f".fcn .alarm-mark{{stroke:{color('ground')};stroke-width:2;stroke-linecap:round}}",
        ".fcn .lit{fill:#fff;fill-opacity:.32;stroke:none}.fcn .shade{fill:#000;fill-opacity:.2;stroke:none}",
        f".fcn .halo{{fill:none;stroke:none}}.fcn .selected .halo{{stroke:{color('ink')};stroke-width:2.5}}",
        f".fcn .selected .label-ground{{fill:{color('panel')}}}.fcn .label-ground,.fcn .hit{{fill:transparent}}",
        ".fcn .block[role=button]{cursor:pointer;outline:none}",
        f".fcn .block[role=button]:hover .halo{{stroke:{color('arrow')};stroke-width:2}}",
        f".fcn .block:focus-visible .halo{{stroke:{color('ink')};stroke-width:3;stroke-dasharray:none}}",
    ]
    for tone in dict.fromkeys(ROLES.values()):
        rules.append(
            f".fcn .{tone} .face{{fill:{color(f'{tone}-fill')};stroke:{color(f'{tone}-line')};stroke-width:1}}"
        )
        rules.append(f".fcn .{tone} .name{{fill:{color(f'{tone}-text')}}}")
    rules.append(
        f".fcn .broken .face{{stroke:{color('wrong-line')};stroke-width:2;stroke-dasharray:5 3;fill-opacity:.35}}"
    )
    return "".join(rules)
