import assert from "node:assert/strict";

/** Time after which a new token is fetched; the default lifetime is 15 minutes. */
const RENEWAL_MS = 300_000;

/** A user of the REST API. */
export class Rest {
  #server;
  #credentials;
  #token;
  #renewAt = 0;

  constructor(server, username, password) {
    this.#server = server;
    this.#credentials = { username, password };
  }

  async token() {
    if (Date.now() >= this.#renewAt) {
      this.#renewAt = Date.now() + RENEWAL_MS;
      this.#token = this.#send("POST", "/api/auth/login", this.#credentials).then(async (answer) => {
        assert.equal(answer.status, 200, "the log-in");
        return (await answer.json()).accessToken;
      });
    }
    return this.#token;
  }

  /** Sends a request, which must have one of these statuses. Returns the body, or undefined if there is none. */
  async call(method, path, body, statuses = [200, 201, 204]) {
    const answer = await this.#send(method, path, body, { authorization: `Bearer ${await this.token()}` });
    const text = await answer.text();
    assert.ok(statuses.includes(answer.status), `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  get(path) {
    return this.call("GET", path);
  }

  /** Returns the items of all pages of a list. */
  async list(path) {
    const items = [];
    for (let rest = ""; rest !== null; ) {
      const { items: some, pageInfo } = await this.get(`${path}?first=500${rest}`);
      items.push(...some);
      rest = pageInfo.hasNextPage ? `&after=${encodeURIComponent(pageInfo.endCursor)}` : null;
    }
    return items;
  }

  #send(method, path, body, headers) {
    const content = body && { "content-type": "application/json" };
    return fetch(this.#server + path, {
      method,
      headers: { ...content, ...headers },
      body: body && JSON.stringify(body),
    });
  }
}
