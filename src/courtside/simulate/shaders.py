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
flat out int region_at;
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
    region_at = int(region + 0.5);
    print_at = print_place;
    gl_Position = clip * vec4(world, 1.0);
    gl_Position.xy = gl_Position.xy * zoom.xy + zoom.zw * gl_Position.w;
}
"""

LIGHT = """
uniform vec3 ambient;
uniform vec3 lights[3];       // directions to the lights, length is strength
uniform vec3 eye;
vec3 lit(vec3 colour, vec3 n, vec3 place, float gloss) {
    vec3 total = ambient * (0.8 + 0.2 * n.z);
    vec3 back = normalize(eye - place);
    float shine = 0.0;
    for (int i = 0; i < 3; i++) {
        float strength = length(lights[i]);
        vec3 to = lights[i] / max(strength, 1e-4);
        total += vec3(strength) * max(0.0, (dot(n, to) + 0.25) / 1.25);
        shine += strength * pow(max(0.0, dot(n, normalize(to + back))), 24.0);
    }
    return colour * total + vec3(gloss * shine);
}
"""

PEOPLE_FRAGMENT = (
    """
#version 330
"""
    + LIGHT
    + """
uniform sampler2D looks;      // row: person's look, columns: regions, number, outline
uniform sampler2DArray numbers;
in vec3 normal;
in vec3 place;
in vec3 print_at;
flat in int region_at;
flat in int person;
flat in vec4 marks;
layout(location = 0) out vec4 colour;
layout(location = 1) out vec4 ids;
const int NUMBER = 10;
void main() {
    int row = int(marks.x);
    vec3 base = texelFetch(looks, ivec2(region_at, row), 0).rgb;
    float printed = 0.0;
    if (region_at == 1 && marks.y > 0.5 && abs(print_at.z) > 0.25) {
        float front = sign(print_at.z);
        float size = front > 0.0 ? 0.33 : 0.40;
        vec2 uv = vec2(0.5 + front * print_at.x / size, 0.5 - print_at.y / size);
        if (all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)))) {
            vec2 ink = texture(numbers, vec3(uv, marks.y)).rg;
            base = mix(base, texelFetch(looks, ivec2(NUMBER + 1, row), 0).rgb, ink.g);
            base = mix(base, texelFetch(looks, ivec2(NUMBER, row), 0).rgb, ink.r);
            printed = ink.r > 0.4 ? 1.0 : 0.0;
        }
    }
    bool cloth = region_at == 1 || region_at == 2;
    float fold = cloth && printed < 0.5
        ? 0.9 + 0.1 * sin(print_at.y * 31.0 + print_at.x * 23.0 + float(person)) : 1.0;
    vec3 shaded = lit(base * fold, normalize(normal), place, region_at == 0 ? 0.10 : 0.03);
    colour = vec4(shaded * marks.w, 1.0);
    ids = vec4(marks.z / 255.0, printed, float(region_at) / 255.0, 1.0);
}
"""
)

SHADOW_FRAGMENT = """
#version 330
uniform float darkness;
layout(location = 0) out vec4 colour;
void main() { colour = vec4(0.0, 0.0, 0.0, darkness); }
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
    colour = vec4(lit(base, n, place, 0.0), 1.0);
    ids = vec4(tint.a / 255.0, 0.0, 0.0, 1.0);
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
