// The data that GraphiQL keeps across reloads. Headers, and thus tokens, are removed from its history.
const PREFIX = 'graphiql:', HISTORY = ['graphiql:queries', 'graphiql:favorites'];
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
const butHeaders = (key, value) => (key === 'headers' ? undefined : value);
const withoutHeaders = (json) => JSON.stringify(JSON.parse(json), butHeaders);

export const storage = {
  get length() { return keys().length; },
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  setItem: (key, value) => localStorage.setItem(key, HISTORY.includes(key) ? withoutHeaders(value) : value),
};

// Earlier versions of the page may have stored headers.
for (const key of HISTORY.filter(storage.getItem)) storage.setItem(key, storage.getItem(key));
