// Assembles the screen: the bar, the legend, the list, the selected vehicle and the events beside the map.
import { drawCommands } from './commands.js';
import { $, count, element, number, put, span } from './dom.js';
import { filtered, legend, list } from './list.js';
import { link, serverNow, vehicles } from './live.js';
import { showLogIn } from './login.js';
import { clear, follow, start } from './map.js';
import { user, watch } from './session.js';
import { fit } from './view.js';
import { connectionWords } from './words.js';

const REFRESH_MS = 250, EVENTS_KEPT = 100;
let selected;

function select(id) {
  selected = id;
  follow(id);
  refresh();
  $(id)?.scrollIntoView({ block: 'nearest' });
}

function drawBar() {
  const blind = link.state === 'reconnecting' ? 'The connection to the server was lost.'
    : link.feed === 'down' && `No messages have arrived from the robots for ${span(serverNow() - link.feedSince)}.`;
  put($('link'), user() ? link.state : 'logged out');
  put($('banner'), `${blind} The map shows the last known state.`);
  $('link').className = link.state;
  $('banner').hidden = !blind;
  $('map').style.filter = blind ? 'grayscale(.85) brightness(.7)' : '';
  put($('count'), count(({ isEnabled }) => isEnabled));
  put($('silent'), count(({ isEnabled, connection }) => isEnabled && connection !== 'CONNECTED'));
}

function drawDetail() {
  const vehicle = vehicles.get(selected);
  if (($('detail').hidden = !vehicle)) return;
  const { position, state, heardAt } = vehicle;
  put($('name'), vehicle.name);
  put($('about'), `${vehicle.type} ${vehicle.status} · ${connectionWords(vehicle)} · ${vehicle.id.slice(0, 8)}`);
  drawCommands(vehicle);
  const facts = {
    Speed: number(state?.currentSpeed, 'm/s', 2), Heading: number(position?.heading, '°'), Map: position?.mapId ?? '',
    x: number(position?.x, 'm', 2), y: number(position?.y, 'm', 2), Load: number(state?.currentLoad, 'kg'),
    Battery: number(state?.batteryLevel, '%', 1), Temperature: number(state?.temperature, '°C', 1),
    Heard: span(performance.now() - heardAt), 'Data age': span(serverNow() - position?.timestamp),
    Errors: state?.errorCodes?.join(', ') || 'none',
  };
  const pair = ([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, text));
  $('facts').replaceChildren(...Object.entries(facts).map(pair));
}

function refresh() {
  drawBar();
  legend.draw();
  list.draw(selected);
  drawDetail();
}

link.tell = (id, text, bad) => {
  const time = element('time', {}, new Date().toLocaleTimeString('en-GB'));
  const name = element('b', {}, vehicles.get(id)?.name ?? 'Server');
  $('events').prepend(element('li', { className: bad ? 'bad' : '', onclick: () => select(id) }, time, name, text));
  if ($('events').childElementCount > EVENTS_KEPT) $('events').lastChild.remove();
};

/** Shows the search results. The map moves to them unless it follows a vehicle. */
function search() {
  refresh();
  if (!selected) fit();
}

legend.start(search);
list.start(select);
$('search').oninput = search;
$('close').onclick = () => select(undefined);
setInterval(() => { put($('rate'), String(link.updates)); link.updates = 0; }, 1_000);
setInterval(refresh, REFRESH_MS);
start(select, filtered);
watch({ left() { // no fleet data remains on the screen
  for (const id of ['events', 'facts', 'name', 'about', 'refusal']) $(id).replaceChildren();
  $('search').value = '';
  clear();
  select(undefined);
} });
showLogIn($('who'), { insists: true });
