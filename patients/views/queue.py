"""The clinician's queue: who needs me first, and why. What is done about a row: patients.views.deciding."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.errors import NotNow
from patients.exports.moments import read_moment
from patients.exports.queue import read, waiting
from patients.exports.queue_ask import own_query
from patients.exports.queue_filters import Choices, QueueFilters
from patients.exports.queue_page import DECISIONS, news_said, panel, queue_page
from patients.models import Treatment
from patients.views.access import clinic_user, queue_recovery

MOST_NEWS = 99


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    context = queue_page(clinic_user(request), request.GET)
    return render(request, "clinic/queue.html", context, status=400 if "refused" in context else 200)


@require_safe
def panel_of(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What is decided about one row, to be set under it; `here` and `back` are queries of the queue.

    `seen` and `read_at` are what the row on the page was printed with: what came in since is not answered unseen.
    """
    user, treatment = clinic_user(request), queue_recovery(request, uuid)
    if not treatment.open_urgency:
        return render(request, "clinic/_queue_gone.html", {"treatment": treatment})
    here, back = (own_query(request.GET.get(name, "")) for name in ("here", "back"))
    seen, read_at = request.GET.get("seen", ""), request.GET.get("read_at", "")
    (row,) = read(Treatment.objects.filter(pk=treatment.pk))
    context = {"panel": panel(user, row, seen, read_at, here, back), "decisions": DECISIONS}
    return render(request, "clinic/_queue_panel.html", context)


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """How many rows have come in or got worse since a page was made. Asked by the page itself: it must not prolong the session."""
    user = clinic_user(request)
    assert user.clinic is not None
    try:
        since = read_moment(request.GET.get("since", ""))
        filters = QueueFilters.parse(request.GET, Choices.of(user.clinic))
    except (ValueError, NotNow):
        return JsonResponse({"count": 0, "said": ""}, status=400)
    found = waiting(user, timezone.now(), filters).with_news_since(since)
    count = len(found.values_list("pk")[:MOST_NEWS])
    return JsonResponse({"count": count, "said": news_said(count, since, user.clinic)})
