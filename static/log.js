// The log form works without this. With it: closing an extra symptom forgets its answer, errors are brought into view,
// and what is changed after it was sent is sent as something new.
for (const chip of document.querySelectorAll('.chips > .tick')) {
  chip.addEventListener('change', () => {
    if (!chip.checked) for (const radio of document.getElementsByName(chip.value)) radio.checked = false;
  });
}
document.getElementById('errors')?.focus();

// The key tells a form that comes twice from a second one. Whoever goes back, changes A to B and later B to A means A.
const sheet = document.querySelector('.log-form');
let wasSent = performance.getEntriesByType('navigation')[0]?.type === 'back_forward';
sheet.addEventListener('submit', () => { wasSent = true; });
addEventListener('pageshow', event => { wasSent ||= event.persisted; });
sheet.addEventListener('input', () => {
  if (!wasSent) return;
  // Not randomUUID(): a page without https does not have it.
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');
  sheet.elements.key.value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  wasSent = false;
});
