"""The README's pictures, drawn on the way of a test."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
LARGEST = 300_000  # bytes; the README shows them all


def picture(page, name: str, height: int, theme: str = "") -> None:
    """A picture for the README, only when asked for: as tall as told, or as the page if that is less."""
    if os.environ.get("SCREENSHOTS") != "1":
        return
    from PIL import Image

    usual = page.viewport_size
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": usual["width"], "height": min(height, max(whole, usual["height"]))})
    with Image.open(BytesIO(page.screenshot())) as drawn:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}-{usual['width']}{theme}.png"
        drawn.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    page.set_viewport_size(usual)
    assert path.stat().st_size < LARGEST, f"{path.name} is too large for the README"
