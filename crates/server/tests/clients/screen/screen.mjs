// Operates the monitoring screen of a demo as its users do: with mouse, keyboard, and two fingers on a phone.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const { FLEETWATCH_URL: url, FLEETWATCH_USERNAME: username, FLEETWATCH_PASSWORD: password, BROWSER: executablePath } =
  process.env;
const VEHICLES = 20;
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...QUIET] });

/** Opens the screen in a separate window, logs in, and waits until the whole fleet is on the map. */
async function open(options) {
  const context = await browser.newContext(options), page = await context.newPage(), faults = [];
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(url);
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('.log-in [type=submit]');
  await page.waitForFunction((count) => import('/assets/live.js').then(({ vehicles, link }) =>
    link.state === 'live' && [...vehicles.values()].filter(({ at }) => at).length === count), VEHICLES);
  return { context, page, faults };
}

const scale = (page) => page.evaluate(() => import('/assets/view.js').then(({ view }) => view.scale));

/** Waits until the scale of the map has increased or decreased. */
async function zoomed(page, how, before, direction) {
  await page.waitForFunction(([from, sign]) => import('/assets/view.js').then(({ view }) =>
    (sign > 0 ? view.scale > from * 1.1 : view.scale < from / 1.1)), [before, direction])
    .catch(() => assert.fail(`${how} does not zoom`));
}

async function zooms(page, how, direction, act) {
  const before = await scale(page);
  await act();
  await zoomed(page, how, before, direction);
}

/** Returns the position of a vehicle on the page, once the map has stopped moving. */
const placeOf = (page, id) => page.evaluate((id) => Promise.all([import('/assets/live.js'), import('/assets/view.js')])
  .then(([{ vehicles }, { screenX, screenY }]) => {
    const { left, top } = document.getElementById('map').getBoundingClientRect(), { at } = vehicles.get(id);
    return { x: left + screenX(at.x), y: top + screenY(at.y) };
  }), id);

async function atADesk() {
  const { context, page, faults } = await open({ viewport: { width: 1280, height: 800 } });
  const rows = page.locator('#list [role=option]');
  await page.waitForFunction((count) => document.querySelectorAll('#list [role=option]').length === count, VEHICLES);

  // The legend and the search field filter both the list and the map.
  await page.click('#legend #OHT');
  const shown = await page.evaluate(() => Promise.all([import('/assets/list.js'), import('/assets/live.js')])
    .then(([{ filtered }, { vehicles }]) => [...filtered].map((id) => vehicles.get(id).type)));
  assert.ok(shown.length > 0 && shown.length < VEHICLES && shown.every((type) => type === 'OHT'), String(shown));
  assert.equal(await rows.count(), shown.length);
  const hidden = await page.evaluate(() => Promise.all([import('/assets/list.js'), import('/assets/live.js')])
    .then(([{ filtered }, { vehicles }]) => [...vehicles.keys()].find((id) => !filtered.has(id))));
  const { x, y } = await placeOf(page, hidden);
  await page.evaluate(([px, py]) => document.getElementById('map')
    .dispatchEvent(new MouseEvent('click', { clientX: px, clientY: py })), [x, y]);
  // Query the page directly: a locator would wait until its timeout for an element that must not exist.
  const selected = await page.evaluate(() => document.querySelector('#list [aria-selected=true]')?.id ?? null);
  assert.notEqual(selected, hidden);
  await page.click('#legend #OHT');
  if (await page.locator('#close').isVisible()) await page.click('#close');

  // All vehicles are one stop of the Tab key, and the legend is another; the arrow keys move within them.
  await page.evaluate(() => document.activeElement.blur());
  const stops = new Set();
  for (let n = 0; n < 2 * VEHICLES; n++) {
    await page.keyboard.press('Tab');
    stops.add(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
  }
  assert.ok(stops.size <= 12, `${stops.size} stops of the Tab key`);
  await rows.first().focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => [...document.getElementById('list').children].indexOf(document.activeElement)), 1);

  await zooms(page, 'the + button', 1, () => page.click('#zoom-in'));
  await zooms(page, 'the − button', -1, () => page.click('#zoom-out'));
  await page.focus('#map');
  await zooms(page, 'the + key', 1, () => page.keyboard.press('+'));
  await zooms(page, 'the - key', -1, () => page.keyboard.press('-'));

  // A user who may operate vehicles disables and enables the selected one; refusals are displayed.
  await rows.first().click();
  const about = page.locator('#about');
  await page.click('#enable');
  await page.waitForFunction(() => document.getElementById('about').textContent.includes('disabled'));
  assert.match(await rows.first().textContent(), /disabled/);
  await page.click('#enable');
  await page.waitForFunction(() => document.getElementById('about').textContent.includes('CONNECTED'));
  const status = /\b(MOVING|IDLE|CHARGING|STOPPED|ERROR|MAINTENANCE)\b/.exec(await about.textContent())[1];
  await page.selectOption('#status', status === 'MOVING' ? 'CHARGING' : status === 'CHARGING' ? 'MOVING' : 'IDLE');
  await page.waitForFunction(() => !document.getElementById('status').disabled);

  assert.deepEqual(faults, []);
  await context.close();
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

async function onAPhone() {
  const { context, page, faults } = await open(phone);
  const map = await page.locator('#map').boundingBox(), logOut = await page.locator('#who button').boundingBox();
  assert.ok(map.height > 844 / 2, `the map has ${map.height} of 844 pixels`);
  assert.ok(logOut.x >= 0 && logOut.x + logOut.width <= 390 && logOut.y < 100, JSON.stringify(logOut));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);

  const touches = await context.newCDPSession(page), [middle, y] = [map.x + map.width / 2, map.y + map.height / 2];
  const touch = (type, ...fingers) => touches.send('Input.dispatchTouchEvent',
    { type, touchPoints: fingers.map((x, id) => ({ x, y, id })) });
  await zooms(page, 'pinching', 1, async () => {
    await touch('touchStart', middle - 30, middle + 30);
    for (let spread = 40; spread <= 90; spread += 10) await touch('touchMove', middle - spread, middle + spread);
    await touch('touchEnd');
  });
  assert.deepEqual(faults, []);
  await context.close();
  await logsOutOnAPhone();
}

// Use a separate page: after a touch gesture, a browser may misplace the next tap.
async function logsOutOnAPhone() {
  const { context, page, faults } = await open(phone);
  await page.tap('#who button');
  await page.waitForSelector('.log-in');
  assert.equal(await page.locator('#list [role=option]').count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
}

try {
  await atADesk();
  await onAPhone();
} finally {
  await browser.close();
}
