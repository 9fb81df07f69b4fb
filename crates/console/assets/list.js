// The list of vehicles and the legend below the map. With the search field, they determine the visible vehicles.
import { $, count, iconButton, number, oneTabStop, put } from './dom.js';
import { vehicles } from './live.js';
import { SHAPES } from './shapes.js';
import { STATUSES, TYPES, connectionWords, matches } from './words.js';

const { compare } = new Intl.Collator('en', { numeric: true });

/** Ids of the vehicles that match the search, for the map. Only updated with the list, because searching is slow. */
export const filtered = new Set();

export const list = {
  start(onPick) {
    this.onPick = onPick;
    this.settle = oneTabStop($('list'), 'ArrowUp', 'ArrowDown');
  },

  draw(selected) {
    const wanted = $('search').value.toLowerCase().split(/\s+/), rows = $('list').children;
    const listed = [...vehicles.values()].filter((vehicle) => matches(vehicle, wanted));
    listed.sort((a, b) => compare(a.name, b.name));
    filtered.clear();
    for (const { id } of listed) filtered.add(id);
    while (rows.length < listed.length) $('list').append(iconButton());
    while (rows.length > listed.length) $('list').lastChild.remove();
    [...rows].forEach((row, n) => this.drawRow(row, listed[n], selected));
    this.settle();
  },

  drawRow(row, vehicle, selected) {
    const { id, status, connection, state } = vehicle, charge = state?.batteryLevel ?? 0;
    const [icon, name, about] = row.children, connected = connection === 'CONNECTED';
    Object.assign(row, { id, role: 'option', ariaSelected: id === selected, onclick: () => this.onPick(id) });
    const look = `--status:var(--${status});--fade:${connected ? 1 : 0.4};--charge:${Math.round(charge)}%;
      --level:var(--${charge < 20 ? 'bad' : 'good'})`;
    if (row.look !== look) row.style.cssText = row.look = look;
    icon.firstChild.setAttribute('d', SHAPES[vehicle.type] ?? SHAPES.AMR);
    put(name, vehicle.name);
    put(about, connected ? `${status} · ${number(state?.currentSpeed, 'm/s', 1)}` : connectionWords(vehicle));
  },
};

export const legend = {
  start(onChange) {
    for (const key of [...STATUSES, ...TYPES]) {
      const filter = Object.assign($('legend').appendChild(iconButton()), { id: key });
      filter.style.setProperty('--status', `var(--${key}, var(--quiet))`);
      filter.firstChild.firstChild.setAttribute('d', SHAPES[key] ?? SHAPES.AMR);
      filter.onclick = () => { $('search').value = $('search').value === key ? '' : key; onChange(); };
    }
    oneTabStop($('legend'), 'ArrowLeft', 'ArrowRight')();
  },

  draw() {
    for (const filter of $('legend').children) {
      const key = filter.id;
      const counts = ({ status, type, isEnabled }) => isEnabled && (status === key || type === key);
      put(filter.children[1], `${key} ${count(counts)}`);
      filter.ariaPressed = $('search').value === key;
    }
  },
};
