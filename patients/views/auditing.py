"""The audit of a clinic, for its admins."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients import permissions
from patients.actions.seen import note_exported
from patients.exports.auditing import cells, lines
from patients.exports.insight_lines import as_csv
from patients.forms.auditing import AuditForm
from patients.models import AuditEvent, User
from patients.models.audit import AuditEventQuerySet
from patients.views.access import user_of

PAGE = 50
NAME = "audit.csv"


@require_safe
def events(request: HttpRequest) -> HttpResponseBase:
    """The newest first, fifty a page; all that is filtered as a file with ?format=csv."""
    user = user_of(request)
    permissions.check_read_audit(user)
    form = AuditForm(request.GET.dict(), list(User.objects.staff_beside(user)))
    context: dict[str, Any] = {"section": "audit", "clinic": user.clinic, "form": form}
    if not form.is_valid():
        # Nothing is listed: the whole list would pass for the answer.
        return render(request, "clinic/audit.html", context, status=400)
    found = _asked(user, form)
    if form.cleaned_data["format"]:
        return _file(user, found, form)
    if before := form.cleaned_data["before"]:
        found = found.filter(seq__lt=before)
    listed = list(found[: PAGE + 1])
    after = listed[PAGE - 1].seq if len(listed) > PAGE else None
    context |= {"rows": lines(listed[:PAGE], timezone.get_current_timezone()), "kept": urlencode(form.kept), "after": after}
    return render(request, "clinic/audit.html", context)


def _asked(user: User, form: AuditForm) -> AuditEventQuerySet:
    asked = form.cleaned_data
    found = AuditEvent.objects.visible_to(user).last_in_chain_first()
    if asked["kind"]:
        found = found.of_kind(asked["kind"])
    if asked["person"]:
        found = found.by_person(asked["person"])
    return found.on_day(asked["day"], timezone.get_current_timezone()) if asked["day"] else found


def _file(user: User, found: AuditEventQuerySet, form: AuditForm) -> HttpResponseBase:
    # Before the first byte, and so among what is sent.
    note_exported(by=user, subject=user.clinic or user, what="audit", after={name: str(value) for name, value in form.kept.items()})
    answer = StreamingHttpResponse(as_csv(cells(found.iterator())), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{NAME}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
