"""The world: one seed, exact masks, people who walk, a camera that obeys plain geometry."""

import subprocess
import sys

import numpy as np
import pytest

from fcnlab.sim import Camera, World
from fcnlab.sim.looks import HERO
from fcnlab.sim.park import draw_park
from fcnlab.sim.person import JOINTS, stride
from fcnlab.sim.views import draw_camera


def behind(world, seconds, metres=4.0):
    """A camera behind and above the hero that looks at the middle of the body."""
    middle, heading = world.middle(0, seconds), world.walkers[0].heading
    flat, up = metres * np.cos(np.radians(30)), metres * np.sin(np.radians(30))
    x, y, z = middle + np.array([-flat * np.cos(heading), -flat * np.sin(heading), up])
    return Camera((x, y, z), np.degrees(heading), 30.0)


def pixel(camera, point, side):
    """Row and column of a point by arithmetic of its own: turn about z, then down, then divide by the depth."""
    heading, tilt = np.radians(camera.heading), np.radians(camera.tilt)
    dx, dy, dz = np.array(point) - camera.position
    ahead, left = dx * np.cos(heading) + dy * np.sin(heading), dy * np.cos(heading) - dx * np.sin(heading)
    depth, high = ahead * np.cos(tilt) - dz * np.sin(tilt), ahead * np.sin(tilt) + dz * np.cos(tilt)
    focal = side / 2 / np.tan(np.radians(camera.field_of_view) / 2)
    return int(side / 2 - focal * high / depth), int(side / 2 - focal * left / depth)


def test_the_same_seed_gives_the_same_pixels_and_masks(studio):
    first, again, other = (World(seed) for seed in (3, 3, 4))
    shots = [studio.shoot(made, behind(made, 1.0), 1.0) for made in (first, again, other)]
    assert (shots[0].image == shots[1].image).all()
    assert (shots[0].labels == shots[1].labels).all()
    assert (shots[0].image != shots[2].image).any()


def test_a_picture_does_not_depend_on_those_taken_before(studio, world):
    camera = behind(world, 2.0)
    first = studio.shoot(world, camera, 2.0)
    studio.shoot(world, draw_camera(np.random.default_rng(1), world, "patrol", None, 9.0), 9.0, hero=False)
    again = studio.shoot(world, camera, 2.0)
    assert (first.image == again.image).all()
    assert (first.labels == again.labels).all()


def test_the_mask_has_the_hero_where_plain_geometry_says(studio, world):
    camera = behind(world, 0.0)
    shot = studio.shoot(world, camera, 0.0)
    middle = world.middle(0, 0.0)
    chest, above = (middle + np.array([0, 0, up]) for up in (0.35, 1.2))
    assert shot.hero_pixels > 150
    assert shot.labels[pixel(camera, chest, studio.side)] == 2
    assert shot.labels[pixel(camera, above, studio.side)] != 2
    assert shot.distance == pytest.approx(4.0, abs=1e-6)


def test_every_person_in_the_mask_stands_where_plain_geometry_says(studio, world):
    away = [np.linalg.norm(world.middle(n, 0.0) - world.middle(0, 0.0)) for n in range(1, len(world.walkers))]
    number = 1 + int(np.argmin(away))
    heading = 0.3
    x, y, z = world.middle(number, 0.0) + np.array([-3 * np.cos(heading), -3 * np.sin(heading), 1.0])
    camera = Camera((x, y, z), np.degrees(heading), 18.0)
    shot = studio.shoot(world, camera, 0.0, hero=False)
    assert shot.labels[pixel(camera, world.middle(number, 0.0), studio.side)] == 1
    assert shot.people >= 1


def test_project_agrees_with_plain_geometry(world):
    camera = Camera((1.0, -2.0, 3.0), 40.0, 25.0, field_of_view=65.0)
    points = np.array([(9.0, 3.0, 0.5), (6.0, 4.0, 1.0), (20.0, 12.0, 0.0)])
    x, y, depth = camera.project(points).T
    assert (depth > 0).all()
    expected = [pixel(camera, point, 1000) for point in points]
    assert [(int(1000 * b), int(1000 * a)) for a, b in zip(x, y, strict=True)] == expected


def test_a_roll_to_the_right_lowers_the_right_side_of_the_camera():
    level, rolled = (Camera((0, 0, 2), 0.0, 0.0, roll=roll) for roll in (0.0, 10.0))
    ahead = np.array([10.0, 0, 5.0])
    assert level.project(ahead)[0] == pytest.approx(0.5)
    assert rolled.project(ahead)[0] < 0.5  # what is above seems to lean to the left


def test_a_hero_behind_a_building_is_fully_hidden(studio, world):
    middle = world.middle(0, 0.0)
    high = [block for block in world.park.blocks if block.height > 4]
    block = min(high, key=lambda block: np.hypot(*(np.array(block.centre) - middle[:2])))
    way = np.array(block.centre) - middle[:2]
    away = np.linalg.norm(way) + np.hypot(*block.half) + 1
    x, y = middle[:2] + way / np.linalg.norm(way) * away
    camera = Camera((x, y, middle[2]), np.degrees(np.arctan2(*-way[::-1])), 0.0)
    shot = studio.shoot(world, camera, 0.0)
    assert shot.hero_full > 0
    assert (shot.hero_pixels, shot.occlusion) == (0, 1.0)


def test_without_a_hero_none_is_drawn(studio, world):
    camera = behind(world, 0.0)
    shot = studio.shoot(world, camera, 0.0, hero=False)
    assert (shot.hero_pixels, shot.distance, shot.occlusion) == (0, None, None)
    assert not (shot.labels == 2).any()


def test_the_hero_looks_the_same_in_every_world_and_nobody_else_does():
    worlds = [World(seed) for seed in (1, 2)]
    assert all(made.walkers[0].look == HERO for made in worlds)
    assert all(5 <= len(made.walkers) - 1 <= 40 for made in worlds)
    assert all(walker.look != HERO for made in worlds for walker in made.walkers[1:])


def test_people_walk_on_free_ground(world):
    for walker in world.walkers:
        way = np.array([walker.at(seconds) for seconds in np.linspace(0, 20, 30)])
        if walker.speed:
            assert np.hypot(*(way[-1] - way[0])) == pytest.approx(20 * walker.speed)
            assert world.park.clear(*way.T, 0.0).all()


def test_parks_differ_and_hills_never_go_below_the_plain():
    parks = [draw_park(np.random.default_rng(seed)) for seed in range(12)]
    x, y = np.meshgrid(np.linspace(-90, 90, 40), np.linspace(-90, 90, 40))
    heights = [park.hills(x, y) for park in parks]
    assert min(height.min() for height in heights) >= 0
    assert {bool(height.max() > 0.5) for height in heights} == {True, False}
    assert {park.road is None for park in parks} == {True, False}


def test_a_stride_swings_legs_and_arms_against_each_other():
    half = len(JOINTS) // 2
    now, later = (stride(phase) for phase in (1.0, 1.0 + np.pi))
    assert len(now.angles) == 2 * half
    assert now.angles[::2] == pytest.approx(later.angles[1::2])
    assert now.angles[0] * now.angles[1] < 0
    assert now.angles[0] * now.angles[4] < 0


def test_walking_moves_the_legs_in_the_picture(studio, world):
    shots = [studio.shoot(world, behind(world, seconds), seconds) for seconds in (0.0, 0.3)]
    legs = [shot.labels[studio.side // 2 :] == 2 for shot in shots]
    assert (legs[0] != legs[1]).sum() > 0.15 * legs[0].sum()


def test_one_who_stands_keeps_both_legs_together():
    angles = stride(0.7, swing=0.0).angles
    assert angles[0] == angles[1] == 0.0


@pytest.mark.parametrize("kind", ["following", "patrol-target", "patrol"])
def test_cameras_hover_on_free_ground_with_a_drones_field_of_view(world, kind):
    rng = np.random.default_rng(0)
    for seconds in np.linspace(0, 20, 12):
        camera = draw_camera(rng, world, kind, None, float(seconds))
        x, y, z = camera.position
        assert 60 <= camera.field_of_view <= 70
        assert z > world.park.hills(np.array(x), np.array(y)) + 0.5
        assert world.park.clear(np.array(x), np.array(y), 0.5)


def test_importing_sim_does_not_import_mujoco():
    code = "import sys, fcnlab.sim; assert fcnlab.sim.RenderRequest; print('mujoco' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
