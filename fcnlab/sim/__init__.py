"""The simulated world: a park with walking people, drawn by MuJoCo, with exact masks.

MuJoCo is imported when something is drawn, not before.
"""

from typing import TYPE_CHECKING, Any

from fcnlab.sim.camera import Camera
from fcnlab.sim.render import Rendered, render_dataset
from fcnlab.sim.request import RenderRequest

if TYPE_CHECKING:
    from fcnlab.sim.gl import Studio
    from fcnlab.sim.world import Shot, World

__all__ = ["Camera", "RenderRequest", "Rendered", "Shot", "Studio", "World", "render_dataset"]


def __getattr__(name: str) -> Any:
    """World, Shot and Studio on first use."""
    if name in ("Shot", "World"):
        from fcnlab.sim import world

        return getattr(world, name)
    if name == "Studio":
        from fcnlab.sim.gl import Studio

        return Studio
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
