// A minimal graphql-transport-ws client. The page has one subscription at a time, and a socket for each.
import { freshToken } from '/assets/session.js';

const PROTOCOL = 'graphql-transport-ws', ID = '1', NORMAL = 1000, FORBIDDEN = 4403;

/** Calls `next` with each result and `end` after the last, with any failure. Returns a function that unsubscribes. */
export function subscribe(request, next, end) {
  let socket, isOver = false;
  const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  function finish(problem) { // immediately, because the peer may be slow to close
    if (isOver) return;
    isOver = true;
    if (socket) socket.onmessage = socket.onclose = null;
    socket?.close(NORMAL);
    end(problem);
  }

  async function open(refused) {
    const token = await freshToken(refused);
    if (isOver) return;
    let isAccepted = false;
    const handlers = {
      connection_ack() {
        isAccepted = true;
        send({ type: 'subscribe', id: ID, payload: request });
      },
      ping: () => send({ type: 'pong' }),
      next: ({ payload }) => next(payload),
      error({ payload }) {
        next({ errors: payload });
        finish();
      },
      complete: () => finish(),
    };
    socket = new WebSocket(`${location.origin.replace('http', 'ws')}/graphql/ws`, PROTOCOL);
    // Browsers cannot set headers on sockets, so the payload carries the token.
    socket.onopen = () => send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      handlers[message.type]?.(message);
    };
    socket.onclose = ({ code, reason }) => { // the token has expired: continue with the next one
      if (code === FORBIDDEN && isAccepted) open(token);
      else finish(`The socket was closed: ${code} ${reason}`.trim());
    };
  }

  open();
  return () => {
    send({ type: 'complete', id: ID });
    finish();
  };
}
