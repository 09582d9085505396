// Says in a sentence what the browser's own window about a passkey does not; allauth's script does the rest.
const says = document.getElementById('passkey-says');
document.addEventListener('allauth.error', (event) => {
  event.preventDefault(); // else it goes to the console, where nobody reads it
  says.hidden = false;
});
for (const button of document.querySelectorAll('.needs-script')) button.hidden = !window.PublicKeyCredential;
