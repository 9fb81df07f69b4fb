// Random actions of clients.
import { sleep } from "./random.mjs";

export const STATUSES = ["IDLE", "MOVING", "CHARGING", "ERROR", "STOPPED", "MAINTENANCE"];
export const INTERVALS_MS = [0, 50, 100, 300];

const MAX_TOPICS = 8;

/** Maximum time between two actions of a client. */
const MAX_IDLE_MS = 400;

/** Maximum time for which a client stops reading. */
const MAX_READING_PAUSE_MS = 4_500;

/** Number of unanswered requests beyond which a client sends no more. */
const MAX_PENDING = 20;

function randomBox(random, { width, height }) {
  const [x, y] = [random.between(-5, width), random.between(-5, height)];
  return [x, y, x + random.between(2, width), y + random.between(2, height)];
}

function randomFilter(random, world) {
  const filter = {};
  const statuses = STATUSES.filter(() => random.chance(0.5));
  if (random.chance(0.3) && statuses.length > 0) filter.statuses = statuses;
  if (random.chance(0.3)) filter.moving = random.chance(0.5);
  if (random.chance(0.3)) filter.mapId = random.pick(world.maps);
  if (random.chance(0.5)) filter.bbox = randomBox(random, world);
  return filter;
}

function randomTopic(random, world) {
  const type = random.weighted({ subscribeAll: 4, subscribeType: 3, subscribeGroup: 3, subscribeVehicle: 3 });
  if (type === "subscribeVehicle") return { type, vehicleId: random.pick(world.vehicleIds) };
  const topic = { type };
  if (type === "subscribeType") topic.vehicleType = random.pick(world.types);
  if (type === "subscribeGroup") topic.groupId = random.pick(world.groupIds());
  if (random.chance(0.75)) topic.filter = randomFilter(random, world);
  return topic;
}

const withoutFilter = ({ id, filter, ...topic }) => topic;

const unsubscribe = (client, topic) =>
  client.send({ ...withoutFilter(topic), type: topic.type.replace("subscribe", "unsubscribe") });

/** Acts at random until the deadline, and has a subscription most of the time. */
export async function churn(client, random, world, deadline) {
  while (Date.now() < deadline) {
    await sleep(random.between(10, MAX_IDLE_MS));
    if (!client.isOpen) await client.connect();
    if (client.pending > MAX_PENDING) continue;
    const topics = [...client.picture.topics.values()];
    const wide = topics.filter(({ type }) => type !== "subscribeVehicle");
    if (topics.length === 0 && random.chance(0.7)) {
      client.send(randomTopic(random, world));
      continue;
    }
    const action = random.weighted({
      subscribe: topics.length < MAX_TOPICS ? 30 : 2,
      filter: wide.length > 0 ? 15 : 0,
      pan: wide.length > 0 ? 15 : 0,
      unsubscribe: topics.length > 0 ? 15 : 0,
      leave: 3,
      swap: 5,
      interval: 8,
      mode: 10,
      renew: 2,
      registry: 3,
      ping: 1,
      reconnect: 6,
      pause: 5,
    });
    await actions[action]({ client, random, world, topics, wide, deadline });
  }
}

const actions = {
  subscribe({ client, random, world }) {
    client.send(randomTopic(random, world));
  },

  filter({ client, random, world, wide }) {
    const topic = withoutFilter(random.pick(wide));
    world.figures.filtersReplaced += 1;
    client.send(random.chance(0.2) ? topic : { ...topic, filter: randomFilter(random, world) });
  },

  /** Moves the rectangle of a filter in small steps. */
  async pan({ client, random, world, wide }) {
    const topic = random.pick(wide);
    let [minX, minY, maxX, maxY] = topic.filter?.bbox ?? randomBox(random, world);
    const [dx, dy] = [random.between(-4, 4), random.between(-4, 4)];
    for (let steps = random.below(8) + 1; steps > 0; steps -= 1) {
      [minX, minY, maxX, maxY] = [minX + dx, minY + dy, maxX + dx, maxY + dy];
      world.figures.filtersReplaced += 1;
      client.send({ ...withoutFilter(topic), filter: { ...topic.filter, bbox: [minX, minY, maxX, maxY] } });
      if (random.chance(0.7)) await sleep(random.between(0, 40));
    }
  },

  unsubscribe({ client, random, topics }) {
    unsubscribe(client, random.pick(topics));
  },

  leave({ client, topics }) {
    topics.forEach((topic) => unsubscribe(client, topic));
  },

  /** Replaces all subscriptions with a single new one, without waiting for the answers. */
  swap({ client, random, world, topics }) {
    topics.forEach((topic) => unsubscribe(client, topic));
    client.send(randomTopic(random, world));
  },

  interval({ client, random }) {
    client.configure({ intervalMs: random.pick(INTERVALS_MS) });
  },

  mode({ client, random }) {
    client.configure({ mode: random.pick(["full", "delta", "delta"]) });
  },

  async renew({ client }) {
    client.send({ type: "auth", token: await client.user.token() });
  },

  registry({ client, random }) {
    const isOver = client.picture.registry && random.chance(0.7);
    client.send({ type: isOver ? "unsubscribeRegistry" : "subscribeRegistry" });
  },

  ping({ client }) {
    client.send({ type: "ping" });
  },

  async reconnect({ client, random, world }) {
    world.figures.reconnects += 1;
    await client.disconnect(random.chance(0.5));
    await sleep(random.between(0, 300));
    await client.connect();
  },

  /** Stops reading for a while, so the server merges updates; requests are sent meanwhile. */
  async pause({ client, random, world, deadline }) {
    world.figures.pauses += 1;
    client.pause();
    const end = Math.min(Date.now() + random.between(200, MAX_READING_PAUSE_MS), deadline);
    while (Date.now() < end) {
      await sleep(random.between(50, 500));
      if (random.chance(0.5) && client.pending < MAX_PENDING) client.send(randomTopic(random, world));
    }
    client.resume();
  },
};
