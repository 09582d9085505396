// The undo bar: ten seconds, and longer while somebody is in it.
const bar = document.getElementById('undo');
function away() {
  if (bar.matches(':hover, :focus-within')) setTimeout(away, 1000);
  else bar.remove();
}
if (bar) setTimeout(away, Number(bar.dataset.seconds) * 1000);
