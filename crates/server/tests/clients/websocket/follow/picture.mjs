import assert from "node:assert/strict";

/** Numbers of events and messages to keep for a report. */
const EVENTS_OF_A_VEHICLE = 12;
const MESSAGES = 40;

const REGISTRY_EVENTS = new Set(["vehicleInfo", "vehicleAdded", "vehicleUpdated", "vehicleDeleted"]);

/** Returns the name of the topic of a request, such as `Group 0190…`; `All` and `Registry` stand alone. */
export function topicOf({ type, vehicleId, vehicleType, groupId }) {
  return [type.replace(/^(un)?subscribe/, ""), vehicleId ?? vehicleType ?? groupId].filter(Boolean).join(" ");
}

/** What a client of one connection knows by the rules of docs/websocket.md. */
export class Picture {
  /** Vehicle id -> position, state, status and connection status. */
  vehicles = new Map();
  /** Name of the topic -> the request that was answered by `subscribed`. */
  topics = new Map();
  /** Vehicle id -> description; null without a subscription to the registry. */
  registry = null;
  mode = "full";
  isWelcome = false;
  /** The vehicle of the last event. */
  lastVehicleId;
  #tick = 0;
  #applyDelta;
  #figures;
  #sequence = 0;
  #messages = [];
  #eventsOf = new Map();

  constructor(applyDelta, figures) {
    this.#applyDelta = applyDelta;
    this.#figures = figures;
  }

  /** Applies a message from the server. `request` is the one that it answers, if any. */
  receive(message, request) {
    if (message.type !== "batch") this.note("received", message);
    assert.equal(message.type === "welcome", !this.isWelcome, "welcome is the first message, and no other");
    switch (message.type) {
      case "welcome":
        this.isWelcome = true;
        break;
      case "subscribed":
        if (request.type === "subscribeRegistry") this.registry ??= new Map();
        else this.topics.set(topicOf(request), request);
        break;
      case "unsubscribed":
        if (request.type === "unsubscribeRegistry") this.registry = null;
        else this.topics.delete(topicOf(request));
        if (this.topics.size === 0) this.vehicles.clear();
        break;
      case "configured":
        this.mode = message.mode;
        break;
      case "batch":
        this.#receiveFrame(message);
        break;
    }
  }

  #receiveFrame({ tick, prev, events }) {
    this.#figures.frames += 1;
    assert.equal(tick, this.#tick + 1, "frames are numbered");
    if (prev === undefined) {
      this.#figures.restarts += this.#tick > 0 ? 1 : 0;
    } else {
      assert.ok(this.#tick > 0, "the first frame has no prev");
      assert.equal(prev, this.#tick, "prev is the tick of the previous frame");
    }
    this.#tick = tick;
    for (const event of events) {
      this.#figures.events[event.type] = (this.#figures.events[event.type] ?? 0) + 1;
      this.#noteEvent(event, tick);
      if (REGISTRY_EVENTS.has(event.type)) this.#applyToRegistry(event);
      else this.#apply(event);
    }
  }

  #apply({ type, vehicleId, ...news }) {
    assert.ok(this.topics.size > 0, `${type} of ${vehicleId} without a subscription`);
    const vehicle = this.vehicles.get(vehicleId);
    switch (type) {
      case "positionUpdate":
      case "stateUpdate":
        this.vehicles.set(vehicleId, { ...vehicle, ...news });
        break;
      case "positionDelta":
        assert.ok(vehicle?.position, `positionDelta of ${vehicleId}, which was not sent before`);
        this.vehicles.set(vehicleId, this.#applyDelta(vehicle, news));
        break;
      // A vehicle that is about to meet a filter is sent later, with all of this.
      case "stateChange":
        if (vehicle) this.vehicles.set(vehicleId, { ...vehicle, status: news.newStatus });
        break;
      case "connectionChange":
        if (vehicle) this.vehicles.set(vehicleId, { ...vehicle, connectionStatus: news.connectionStatus });
        break;
      case "vehicleRemoved":
      case "vehicleLeft":
        this.vehicles.delete(vehicleId);
        break;
    }
  }

  #applyToRegistry({ type, vehicleId, ...description }) {
    assert.ok(this.registry, `${type} without a subscription to the registry`);
    if (type === "vehicleDeleted") this.registry.delete(vehicleId);
    else this.registry.set(vehicleId, description);
  }

  /** Records a message for a report. */
  note(direction, message) {
    keep(this.#messages, { number: this.#sequence++, at: Date.now(), [direction]: message }, MESSAGES);
  }

  #noteEvent(event, tick) {
    this.lastVehicleId = event.vehicleId;
    const events = this.#eventsOf.get(event.vehicleId) ?? [];
    this.#eventsOf.set(event.vehicleId, events);
    keep(events, { number: this.#sequence++, at: Date.now(), tick, event }, EVENTS_OF_A_VEHICLE);
  }

  /** Returns the last messages, and the last events about a vehicle, in order. */
  historyOf(vehicleId) {
    const entries = [...this.#messages, ...(this.#eventsOf.get(vehicleId) ?? [])];
    return entries.sort((one, other) => one.number - other.number).map(({ number, ...entry }) => entry);
  }
}

function keep(list, entry, count) {
  list.push(entry);
  if (list.length > count) list.shift();
}
