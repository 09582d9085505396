"""What the flags were worth, and the flags and recoveries behind each figure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from patients.actions.seen import note_exported
from patients.exports.adherence import BY_CODE, recoveries_at
from patients.exports.insight_lines import as_csv, lines
from patients.exports.insight_rows import PAGE, FlagList
from patients.exports.insights import PERIODS, insights, since_of, subjects_of
from patients.forms.insights import CheckInsForm, FlagsForm, PeriodForm
from patients.models import Clinic
from patients.views.access import clinic_user, user_of
from recovery.timeline.proportion import ENOUGH


@require_safe
def insights_page(request: HttpRequest) -> HttpResponseBase:
    """The figures of a period; as a file with ?format=csv."""
    clinic = _clinic(request)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return _shown(request, "insights", form)
    period = form.cleaned_data["period"]
    found = insights(clinic, period, timezone.now())
    if form.cleaned_data["format"]:
        return _file(f"insights-{period}.csv", HttpResponse("".join(as_csv(lines(found)))))
    return _shown(request, "insights", form, found=found, hours=clinic.hours_said, enough=ENOUGH)


@require_safe
def flags_of(request: HttpRequest) -> HttpResponseBase:
    """The flags behind a figure, fifty a page; all of them as a file with ?format=csv."""
    clinic = _clinic(request)
    names = subjects_of(clinic)
    form = FlagsForm(request.GET, names)
    if not form.is_valid():
        return _shown(request, "insights_flags", form)
    listed = FlagList(clinic, names, form.filters, timezone.now())
    if form.cleaned_data["format"]:
        note_exported(by=user_of(request), subject=clinic, what="flags", after={name: str(value) for name, value in form.filters.items()})
        return _file(f"flags-{form.filters['period']}.csv", StreamingHttpResponse(as_csv(listed.lines(lambda uuid: _link(request, uuid)))))
    pages = _Pages(form, listed.count())
    rows = [listed.shown(row) for row in listed.rows(pages.first, pages.first + PAGE)]
    return _shown(request, "insights_flags", form, rows=rows, said=listed.said, pages=pages)


@require_safe
def check_ins(request: HttpRequest) -> HttpResponse:
    """The recoveries behind a figure of adherence: who had come to a day, and who logged on it."""
    clinic, now = _clinic(request), timezone.now()
    form = CheckInsForm(request.GET)
    if not form.is_valid():
        return _shown(request, "insights_check_ins", form)
    since, step = since_of(form.cleaned_data["period"], now), BY_CODE[form.cleaned_data["step"]]
    found = recoveries_at(clinic, step, clinic.local(since).date() if since else None, clinic.today())
    if logged := form.cleaned_data["logged"]:
        found = found.filter(Q(has_logged=logged == "yes"))
    pages = _Pages(form, found.count())
    rows = found.select_related("patient__user", "protocol")[pages.first : pages.first + PAGE]
    return _shown(request, "insights_check_ins", form, rows=rows, step=step, pages=pages)


class _Pages:
    """Where a list stands: the rows it shows, and the addresses of the pages around it and of the file."""

    def __init__(self, form: PeriodForm, count: int) -> None:
        data = form.cleaned_data
        self.count, self.number = count, data.get("page") or 1
        self.first = (self.number - 1) * PAGE
        self.last = -(-count // PAGE) or 1
        self.kept = urlencode({name: value for name, value in data.items() if value and name not in ("page", "format")})

    @property
    def before(self) -> int:
        # Past the end, back to the last page there is.
        return min(self.number - 1, self.last)

    @property
    def after(self) -> int:
        return self.number + 1 if self.number < self.last else 0


def _clinic(request: HttpRequest) -> Clinic:
    clinic = clinic_user(request).clinic
    # clinic_user lets nobody without a clinic through.
    assert clinic is not None
    return clinic


def _shown(request: HttpRequest, page: str, form: PeriodForm, **context: Any) -> HttpResponse:
    # What cannot be read is said and nothing is shown: the whole list would pass for the answer.
    status = 200 if form.is_valid() else 400
    context |= {"section": "insights", "clinic": _clinic(request), "form": form, "periods": PERIODS}
    return render(request, f"clinic/{page}.html", context, status=status)


def _file(name: str, answer: HttpResponseBase) -> HttpResponseBase:
    answer["Content-Type"] = "text/csv; charset=utf-8"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _link(request: HttpRequest, recovery: UUID) -> str:
    # The whole address: the file is opened far from this page.
    return request.build_absolute_uri(reverse("clinic-recovery", args=[recovery]))
