// The grid of bands works without this. With it: arrow keys, blocks from a spreadsheet, marks of what is changed or wrong.
const form = document.getElementById('bands');
const LINES = ['urgent_above', 'high', 'typical', 'low'];
const table = LINES.map((line) => [...form.querySelectorAll(`.cellin[name^="${line}-"]`)]);
const says = document.getElementById('paste-says');
const unsaved = document.querySelector('#errors, #unsaved');
let isDirty = unsaved !== null;

const placeOf = (cell) => {
  const row = table.findIndex((cells) => cells.includes(cell));
  return [row, table[row].indexOf(cell)];
};
const count = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`;
const typed = () => form.dispatchEvent(new Event('input', { bubbles: true }));

// A blank urgent-above means never urgent, so it stands above 4; elsewhere a blank is no band.
function stepped(text, by, mayBeBlank) {
  if (text === '') return mayBeBlank ? (by < 0 ? '4' : '') : by > 0 ? '0' : '';
  if (!/^[0-4]$/.test(text)) return text;
  const value = Number(text) + by;
  return value > 4 && mayBeBlank ? '' : String(Math.min(4, Math.max(0, value)));
}

function mark(cell) {
  const was = cell.dataset.was;
  if (was === undefined) return;
  const isChanged = cell.value.trim() !== was;
  cell.classList.toggle('changed', isChanged);
  const label = cell.getAttribute('aria-label').replace(/, was [^,]*$/, '');
  cell.setAttribute('aria-label', isChanged ? `${label}, was ${was || 'blank'}` : label);
}

// A border stands where a band begins: where the page says so, and where a value changes.
function markBegins() {
  table[0].forEach((cell, j) => {
    const begins = form.elements[`starts-${cell.name.split('-')[1]}`] || table.some((cells) => j && cells[j].value.trim() !== cells[j - 1].value.trim());
    for (const cells of table) cells[j].parentElement.classList.toggle('begins', Boolean(begins));
  });
}

form.addEventListener('keydown', (event) => {
  if (!event.target.matches('.cellin') || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const [row, column] = placeOf(event.target);
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-1, 0], PageDown: [1, 0] };
  const steps = { ArrowUp: 1, ArrowDown: -1 };
  if (event.key in moves) {
    const [down, along] = moves[event.key];
    table[row + down]?.[column + along]?.focus();
  } else if (event.key in steps) {
    event.target.value = stepped(event.target.value.trim(), steps[event.key], row === 0);
    event.target.select();
    event.target.dispatchEvent(new Event('input', { bubbles: true }));
  } else return;
  event.preventDefault();
});

form.addEventListener('focusin', (event) => {
  if (!event.target.matches('.cellin')) return;
  event.target.select();
  const day = event.target.name.split('-')[1];
  document.getElementById('n').value = day;
  if (document.getElementById('day').value === day) return;
  document.getElementById('day').value = day;
  form.dispatchEvent(new Event('look'));
});

form.addEventListener('input', (event) => {
  isDirty = isOld = true;
  markBegins();
  if (event.target.matches('.cellin')) mark(event.target);
});

form.addEventListener('paste', (event) => {
  if (!event.target.matches('.cellin')) return;
  const text = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const block = text.split('\n').map((line) => line.split('\t'));
  event.preventDefault();
  says.textContent = fill(block, ...placeOf(event.target));
});

// Fills from a cell rightwards and downwards; a block that does not fit is refused as a whole.
function fill(block, row, column) {
  const widths = block.map((cells) => cells.length);
  const [down, along] = [table.length - row, table[row].length - column];
  if (new Set(widths).size > 1) return `The rows of the block differ in length: ${widths.join(', ')}. Nothing was pasted.`;
  if (block.length > down) return `The block has ${count(block.length, 'row')}; from here ${down} fit. Nothing was pasted.`;
  if (widths[0] > along) return `The block has ${count(widths[0], 'column')}; from here ${along} fit. Nothing was pasted.`;
  block.forEach((cells, i) => cells.forEach((text, j) => {
    const cell = table[row + i][column + j];
    cell.value = text.trim();
    mark(cell);
  }));
  typed();
  return `${count(block.length * widths[0], 'cell')} filled in.`;
}

// What comes from the server while one types must not shut what is open, nor take a text away from under the cursor.
// An answer to what has been typed over meanwhile is left aside: the next one is on its way.
let open = [];
let isOld = false;
document.body.addEventListener('htmx:configRequest', () => { isOld = false; });
document.body.addEventListener('htmx:beforeSwap', (event) => {
  if (isOld) event.detail.shouldSwap = false;
  open = [...form.querySelectorAll('details[open][id]')].map((details) => details.id);
});
document.body.addEventListener('htmx:oobBeforeSwap', (event) => {
  if (event.detail.target.id === 'whys' && event.detail.target.contains(document.activeElement)) event.detail.shouldSwap = false;
});
document.body.addEventListener('htmx:afterSettle', () => {
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  const wrong = new Set([...form.querySelectorAll('#problems [data-cell]')].map((link) => link.dataset.cell));
  for (const cell of table.flat()) {
    if (wrong.has(cell.name)) cell.setAttribute('aria-invalid', 'true');
    else for (const name of ['aria-invalid', 'aria-describedby']) cell.removeAttribute(name);
  }
});

for (const failure of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
  document.body.addEventListener(failure, () => { says.textContent = 'What you typed could not be checked. It is still here: save it, and it is checked then.'; });
}

form.addEventListener('submit', () => { isDirty = false; });
addEventListener('beforeunload', (event) => { if (isDirty) event.preventDefault(); });
unsaved?.focus();
