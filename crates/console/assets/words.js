// Texts about a vehicle: its connection status, and the text that is searched.
import { span } from './dom.js';

export const STATUSES = ['MOVING', 'IDLE', 'CHARGING', 'STOPPED', 'ERROR', 'MAINTENANCE'];
export const TYPES = ['AMR', 'AGV', 'OHT', 'FORKLIFT'];

export function connectionWords({ isEnabled, connection, heardAt }) {
  if (!isEnabled) return 'disabled';
  if (!connection) return 'not heard yet';
  return connection === 'CONNECTED' ? connection : `${connection} · ${span(performance.now() - heardAt)}`;
}

/** Returns true if each word occurs in the vehicle's name, id, type, status or connection status. */
export function matches(vehicle, wanted) {
  const { name, id, type, status, connection, isEnabled } = vehicle;
  const text = `${name} ${id} ${type} ${status} ${connection} ${isEnabled ? '' : 'disabled'}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}
