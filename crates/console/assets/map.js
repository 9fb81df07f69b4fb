// Map of the floor, seen from above, in metres, with y pointing upwards. One animation loop moves and draws the
// vehicles.
import { vehicles } from './live.js';
import { SHAPES } from './shapes.js';
import { fit, follow as followView, listen, screenX, screenY, steer, view } from './view.js';

const OUTLINES = Object.fromEntries(Object.entries(SHAPES).map(([type, path]) => [type, new Path2D(path)]));
const NOSE = new Path2D('M.7 0 0 .45 0-.45Z'), FADED = { CONNECTED: 1, TIMEOUT: 0.5, DISCONNECTED: 0.3 };
const RADIUS_M = 0.6, TRAIL_MS = 6_000, TRAIL_STEP_MS = 200, LABELS_FROM = 24; // pixels per metre
const canvas = document.getElementById('map'), ctx = canvas.getContext('2d'), style = getComputedStyle(document.body);
const colours = new Proxy({}, { get: (all, name) => (all[name] ??= style.getPropertyValue(`--${name}`)) });
let selected, wanted = new Set(), drawnAt = 0;
const radius = () => Math.min(Math.max(RADIUS_M * view.scale, 6), 30);

export const clear = () => { fit(); ctx.clearRect(0, 0, view.width, view.height); };
export function follow(id) {
  selected = id;
  followView(id);
}

/** Returns the vehicles that have a position, and either match the search or are selected. */
const shown = () => [...vehicles.values()].filter(({ id, at }) => at && (wanted.has(id) || id === selected));
const vehicleAt = (px, py) => shown().findLast(({ at }) => // the topmost
  Math.hypot(screenX(at.x) - px, screenY(at.y) - py) < radius() + 6);
function glide({ at, trail, position, dueAt }, now, elapsed) {
  const part = now < dueAt ? elapsed / (dueAt - now + elapsed) : 1;
  if (part < 1 && now - (trail.at(-1)?.now ?? 0) > TRAIL_STEP_MS) trail.push({ x: at.x, y: at.y, now });
  while (trail[0]?.now < now - TRAIL_MS) trail.shift();
  at.x += (position.x - at.x) * part;
  at.y += (position.y - at.y) * part;
  at.heading += ((((position.heading - at.heading) % 360) + 540) % 360 - 180) * part;
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
  for (let n = first(view.x, view.width), x; (x = screenX(n * step)) < view.width; n++) drawLine(colour(n), [x, 0], [x, view.height]);
  for (let n = first(view.y, view.height), y; (y = screenY(n * step)) > 0; n++) drawLine(colour(n), [0, y], [view.width, y]);
  const right = view.width - 16, left = right - 5 * step * view.scale; // as long as a cell between bright lines
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
  const elapsed = Math.min(now - drawnAt, 1_000), drawn = shown();
  drawnAt = now;
  for (const vehicle of vehicles.values()) if (vehicle.at) glide(vehicle, now, elapsed);
  steer(drawn, elapsed);
  ctx.clearRect(0, 0, view.width, view.height);
  drawGrid();
  for (const vehicle of drawn) drawVehicle(vehicle, now);
  requestAnimationFrame(frame);
}

/** Draws the vehicles whose ids are in `filter`. Calls `onPick` with the id of the clicked vehicle, or undefined. */
export function start(onPick, filter) {
  wanted = filter;
  new ResizeObserver(() => {
    [view.width, view.height] = [canvas.clientWidth, canvas.clientHeight];
    [canvas.width, canvas.height] = [view.width * devicePixelRatio, view.height * devicePixelRatio];
    ctx.scale(devicePixelRatio, devicePixelRatio);
    Object.assign(ctx, { lineWidth: 1.5, textAlign: 'center', font: `12px ${style.fontFamily}` });
  }).observe(canvas);
  listen((px, py) => onPick(vehicleAt(px, py)?.id));
  requestAnimationFrame(frame);
}
