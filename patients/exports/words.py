"""Dates, times and counts as they are said on pages. Staff read "Tue 24 Nov", patients "Tuesday 24 November"."""

from datetime import date, datetime, timedelta


def short_date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def long_date(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def clock(moment: datetime, now: datetime) -> str:
    """“Today, 18:00” or “Tue 24 Nov, 18:00”; both in the same zone."""
    said = "Today" if moment.date() == now.date() else short_date(moment.date())
    return f"{said}, {moment:%H:%M}"


def promised(moment: datetime, now: datetime) -> str:
    """“today, 18:00” or “Tuesday 24 November, 18:00”, for patients."""
    said = "today" if moment.date() == now.date() else long_date(moment.date())
    return f"{said}, {moment:%H:%M}"


def ago(span: timedelta) -> str:
    """“40 min”, “3 h” or “2 days”: one figure is enough to see which is older."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def lower_first(text: str) -> str:
    """Only "Today" loses its capital; names of days keep theirs."""
    return text.replace("Today", "today", 1)
