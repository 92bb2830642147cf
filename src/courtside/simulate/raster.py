"""Draws scenes with OpenGL 3.3 on EGL: no screen and no graphics card needed (Mesa llvmpipe)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from courtside.errors import MachineError, missing_extra
from courtside.simulate import shaders
from courtside.simulate.body import Mesh, normals_of
from courtside.simulate.camera import Camera

if TYPE_CHECKING:
    import moderngl

TILE = 96  # pixels a side in which one person is drawn alone, to count what could be seen
TILES_ACROSS = 8
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Light:
    """ambient: (3,); lights: directions to three lights (3, 3), the length is the strength.

    gloss: 0 (matt floor) to 1; shadow: darkness 0..1 of the shadow of the first light.
    """

    ambient: NDArray[np.float64]
    lights: NDArray[np.float64]
    gloss: float
    shadow: float


@dataclass(frozen=True, slots=True)
class Cast:
    """People of one level of detail. rows: float32 (n, 12): x y z 0, pose scale cos sin,
    look number id brightness; looks: float32 (m, len(REGIONS) + 2, 3)."""

    rows: Floats
    looks: Floats


@dataclass(frozen=True, slots=True)
class Stage:
    """What does not move. triangles: (v, 13) as in `statics.Triangles`; floor: uint8 RGB picture
    and its size (length, width) in metres; surfaces: uint8 (layers, 256, 256, 3)."""

    triangles: Floats
    floor: NDArray[np.uint8]
    floor_size: tuple[float, float]
    surfaces: NDArray[np.uint8]
    numbers: NDArray[np.uint8]
    sky: tuple[float, float, float]


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
            raise MachineError(f"rendering needs EGL (libegl1, libgl1-mesa-dri): {error}") from error
        self.size = (width, height)
        gl = self.gl
        self.people_program: Any = gl.program(shaders.PEOPLE_VERTEX, shaders.PEOPLE_FRAGMENT)
        self.shadow_program = gl.program(shaders.PEOPLE_VERTEX, shaders.SHADOW_FRAGMENT)
        self.static_program = gl.program(shaders.STATIC_VERTEX, shaders.STATIC_FRAGMENT)
        self.floor_program = gl.program(shaders.STATIC_VERTEX, shaders.FLOOR_FRAGMENT)
        self.colour = gl.texture(self.size, 4)
        self.ids = gl.texture(self.size, 4)
        depth = gl.depth_renderbuffer(self.size)
        self.target: Any = gl.framebuffer([self.colour, self.ids], depth)
        across = TILE * TILES_ACROSS
        tiles = [gl.texture((across, across), 4), gl.texture((across, across), 4)]
        self.tiles = gl.framebuffer(tiles, gl.depth_renderbuffer((across, across)))
        self.near, self.far = _Crowd(self, near), _Crowd(self, far)
        self.stage: _StageBuffers | None = None

    def set_stage(self, stage: Stage) -> None:
        """Load floor, surroundings and number sheet."""
        if self.stage is not None:
            self.stage.release()
        self.stage = _StageBuffers(self, stage)

    def draw(
        self, camera: Camera, light: Light, near: Cast, far: Cast, moving: Floats
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """One picture, with `moving` triangles (v, 13) added: colours uint8 (h, w, 3) RGB and ids uint8 (h, w, 4).

        ids: channel 0 the person or thing, 1 over 0 where a number is printed, 2 the region.
        """
        gl, stage = self.gl, self.stage
        if stage is None:
            raise ValueError("expected set_stage to be called before draw")
        self.near.load(near)
        self.far.load(far)
        self._light(camera, light)
        self.target.use()
        gl.enable_only(gl.DEPTH_TEST)
        self.target.color_mask = ((True,) * 4, (True,) * 4)
        self.target.clear()
        self.target.color_mask = ((True,) * 4, (False,) * 4)  # sky and floor have no id
        self.target.clear(*stage.sky, 1.0)
        if light.gloss > 0:
            self._mirrored()
        self._floor(light)
        self.target.color_mask = ((True,) * 4, (True,) * 4)
        stage.statics.render()
        extra = _Statics(self, self.static_program, moving, stage.surfaces)
        extra.render()
        extra.release()
        self.far.render(self.far.vertex_array, len(far.rows))
        self.near.render(self.near.vertex_array, len(near.rows))
        return _read(self.colour, 3), _read(self.ids, 4)

    def silhouettes(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels each near person of the last draw would cover alone and in full, (n,).

        boxes: (n, 4) pixels, the people's projections, not clipped.
        """
        width, height = self.size
        self.tiles.use()
        self.gl.enable_only(self.gl.DEPTH_TEST)
        self.tiles.clear()
        spans = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0)
        middles = (boxes[:, 2:] + boxes[:, :2]) / 2
        for i in range(len(boxes)):
            scale = np.array([width, height]) / spans[i]
            centre = np.array([2 * middles[i, 0] / width - 1, 1 - 2 * middles[i, 1] / height])
            row, column = divmod(i, TILES_ACROSS)
            self.tiles.viewport = (column * TILE, row * TILE, TILE, TILE)
            self.people_program["zoom"].value = (*scale, *(-centre * scale))
            self.near.render(self.near.vertex_array, 1, first=i)
        self.people_program["zoom"].value = (1.0, 1.0, 0.0, 0.0)
        self.tiles.viewport = (0, 0, TILE * TILES_ACROSS, TILE * TILES_ACROSS)
        raw = self.tiles.read(components=4, attachment=1)
        seen = np.frombuffer(raw, np.uint8).reshape(TILES_ACROSS, TILE, TILES_ACROSS, TILE, 4)
        covered = (seen[..., 3] > 0).mean(axis=(1, 3)).reshape(-1)[: len(boxes)]
        return np.asarray(covered * spans.prod(axis=1))

    def _light(self, camera: Camera, light: Light) -> None:
        clip = np.ascontiguousarray(camera.clip_matrix().T).tobytes()
        programs = (self.people_program, self.shadow_program, self.static_program)
        for program in (*programs, self.floor_program):
            _set(program, "clip", clip)
            _set(program, "eye", np.array(camera.place, np.float32).tobytes())
            _set(program, "ambient", light.ambient.astype(np.float32).tobytes())
            _set(program, "lights", light.lights.astype(np.float32).tobytes())
            _value(program, "mirror", 1.0)
        for program in (self.people_program, self.shadow_program):
            _value(program, "zoom", (1.0, 1.0, 0.0, 0.0))
            _value(program, "first", 0)
        to = light.lights[0]
        _value(self.shadow_program, "shear", tuple(to[:2] / max(to[2], 0.2)))
        _value(self.shadow_program, "flat_on_floor", True)
        _value(self.shadow_program, "darkness", light.shadow)
        _value(self.floor_program, "opacity", 1.0 - 0.45 * light.gloss)

    def _mirrored(self) -> None:
        assert self.stage is not None
        for program in (self.people_program, self.static_program):
            _value(program, "mirror", -1.0)
        self.stage.statics.render()
        self.near.render(self.near.vertex_array, self.near.count)
        for program in (self.people_program, self.static_program):
            _value(program, "mirror", 1.0)

    def _floor(self, light: Light) -> None:
        assert self.stage is not None
        gl = self.gl
        gl.enable(gl.BLEND)
        self.stage.paint.use(0)
        _value(self.floor_program, "paint", 0)
        self.stage.floor.render()
        if light.shadow > 0:
            self.near.render(self.near.shadow_array, self.near.count)
        gl.disable(gl.BLEND)


class _Crowd:
    """Buffers of one level of detail."""

    def __init__(self, owner: Renderer, mesh: Mesh) -> None:
        gl = owner.gl
        self.owner, self.mesh, self.count = owner, mesh, 0
        self.poses: moderngl.Texture | None = None
        self.normals: moderngl.Texture | None = None
        self.looks: moderngl.Texture | None = None
        self.people: moderngl.Texture | None = None
        static = np.column_stack([mesh.region.astype(np.float32), mesh.print]).astype(np.float32)
        buffer, index = gl.buffer(static.tobytes()), gl.buffer(mesh.triangles.tobytes())
        self.vertex_array = gl.vertex_array(
            owner.people_program, [(buffer, "1f 3f", "region", "print_place")], index
        )
        self.shadow_array = gl.vertex_array(owner.shadow_program, [], index)

    def set_poses(self, vertices: Floats) -> None:
        """Load posed bodies, float32 (poses, V, 3), metres."""
        for old in (self.poses, self.normals):
            if old is not None:
                old.release()
        normals = np.stack([normals_of(v, self.mesh.triangles) for v in vertices])
        self.poses = self._texture(vertices)
        self.normals = self._texture(normals)

    def _texture(self, rows: Floats) -> moderngl.Texture:
        padded = np.zeros((*rows.shape[:2], 4), np.float32)
        padded[..., :3] = rows
        size = (rows.shape[1], rows.shape[0])
        return self.owner.gl.texture(size, 4, padded.tobytes(), dtype="f4")

    def load(self, cast: Cast) -> None:
        """Place the people of the next picture."""
        gl = self.owner.gl
        for old in (self.looks, self.people):
            if old is not None:
                old.release()
        self.looks = self.people = None
        self.count = len(cast.rows)
        if self.count == 0:
            return
        looks = np.ascontiguousarray(cast.looks, np.float32)
        self.looks = gl.texture((looks.shape[1], looks.shape[0]), 3, looks.tobytes(), dtype="f4")
        self.people = gl.texture(
            (self.count * 3, 1), 4, cast.rows.astype(np.float32).tobytes(), dtype="f4"
        )

    def render(self, array: moderngl.VertexArray, count: int, first: int = 0) -> None:
        """Draw `count` people from the one numbered `first`."""
        if count == 0 or self.poses is None or self.normals is None or self.owner.stage is None:
            return
        program = array.program
        textures: dict[str, Any] = {"poses": self.poses, "normals": self.normals}
        textures |= {"looks": self.looks, "numbers": self.owner.stage.numbers, "people": self.people}
        for unit, (name, texture) in enumerate(textures.items()):
            if name in program:
                texture.use(unit)
                _value(program, name, unit)
        _value(program, "first", first)
        array.render(instances=count)


class _StageBuffers:
    """What does not move, on the graphics side."""

    def __init__(self, owner: Renderer, stage: Stage) -> None:
        gl = owner.gl
        self.sky = stage.sky
        rows, columns = stage.floor.shape[:2]
        self.paint = gl.texture((columns, rows), 3, stage.floor.tobytes(), alignment=1)
        self.paint.build_mipmaps()
        self.surfaces = gl.texture_array(
            (*stage.surfaces.shape[2:0:-1], len(stage.surfaces)), 3, stage.surfaces.tobytes()
        )
        self.surfaces.build_mipmaps()
        sheet = stage.numbers
        self.numbers = gl.texture_array((*sheet.shape[2:0:-1], len(sheet)), 2, sheet.tobytes())
        self.numbers.build_mipmaps()
        self.statics = _Statics(owner, owner.static_program, stage.triangles, self.surfaces)
        length, width = stage.floor_size
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]], np.float32)
        floor = np.zeros((6, 13), np.float32)
        floor[:, :2] = corners * [length / 2, width / 2]
        floor[:, 5] = 1.0
        floor[:, 6:8] = corners * [0.5, -0.5] + 0.5
        self.floor = _Statics(owner, owner.floor_program, floor, None)

    def release(self) -> None:
        """Free the graphics memory."""
        for texture in (self.paint, self.surfaces, self.numbers):
            texture.release()
        self.statics.release()
        self.floor.release()


class _Statics:
    def __init__(
        self,
        owner: Renderer,
        program: moderngl.Program,
        triangles: Floats,
        surfaces: moderngl.TextureArray | None,
    ) -> None:
        self.program, self.surfaces = program, surfaces
        self.buffer = owner.gl.buffer(np.ascontiguousarray(triangles, np.float32).tobytes())
        names = ("in_place", "in_normal", "in_texture", "in_colour")
        used = [n if n in program else "" for n in names]
        parts = zip(used, ("3f", "3f", "3f", "4f"), (12, 12, 12, 16), strict=True)
        layout = " ".join(fmt if name else f"{size}x" for name, fmt, size in parts)
        attributes = [name for name in used if name]
        self.array = owner.gl.vertex_array(program, [(self.buffer, layout, *attributes)])

    def render(self) -> None:
        if self.surfaces is not None:
            self.surfaces.use(6)
            _value(self.program, "surfaces", 6)
        self.array.render()

    def release(self) -> None:
        self.array.release()
        self.buffer.release()


def _set(program: moderngl.Program, name: str, data: bytes) -> None:
    if name in program:
        program[name].write(data)  # type: ignore[union-attr]


def _value(program: moderngl.Program, name: str, value: Any) -> None:
    if name in program:
        program[name].value = value  # type: ignore[union-attr]


def _read(texture: moderngl.Texture, channels: int) -> NDArray[np.uint8]:
    width, height = texture.size
    raw = np.frombuffer(texture.read(), np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(raw[::-1, :, :channels])
