"""The drone's camera: where it is, where it looks, and where a point of the world lies in its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A camera on a quadrotor.

    Attributes:
        position: x, y, z in metres.
        heading: Degrees, 0 along the world's x axis, counter-clockwise.
        tilt: Degrees that it looks down.
        roll: Degrees that it leans to the right.
        field_of_view: Degrees, vertical; pictures are square.
    """

    position: tuple[float, float, float]
    heading: float
    tilt: float
    roll: float = 0.0
    field_of_view: float = 60.0

    def axes(self) -> Floats:
        """[3, 3]: to the right of the picture, up in it, and back out of it, as rows in world coordinates."""
        heading, tilt, roll = np.radians([self.heading, self.tilt, self.roll])
        ahead = np.array([np.cos(heading) * np.cos(tilt), np.sin(heading) * np.cos(tilt), -np.sin(tilt)])
        right = np.array([np.sin(heading), -np.cos(heading), 0.0])
        up = np.cross(right, ahead)
        # Leaning to the right turns the picture's upward direction towards the right.
        up, right = np.cos(roll) * up + np.sin(roll) * right, np.cos(roll) * right - np.sin(roll) * up
        return np.stack([right, up, -ahead])

    def project(self, points: Floats) -> Floats:
        """Where points lie in the picture.

        Args:
            points: [..., 3] metres.

        Returns:
            [..., 3]: x from 0 (left) to 1 (right), y from 0 (top) to 1 (bottom), and the depth in metres, which is
            negative behind the camera.
        """
        local = (points - np.array(self.position)) @ self.axes().T
        depth = -local[..., 2]
        reach = np.tan(np.radians(self.field_of_view / 2)) * np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        return np.stack([0.5 + 0.5 * local[..., 0] / reach, 0.5 - 0.5 * local[..., 1] / reach, depth], -1)

    def distance(self, point: Floats) -> float:
        """Metres to a point."""
        return float(np.linalg.norm(np.asarray(point) - np.array(self.position)))

    def quaternion(self) -> Floats:
        """Orientation as MuJoCo wants it (w, x, y, z): x right, y up, looking along −z."""
        import mujoco

        found = np.empty(4)
        mujoco.mju_mat2Quat(found, self.axes().T.ravel())
        return found
