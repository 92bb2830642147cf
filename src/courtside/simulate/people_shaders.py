"""The shaders that draw people, GLSL 3.30.

Two programs share one text. Those of MIXED triangles have corners in several regions, or number or
name may touch them. Any other triangle is of one region and nothing is printed on it: most are, and
without a graphics card they take a third of the time.
"""

from courtside.simulate.shaders import LIGHT
from courtside.simulate.textures import BACK, CHEST, INKED, PRINTED

_VERSION = "#version 330\n"

_VERTEX = """
uniform sampler2D poses;      // row: pose, column: vertex, metres
uniform sampler2D normals;
uniform mat4 clip;
uniform float mirror;         // -1 draws the reflection in the floor
uniform sampler2D people;     // three texels a person
in float region;
in vec3 print_place;
out vec3 normal;
out vec3 place;
out vec3 print_at;
#ifdef MIXED
out vec4 part_a, part_b;      // which region, one weight each, blended across the triangle
out vec2 part_c;
#else
flat out int part;
#endif
flat out int person;
flat out vec4 marks;          // look row, number row, id, brightness
void main() {
    person = gl_InstanceID;
    vec4 where = texelFetch(people, ivec2(person * 3, 0), 0);
    vec4 how = texelFetch(people, ivec2(person * 3 + 1, 0), 0);  // pose, scale, cos, sin
    marks = texelFetch(people, ivec2(person * 3 + 2, 0), 0);
    ivec2 at = ivec2(gl_VertexID, int(how.x));
    mat2 turn = mat2(how.z, how.w, -how.w, how.z);
    vec3 body = texelFetch(poses, at, 0).xyz * how.y;
    vec3 n = texelFetch(normals, at, 0).xyz;
    vec3 world = vec3(turn * body.xy, body.z) + where.xyz;
    normal = vec3(turn * n.xy, n.z);
    world.z *= mirror;
    normal.z *= mirror;
    place = world;
#ifdef MIXED
    int part = int(region + 0.5);
    part_a = vec4(part == 0, part == 1, part == 2, part == 3);
    part_b = vec4(part == 4, part == 5, part == 6, part == 7);
    part_c = vec2(part == 8, part == 9);
#else
    part = int(region + 0.5);
#endif
    print_at = print_place;
    gl_Position = clip * vec4(world, 1.0);
}
"""

_FRAGMENT = (
    LIGHT
    + f"const float CHEST = {CHEST}, BACK = {BACK}, INKED = {INKED}, PRINTED = {PRINTED}.0;"
    + """
uniform sampler2D looks;      // row: person's look; columns: regions, number, outline, trim, marks
uniform sampler2DArray numbers;
in vec3 normal;
in vec3 place;
in vec3 print_at;             // across, up from mid chest, metres; front 1, back -1
#ifdef MIXED
in vec4 part_a, part_b;
in vec2 part_c;
#else
flat in int part;
#endif
flat in int person;
flat in vec4 marks;
layout(location = 0) out vec4 colour;
layout(location = 1) out vec4 ids;
const int SKIN = 0, JERSEY = 1, SHORTS = 2, HAIR = 3, SLEEVE = 6, KNEE = 8;
const int NUMBER = 10, OUTLINE = 11, TRIM = 12;
#ifdef MIXED
int best, region_at;
float most;
void weigh(int region, float weight) {
    bool more = weight > most;
    best = more ? region : best;
    most = more ? weight : most;
}
int part_here() {
    best = 0;
    most = part_a.x;
    weigh(1, part_a.y); weigh(2, part_a.z); weigh(3, part_a.w);
    weigh(4, part_b.x); weigh(5, part_b.y); weigh(6, part_b.z); weigh(7, part_b.w);
    weigh(8, part_c.x); weigh(9, part_c.y);
    return best;
}
#else
int region_at;
int part_here() { return part; }
#endif
int region_here() {
    int best = part_here();
    if (best == SKIN && abs(print_at.x) < 0.25 && abs(print_at.y + 0.48) < 0.26) best = SHORTS;
    // Hems are cut straight: jersey over shorts, shorts over knees.
    if (best == JERSEY || best == SHORTS) best = print_at.y > -0.41 ? JERSEY : SHORTS;
    if (best == KNEE && print_at.y > -0.75) best = SHORTS;
    if (best == SHORTS && print_at.y < -0.75) best = KNEE;
    return best;
}
vec3 of_look(int column) { return texelFetch(looks, ivec2(column, int(marks.x)), 0).rgb; }
bool has(int bits, int bit) { return (bits & bit) != 0; }
vec3 cut(int bits) {  // colour with seams, panels, stripes, headband, beard
    float side = abs(print_at.x), up = print_at.y, front = abs(print_at.z);
    bool jersey = region_at == JERSEY, shirt = jersey && has(bits, 16), lined = has(bits, 1);
    bool face = region_at == SKIN && print_at.z > 0.55 && up > 0.33;
    bool eye = face && abs(side - 0.033) < 0.014 && up > 0.404 && up < 0.416;
    bool brow = face && abs(side - 0.034) < 0.018 && up > 0.426 && up < 0.433;
    bool mouth = face && side < 0.022 && up > 0.334 && up < 0.343;
    float collar = print_at.z > 0.0 ? 0.15 + 0.75 * side : 0.21 + 0.3 * side;
    int column = region_at;
    float beard = 0.0;
    vec3 tint = vec3(1.0), ink = vec3(0.0);
    if (shirt && side < 0.12 && up > collar) column = up > collar + 0.025 ? SKIN : TRIM;
    else if (shirt && side > 0.165 && up > 0.02) column = TRIM;
    else if (shirt && lined && front < 0.28 && up < 0.05) column = TRIM;
    else if (region_at == SHORTS && lined && (front < 0.3 && side > 0.1 || up < -0.725))
        column = TRIM;
    else if (has(bits, 2) && (jersey || region_at == SLEEVE)) {
        if (fract(print_at.x * 15.0) < 0.5) { tint = vec3(0.0); ink = vec3(0.06); }
    }
    else if (up > 0.44 && up < 0.48 && has(bits, 4)) column = TRIM;
    else if (mouth) tint = vec3(0.6, 0.45, 0.45);
    else if (eye || brow) tint = vec3(0.35);
    else if (region_at == SKIN && has(bits, 8) && up > 0.29 && up < 0.345 && print_at.z > -0.2)
        beard = 0.8;
    return mix(of_look(column), of_look(HAIR), beard) * tint + ink;
}
#ifdef MIXED
vec2 ink_at(vec2 uv, float layer) {
    bool inside = all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)));
    return inside ? texture(numbers, vec3(uv, layer)).rg : vec2(0.0);
}
float print_number(inout vec3 base, vec3 extra) {
    if (region_at != JERSEY || marks.y <= 0.5 || abs(print_at.z) <= 0.25) return 0.0;
    float front = sign(print_at.z);
    bool named = front < 0.0 ? extra.y > 0.5 : extra.z > 0.5;
    float size = front > 0.0 ? CHEST : BACK;
    float middle = named ? -0.05 : 0.0;
    vec2 uv = vec2(0.5 + front * print_at.x / size, 0.5 - (print_at.y - middle) / size);
    vec2 ink = ink_at(uv, marks.y);
    float half_of = PRINTED + (front > 0.0 ? 0.0 : 2.0) + (uv.x > 0.5 ? 1.0 : 0.0);
    float printed = ink.r > INKED ? half_of / 255.0 : 0.0;
    vec2 word = vec2(0.5 + front * print_at.x / 0.31,
                     0.5 - (print_at.y - (front > 0.0 ? 0.095 : 0.125)) / 0.075);
    if (named) ink = max(ink, ink_at(word, front < 0.0 ? extra.y : extra.z));
    base = mix(base, of_look(OUTLINE), ink.g);
    base = mix(base, of_look(NUMBER), ink.r);
    return printed;
}
#else
float print_number(inout vec3 base, vec3 extra) { return 0.0; }
#endif
void main() {
    region_at = region_here();
    vec3 extra = of_look(TRIM + 1);
    vec3 base = cut(int(extra.x + 0.5));
    float printed = print_number(base, extra);
    bool cloth = region_at == JERSEY || region_at == SHORTS;
    float wave = sin(print_at.y * 31.0 + print_at.x * 23.0 + float(person))
        + 0.6 * sin(print_at.y * 67.0 - print_at.x * 41.0 + float(person) * 1.7);
    float fold = cloth ? 0.95 + (printed < 0.5 ? 0.055 : 0.02) * wave : 1.0;
    vec3 shaded = lit(base * fold, normalize(normal), place, region_at == SKIN ? 0.10 : 0.02);
    float low = 0.82 + 0.18 * smoothstep(0.0, 0.7, place.z);  // the floor lights less than lamps
    colour = vec4(shaded * marks.w * low, 1.0);
    ids = vec4(marks.z / 255.0, printed, float(region_at) / 255.0, 1.0);
}
"""
)

MIXED_VERTEX, MIXED_FRAGMENT = (f"{_VERSION}#define MIXED\n{s}" for s in (_VERTEX, _FRAGMENT))
PLAIN_VERTEX, PLAIN_FRAGMENT = _VERSION + _VERTEX, _VERSION + _FRAGMENT
