"""Dates, times, grades and counts as they are said on pages. Staff read "Tue 24 Nov", patients "Tuesday 24 November"."""

from datetime import datetime

from django.utils.translation import gettext, pgettext_lazy

from patients import language
from recovery.timeline import rank
from recovery.timeline.scale import Urgency

long_date, short_date = language.long_date, language.short_date  # refusals and pages say a date alike
ago = rank.ago  # as the rank of a row says it
# The words of the scale by severity; lazy, so that each page says them in its language.
GRADES = (
    pgettext_lazy("grade", "none"),
    pgettext_lazy("grade", "trace"),
    pgettext_lazy("grade", "mild"),
    pgettext_lazy("grade", "moderate"),
    pgettext_lazy("grade", "severe"),
)
_URGENCIES = {
    Urgency.WATCH: pgettext_lazy("urgency", "watch"),
    Urgency.URGENT: pgettext_lazy("urgency", "urgent"),
    Urgency.EMERGENCY: pgettext_lazy("urgency", "emergency"),
}


def urgency(of: Urgency) -> str:
    return str(_URGENCIES.get(of, of.word))


def in_days(days: int) -> str:
    """How far ahead a date lies: “today”, “tomorrow” or “in 9 days”."""
    if days in (0, 1):
        return gettext("tomorrow") if days else gettext("today")
    return gettext("in {number} days").format(number=days)


def clock(moment: datetime, now: datetime) -> str:
    """“Today, 18:00” or “Tue 24 Nov, 18:00”; both in the same zone."""
    said = "Today" if moment.date() == now.date() else short_date(moment.date())
    return f"{said}, {moment:%H:%M}"


def promised(moment: datetime, now: datetime) -> str:
    """“today, 18:00” or “Tuesday 24 November, 18:00”, for patients."""
    said = gettext("today") if moment.date() == now.date() else long_date(moment.date())
    return f"{said}, {moment:%H:%M}"


def mid_sentence(text: str) -> str:
    """A name inside a sentence: “Pen” becomes “pen”; “RF needling” and “IPL” stay as they are."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def shortened(text: str, most: int) -> str:
    """Cut between words, so that a sentence fits where a name stands."""
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0].rstrip(',')}…"


def lower_first(text: str) -> str:
    """Only "Today" loses its capital; names of days keep theirs."""
    return text.replace("Today", "today", 1)
