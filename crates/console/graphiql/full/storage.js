// What GraphiQL keeps across reloads. Its history would keep headers, and so tokens, whatever its setting says of them.
const PREFIX = 'graphiql:', HISTORY = ['graphiql:queries', 'graphiql:favorites'];
const SETTING = 'graphiql:shouldPersistHeaders';
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
const butHeaders = (key, value) => (key === 'headers' ? undefined : value);
const withoutHeaders = (json) => JSON.stringify(JSON.parse(json), butHeaders);

/** Whether the setting says that headers outlive a reload. */
export const keepsHeaders = () => localStorage.getItem(SETTING) === 'true';

function forget() {
  for (const key of HISTORY.filter((one) => localStorage.getItem(one))) {
    localStorage.setItem(key, withoutHeaders(localStorage.getItem(key)));
  }
}

export const storage = {
  get length() { return keys().length; },
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  setItem(key, value) {
    localStorage.setItem(key, HISTORY.includes(key) && !keepsHeaders() ? withoutHeaders(value) : value);
    if (key === SETTING && !keepsHeaders()) forget();
  },
};
