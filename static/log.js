// The log form works without this. With it: closing an extra symptom forgets its answer, errors are brought into view.
for (const chip of document.querySelectorAll('.chips > .tick')) {
  chip.addEventListener('change', () => {
    if (!chip.checked) for (const radio of document.getElementsByName(chip.value)) radio.checked = false;
  });
}
document.getElementById('errors')?.focus();
