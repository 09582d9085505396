// Printing and copying recovery codes; the list and the file are there without this.
const codes = [...document.querySelectorAll('.codes code')].map((code) => code.textContent);
const print = document.getElementById('print');
const copy = document.getElementById('copy');
if (print) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(codes.join('\n'));
    document.getElementById('copied').hidden = false;
  });
}
