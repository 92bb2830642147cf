"""The shaders of the renderer, GLSL 3.30."""

LIGHT = """
uniform vec3 ambient;
uniform vec3 light_ways[3];   // unit vectors to the lights
uniform vec3 strengths;       // of the lights
uniform vec3 eye;
vec3 film(vec3 c) {           // highlights roll off instead of clipping
    vec3 over = max(c - 0.7, 0.0);
    return min(c, 0.7) + 0.3 * (1.0 - exp(-over / 0.3));
}
float shine(float x) {        // x to the power of 24, without logarithms
    float x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
    return x8 * x8 * x8;
}
vec3 lit(vec3 colour, vec3 n, vec3 place, float gloss) {
    vec3 total = ambient * (0.72 + 0.28 * n.z);  // more light from above than off the floor
    vec3 back = normalize(eye - place);
    float glint = 0.0;
    for (int i = 0; i < 3; i++) {
        vec3 to = light_ways[i];
        total += vec3(strengths[i]) * max(0.0, (dot(n, to) + 0.25) / 1.25);
        glint += strengths[i] * shine(max(0.0, dot(n, normalize(to + back))));
    }
    return film(colour * total + vec3(gloss * glint));
}
"""

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

BODY = """
#version 330
uniform sampler2D poses;      // row: pose, column: vertex, metres
uniform sampler2D people;     // three texels a person
uniform mat4 clip;
vec3 body_of(int person) {
    vec4 where = texelFetch(people, ivec2(person * 3, 0), 0);
    vec4 how = texelFetch(people, ivec2(person * 3 + 1, 0), 0);  // pose, scale, cos, sin
    mat2 turn = mat2(how.z, how.w, -how.w, how.z);
    vec3 body = texelFetch(poses, ivec2(gl_VertexID, int(how.x)), 0).xyz * how.y;
    return vec3(turn * body.xy, body.z) + where.xyz;
}
"""

SHADOW_VERTEX = (
    BODY
    + """
uniform vec2 shear;           // flattens onto the floor along the light
void main() {
    vec3 world = body_of(gl_InstanceID);
    gl_Position = clip * vec4(world.xy - shear * world.z, 0.006, 1.0);
}
"""
)

SHADOW_FRAGMENT = """
#version 330
uniform float darkness;
layout(location = 0) out vec4 colour;
void main() { colour = vec4(0.0, 0.0, 0.0, darkness); }
"""

SILHOUETTE_VERTEX = (
    BODY
    + """
uniform sampler2D tiles;      // two texels a tile: scale and offset of clip x y; person
void main() {
    vec4 zoom = texelFetch(tiles, ivec2(gl_InstanceID * 2, 0), 0);
    vec4 whose = texelFetch(tiles, ivec2(gl_InstanceID * 2 + 1, 0), 0);
    gl_Position = clip * vec4(body_of(int(whose.x)), 1.0);
    gl_Position.xy = gl_Position.xy * zoom.xy + zoom.zw * gl_Position.w;
}
"""
)

SILHOUETTE_FRAGMENT = """
#version 330
layout(location = 0) out vec4 colour;
void main() { colour = vec4(1.0); }
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
