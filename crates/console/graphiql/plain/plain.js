// The plain page: queries and mutations over POST, and subscriptions over a socket. It stores nothing in the browser.
import { showLogIn } from '/assets/login.js';
import { authorizedFetch, watch } from '/assets/session.js';
import { subscribe } from './socket.js';

const $ = (id) => document.getElementById(id);
let stop; // stops the running operation

function tell(text, isBad = false) {
  $('state').textContent = text;
  $('state').className = isBad ? 'bad' : '';
}

function show(result) {
  $('result').textContent = JSON.stringify(result, null, 2);
}

/** Returns true if the text outside all braces, strings and comments declares a subscription. */
function isSubscription(query) {
  let text = query.replace(/"""[^]*?"""|"(\\.|[^"\\\n])*"|#.*/g, ' ');
  for (let inner; inner !== text;) [inner, text] = [text, text.replace(/\{[^{}]*\}/g, '\n')];
  return /^\s*subscription\b/m.test(text);
}

async function ask(request, signal) {
  const headers = { 'content-type': 'application/json' }, body = JSON.stringify(request);
  const answer = await authorizedFetch('/graphql', { method: 'POST', headers, body, signal });
  const text = await answer.text();
  try {
    show(JSON.parse(text));
  } catch {
    $('result').textContent = text;
  }
  return answer;
}

function running(whatStops) {
  stop = whatStops;
  $('run').textContent = stop ? 'Stop' : 'Run';
  $('run').className = stop ? 'running' : '';
}

const results = (count) => (count === 1 ? '1 result' : `${count} results`);

function startSubscription(request) {
  let count = 0;
  tell('Subscribing…');
  running(subscribe(request, (result) => {
    show(result);
    tell(`${results(++count)}, the newest below`);
  }, (problem) => {
    running(undefined);
    tell(problem ?? `Ended after ${results(count)}`, Boolean(problem));
  }));
}

async function startRequest(request) {
  const abort = new AbortController(), startedAt = performance.now();
  tell('Running…');
  running(() => abort.abort());
  try {
    const { ok, status } = await ask(request, abort.signal);
    tell(`HTTP ${status} after ${Math.round(performance.now() - startedAt)} ms`, !ok);
  } catch (error) {
    tell(abort.signal.aborted ? 'Stopped' : `No response: ${error.message}`, !abort.signal.aborted);
  }
  running(undefined);
}

function run() {
  if (stop) return stop();
  const query = $('query').value;
  let variables;
  try {
    variables = JSON.parse($('variables').value.trim() || '{}');
  } catch (error) {
    return tell(`The variables are not JSON: ${error.message}`, true);
  }
  $('result').textContent = '';
  return isSubscription(query) ? startSubscription({ query, variables }) : startRequest({ query, variables });
}

showLogIn($('who'));
watch({
  left() { // the next user must not see the results
    stop?.();
    $('result').textContent = '';
    tell('');
  },
});
$('run').onclick = run;
document.onkeydown = (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
};
