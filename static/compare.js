// The photos stand side by side without this. With it one lies over the other, and a slider says how much of each is seen.
document.documentElement.classList.add('scripted'); // before the page is drawn, so that nothing moves
addEventListener('DOMContentLoaded', () => {
  const pair = document.getElementById('pair'), slide = document.getElementById('slide'), beside = document.getElementById('beside');
  if (!slide) return;
  const show = () => {
    pair.style.setProperty('--at', `${slide.value}%`);
    slide.setAttribute('aria-valuetext', `${slide.value} % ${slide.dataset.of}`);
  };
  slide.addEventListener('input', show);
  show();
  beside.addEventListener('click', () => {
    const is = pair.classList.toggle('beside');
    beside.setAttribute('aria-pressed', is);
    slide.disabled = is;
  });
});
