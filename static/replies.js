// The button works without this. With it the text comes without a reload, so that the cursor and the place on the page stay.
document.addEventListener('click', event => {
  const button = event.target.closest('[name=use]');
  if (!button) return;
  event.preventDefault();
  const choice = button.form.elements.template, reply = button.form.elements.reply;
  const text = choice.selectedOptions[0].dataset.text;
  document.getElementById('template-says').textContent = text ? '' : 'Choose a text from the list first.';
  if (!text) return choice.focus();
  // Behind what was typed, once.
  if (!reply.value.includes(text)) reply.value = `${reply.value.trimEnd()}\n\n${text}`.trim();
  reply.focus();
  reply.setSelectionRange(reply.value.length, reply.value.length);
});
