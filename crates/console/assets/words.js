// Texts about a vehicle: its connection status, and the text in which the search looks for words.
import { span } from './dom.js';

export const STATUSES = ['MOVING', 'IDLE', 'CHARGING', 'STOPPED', 'ERROR', 'MAINTENANCE'];
export const TYPES = ['AMR', 'AGV', 'OHT', 'FORKLIFT'];

export function connectionWords({ isEnabled, connection, heardAt }) {
  if (!isEnabled) return 'disabled';
  if (!connection) return 'not heard from yet';
  return connection === 'CONNECTED' ? connection : `${connection} · ${span(performance.now() - heardAt)}`;
}

/** Returns true if every wanted word occurs in the texts that describe the vehicle. */
export function matches(vehicle, wanted) {
  const { name, id, type, status, connection, isEnabled } = vehicle;
  const text = `${name} ${id} ${type} ${status} ${connection} ${isEnabled ? '' : 'disabled'}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}
