"""Draws scenes with OpenGL 3.3 on EGL: no screen and no graphics card needed (Mesa llvmpipe)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.errors import MachineError, missing_extra
from courtside.simulate import people_shaders, shaders
from courtside.simulate.body import Mesh
from courtside.simulate.buffers import (
    Cast,
    Crowd,
    Floats,
    Stage,
    StageBuffers,
    Statics,
    set_bytes,
    set_value,
)
from courtside.simulate.camera import Camera
from courtside.simulate.silhouettes import SHEET

if TYPE_CHECKING:
    import moderngl

    from courtside.simulate.backdrop import Backdrop


@dataclass(frozen=True, slots=True)
class Light:
    """ambient: (3,); lights: directions to three lights (3, 3), the length is the strength.

    gloss: 0 (matt floor) to 1; shadow: darkness 0..1 of the shadow of the first light;
    contact: darkness 0..1 of the floor right under a body; crowd: brightness of the stands.
    """

    ambient: NDArray[np.float64]
    lights: NDArray[np.float64]
    gloss: float
    shadow: float
    contact: float = 0.35
    crowd: float = 0.6


class Renderer:
    """Holds the OpenGL context and the bodies. Not thread-safe; one to a process."""

    def __init__(self, width: int, height: int, near: Mesh, far: Mesh) -> None:
        try:
            import moderngl
        except ImportError as error:
            raise missing_extra("moderngl", "simulate", "rendering") from error
        try:
            self.gl = moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
        except Exception as error:  # moderngl raises plain Exception for every kind of failure
            raise MachineError(
                f"rendering needs EGL (libegl1, libgl1-mesa-dri): {error}"
            ) from error
        self.size = (width, height)
        gl = self.gl
        self.people_programs: Any = (
            gl.program(people_shaders.PLAIN_VERTEX, people_shaders.PLAIN_FRAGMENT),
            gl.program(people_shaders.MIXED_VERTEX, people_shaders.MIXED_FRAGMENT),
        )
        self.shadow_program = gl.program(shaders.SHADOW_VERTEX, shaders.SHADOW_FRAGMENT)
        self.tile_program = gl.program(shaders.SILHOUETTE_VERTEX, shaders.SILHOUETTE_FRAGMENT)
        self.contact_program = gl.program(shaders.CONTACT_VERTEX, shaders.CONTACT_FRAGMENT)
        self.static_program = gl.program(shaders.STATIC_VERTEX, shaders.STATIC_FRAGMENT)
        self.floor_program = gl.program(shaders.STATIC_VERTEX, shaders.FLOOR_FRAGMENT)
        self.colour = gl.texture(self.size, 4)
        self.ids = gl.texture(self.size, 4)
        depth = gl.depth_renderbuffer(self.size)
        self.target: Any = gl.framebuffer([self.colour, self.ids], depth)
        self.tiles = gl.framebuffer([gl.texture((SHEET, SHEET), 1)])
        self.near, self.far = Crowd(self, near), Crowd(self, far)
        self.stage: StageBuffers | None = None

    def set_stage(self, stage: Stage) -> None:
        """Load floor, surroundings and number sheet."""
        if self.stage is not None:
            self.stage.release()
        self.stage = StageBuffers(self, stage)

    def draw(
        self, camera: Camera, light: Light, near: Cast, far: Cast, moving: Floats
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """One picture, with `moving` triangles (v, 13) added.

        Returns colours uint8 (h, w, 4) RGBA and ids uint8 (h, w, 4); channel 0 of the ids is the
        person or thing, 1 is above 0 where a number is printed (`textures.PRINTED`), 2 is the
        region of the body.
        """
        self.near.load(near)
        self.far.load(far)
        self._light(camera, light)
        self._surroundings(self.target, light, with_people=True)
        self._add(moving)
        self.far.draw()
        self.near.draw()
        return _read(self.colour), _read(self.ids)

    def draw_still(
        self, target: moderngl.Framebuffer, camera: Camera, light: Light, near: Cast, far: Cast
    ) -> None:
        """Draw what does not move into `target`, a colour, an id and a depth texture."""
        self.near.load(near)
        self.far.load(far)
        self._light(camera, light)
        self._surroundings(target, light, with_people=False)
        self.far.draw()
        self.near.draw()

    def draw_over(
        self,
        backdrop: Backdrop,
        camera: Camera,
        light: Light,
        near: Cast,
        far: Cast,
        moving: Floats,
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """As `draw`, with everything but the people and `moving` taken from a backdrop."""
        gl = self.gl
        self.near.load(near)
        self.far.load(far)
        self._light(camera, light)
        self.target.use()
        gl.enable_only(gl.DEPTH_TEST)
        self.target.clear()
        if light.gloss > 0:
            self._mirrored(statics=False)
            gl.enable(gl.BLEND)  # a floor that reflects nothing is drawn quicker without
        self.target.color_mask = ((True,) * 4, (True,) * 4)
        gl.depth_func = "1"  # the backdrop's depth replaces that of the reflections
        backdrop.render(camera, 1.0 - 0.45 * light.gloss)
        gl.depth_func = "<"
        gl.enable(gl.BLEND)
        self.target.color_mask = ((True,) * 4, (False,) * 4)
        gl.polygon_offset = -3.0, -3.0  # the backdrop's depth is that of its nearest pixel
        self._shadows(light)
        gl.polygon_offset = 0.0, 0.0
        gl.disable(gl.BLEND)
        self.target.color_mask = ((True,) * 4, (True,) * 4)
        self._add(moving)
        self.far.draw()
        self.near.draw()
        return _read(self.colour), _read(self.ids)

    def _surroundings(self, target: Any, light: Light, with_people: bool) -> None:
        """Sky, reflections, floor and the stage's statics."""
        gl, stage = self.gl, self.stage
        if stage is None:
            raise ValueError("expected set_stage to be called before drawing")
        target.use()
        gl.enable_only(gl.DEPTH_TEST)
        target.color_mask = ((True,) * 4, (True,) * 4)
        target.clear()
        target.color_mask = ((True,) * 4, (False,) * 4)  # sky and floor have no id
        target.clear(*stage.sky, 1.0)
        if light.gloss > 0:
            self._mirrored(people=with_people)
        self._floor(light)
        target.color_mask = ((True,) * 4, (True,) * 4)
        stage.statics.render()

    def _add(self, moving: Floats) -> None:
        """Draw triangles of this frame alone."""
        assert self.stage is not None
        extra = Statics(self, self.static_program, moving, self.stage.surfaces)
        extra.render()
        extra.release()

    def _light(self, camera: Camera, light: Light) -> None:
        clip = np.ascontiguousarray(camera.clip_matrix().T).tobytes()
        strengths = np.linalg.norm(light.lights, axis=1)
        ways = light.lights / np.maximum(strengths, 1e-4)[:, None]
        programs = (*self.people_programs, self.shadow_program, self.contact_program)
        for program in (*programs, self.tile_program, self.static_program, self.floor_program):
            set_bytes(program, "clip", clip)
            set_bytes(program, "eye", np.array(camera.place, np.float32).tobytes())
            set_bytes(program, "ambient", light.ambient.astype(np.float32).tobytes())
            set_bytes(program, "light_ways", ways.astype(np.float32).tobytes())
            set_value(program, "strengths", tuple(strengths.tolist()))
            set_value(program, "mirror", 1.0)
        to = light.lights[0]
        set_value(self.shadow_program, "shear", tuple(to[:2] / max(to[2], 0.2)))
        set_value(self.shadow_program, "darkness", light.shadow)
        set_value(self.contact_program, "darkness", light.contact)
        set_value(self.floor_program, "opacity", 1.0 - 0.45 * light.gloss)

    def _mirrored(self, people: bool = True, statics: bool = True) -> None:
        assert self.stage is not None
        for program in (*self.people_programs, self.static_program):
            set_value(program, "mirror", -1.0)
        if statics:
            self.stage.statics.render()
        if people:
            self.near.draw(mirrored=True)
        for program in (*self.people_programs, self.static_program):
            set_value(program, "mirror", 1.0)

    def _floor(self, light: Light) -> None:
        assert self.stage is not None
        gl = self.gl
        gl.enable(gl.BLEND)
        self.stage.paint.use(0)
        set_value(self.floor_program, "paint", 0)
        self.stage.floor.render()
        self._shadows(light)
        gl.disable(gl.BLEND)

    def _shadows(self, light: Light) -> None:
        """Shadows of the near people on what is drawn so far; they have no id."""
        self.near.contact()
        if light.shadow > 0:
            self.near.render(self.near.shadow_array, self.near.count)


def _read(texture: moderngl.Texture) -> NDArray[np.uint8]:
    """The pixels (h, w, 4), the uppermost row first."""
    width, height = texture.size
    raw = np.frombuffer(texture.read(), np.uint8).reshape(height, width, 4)
    return np.asarray(cv2.flip(raw, 0), np.uint8)
