// Looking around in an equirectangular picture: one triangle pair, every pixel asks the picture.
// Without WebGL, or if the picture is too large for it, the picture that scrolls stays.
const CORNERS = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);
const VERTEX = "attribute vec2 at; varying vec2 spot; void main() { spot = at; gl_Position = vec4(at, 0.0, 1.0); }";
const FRAGMENT = `precision highp float;
varying vec2 spot;
uniform sampler2D picture;
uniform vec2 look;
uniform vec2 reach;
void main() {
  vec3 ray = normalize(vec3(spot.x * reach.x, spot.y * reach.y, -1.0));
  float c = cos(look.y), s = sin(look.y);
  ray = vec3(ray.x, c * ray.y - s * ray.z, s * ray.y + c * ray.z);
  float across = atan(ray.x, -ray.z) + look.x;
  gl_FragColor = texture2D(picture, vec2(fract(across / 6.2831853 + 0.5), acos(clamp(ray.y, -1.0, 1.0)) / 3.1415927));
}`;
const STEP = Math.PI / 24;
const MOST_UP = Math.PI / 2 - 0.05;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

for (const figure of document.querySelectorAll("[data-panorama]")) start(figure);

async function start(figure) {
  const roll = figure.querySelector(".panorama-roll");
  const picture = roll.querySelector("img");
  await picture.decode().catch(() => null);
  const canvas = document.createElement("canvas");
  canvas.className = "panorama-view";
  const gl = picture.naturalWidth ? canvas.getContext("webgl") : null;
  const program = gl && picture.naturalWidth <= gl.getParameter(gl.MAX_TEXTURE_SIZE) && build(gl, picture);
  if (!program) return;
  const state = { look: 0, up: 0, zoom: 1 };
  const draw = () => paint(gl, program, canvas, roll, state);
  canvas.setAttribute("aria-hidden", "true");
  picture.classList.add("sr-only");
  roll.classList.add("is-live");
  roll.append(canvas);
  figure.querySelector("[data-help]").textContent = figure.dataset.drag;
  listen(roll, canvas, state, draw);
  new ResizeObserver(draw).observe(roll);
  draw();
}

function build(gl, picture) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
  const at = gl.getAttribLocation(program, "at");
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, 2, gl.FLOAT, false, 0, 0);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB, gl.RGB, gl.UNSIGNED_BYTE, picture);
  for (const [name, value] of [["WRAP_S", "CLAMP_TO_EDGE"], ["WRAP_T", "CLAMP_TO_EDGE"], ["MIN_FILTER", "LINEAR"], ["MAG_FILTER", "LINEAR"]]) {
    gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], gl[value]);
  }
  return program;
}

function paint(gl, program, canvas, roll, { look, up, zoom }) {
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const wide = Math.max(1, Math.round(roll.clientWidth * scale));
  const high = Math.max(1, Math.round(roll.clientHeight * scale));
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  gl.viewport(0, 0, wide, high);
  const tall = 0.75 / zoom;
  gl.uniform2f(gl.getUniformLocation(program, "look"), look, up);
  gl.uniform2f(gl.getUniformLocation(program, "reach"), (tall * wide) / high, tall);
  gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
}

function listen(roll, canvas, state, draw) {
  const turn = (across, upward) => {
    state.look += across;
    state.up = Math.max(-MOST_UP, Math.min(MOST_UP, state.up + upward));
    draw();
  };
  roll.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (way) turn(way[0] * STEP, way[1] * STEP);
    else if (event.key === "+" || event.key === "-") zoom(state, event.key === "+" ? 1.25 : 0.8, draw);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const unit = 1.5 / (state.zoom * canvas.clientHeight);
    turn(-event.movementX * unit, event.movementY * unit);
  });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(state, event.deltaY < 0 ? 1.1 : 0.9, draw);
  }, { passive: false });
}

function zoom(state, by, draw) {
  state.zoom = Math.max(0.6, Math.min(4, state.zoom * by));
  draw();
}
