// The queue works without this. With it: rows are gone through without a reload, news are looked for.
const list = document.getElementById('queue');
const rows = list ? [...list.children] : [];
const says = document.getElementById('says');
const panels = new Map(); // by row, with what was typed: who goes on and comes back finds it
let asked = 0;

const queryOf = (link) => (link ? new URL(link.href).search.slice(1) : '');
const linkOf = (row) => row.querySelector('.decide');

// The browser lets this page write markup through here alone, where it has such a rule; it takes our own server's pages.
const own = globalThis.trustedTypes?.createPolicy('own-pages', { createHTML: (page) => page }) ?? { createHTML: (page) => page };

async function fetched(row, here, back) {
  const answer = await fetch(`${list.dataset.panel}${row.dataset.row}/?${new URLSearchParams({ here, back, seen: row.dataset.seen, read_at: list.dataset.readAt })}`);
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  const holder = document.createElement('template');
  holder.innerHTML = own.createHTML(await answer.text());
  return holder.content.querySelector('.review');
}

async function turnTo(row) {
  const old = list.querySelector('.is-on');
  if (!row || row === old) return;
  const number = ++asked;
  if (old) {
    old.classList.remove('is-on');
    old.removeAttribute('aria-current');
    const panel = old.querySelector('.review');
    if (panel) panels.set(old, panel);
    // Taken off at once: a key must never decide about the row that one has left.
    panel?.remove();
  }
  row.classList.add('is-on');
  row.setAttribute('aria-current', 'true');
  row.scrollIntoView({ block: 'nearest' });
  says.textContent = `Row ${rows.indexOf(row) + 1} of ${rows.length}: ${row.querySelector('h3').textContent}`;
  const here = queryOf(linkOf(row));
  const following = rows[rows.indexOf(row) + 1];
  const back = following ? queryOf(linkOf(following)) : queryOf(document.getElementById('next-page')) || location.search.slice(1);
  try {
    const panel = panels.get(row) ?? await fetched(row, here, back);
    if (number !== asked) return;
    row.append(panel);
    row.scrollIntoView({ block: 'nearest' });
    history.replaceState(null, '', `?${here}`);
  } catch {
    // Signed out, or no line: the whole page says what is the matter.
    if (number === asked) location.assign(linkOf(row).href);
  }
}

list?.addEventListener('click', (event) => {
  const link = event.target.closest('.decide');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  turnTo(link.closest('.qrow')).then(() => list.querySelector('.is-on [name=disposition]')?.focus());
});
// Sending loads the page anew: what was begun in other rows would go without a word.
const isBegun = (panel) => [...panel.querySelectorAll('textarea, input:not([type=hidden])')].some((field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked);
list?.addEventListener('submit', (event) => {
  const others = [...panels].filter(([row, panel]) => !panel.isConnected && row !== event.target.closest('.qrow') && isBegun(panel));
  const names = others.map(([row]) => row.querySelector('h3').textContent).join(', ');
  if (names && !confirm(`You have begun to decide about ${names}. That would be lost. Send this one all the same?`)) event.preventDefault();
});
document.addEventListener('click', (event) => {
  const move = list && event.target.closest('[data-move]');
  if (move) turnTo(rows[rows.indexOf(list.querySelector('.is-on')) + Number(move.dataset.move)]);
});

// How many rows are ticked.
const count = document.getElementById('bulk-count');
list?.addEventListener('change', (event) => {
  if (!count || !event.target.matches('.pick')) return;
  const ticked = list.querySelectorAll('.pick:checked').length;
  count.textContent = ticked ? `${ticked} watch row${ticked === 1 ? '' : 's'}` : 'the ticked watch rows';
});

// News: said, never shown by itself. Asked only by a page that is looked at; a session that has ended is left alone.
const news = document.getElementById('news');
const MINUTE = 60_000;
let last = Date.now();
const timer = news && setInterval(look, MINUTE);
async function look() {
  if (document.visibilityState !== 'visible' || Date.now() - last < MINUTE - 1000) return;
  last = Date.now();
  try {
    const answer = await fetch(news.dataset.ask, { redirect: 'manual' });
    if (answer.status >= 500) return; // the next minute asks again
    if (!answer.ok) clearInterval(timer);
    else {
      const { said } = await answer.json();
      if (said && said !== news.textContent) news.textContent = said;
    }
  } catch {
    // No line just now: the next minute asks again.
  }
}
document.addEventListener('visibilitychange', () => { if (news) look(); });
