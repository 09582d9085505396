// Single keys for what is on the page anyway. An element with data-key="x" is pressed, or given the focus where it takes text.
// "o|Enter": either key. "e 1": e, then 1. data-when: only while this selector finds something. data-says: its line in the help.
// The page is asked at each key, so whatever is brought in later is known as well.
document.documentElement.classList.add('has-keys');
const TEXT = 'textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit], [type=button])';
const ANSWERS_ENTER = 'a, button, input, select, textarea, summary';
let before = '';

const keysOf = (element) => element.dataset.key.split('|');
const isThere = (element) => element.checkVisibility() || element.matches('.tick');
const isOn = (element) => !element.dataset.when || document.querySelector(element.dataset.when);
const all = () => [...document.querySelectorAll('[data-key]')].filter((element) => isThere(element));
const find = (key) => all().find((element) => keysOf(element).includes(key) && isOn(element));

function press(element) {
  if (element.matches(TEXT)) element.focus();
  else if (element.matches('fieldset')) element.querySelector('input:checked, input')?.focus({ focusVisible: true });
  else if (element.matches('summary')) {
    element.parentElement.open = !element.parentElement.open;
    if (element.parentElement.open) element.parentElement.querySelector('button, input')?.focus({ focusVisible: true });
  } else {
    element.click();
    if (element.matches('input')) element.focus({ focusVisible: true });
  }
}

function leave(event) {
  if (event.target.matches(TEXT)) event.target.blur();
  else document.activeElement.closest('details[open]')?.removeAttribute('open');
}

function openHelp(dialog) {
  const lines = new Map();
  for (const element of all()) {
    const label = element.labels?.[0]?.cloneNode(true) ?? element.cloneNode(true);
    for (const key of label.querySelectorAll('kbd')) key.remove();
    const says = element.dataset.says ?? label.textContent.trim().toLowerCase();
    for (const key of keysOf(element)) lines.set(key, lines.has(key) ? `${says}, or ${lines.get(key)}` : says);
  }
  dialog.querySelector('dl').replaceChildren(...[...lines].flatMap(([key, says]) => {
    const [term, text] = [document.createElement('dt'), document.createElement('dd')];
    for (const part of key.split(' ')) term.append(Object.assign(document.createElement('kbd'), { textContent: part }), ' ');
    text.textContent = says;
    return [term, text];
  }));
  dialog.showModal();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector('dialog[open]')) return;
  if (event.key === 'Escape') leave(event);
  if (event.target.matches(TEXT) || (event.key === 'Enter' && event.target.closest(ANSWERS_ENTER))) return;
  const second = before && find(`${before} ${event.key}`);
  const element = second || find(event.key);
  // After "e 1" another number changes the choice: e need not be pressed again.
  if (!second) before = event.key;
  if (!element) return;
  event.preventDefault();
  press(element);
});

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-opens]');
  if (opener) openHelp(document.getElementById(opener.dataset.opens));
});
