// The floor seen from above, in metres with y up. One animation frame loop glides, steers and draws.
import { vehicles } from './live.js';
/** Outlines that look along +x, as SVG paths, so that the list shows them too. */
export const SHAPES = {
  AMR: 'M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z',
  AGV: 'M-1-.75H1Q1.3-.75 1.3-.45V.45Q1.3.75 1 .75H-1Q-1.3.75-1.3.45V-.45Q-1.3-.75-1-.75Z',
  OHT: 'M1.3 0 0 1-1.3 0 0-1ZM-1.9-.1H1.9V.1H-1.9Z',
  FORKLIFT: 'M-1.3-.75H.2V-.55H1.6V-.25H.2V.25H1.6V.55H.2V.75H-1.3Z',
};
const OUTLINES = Object.fromEntries(Object.entries(SHAPES).map(([type, path]) => [type, new Path2D(path)]));
const NOSE = new Path2D('M.7 0 0 .45 0-.45Z'), FADED = { CONNECTED: 1, TIMEOUT: 0.5, DISCONNECTED: 0.3 };
const RADIUS_M = 0.6, TRAIL_MS = 6_000, TRAIL_STEP_MS = 200, CLOSE_UP = 14, LABELS_FROM = 24; // pixels per metre
const canvas = document.getElementById('map'), ctx = canvas.getContext('2d'), style = getComputedStyle(document.body);
const colours = new Proxy({}, { get: (all, name) => (all[name] ??= style.getPropertyValue(`--${name}`)) });
const view = { x: 0, y: 0, scale: 10 }, aim = { ...view }; // the centre in metres, and pixels per metre
let mode = 'fit', selected, width = 0, height = 0, drawnAt = 0, travelled = 0;
const screenX = (x) => width / 2 + (x - view.x) * view.scale;
const screenY = (y) => height / 2 - (y - view.y) * view.scale;
const radius = () => Math.min(Math.max(RADIUS_M * view.scale, 6), 30);

export const fit = () => { mode = 'fit'; }, clear = () => { fit(); ctx.clearRect(0, 0, width, height); };
export function follow(id) {
  selected = id;
  if (vehicles.has(id)) [mode, aim.scale] = ['follow', Math.max(aim.scale, CLOSE_UP)];
  else if (mode === 'follow') mode = 'free';
}
function zoom(wheel) {
  wheel.preventDefault();
  const scale = Math.min(Math.max(aim.scale * Math.exp(-wheel.deltaY / 600), 0.05), 300);
  const right = wheel.offsetX - width / 2, down = wheel.offsetY - height / 2, gain = 1 / aim.scale - 1 / scale;
  Object.assign(aim, { x: aim.x + right * gain, y: aim.y - down * gain, scale });
  if (mode === 'fit') mode = 'free';
}
const vehicleAt = (px, py) => [...vehicles.values()].findLast(({ at }) => // the topmost
  at && Math.hypot(screenX(at.x) - px, screenY(at.y) - py) < radius() + 6);

function glide({ at, trail, position, dueAt }, now, elapsed) {
  const part = now < dueAt ? elapsed / (dueAt - now + elapsed) : 1;
  if (part < 1 && now - (trail.at(-1)?.now ?? 0) > TRAIL_STEP_MS) trail.push({ x: at.x, y: at.y, now });
  while (trail[0]?.now < now - TRAIL_MS) trail.shift();
  at.x += (position.x - at.x) * part;
  at.y += (position.y - at.y) * part;
  at.heading += ((((position.heading - at.heading) % 360) + 540) % 360 - 180) * part;
}

function steer(shown, elapsed) {
  if (mode === 'follow') Object.assign(aim, vehicles.get(selected)?.at);
  if (mode === 'fit' && shown.length) {
    const xs = shown.map(({ at }) => at.x), ys = shown.map(({ at }) => at.y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min((width - 60) / (right - left + 2), (height - 150) / (high - low + 2), 60);
    Object.assign(aim, { x: (left + right) / 2, y: (low + high) / 2 - 24 / scale, scale });
  }
  for (const key in view) view[key] += (aim[key] - view[key]) * (1 - Math.exp(-elapsed / 110));
}

function drawLine(colour, ...points) {
  ctx.beginPath();
  for (const [x, y] of points) ctx.lineTo(x, y);
  ctx.strokeStyle = colour;
  ctx.stroke();
}

function drawGrid() {
  const lengths = [0.01, 0.1, 1, 10, 100].flatMap((power) => [power, 2 * power, 5 * power]); // metres
  const step = lengths.find((length) => length * view.scale >= 20) ?? 1_000;
  const first = (middle, room) => Math.ceil((middle - room / 2 / view.scale) / step);
  const colour = (n) => (n % 5 ? '#111a22' : '#1d2934');
  for (let n = first(view.x, width), x; (x = screenX(n * step)) < width; n++) drawLine(colour(n), [x, 0], [x, height]);
  for (let n = first(view.y, height), y; (y = screenY(n * step)) > 0; n++) drawLine(colour(n), [0, y], [width, y]);
  const right = width - 16, left = right - 5 * step * view.scale; // as long as a cell between bright lines
  drawLine(colours.quiet, [left, 27], [left, 32], [right, 32], [right, 27]);
  ctx.fillStyle = colours.quiet;
  ctx.fillText(`${5 * step} m`, (left + right) / 2, 25);
}

function drawVehicle({ id, type, name, at, trail, status, state, connection }, now) {
  const x = screenX(at.x), y = screenY(at.y), r = radius(), turn = (-at.heading * Math.PI) / 180;
  const ring = (ink, size) => { ctx.beginPath(); ctx.strokeStyle = ink; ctx.arc(x, y, size, 0, 7); ctx.stroke(); };
  const bar = (ink, length) => { ctx.fillStyle = ink; ctx.fillRect(x - r, y + r * 1.3 + 2, length, 3); };
  ctx.save();
  ctx.globalAlpha = 0.4;
  drawLine(colours[status], ...trail.map((point) => [screenX(point.x), screenY(point.y)]), [x, y]);
  ctx.globalAlpha = FADED[connection];
  if (id === selected) ring(colours.accent, r * 1.9 + 3);
  if (status === 'ERROR' || state?.errorCodes?.length) ring(colours.bad, r * (1.6 + 0.25 * Math.sin(now / 180)));
  if (state) bar('#2b3b48', 2 * r);
  if (state) bar(state.batteryLevel < 20 ? colours.bad : colours.good, (r * state.batteryLevel) / 50);
  ctx.fillStyle = colours.text;
  if (view.scale > LABELS_FROM || id === selected) ctx.fillText(name, x, y - r * 2 - 6);
  ctx.transform(r * Math.cos(turn), r * Math.sin(turn), -r * Math.sin(turn), r * Math.cos(turn), x, y);
  ctx.lineWidth = 1.5 / r;
  ctx.fillStyle = ctx.strokeStyle = colours[status];
  ctx[connection === 'DISCONNECTED' ? 'stroke' : 'fill'](OUTLINES[type] ?? OUTLINES.AMR);
  ctx.fillStyle = colours.ground;
  ctx.fill(NOSE);
  ctx.restore();
}

function frame(now) {
  const shown = [...vehicles.values()].filter(({ at }) => at), elapsed = Math.min(now - drawnAt, 1_000);
  drawnAt = now;
  for (const vehicle of shown) glide(vehicle, now, elapsed);
  steer(shown, elapsed);
  ctx.clearRect(0, 0, width, height);
  drawGrid();
  for (const vehicle of shown) drawVehicle(vehicle, now);
  requestAnimationFrame(frame);
}

/** Calls back with the id of the vehicle that was clicked, or nothing. */
export function start(onPick) {
  new ResizeObserver(() => {
    [width, height] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [width * devicePixelRatio, height * devicePixelRatio];
    ctx.scale(devicePixelRatio, devicePixelRatio);
    Object.assign(ctx, { lineWidth: 1.5, textAlign: 'center', font: `12px ${style.fontFamily}` });
  }).observe(canvas);
  canvas.onpointerdown = ({ pointerId }) => { travelled = 0; canvas.setPointerCapture(pointerId); };
  canvas.onpointermove = ({ buttons, movementX, movementY }) => {
    if (!buttons || (travelled += Math.hypot(movementX, movementY)) < 4) return;
    mode = 'free';
    Object.assign(aim, Object.assign(view, { x: view.x - movementX / view.scale, y: view.y + movementY / view.scale }));
  };
  canvas.onclick = ({ offsetX, offsetY }) => { if (travelled < 4) onPick(vehicleAt(offsetX, offsetY)?.id); };
  canvas.onwheel = zoom;
  canvas.ondblclick = fit;
  requestAnimationFrame(frame);
}
