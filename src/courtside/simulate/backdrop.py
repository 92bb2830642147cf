"""What a camera that only turns and zooms sees standing still, drawn once for a whole shot.

Hall, floor, crowd and everybody who does not move are drawn into one wide picture from the camera's
place; every frame takes its part of it, with depth, and draws the players over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from courtside.simulate.buffers import Cast, set_bytes, set_value
from courtside.simulate.camera import FAR, NEAR, Camera

if TYPE_CHECKING:
    from courtside.simulate.raster import Light, Renderer

WIDEST = 2.4  # tangent of the half angle up to which one flat picture serves
MOST_PIXELS = 24_000_000

VERTEX = """
#version 330
uniform mat3 to_world;        // columns: right, down, forward of this frame's camera
uniform mat3 to_wide;         // rows: right, down, forward of the wide picture's camera
uniform vec2 slopes;          // tangents of this frame's half angles
uniform vec2 wide_slopes;
out vec3 ray;                 // x and y over z: place in the wide picture, -1 to 1
out float rise;               // of the ray, by metre of depth
const vec2 CORNERS[3] = vec2[3](vec2(-1, -1), vec2(3, -1), vec2(-1, 3));
void main() {
    vec2 at = CORNERS[gl_VertexID];
    vec3 world = to_world * vec3(at.x * slopes.x, -at.y * slopes.y, 1.0);
    ray = to_wide * world;
    ray.xy *= vec2(0.5, -0.5) / wide_slopes;
    rise = world.z;
    gl_Position = vec4(at, 0.0, 1.0);
}
"""

FRAGMENT = """
#version 330
uniform sampler2D colours;
uniform sampler2D whose;
uniform sampler2D depths;
uniform vec2 planes;          // 1 / depth in metres is x + y times the stored depth
uniform float eye_height;
uniform float opacity;        // of the floor over its reflections
in vec3 ray;
in float rise;
layout(location = 0) out vec4 colour;
layout(location = 1) out vec4 ids;
void main() {
    vec2 uv = 0.5 + ray.xy / ray.z;
    float stored = textureLod(depths, uv, 0.0).r;
    float nearness = ray.z * (planes.x + planes.y * stored);  // 1 / depth along this camera
    gl_FragDepth = (nearness - planes.x) / planes.y;
    bool floor_here = abs(eye_height * nearness + rise) < 0.012 * nearness && stored < 0.99995;
    colour = vec4(textureLod(colours, uv, 0.0).rgb, floor_here ? opacity : 1.0);
    ids = vec4(textureLod(whose, uv, 0.0).rgb, 1.0);
}
"""


def wide_camera(cameras: Sequence[Camera]) -> Camera | None:
    """A camera from the same place that sees all that `cameras` see; null if none can."""
    forward = np.mean([c.axes()[2] for c in cameras], axis=0)
    first = cameras[0]
    target = np.asarray(first.place) + forward / np.linalg.norm(forward)
    x, y, z = (float(v) for v in target)
    middle = Camera(first.place, (x, y, z), 1.0, 0.0, 2, 2)
    slopes = np.abs(np.concatenate([_corner_slopes(c, middle) for c in cameras]))
    if not np.isfinite(slopes).all() or slopes.max() > WIDEST:
        return None
    wide, tall = (float(v) * 1.01 for v in slopes.max(axis=0))
    pixels = max(c.focal * c.height for c in cameras)
    pixels = min(pixels, float(np.sqrt(MOST_PIXELS / (4 * wide * tall))))
    width, height = round(2 * wide * pixels), round(2 * tall * pixels)
    return Camera(first.place, (x, y, z), 1.0 / (2 * tall), 0.0, width, height)


def _corner_slopes(camera: Camera, middle: Camera) -> Any:
    """Tangents (4, 2) at which the corners of a camera's picture are seen by another."""
    x, y = camera.width / camera.height / (2 * camera.focal), 1 / (2 * camera.focal)
    corners = np.array([[-x, -y, 1], [x, -y, 1], [x, y, 1], [-x, y, 1.0]])
    rays = corners @ camera.axes() @ middle.axes().T
    ahead = np.where(rays[:, 2:] > 0.05, rays[:, 2:], np.nan)
    return rays[:, :2] / ahead


class Backdrop:
    """The wide picture of one shot on the graphics side."""

    def __init__(
        self, owner: Renderer, camera: Camera, light: Light, near: Cast, far: Cast
    ) -> None:
        """camera: as `wide_camera` makes it; near, far: who does not move."""
        gl = owner.gl
        self.owner, self.camera = owner, camera
        size = (camera.width, camera.height)
        self.colours, self.whose = gl.texture(size, 4), gl.texture(size, 4)
        self.depths = gl.depth_texture(size)
        self.depths.compare_func = ""
        for texture in (self.whose, self.depths):
            texture.filter = (gl.NEAREST, gl.NEAREST)
        for texture in (self.colours, self.whose, self.depths):
            texture.repeat_x = texture.repeat_y = False
        target = gl.framebuffer([self.colours, self.whose], self.depths)
        owner.draw_still(target, camera, light, near, far)
        target.release()
        self.program: Any = gl.program(VERTEX, FRAGMENT)
        self.array = gl.vertex_array(self.program, [])

    def render(self, camera: Camera, opacity: float) -> None:
        """Fill the target with what `camera` sees of it."""
        program = self.program
        for unit, (name, texture) in enumerate(
            (("colours", self.colours), ("whose", self.whose), ("depths", self.depths))
        ):
            texture.use(unit)
            set_value(program, name, unit)
        axes = camera.axes().astype(np.float32)
        set_bytes(program, "to_world", np.ascontiguousarray(axes).tobytes())
        wide = self.camera.axes().astype(np.float32)
        set_bytes(program, "to_wide", np.ascontiguousarray(wide.T).tobytes())
        set_value(program, "slopes", _half_angles(camera))
        set_value(program, "wide_slopes", _half_angles(self.camera))
        set_value(program, "planes", (1 / NEAR, 1 / FAR - 1 / NEAR))
        set_value(program, "eye_height", camera.place[2])
        set_value(program, "opacity", opacity)
        self.array.render(vertices=3)

    def release(self) -> None:
        """Free the graphics memory."""
        for item in (self.colours, self.whose, self.depths, self.array, self.program):
            item.release()


def _half_angles(camera: Camera) -> tuple[float, float]:
    tall = 1 / (2 * camera.focal)
    return tall * camera.width / camera.height, tall
