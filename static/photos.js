// The log form works without this. With it: a slot says what is chosen, and a missing answer is found before photos are sent.
const MEGA = 1024 * 1024, MOST = 25 * MEGA; // as the server has it
const form = document.querySelector('.log-form');
const files = [...form.querySelectorAll('.file')], said = form.querySelector('.slots')?.dataset; // none until photos are allowed
for (const input of files) {
  const says = document.getElementById(input.getAttribute('aria-describedby'));
  const before = says.textContent;
  input.addEventListener('change', () => {
    const file = input.files[0];
    const size = file && (file.size < MEGA ? `${Math.ceil(file.size / 1024)} kB` : `${(file.size / MEGA).toFixed(1)} MB`);
    says.textContent = !file ? before : (file.size > MOST ? said.tooLarge : said.chosen).replace('{size}', size);
    // The browser then holds the form back itself: an answer that the server misses would cost the photos.
    form.noValidate = !files.some(other => other.files.length);
  });
}
for (const radio of form.querySelectorAll('.ask:not(.extra) .tick, [name=any_sign]')) radio.required = true;
