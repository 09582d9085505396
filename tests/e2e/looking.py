"""What a page is measured by: axe, the size of what is tapped, and whether all of it fits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

SMALLEST_TARGET = 44  # CSS pixels
COLOURS = ["color-contrast", "link-in-text-block"]  # axe's rules that depend on the theme

# All that can be tapped, by the box that reacts: a hidden tick by its label, a box inside a label by that label.
TARGETS = """smallest => {
  const all = 'a[href], button, summary, select, textarea, label, input:not([type=hidden]):not(.tick)';
  const reacts = e => e.matches('label')
    ? e.control && (e.contains(e.control) || e.control.classList.contains('tick'))
    : !(e.matches('input, select, textarea') && e.closest('label'));
  const found = [];
  for (const element of document.querySelectorAll(all)) {
    if (!reacts(element) || element.matches('.skip') || !element.checkVisibility()) continue;
    const box = element.getBoundingClientRect();
    if (Math.round(box.width) >= smallest && Math.round(box.height) >= smallest) continue;
    const words = (element.innerText || element.id || element.name).trim().slice(0, 40);
    found.push(`${element.tagName.toLowerCase()} “${words}” is ${box.width.toFixed(1)} × ${box.height.toFixed(1)}`);
  }
  return found;
}"""

# Whatever stands outside the window without a scroller of its own, and text that its own box cuts off.
OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth, whole = document.documentElement.scrollWidth, found = [];
  if (whole > wide) found.push(`the page is ${whole} wide in a window of ${wide}`);
  for (const element of document.body.querySelectorAll('*')) {
    if (element.matches('.tick') || element.closest('.sprite, .visually-hidden, .skip, svg *')) continue;
    if (!element.checkVisibility()) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    const name = `${element.tagName.toLowerCase()}.${element.className} “${element.textContent.trim().slice(0, 40)}”`;
    const scrolls = element.parentElement.closest('.tab-scroll, .tabs');
    if (!scrolls && (box.right > wide + 1 || box.left < -1)) found.push(`${name} reaches from ${box.left} to ${box.right}`);
    const cuts = ['hidden', 'clip'].includes(style.overflowX);
    if (cuts && element.scrollWidth > element.clientWidth + 1) found.push(`${name} is cut off`);
  }
  return found.slice(0, 8);
}"""


@cache
def _axe() -> Any:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def axe_findings(page: Page, *, only_colours: bool = False) -> list[str]:
    """Each violation with the elements it concerns, in one line."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": COLOURS}} if only_colours else {})
    results = _axe().run(page, options=options)
    return [
        f"{found['id']}: {node['target'][0]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for found in results.response["violations"]
        for node in found["nodes"][:4]
    ]


def small_targets(page: Page) -> list[str]:
    return page.evaluate(TARGETS, SMALLEST_TARGET)


def overflow(page: Page) -> list[str]:
    return page.evaluate(OVERFLOW)
