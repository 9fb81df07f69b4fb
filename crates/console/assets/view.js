// The visible part of the floor, moved and zoomed by mouse, wheel, touch, keys and buttons.
import { vehicles } from './live.js';

const CLOSE_UP = 14, MIN_SCALE = 0.05, MAX_SCALE = 300, MAX_FIT_SCALE = 60; // pixels per metre
const WHEEL_STEP = 600, ZOOM_STEP = 1.5, KEY_STEP_PX = 80, SETTLE_MS = 110, CLICK_PX = 4;
const canvas = document.getElementById('map');

/** The centre in metres and the scale in pixels per metre, as currently drawn. Both approach those of `aim`. */
export const view = { x: 0, y: 0, scale: 10, width: 0, height: 0 };
const aim = { x: 0, y: 0, scale: 10 }, pointers = new Map();
let mode = 'fit', followed, travelled = 0;

export const screenX = (x) => view.width / 2 + (x - view.x) * view.scale;
export const screenY = (y) => view.height / 2 - (y - view.y) * view.scale;
export const fit = () => { mode = 'fit'; };

export function follow(id) {
  followed = id;
  if (vehicles.get(id)?.at) [mode, aim.scale] = ['follow', Math.max(aim.scale, CLOSE_UP)];
  else if (mode === 'follow') mode = 'free';
}

/** Moves `view` towards `aim`, `elapsed` ms after the previous call. */
export function steer(shown, elapsed) {
  const { at } = vehicles.get(followed) ?? {};
  if (mode === 'follow' && at) Object.assign(aim, { x: at.x, y: at.y });
  if (mode === 'fit' && shown.length) {
    const xs = shown.map((vehicle) => vehicle.at.x), ys = shown.map((vehicle) => vehicle.at.y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const [roomX, roomY] = [(view.width - 60) / (right - left + 2), (view.height - 150) / (high - low + 2)];
    const scale = Math.max(Math.min(roomX, roomY, MAX_FIT_SCALE), MIN_SCALE);
    Object.assign(aim, { x: (left + right) / 2, y: (low + high) / 2 - 24 / scale, scale });
  }
  for (const key in aim) view[key] += (aim[key] - view[key]) * (1 - Math.exp(-elapsed / SETTLE_MS));
}

/** Zooms by a factor around the point of the floor at (px, py) of the canvas. */
export function zoom(factor, px = view.width / 2, py = view.height / 2) {
  const scale = Math.min(Math.max(aim.scale * factor, MIN_SCALE), MAX_SCALE), gain = 1 / aim.scale - 1 / scale;
  const [right, down] = mode === 'follow' ? [0, 0] : [px - view.width / 2, py - view.height / 2];
  Object.assign(aim, { x: aim.x + right * gain, y: aim.y - down * gain, scale });
  if (mode === 'fit') mode = 'free';
}

function pan(right, down) {
  mode = 'free';
  Object.assign(aim, { x: aim.x + right / view.scale, y: aim.y - down / view.scale });
}

/** Returns the centre of the touches, and their distance from it. */
function grip() {
  const fingers = [...pointers.values()], middle = (key) => fingers.reduce((sum, at) => sum + at[key], 0) / fingers.length;
  const [x, y] = [middle('x'), middle('y')];
  return { x, y, spread: Math.hypot(fingers[0].x - x, fingers[0].y - y) };
}

function drag({ pointerId, offsetX: x, offsetY: y }) {
  if (!pointers.has(pointerId)) return;
  const before = grip();
  pointers.set(pointerId, { x, y });
  const after = grip();
  travelled += Math.hypot(after.x - before.x, after.y - before.y) + Math.abs(after.spread - before.spread);
  if (travelled < CLICK_PX) return;
  pan(before.x - after.x, before.y - after.y);
  if (pointers.size > 1 && before.spread > 0) zoom(after.spread / before.spread, after.x, after.y);
  Object.assign(view, aim); // the dragged floor follows the fingers immediately
}

function press(event) {
  if (!pointers.size) travelled = 0;
  for (const key in aim) aim[key] = view[key]; // a dragged floor does not continue to move
  pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  canvas.setPointerCapture(event.pointerId);
}

const release = ({ pointerId }) => pointers.delete(pointerId);

const KEYS = {
  '+': () => zoom(ZOOM_STEP), '=': () => zoom(ZOOM_STEP), '-': () => zoom(1 / ZOOM_STEP), 0: fit,
  ArrowLeft: () => pan(-KEY_STEP_PX, 0), ArrowRight: () => pan(KEY_STEP_PX, 0),
  ArrowUp: () => pan(0, -KEY_STEP_PX), ArrowDown: () => pan(0, KEY_STEP_PX),
};

/** Listens for input that moves the map. Calls `onClick` with the position of each click that is not a drag. */
export function listen(onClick) {
  Object.assign(canvas, { onpointerdown: press, onpointermove: drag, onpointerup: release, onpointercancel: release });
  canvas.onclick = ({ offsetX, offsetY }) => { if (travelled < CLICK_PX) onClick(offsetX, offsetY); };
  canvas.onwheel = (wheel) => {
    wheel.preventDefault();
    zoom(Math.exp(-wheel.deltaY / WHEEL_STEP), wheel.offsetX, wheel.offsetY);
  };
  canvas.ondblclick = fit;
  canvas.onkeydown = (event) => {
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  };
  document.getElementById('zoom-in').onclick = () => zoom(ZOOM_STEP);
  document.getElementById('zoom-out').onclick = () => zoom(1 / ZOOM_STEP);
  document.getElementById('fit').onclick = fit;
}
