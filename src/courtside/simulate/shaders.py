"""The shaders of the renderer, GLSL 3.30."""

PEOPLE_VERTEX = """
#version 330
uniform sampler2D poses;      // row: pose, column: vertex, metres
uniform sampler2D normals;
uniform mat4 clip;
uniform vec4 zoom;            // scale and offset of clip x y, to fill a tile with one person
uniform int first;            // instance to start with
uniform float mirror;         // -1 draws the reflection in the floor
uniform vec2 shear;           // flattens onto the floor along the light, for shadows
uniform bool flat_on_floor;
uniform sampler2D people;      // three texels a person
in float region;
in vec3 print_place;
out vec3 normal;
out vec3 place;
out vec3 print_at;
out vec4 part_a, part_b;      // which region, one weight each, blended across the triangle
out vec2 part_c;
flat out int person;
flat out vec4 marks;          // look row, number row, id, brightness
void main() {
    person = gl_InstanceID + first;
    vec4 where = texelFetch(people, ivec2(person * 3, 0), 0);
    vec4 how = texelFetch(people, ivec2(person * 3 + 1, 0), 0);  // pose, scale, cos, sin
    marks = texelFetch(people, ivec2(person * 3 + 2, 0), 0);
    ivec2 at = ivec2(gl_VertexID, int(how.x));
    mat2 turn = mat2(how.z, how.w, -how.w, how.z);
    vec3 body = texelFetch(poses, at, 0).xyz * how.y;
    vec3 n = texelFetch(normals, at, 0).xyz;
    vec3 world = vec3(turn * body.xy, body.z) + where.xyz;
    normal = vec3(turn * n.xy, n.z);
    if (flat_on_floor) { world.xy -= shear * world.z; world.z = 0.006; }
    world.z *= mirror;
    normal.z *= mirror;
    place = world;
    int part = int(region + 0.5);
    part_a = vec4(part == 0, part == 1, part == 2, part == 3);
    part_b = vec4(part == 4, part == 5, part == 6, part == 7);
    part_c = vec2(part == 8, part == 9);
    print_at = print_place;
    gl_Position = clip * vec4(world, 1.0);
    gl_Position.xy = gl_Position.xy * zoom.xy + zoom.zw * gl_Position.w;
}
"""

LIGHT = """
uniform vec3 ambient;
uniform vec3 lights[3];       // directions to the lights, length is strength
uniform vec3 eye;
vec3 film(vec3 c) {           // highlights roll off instead of clipping
    vec3 over = max(c - 0.7, 0.0);
    return min(c, 0.7) + 0.3 * (1.0 - exp(-over / 0.3));
}
vec3 lit(vec3 colour, vec3 n, vec3 place, float gloss) {
    vec3 total = ambient * (0.72 + 0.28 * n.z);  // more light from above than off the floor
    vec3 back = normalize(eye - place);
    float shine = 0.0;
    for (int i = 0; i < 3; i++) {
        float strength = length(lights[i]);
        vec3 to = lights[i] / max(strength, 1e-4);
        total += vec3(strength) * max(0.0, (dot(n, to) + 0.25) / 1.25);
        shine += strength * pow(max(0.0, dot(n, normalize(to + back))), 24.0);
    }
    return film(colour * total + vec3(gloss * shine));
}
"""

PEOPLE_FRAGMENT = (
    """
#version 330
"""
    + LIGHT
    + """
uniform sampler2D looks;      // row: person's look; columns: regions, number, outline, trim, marks
uniform sampler2DArray numbers;
in vec3 normal;
in vec3 place;
in vec3 print_at;             // across, up from mid chest, metres; front 1, back -1
in vec4 part_a, part_b;
in vec2 part_c;
flat in int person;
flat in vec4 marks;
layout(location = 0) out vec4 colour;
layout(location = 1) out vec4 ids;
const int SKIN = 0, JERSEY = 1, SHORTS = 2, HAIR = 3, SLEEVE = 6, KNEE = 8;
const int NUMBER = 10, OUTLINE = 11, TRIM = 12;
int region_at;
int heaviest() {
    float weights[10] = float[10](part_a.x, part_a.y, part_a.z, part_a.w, part_b.x, part_b.y,
                                  part_b.z, part_b.w, part_c.x, part_c.y);
    int best = 0;
    for (int i = 1; i < 10; i++) if (weights[i] > weights[best]) best = i;
    if (best == SKIN && abs(print_at.x) < 0.25 && abs(print_at.y + 0.48) < 0.26) best = SHORTS;
    // Hems are cut straight: jersey over shorts, shorts over knees.
    if (best == JERSEY || best == SHORTS) best = print_at.y > -0.41 ? JERSEY : SHORTS;
    if (best == KNEE && print_at.y > -0.75) best = SHORTS;
    if (best == SHORTS && print_at.y < -0.75) best = KNEE;
    return best;
}
vec3 of_look(int column) { return texelFetch(looks, ivec2(column, int(marks.x)), 0).rgb; }
bool has(int bits, int bit) { return (bits & bit) != 0; }
vec2 ink_at(vec2 uv, float layer) {
    bool inside = all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)));
    return inside ? texture(numbers, vec3(uv, layer)).rg : vec2(0.0);
}
vec3 cut(vec3 base, int bits) {  // seams, panels, stripes, headband, beard
    float side = abs(print_at.x), up = print_at.y, front = abs(print_at.z);
    if (region_at == JERSEY && has(bits, 16)) {
        float collar = print_at.z > 0.0 ? 0.15 + 0.75 * side : 0.21 + 0.3 * side;
        if (side < 0.12 && up > collar) return up > collar + 0.025 ? of_look(SKIN) : of_look(TRIM);
        if (side > 0.165 && up > 0.02) return of_look(TRIM);
        if (has(bits, 1) && front < 0.28 && up < 0.05) return of_look(TRIM);
    }
    if (region_at == SHORTS && has(bits, 1)) {
        if (front < 0.3 && side > 0.1) return of_look(TRIM);
        if (up < -0.725) return of_look(TRIM);
    }
    if (has(bits, 2) && (region_at == JERSEY || region_at == SLEEVE))
        return fract(print_at.x * 15.0) < 0.5 ? vec3(0.06) : base;
    if (up > 0.44 && up < 0.48 && has(bits, 4)) return of_look(TRIM);
    if (region_at == SKIN && print_at.z > 0.55 && up > 0.33) {  // eyes, brows, mouth
        bool eye = abs(side - 0.033) < 0.014 && up > 0.404 && up < 0.416;
        bool brow = abs(side - 0.034) < 0.018 && up > 0.426 && up < 0.433;
        bool mouth = side < 0.022 && up > 0.334 && up < 0.343;
        if (eye || brow || mouth) return base * (mouth ? vec3(0.6, 0.45, 0.45) : vec3(0.35));
    }
    if (region_at == SKIN && has(bits, 8) && up > 0.29 && up < 0.345 && print_at.z > -0.2)
        return mix(base, of_look(HAIR), 0.8);
    return base;
}
void main() {
    region_at = heaviest();
    vec3 extra = of_look(TRIM + 1);
    vec3 base = cut(of_look(region_at), int(extra.x + 0.5));
    float printed = 0.0;
    if (region_at == JERSEY && marks.y > 0.5 && abs(print_at.z) > 0.25) {
        float front = sign(print_at.z);
        bool named = front < 0.0 ? extra.y > 0.5 : extra.z > 0.5;
        float size = front > 0.0 ? 0.29 : 0.37;
        float middle = named ? -0.05 : 0.0;
        vec2 uv = vec2(0.5 + front * print_at.x / size, 0.5 - (print_at.y - middle) / size);
        vec2 ink = ink_at(uv, marks.y);
        printed = ink.r > 0.4 ? 1.0 : 0.0;
        vec2 word = vec2(0.5 + front * print_at.x / 0.31,
                         0.5 - (print_at.y - (front > 0.0 ? 0.095 : 0.125)) / 0.075);
        if (named) ink = max(ink, ink_at(word, front < 0.0 ? extra.y : extra.z));
        base = mix(base, of_look(OUTLINE), ink.g);
        base = mix(base, of_look(NUMBER), ink.r);
    }
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

CONTACT_VERTEX = """
#version 330
uniform mat4 clip;
uniform sampler2D people;
out vec2 from;                // from under the body, in radii
out float strength;
const vec2 CORNERS[6] = vec2[6](vec2(-1, -1), vec2(1, -1), vec2(1, 1),
                                vec2(-1, -1), vec2(1, 1), vec2(-1, 1));
void main() {
    vec4 where = texelFetch(people, ivec2(gl_InstanceID * 3, 0), 0);
    from = CORNERS[gl_VertexID];
    strength = 1.0 - smoothstep(0.0, 1.0, where.z);
    gl_Position = clip * vec4(where.xy + from * (0.55 + 0.4 * max(where.z, 0.0)), 0.004, 1.0);
}
"""

CONTACT_FRAGMENT = """
#version 330
uniform float darkness;
in vec2 from;
in float strength;
layout(location = 0) out vec4 colour;
void main() {
    float near = max(0.0, 1.0 - length(from));
    colour = vec4(0.0, 0.0, 0.0, darkness * strength * near * near * (3.0 - 2.0 * near));
}
"""

SHADOW_FRAGMENT = """
#version 330
uniform float darkness;
uniform bool flat_on_floor;   // else a white silhouette
layout(location = 0) out vec4 colour;
void main() { colour = vec4(vec3(flat_on_floor ? 0.0 : 1.0), darkness); }
"""

STATIC_VERTEX = """
#version 330
uniform mat4 clip;
uniform float mirror;
in vec3 in_place;
in vec3 in_normal;
in vec3 in_texture;           // u, v, layer (below 0: none)
in vec4 in_colour;            // r, g, b, id
out vec3 place;
out vec3 normal;
out vec3 uv;
out vec4 tint;
void main() {
    place = vec3(in_place.xy, in_place.z * mirror);
    normal = in_normal;
    uv = in_texture;
    tint = in_colour;
    gl_Position = clip * vec4(place, 1.0);
}
"""

STATIC_FRAGMENT = (
    """
#version 330
"""
    + LIGHT
    + """
uniform sampler2DArray surfaces;
uniform float mirror;
in vec3 place;
in vec3 normal;
in vec3 uv;
in vec4 tint;
layout(location = 0) out vec4 colour;
layout(location = 1) out vec4 ids;
void main() {
    if (mirror < 0.0 && place.z > -0.001) discard;  // only what stands above the floor is reflected
    vec3 base = tint.rgb;
    if (uv.z > -0.5) base *= texture(surfaces, uv).rgb;
    vec3 n = normalize(normal);
    if (dot(n, eye - place) < 0.0) n = -n;
    float light = tint.a < 0.0 ? 1.0 : 0.0;  // a negative id glows
    colour = vec4(light > 0.5 ? film(base) : lit(base, n, place, 0.0), 1.0);
    ids = vec4(max(tint.a, 0.0) / 255.0, 0.0, 0.0, 1.0);
}
"""
)

FLOOR_FRAGMENT = (
    """
#version 330
"""
    + LIGHT
    + """
uniform sampler2D paint;
uniform float opacity;
in vec3 place;
in vec3 normal;
in vec3 uv;
in vec4 tint;
layout(location = 0) out vec4 colour;
void main() {
    vec3 base = texture(paint, uv.xy).rgb;
    vec3 back = normalize(eye - place);
    float grazing = pow(1.0 - back.z, 3.0);
    colour = vec4(lit(base, vec3(0, 0, 1), place, 0.25), mix(opacity, opacity * opacity, grazing));
}
"""
)
