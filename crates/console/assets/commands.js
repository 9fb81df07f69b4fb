// Commands for the selected vehicle, for users who may operate vehicles; the server authorises each command.
import { $, element, put } from './dom.js';
import { authorizedFetch, user } from './session.js';
import { STATUSES } from './words.js';

let shown, waiting = false;

async function command(method, path, body) {
  const { id } = shown;
  waiting = true;
  put($('refusal'), '');
  drawCommands(shown);
  const request = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await authorizedFetch(`/api/vehicles/${id}${path}`, request).catch(() => undefined);
  const problem = answer?.ok ? undefined : await answer?.json().catch(() => undefined);
  waiting = false;
  if (id === shown?.id && !answer?.ok) {
    put($('refusal'), problem?.detail ?? 'The server can’t be reached.');
  }
}

/** Shows the commands for a vehicle: enable or disable it, set its status. */
export function drawCommands(vehicle) {
  if (vehicle.id !== shown?.id) put($('refusal'), '');
  shown = vehicle;
  $('commands').hidden = !user() || user().role === 'VIEWER';
  put($('enable'), vehicle.isEnabled ? 'Disable' : 'Enable');
  $('enable').disabled = $('status').disabled = waiting;
  // An open list must not change its selection when the robot reports another status.
  if (document.activeElement !== $('status')) $('status').value = vehicle.status;
}

$('status').append(...STATUSES.map((status) => element('option', {}, status)));
$('status').onchange = () => {
  const status = $('status').value;
  $('status').blur();
  command('PATCH', '/status', { status });
};
$('enable').onclick = () => command('POST', shown.isEnabled ? '/disable' : '/enable');
