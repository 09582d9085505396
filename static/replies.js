// The button works without this. With it the text comes without a reload, so that the cursor and the place on the page stay.
const choice = document.getElementById('template'), reply = document.getElementById('reply');
const says = document.getElementById('template-says');
document.querySelector('[name=use]').addEventListener('click', event => {
  event.preventDefault();
  const text = choice.selectedOptions[0].dataset.text;
  says.textContent = text ? '' : 'Choose a text from the list first.';
  if (!text) return choice.focus();
  // Behind what was typed, once.
  if (!reply.value.includes(text)) reply.value = `${reply.value.trimEnd()}\n\n${text}`.trim();
  reply.focus();
  reply.setSelectionRange(reply.value.length, reply.value.length);
});
