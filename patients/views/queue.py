"""The clinician's queue: who needs me first, and why."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.exports import queue as rows
from patients.models import Log, Treatment
from patients.views.access import clinic_user

COUNTED_UP_TO = 500  # a longer queue says "500+": counting it all would cost more than showing it


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user = clinic_user(request)
    assert user.clinic is not None
    now = timezone.now()
    try:
        after = read_place(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        sentence = "This page of the queue does not exist. Open the queue from its first page."
        return render(request, "400.html", {"sentence": sentence}, status=400)
    found = rows.page(user, after)
    # One row more was read than is shown: it tells whether there is a next page.
    shown = found[: rows.PAGE]
    # Counts a page or ten, never the whole table.
    waiting = Treatment.objects.visible_to(user).needing_review()[: COUNTED_UP_TO + 1].count()
    context = {
        "section": "queue",
        "clinic": user.clinic,
        "rows": rows.rows(shown, user.clinic, now),
        "next": place_of(shown[-1]) if len(found) > rows.PAGE else "",
        "is_first": after is None,
        "waiting": f"{COUNTED_UP_TO}+" if waiting > COUNTED_UP_TO else waiting,
        "now": user.clinic.local(now),
    }
    if not shown:
        # From midnight on, not "of this date": a date is worked out for every log the clinic ever had, a moment is found in the index.
        context["logs_today"] = Log.objects.filter(clinic=user.clinic).entered_since(user.clinic.midnight()).count()
    return render(request, "clinic/queue.html", context)


def place_of(row: rows.Waiting) -> str:
    """Where a row stands in the order, to go on behind it."""
    return f"{row.open_urgency}_{int(row.open_asked)}_{row.open_since.isoformat()}_{row.pk}"


def read_place(text: str) -> tuple[int, bool, datetime, int]:
    """Raises ValueError for anything that `place_of` did not write."""
    found = re.fullmatch(r"([234])_([01])_([0-9T:.+-]{19,32})_([0-9]{1,18})", text)
    if found is None:
        raise ValueError(text)
    since = datetime.fromisoformat(found[3])
    # A time without a zone could not be compared with the stored ones; `place_of` writes UTC.
    if since.utcoffset() != timedelta(0):
        raise ValueError(text)
    return int(found[1]), found[2] == "1", since, int(found[4])
