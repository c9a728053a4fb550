"""Drawing without a screen: find an OpenGL that works, and read colours and object numbers from it."""

import os
import sys
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fcnlab.errors import RenderError

Bytes = NDArray[np.uint8]
KINDS = ("egl", "osmesa")
PACKAGES = "On Debian: apt-get install libegl1 libgl1-mesa-dri (or libosmesa6)."


def open_context(side: int) -> Any:
    """A context for pictures of `side` × `side` pixels: by $MUJOCO_GL if set, else by EGL, else by OSMesa.

    Raises:
        RenderError: None of them works here, or TensorFlow is loaded: Mesa's software OpenGL and TensorFlow bring an
            LLVM each, and the process would end in a segmentation fault.
    """
    if "tensorflow" in sys.modules:
        raise RenderError(
            "The simulated world cannot be drawn in a process that has loaded TensorFlow.",
            "Draw it in a program of its own, as render_dataset does.",
        )
    asked = os.environ.get("MUJOCO_GL", "").lower()
    reasons = []
    for kind in (asked,) if asked in KINDS else KINDS:
        try:
            context = create_context(kind, side)
            context.make_current()
        except Exception as problem:  # each library has its own ways to be missing
            reasons.append(f"{kind}: {str(problem).partition(chr(10))[0] or type(problem).__name__}")
            _forget(kind)
        else:
            return context
    raise RenderError(f"The simulated world cannot be drawn: no OpenGL works here ({'; '.join(reasons)}).", PACKAGES)


def create_context(kind: str, side: int) -> Any:
    """A context of one kind, or whatever its library raises."""
    os.environ["PYOPENGL_PLATFORM"] = kind  # PyOpenGL binds itself to one platform when it is first imported
    if kind == "egl":
        from mujoco.egl import GLContext
    else:
        from mujoco.osmesa import GLContext
    return GLContext(side, side)


def _forget(kind: str) -> None:
    """Undo what a failed attempt left behind, so that the next kind starts afresh."""
    os.environ.pop("PYOPENGL_PLATFORM", None)
    for name in [name for name in sys.modules if name == "OpenGL" or name.startswith(("OpenGL.", f"mujoco.{kind}"))]:
        del sys.modules[name]


class Studio:
    """One OpenGL context, in which the pictures of many worlds are drawn, one world after the other.

    Use it in a `with` statement, on one thread.
    """

    def __init__(self, side: int) -> None:
        """Open a context for square pictures.

        Args:
            side: Pixels.

        Raises:
            RenderError: No OpenGL works here.
        """
        self.side = side
        self._context = open_context(side)
        self._model: Any = None
        self._drawer: Any = None
        self._scene: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give everything back; with OSMesa this must not be left to the interpreter's end."""
        if self._drawer is not None:
            self._drawer.free()
        self._drawer = None
        if self._context is not None:
            self._context.free()
        self._context = None

    def aim(self, model: Any, data: Any, camera: int, groups: tuple[int, ...]) -> None:
        """Set up what the next pictures show.

        Args:
            model: The `MjModel`; a new one brings its textures into the context.
            data: Its `MjData`, whose positions are computed.
            camera: The number of the camera.
            groups: The geom groups to show.
        """
        import mujoco

        if model is not self._model:
            if self._drawer is not None:
                self._drawer.free()
            self._drawer = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100.value)
            mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN.value, self._drawer)
            self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 8)
            self._model = model
        option, view = mujoco.MjvOption(), mujoco.MjvCamera()
        option.geomgroup[:] = [group in groups for group in range(len(option.geomgroup))]
        view.type, view.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, camera
        mujoco.mjv_updateScene(model, data, option, None, view, mujoco.mjtCatBit.mjCAT_ALL.value, self._scene)

    def colours(self) -> Bytes:
        """The picture, uint8 [side, side, 3]."""
        self._set(segment=False)
        return self._read()

    def geoms(self) -> NDArray[np.int32]:
        """The number of the geom at each pixel, int32 [side, side]; −1 where there is none."""
        self._set(segment=True)
        code = self._read().astype(np.int32)
        shown = self._scene.geoms[: self._scene.ngeom]
        number = np.full(self._scene.ngeom + 1, -1, dtype=np.int32)
        number[[geom.segid + 1 for geom in shown]] = [geom.objid for geom in shown]
        found: NDArray[np.int32] = number[code[..., 0] + 256 * code[..., 1] + 65536 * code[..., 2]]
        return found

    def _set(self, *, segment: bool) -> None:
        import mujoco

        flags = self._scene.flags
        flags[mujoco.mjtRndFlag.mjRND_SEGMENT] = flags[mujoco.mjtRndFlag.mjRND_IDCOLOR] = segment
        flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = flags[mujoco.mjtRndFlag.mjRND_HAZE] = False

    def _read(self) -> Bytes:
        import mujoco

        rectangle = mujoco.MjrRect(0, 0, self.side, self.side)
        picture = np.empty((self.side, self.side, 3), dtype=np.uint8)
        mujoco.mjr_render(rectangle, self._scene, self._drawer)
        mujoco.mjr_readPixels(picture, None, rectangle, self._drawer)
        return np.ascontiguousarray(picture[::-1])
