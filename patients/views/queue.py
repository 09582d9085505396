"""The clinician's queue: who needs me first, and why."""

from __future__ import annotations

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
    try:
        after = rows.read_place(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        sentence = "This page of the queue does not exist. Open the queue from its first page."
        return render(request, "400.html", {"sentence": sentence}, status=400)
    # The moment of the first page: what is overdue by then decides the order, and no row moves between two pages.
    now = after.now if after else timezone.now()
    found = rows.page(user, now, after)
    # One row more was read than is shown: it tells whether there is a next page.
    shown = found[: rows.PAGE]
    # Counts a page or ten, never the whole table.
    waiting = Treatment.objects.visible_to(user).tab_counts(now, COUNTED_UP_TO)["needs_review"]
    context = {
        "section": "queue",
        "clinic": user.clinic,
        "rows": rows.rows(shown, user.clinic, now),
        "next": rows.write_place(rows.place_of(shown[-1], now)) if len(found) > rows.PAGE else "",
        "is_first": after is None,
        "waiting": f"{COUNTED_UP_TO}+" if waiting > COUNTED_UP_TO else waiting,
        "now": user.clinic.local(now),
    }
    if not shown:
        # From midnight on, not "of this date": a date is worked out for every log the clinic ever had, a moment is found in the index.
        context["logs_today"] = Log.objects.filter(clinic=user.clinic).entered_since(user.clinic.midnight()).count()
    return render(request, "clinic/queue.html", context)
