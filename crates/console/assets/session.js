// The session of the page's user. Tokens are only kept in this module's memory, so reloading requires a new log-in.
const RENEW_AFTER = 0.8, STALE_BEFORE_MS = 1_000, FIRST_PAUSE_MS = 250, LAST_PAUSE_MS = 5_000, PATIENCE_MS = 20_000;
const watchers = [];
let session; // { user, accessToken, refreshToken, staleAt, timer, renewal }, or undefined

/** Returns the current user as described by the server; undefined without a session. */
export const user = () => session?.user;

/** Calls `entered` after a log-in, `renewed` after a renewal, and `left` at the end, with a reason if unexpected. */
export const watch = (watcher) => { watchers.push(watcher); };
const tell = (what, detail) => watchers.forEach((watcher) => watcher[what]?.(detail));

/** Returns the delay after a number of failures. It grows with that number, and jitter spreads the clients. */
export const pauseMs = (failures) => (1 + Math.random()) * Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);

/** Logs in, or throws an error with a message for the user. */
export async function logIn(username, password) {
  const answer = await ask('/api/auth/login', { username, password });
  if (!answer.accessToken) throw new Error(refusal(answer));
  session = {};
  keep(session, answer);
  tell('entered');
}

function refusal({ status, retryAfterS, detail }) {
  const when = retryAfterS ? `in ${retryAfterS} s` : 'later';
  if (status === 401) return 'Wrong name or password.';
  if (status === 429) return `Too many attempts. Try again ${when}.`;
  if (status === 503) return `Logging in is not possible at the moment. Try again ${when}.`;
  return detail ?? "The server can't be reached.";
}

/** Ends the session: immediately on this page, then on the server, if it can be reached. */
export async function logOut() {
  const { accessToken, refreshToken } = session;
  end();
  const { status } = await ask('/api/auth/logout', undefined, { authorization: `Bearer ${accessToken}` });
  if (status === 401) await ask('/api/auth/logout', { refreshToken }); // the access token was stale
}

/** Returns a currently valid token other than the `refused` one; undefined without a session. */
export async function freshToken(refused) {
  const mine = session;
  if (mine && (mine.accessToken === refused || Date.now() > mine.staleAt)) await renew(mine);
  return mine && mine === session ? mine.accessToken : undefined;
}

/** Runs `fetch` with the user's token. Without a session, or with its own authorization, the request is unchanged. */
export async function authorizedFetch(url, options = {}) {
  const headers = new Headers(options.headers);
  const token = headers.has('authorization') ? undefined : await freshToken();
  if (!token) return fetch(url, options);
  const send = (bearer) => {
    headers.set('authorization', `Bearer ${bearer}`);
    return fetch(url, { ...options, headers });
  };
  const answer = await send(token), next = answer.status === 401 && await freshToken(token);
  return next ? send(next) : answer;
}

/** Returns the server's response, with status 0 if there is none. The request outlives the page. */
async function ask(path, body, headers = { 'content-type': 'application/json' }) {
  const signal = AbortSignal.timeout(PATIENCE_MS), request = { method: 'POST', headers, signal, keepalive: true };
  const answer = await fetch(path, { ...request, body: JSON.stringify(body) }).catch(() => undefined);
  const said = await answer?.json().catch(() => undefined), retryAfterS = Number(answer?.headers.get('retry-after'));
  return { ...said, status: answer?.status ?? 0, retryAfterS: retryAfterS || 0 };
}

function keep(mine, { user: who, accessToken, refreshToken, expiresIn }) {
  const goodForMs = expiresIn * 1_000, staleAt = Date.now() + goodForMs - STALE_BEFORE_MS;
  clearTimeout(mine.timer);
  const timer = setTimeout(renew, goodForMs * RENEW_AFTER, mine);
  Object.assign(mine, { user: who, accessToken, refreshToken, staleAt, timer });
}

/** Runs one renewal at a time: a refresh token that is used twice ends its session. */
const renew = (mine) => (mine.renewal ??= spend(mine).finally(() => { mine.renewal = undefined; }));

/** Requests the next tokens until there is a conclusive response. */
async function spend(mine) {
  for (let failures = 0; mine === session; failures++) {
    const answer = await ask('/api/auth/refresh', { refreshToken: mine.refreshToken });
    if (mine !== session) return;
    if (answer.accessToken) {
      keep(mine, answer);
      tell('renewed');
      return;
    }
    if (answer.status === 401) end('Your session has ended. Please log in again.');
    else await new Promise((wake) => { setTimeout(wake, Math.max(pauseMs(failures), answer.retryAfterS * 1_000)); });
  }
}

function end(why) {
  clearTimeout(session.timer);
  session = undefined;
  tell('left', why);
}

// A closed page needs its tokens again only if it is restored from the browser's cache.
addEventListener('pagehide', ({ persisted }) => { if (session && !persisted) logOut(); });
