// What stands beside the map: link, legend, list, detail and events, refreshed four times a second.
import { link, serverNow, vehicles } from './live.js';
import { showLogIn } from './login.js';
import { SHAPES, clear, fit, follow, start } from './map.js';
import { user, watch } from './session.js';
const REFRESH_MS = 250, EVENTS_KEPT = 100;
const FILTERS = ['MOVING', 'IDLE', 'CHARGING', 'STOPPED', 'ERROR', 'MAINTENANCE', 'AMR', 'AGV', 'OHT', 'FORKLIFT'];
const $ = (id) => document.getElementById(id);
const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const number = (value, unit, digits = 0) => (Number.isFinite(value) ? `${value.toFixed(digits)} ${unit}` : '–');
const span = (ms) => (ms < 60_000 ? number(Math.max(ms, 0) / 1_000, 's', 1) : number(ms / 60_000, 'min'));
const words = ({ name, id, type, status, connection }) => `${name} ${id} ${type} ${status} ${connection}`.toLowerCase();
const count = (matches) => String([...vehicles.values()].filter(matches).length);
const { compare } = new Intl.Collator('en', { numeric: true });
const button = () => $('button').content.firstElementChild.cloneNode(true);
let selected;

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function select(id) {
  selected = id;
  follow(id);
  refresh();
  $(id)?.scrollIntoView({ block: 'nearest' });
}

function drawLink() {
  const blind = link.state === 'reconnecting' ? 'The connection to the server is gone.'
    : link.feed === 'down' && `The server has lost its feed from the robots for ${span(serverNow() - link.feedSince)}.`;
  put($('link'), user() ? link.state : 'logged out');
  put($('banner'), `${blind} You see the last known picture.`);
  $('link').className = link.state;
  $('banner').hidden = !blind;
  $('map').style.filter = blind ? 'grayscale(.85) brightness(.7)' : '';
  put($('count'), String(vehicles.size));
  put($('silent'), count(({ connection }) => connection !== 'CONNECTED'));
  for (const key of FILTERS) {
    put($(key).children[1], `${key} ${count(({ status, type }) => status === key || type === key)}`);
    $(key).ariaPressed = $('search').value === key;
  }
}

function drawList() {
  const wanted = $('search').value.toLowerCase().split(/\s+/), rows = $('list').children;
  const listed = [...vehicles.values()].filter((vehicle) => wanted.every((word) => words(vehicle).includes(word)));
  listed.sort((a, b) => compare(a.name, b.name));
  while (rows.length < listed.length) $('list').append(button());
  while (rows.length > listed.length) $('list').lastChild.remove();
  [...rows].forEach((row, n) => drawRow(row, listed[n]));
}

function drawRow(row, vehicle) {
  const { id, status, connection, state } = vehicle, charge = state?.batteryLevel ?? 0;
  const [icon, name, about] = row.children, connected = connection === 'CONNECTED';
  Object.assign(row, { id, ariaPressed: id === selected, onclick: () => select(id) });
  const look = `--status:var(--${status});--fade:${connected ? 1 : 0.4};--charge:${Math.round(charge)}%;
    --level:var(--${charge < 20 ? 'bad' : 'good'})`;
  if (row.look !== look) row.style.cssText = row.look = look;
  icon.firstChild.setAttribute('d', SHAPES[vehicle.type] ?? SHAPES.AMR);
  put(name, vehicle.name);
  put(about, connected ? `${status} · ${number(state?.currentSpeed, 'm/s', 1)}`
    : `${connection} · ${span(performance.now() - vehicle.heardAt)}`);
}

function drawDetail() {
  const vehicle = vehicles.get(selected), { position, state } = vehicle ?? {};
  if (($('detail').hidden = !vehicle)) return;
  put($('name'), vehicle.name);
  put($('about'), `${vehicle.type} ${vehicle.status} · ${vehicle.connection} · ${vehicle.id.slice(0, 8)}`);
  const facts = {
    Speed: number(state?.currentSpeed, 'm/s', 2), Heading: number(position?.heading, '°'), Map: position?.mapId ?? '',
    x: number(position?.x, 'm', 2), y: number(position?.y, 'm', 2), Load: number(state?.currentLoad, 'kg'),
    Battery: number(state?.batteryLevel, '%', 1), Temperature: number(state?.temperature, '°C', 1),
    Heard: span(performance.now() - vehicle.heardAt), 'Data age': span(serverNow() - position?.timestamp),
    Errors: state?.errorCodes?.join(', ') || 'none',
  };
  const pair = ([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, text));
  $('facts').replaceChildren(...Object.entries(facts).map(pair));
}

const refresh = () => [drawLink, drawList, drawDetail].forEach((draw) => draw());
link.tell = (id, text, bad) => {
  const time = element('time', {}, new Date().toLocaleTimeString('en-GB'));
  const name = element('b', {}, vehicles.get(id)?.name ?? 'Server');
  $('events').prepend(element('li', { className: bad ? 'bad' : '', onclick: () => select(id) }, time, name, text));
  if ($('events').childElementCount > EVENTS_KEPT) $('events').lastChild.remove();
};

for (const key of FILTERS) {
  const filter = Object.assign($('legend').appendChild(button()), { id: key });
  filter.style.setProperty('--status', `var(--${key}, var(--quiet))`);
  filter.firstChild.firstChild.setAttribute('d', SHAPES[key] ?? SHAPES.AMR);
  filter.onclick = () => { $('search').value = $('search').value === key ? '' : key; refresh(); };
}
$('search').oninput = refresh;
$('close').onclick = () => select(undefined);
$('fit').onclick = fit;
setInterval(() => { put($('rate'), String(link.updates)); link.updates = 0; }, 1_000);
setInterval(refresh, REFRESH_MS);
start(select);
watch({ left() { // nothing of the fleet stays
  for (const id of ['events', 'facts', 'name', 'about']) $(id).replaceChildren();
  $('search').value = '';
  clear();
  select(undefined);
} });
showLogIn($('who'), { insists: true });
