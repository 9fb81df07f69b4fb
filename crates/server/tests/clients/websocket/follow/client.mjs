import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { decode as unpack, encode as pack } from "@msgpack/msgpack";
import WebSocket from "ws";
import { Picture } from "./picture.mjs";
import { sleep } from "./random.mjs";

/** Time within which a handshake or an answer must arrive. */
const PATIENCE_MS = 20_000;

/** Close code of a socket whose token has expired. */
const UNAUTHENTICATED = 4401;

/** The subprotocols, each with a function that decodes a frame. */
export function formats({ decode }) {
  return {
    "fleetwatch.v1.json": (data) => JSON.parse(data),
    "fleetwatch.v1.json.deflate": decode,
    "fleetwatch.v1.msgpack": unpack,
    "fleetwatch.v1.msgpack.deflate": (data) => unpack(inflateRawSync(data)),
  };
}

/** A client that keeps the current state of the vehicles that it subscribes to, and connects again after a close. */
export class Client {
  /** The settings to send after a connection was made. */
  mode;
  intervalMs;
  picture;
  /** Violations of the protocol. */
  faults = [];
  #socket;
  #requests = new Map();
  #nextId = 1;
  #options;

  /** `options`: name, server, user, subprotocol, decode, applyDelta, mode, intervalMs, figures. */
  constructor(options) {
    this.#options = options;
    this.mode = options.mode;
    this.intervalMs = options.intervalMs;
  }

  get description() {
    const { name, subprotocol } = this.#options;
    return `${name}, ${subprotocol}, ${this.mode}, ${this.intervalMs} ms`;
  }

  get user() {
    return this.#options.user;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Number of requests that have not been answered. */
  get pending() {
    return this.#requests.size;
  }

  /** Connects with a new picture, and subscribes to the topics of the earlier one. */
  async connect() {
    const { server, user, subprotocol, applyDelta, figures } = this.#options;
    const topics = [...(this.picture?.topics.values() ?? [])];
    const isFollowing = Boolean(this.picture?.registry);
    const protocols = [subprotocol, `bearer.${await user.token()}`];
    const socket = new WebSocket(`${server.replace("http", "ws")}/ws`, protocols);
    const [picture, requests] = [new Picture(applyDelta, figures), new Map()];
    [this.#socket, this.picture, this.#requests] = [socket, picture, requests];
    // `decode` may be asynchronous, but frames must be applied in order.
    let applied = Promise.resolve();
    socket.on("message", (data, isBinary) => {
      applied = applied
        .then(() => this.#receive(picture, requests, data, isBinary))
        .catch((fault) => this.#fault(fault));
    });
    socket.on("close", (code, reason) => {
      const isExpected = socket.isLeaving || code === UNAUTHENTICATED;
      if (!isExpected) this.#fault(new Error(`the server closed the socket: ${code} ${reason}`));
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.on("error", (error) => (socket.isLeaving ? resolve() : reject(error)));
    });
    assert.equal(socket.protocol, subprotocol);
    this.send({ type: "configure", mode: this.mode, intervalMs: this.intervalMs });
    if (isFollowing) this.send({ type: "subscribeRegistry" });
    for (const { id, ...topic } of topics) this.send(topic);
  }

  async #receive(picture, requests, data, isBinary) {
    const { subprotocol, decode, figures } = this.#options;
    assert.equal(isBinary, subprotocol !== "fleetwatch.v1.json", "text and binary frames");
    const message = await decode(data);
    const request = requests.get(message.id);
    requests.delete(message.id);
    if (message.type === "error") {
      figures.errors[message.code] = (figures.errors[message.code] ?? 0) + 1;
      const isAboutRights = request?.type === "subscribeVehicle" || request?.type === "subscribeGroup";
      assert.ok(isAboutRights && message.code === "NOT_FOUND", JSON.stringify([request, message]));
    }
    picture.receive(message, request);
  }

  #fault(fault) {
    const history = this.picture.historyOf(this.picture.lastVehicleId);
    this.faults.push(`${this.description}: ${fault.message}\n${lines(history)}`);
  }

  /** Sends a request without waiting for the answer. */
  send(request) {
    if (!this.isOpen) return;
    const numbered = { ...request, id: this.#nextId++ };
    this.#requests.set(numbered.id, numbered);
    this.picture.note("sent", numbered);
    const isPacked = this.#options.subprotocol.includes("msgpack");
    this.#socket.send(isPacked ? pack(numbered) : JSON.stringify(numbered));
  }

  configure({ mode, intervalMs }) {
    this.mode = mode ?? this.mode;
    this.intervalMs = intervalMs ?? this.intervalMs;
    this.send({ type: "configure", mode, intervalMs });
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  /** Closes the connection; abruptly if `isRude`. */
  async disconnect(isRude) {
    const socket = this.#socket;
    socket.isLeaving = true;
    socket.resume();
    if (isRude) socket.terminate();
    else socket.close(1000);
    for (const deadline = Date.now() + PATIENCE_MS; socket.readyState !== WebSocket.CLOSED; await sleep(5)) {
      assert.ok(Date.now() < deadline, `${this.description}: the socket does not close`);
    }
  }

  /** Waits until every request is answered. Connects again if the token has expired. */
  async settle() {
    if (!this.isOpen) await this.connect();
    this.resume();
    for (const deadline = Date.now() + PATIENCE_MS; this.pending > 0; await sleep(10)) {
      const missing = () => `${this.description}: no answer to ${JSON.stringify([...this.#requests.values()])}`;
      assert.ok(Date.now() < deadline, this.faults[0] ?? missing());
    }
  }
}

export const lines = (entries) => entries.map((entry) => `    ${JSON.stringify(entry)}`).join("\n");
