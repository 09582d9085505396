// Warns two minutes before a sign-in ends. Asking how long is left prolongs nothing; only the button does.
const bar = document.getElementById('staying');
const WARN = 120;
let timer;

function show(left) {
  const isOver = left <= 0;
  bar.hidden = left > WARN;
  document.getElementById('staying-soon').hidden = isOver;
  document.getElementById('staying-over').hidden = !isOver;
  bar.querySelector('button').hidden = isOver;
  bar.querySelector('a').hidden = !isOver;
  clearTimeout(timer);
  // Once more just after the end; what was done in another window counts here too.
  if (!isOver) timer = setTimeout(() => look(), (left > WARN ? left - WARN : left + 1) * 1000);
}

async function look(method = 'GET', token = '') {
  try {
    const answer = await fetch(bar.dataset.ask, { method, headers: token ? { 'X-CSRFToken': token } : {}, redirect: 'manual' });
    if (answer.status >= 500) throw new Error(answer.status); // it says nothing about the sign-in
    const said = answer.ok ? await answer.json() : { left: 0 };
    // Somebody else who has signed in meanwhile must not send what the first one typed.
    if (said.who !== bar.dataset.who) said.left = 0;
    show(said.left);
    // Signing in again makes the tokens of open forms old.
    if (said.left > 0) for (const input of document.getElementsByName('csrfmiddlewaretoken')) input.value = said.token;
    return said;
  } catch {
    clearTimeout(timer);
    timer = setTimeout(() => look(), 30_000); // no line just now
  }
}

bar.querySelector('button').addEventListener('click', async () => {
  const said = await look();
  if (said?.left > 0) await look('POST', said.token);
});
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') look(); });
show(Number(bar.dataset.left));
