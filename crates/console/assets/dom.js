// Helpers that write data to the page.
import { vehicles } from './live.js';

export const $ = (id) => document.getElementById(id);

/** Sets a text, unless it is unchanged, to avoid a new layout. */
export const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

export const number = (value, unit, digits = 0) => (Number.isFinite(value) ? `${value.toFixed(digits)} ${unit}` : '–');

export const span = (ms) => (ms < 60_000 ? number(Math.max(ms, 0) / 1_000, 's', 1) : number(ms / 60_000, 'min'));

export const count = (matches) => String([...vehicles.values()].filter(matches).length);

/** Creates a button with an icon, a name, a second line and a bar, for the list and the legend. */
export const iconButton = () => $('button').content.firstElementChild.cloneNode(true);

export function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/**
 * Makes all buttons of a group a single stop of the Tab key; the given arrow keys, Home and End move between them.
 * The returned function must be called whenever the buttons have changed.
 */
export function oneTabStop(group, back, forth) {
  let current;
  const settle = () => {
    if (!group.contains(current)) current = group.firstElementChild;
    for (const button of group.children) button.tabIndex = button === current ? 0 : -1;
  };
  group.addEventListener('focusin', ({ target }) => { if (target !== group) { current = target; settle(); } });
  group.addEventListener('keydown', (event) => {
    const next = {
      [back]: current?.previousElementSibling, [forth]: current?.nextElementSibling,
      Home: group.firstElementChild, End: group.lastElementChild,
    }[event.key];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  return settle;
}
