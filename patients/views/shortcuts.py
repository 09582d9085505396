"""What a clinician keeps for the queue: filters under a name, and whether single keys work."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from patients.actions.saved_filters import delete_filter, save_filter
from patients.actions.shortcuts import switch_shortcuts
from patients.errors import NotNow
from patients.exports.queue_ask import own_query, queue_address
from patients.exports.queue_filters import Choices, QueueFilters
from patients.exports.queue_page import Kept, queue_page
from patients.views.access import clinic_user


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    user = clinic_user(request)
    assert user.clinic is not None
    asked, name = QueryDict(own_query(request.POST.get("query", ""))), request.POST.get("name", "")
    try:
        # Parsed first: what is kept can be opened again.
        query = QueueFilters.parse(asked, Choices.of(user.clinic)).as_query()
        saved = save_filter(by=user, name=name, query=query)
    except NotNow as refusal:
        kept = Kept("save", str(refusal), typed={"name": name})
        return render(request, "clinic/queue.html", queue_page(user, asked, kept=kept))
    messages.success(request, f"The filter is saved as “{saved.name}”.")
    return redirect(queue_address(query))


@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    delete_filter(by=clinic_user(request), name=request.POST.get("name", ""))
    messages.success(request, "The saved filter is deleted.")
    return redirect(queue_address(request.POST.get("here", "")))


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Back to the page that it was switched on."""
    user, wanted = clinic_user(request), request.POST.get("keys", "")
    if wanted not in ("on", "off"):
        return HttpResponseBadRequest("Say whether the keys are switched on or off.", content_type="text/plain")
    switch_shortcuts(by=user, on=wanted == "on")
    back = request.POST.get("page", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours and back.startswith("/clinic/") else reverse("queue"))
