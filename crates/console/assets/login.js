// The log-in shared by all pages: the current user with a log-out button, or else a form.
import { logIn, logOut, user, watch } from './session.js';

const FORM = `<form method="dialog">
  <h2 id="log-in">Log in to fleetwatch</h2>
  <label for="username">Name</label>
  <input id="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
  <label for="password">Password</label>
  <input id="password" type="password" autocomplete="current-password" required>
  <p role="alert"></p>
  <footer><button type="button">Cancel</button><button type="submit">Log in</button></footer>
</form>`;
const WHO = '<b></b><small></small><button></button>';

/** Shows the current user in `place`. If the page `insists`, the form stays open until a user has logged in. */
export function showLogIn(place, { insists = false } = {}) {
  const dialog = Object.assign(document.createElement('dialog'), { className: 'log-in', innerHTML: FORM });
  dialog.setAttribute('aria-labelledby', 'log-in');
  document.body.append(dialog);
  place.innerHTML = WHO;
  const [name, role, button] = place.children, [form] = dialog.children, problem = form.querySelector('[role=alert]');
  const [username, password, cancel, submit] = form.elements;
  cancel.hidden = insists;
  cancel.onclick = () => dialog.close();
  button.onclick = () => {
    button.blur(); // otherwise it regains the focus when the form closes, and another Enter would log out
    if (user()) logOut();
    else open();
  };

  function draw() {
    name.textContent = user()?.username ?? '';
    role.textContent = user()?.role ?? '';
    button.textContent = user() ? 'Log out' : 'Log in';
  }

  function open(why = '') {
    if (!dialog.open) dialog.showModal();
    problem.textContent = why; // after the dialog is shown, so that it is read aloud
  }

  form.onsubmit = async (event) => {
    event.preventDefault();
    problem.textContent = '';
    submit.disabled = true;
    try {
      await logIn(username.value, password.value);
      dialog.close();
    } catch ({ message }) {
      problem.textContent = message;
      password.select();
    }
    submit.disabled = false;
  };
  dialog.onclose = () => {
    form.reset();
    if (insists && !user()) open(); // Escape closes any dialog
  };

  watch({
    entered: draw,
    renewed: draw,
    left(why) {
      draw();
      if (insists || why) open(why);
    },
  });
  draw();
  if (insists) open();
}
