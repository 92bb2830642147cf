"""What the renderer keeps on the graphics side: posed bodies, floor, surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import REGIONS, Mesh

if TYPE_CHECKING:
    import moderngl

    from courtside.simulate.raster import Renderer

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cast:
    """People of one level of detail. rows: float32 (n, 12): x y z 0, pose scale cos sin,
    look number id brightness; looks: float32 (m, LOOK_ROWS, 3)."""

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


def _halves(rows: Floats) -> bytes:
    """Rows (n, V, 3) as the textures of bodies hold them.

    Half the precision is a millimetre at two metres; a fourth number spares Mesa to convert each.
    """
    four = np.zeros((*rows.shape[:2], 4), np.float16)
    four[..., :3] = rows
    return four.tobytes()


class Crowd:
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
        mixed = mixed_triangles(mesh)
        parts = zip(owner.people_programs, (~mixed, mixed), strict=True)
        self.arrays = [
            gl.vertex_array(
                program,
                [(buffer, "1f 3f", "region", "print_place")],
                gl.buffer(mesh.triangles[where].tobytes()),
            )
            for program, where in parts
        ]
        self.shadow_array = gl.vertex_array(owner.shadow_program, [], index)
        self.tile_array = gl.vertex_array(owner.tile_program, [], index)
        self.contact_array = gl.vertex_array(owner.contact_program, [])

    def set_poses(self, vertices: Floats, normals: Floats) -> None:
        """Load posed bodies: places in metres and unit normals, float32 (poses, V, 3)."""
        for old in (self.poses, self.normals):
            if old is not None:
                old.release()
        self.poses = self._texture(vertices)
        self.normals = self._texture(normals)

    def renew_poses(self, vertices: Floats, normals: Floats) -> None:
        """Write new bodies (n, V, 3) over the first n that `set_poses` loaded."""
        for texture, rows in ((self.poses, vertices), (self.normals, normals)):
            if texture is not None:
                texture.write(_halves(rows), viewport=(0, 0, rows.shape[1], rows.shape[0]))

    def _texture(self, rows: Floats) -> moderngl.Texture:
        return self.owner.gl.texture(rows.shape[1::-1], 4, _halves(rows), dtype="f2")

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

    def draw(self, mirrored: bool = False) -> None:
        """Draw everybody, or their reflections."""
        for array in self.arrays:
            self.render(array, self.count, turned=mirrored)

    def render(self, array: moderngl.VertexArray, count: int, turned: bool = False) -> None:
        """Draw `count` instances with the program of an array, but for the far sides of bodies.

        turned: whether the program turns bodies inside out.
        """
        if count == 0 or self.poses is None or self.normals is None or self.owner.stage is None:
            return
        program = array.program
        textures: dict[str, Any] = {"poses": self.poses, "normals": self.normals}
        textures |= {
            "looks": self.looks,
            "numbers": self.owner.stage.numbers,
            "people": self.people,
        }
        for unit, (name, texture) in enumerate(textures.items()):
            if name in program:
                texture.use(unit)
                set_value(program, name, unit)
        gl = self.owner.gl
        gl.front_face = "cw" if turned else "ccw"
        gl.enable(gl.CULL_FACE)
        array.render(instances=count)
        gl.disable(gl.CULL_FACE)

    def contact(self) -> None:
        """Darken the floor under everybody."""
        if self.count and self.people is not None:
            self.people.use(0)
            set_value(self.owner.contact_program, "people", 0)
            self.contact_array.render(vertices=6, instances=self.count)


# Where a number or a name may be printed: across and up from mid chest, in metres.
PRINT_WIDE, PRINT_LOW, PRINT_HIGH, PRINT_TURNED = 0.19, -0.24, 0.19, 0.25
PRINTED_REGIONS = ("skin", "jersey", "shorts")  # which hems may turn into the jersey


def mixed_triangles(mesh: Mesh) -> NDArray[np.bool_]:
    """Which triangles (T,) have corners in several regions, or may be printed on."""
    regions = mesh.region[mesh.triangles]
    low, high = (f(mesh.print[mesh.triangles], axis=1) for f in (np.min, np.max))
    within = (low[:, 0] < PRINT_WIDE) & (high[:, 0] > -PRINT_WIDE)
    within &= (low[:, 1] < PRINT_HIGH) & (high[:, 1] > PRINT_LOW)
    within &= (low[:, 2] < -PRINT_TURNED) | (high[:, 2] > PRINT_TURNED)
    within &= np.isin(regions, [REGIONS.index(r) for r in PRINTED_REGIONS]).any(axis=1)
    return np.asarray(within | (regions != regions[:, :1]).any(axis=1), np.bool_)


class StageBuffers:
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
        self.statics = Statics(owner, owner.static_program, stage.triangles, self.surfaces)
        length, width = stage.floor_size
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]], np.float32)
        floor = np.zeros((6, 13), np.float32)
        floor[:, :2] = corners * [length / 2, width / 2]
        floor[:, 5] = 1.0
        floor[:, 6:8] = corners * [0.5, -0.5] + 0.5
        self.floor = Statics(owner, owner.floor_program, floor, None)

    def release(self) -> None:
        """Free the graphics memory."""
        for texture in (self.paint, self.surfaces, self.numbers):
            texture.release()
        self.statics.release()
        self.floor.release()


class Statics:
    """Triangles that do not move, with their program."""

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
        """Draw them."""
        if self.surfaces is not None:
            self.surfaces.use(6)
            set_value(self.program, "surfaces", 6)
        self.array.render()

    def release(self) -> None:
        """Free the graphics memory."""
        self.array.release()
        self.buffer.release()


def set_bytes(program: moderngl.Program, name: str, data: bytes) -> None:
    """Write a uniform, unless the compiler dropped it."""
    if name in program:
        program[name].write(data)  # type: ignore[union-attr]


def set_value(program: moderngl.Program, name: str, value: Any) -> None:
    """Set a uniform, unless the compiler dropped it."""
    if name in program:
        program[name].value = value  # type: ignore[union-attr]
