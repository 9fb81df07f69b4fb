/** Outlines of the vehicle types, facing along +x, as SVG paths for the list and the map. */
export const SHAPES = {
  AMR: 'M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z',
  AGV: 'M-1-.75H1Q1.3-.75 1.3-.45V.45Q1.3.75 1 .75H-1Q-1.3.75-1.3.45V-.45Q-1.3-.75-1-.75Z',
  OHT: 'M1.3 0 0 1-1.3 0 0-1ZM-1.9-.1H1.9V.1H-1.9Z',
  FORKLIFT: 'M-1.3-.75H.2V-.55H1.6V-.25H.2V.25H1.6V.55H.2V.75H-1.3Z',
};
