// graphql-transport-ws by hand: a socket for one subscription, which is all that this page has at a time.
import { freshToken } from '/assets/session.js';

const PROTOCOL = 'graphql-transport-ws', ID = '1', NORMAL = 1000, FORBIDDEN = 4403;

/** Tells each result by `next`, then once by `end`: nothing when it was over, else why. Gives what stops it. */
export function subscribe(request, next, end) {
  let socket, isOver = false;
  const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  function finish(problem) { // at once: the peer may take its time to close
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
    // Browsers give sockets no headers of ours, so who asks stands in the payload.
    socket.onopen = () => send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      handlers[message.type]?.(message);
    };
    socket.onclose = ({ code, reason }) => { // a token that was good is so no more: the next one goes on
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
