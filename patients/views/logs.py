"""The patient's log: today, or one of the three days before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from patients import policies, sessions
from patients.actions.consents import give_photo_consent
from patients.actions.logs import Recorded, Said, record_log
from patients.actions.photos import add_photos, remove_photo
from patients.errors import NotNow
from patients.exports import days, words
from patients.exports.photos import Slot, slots
from patients.exports.preparation import preparation_for
from patients.exports.texts import PhotoQuestion, photo_question
from patients.forms.fields import not_a_date, parse_iso
from patients.forms.logs import LogForm, initial_from, initial_typed, key_from
from patients.forms.photos import NOT_TAKEN, not_taken, sent_photos
from patients.models import Consent, Log, Treatment
from patients.models.norm_values import spoken_norms
from patients.views.access import own_patient, own_photo, own_recovery_on, own_sessions, user_of
from recovery.timeline.promise import answer_due
from recovery.timeline.scale import Urgency


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest, day: str = "") -> HttpResponse:
    """Today's log, or that of an earlier day. The form carries the date it was opened for, past midnight too."""
    patient = own_patient(request)
    today = patient.today()
    # What the form says goes first: a page opened at 23:58 and sent at 00:03 is about the day it was opened on.
    asked = request.POST.get("date") or day
    when = parse_iso(asked) if asked else today
    treatment = own_recovery_on(request, when or today)
    problem = _problem(asked, when, today, treatment)
    if problem:
        # A date out of reach may belong to an older session, or to a planned one; the page must not offer to log that one.
        treatment, when = own_recovery_on(request, today), today
    if treatment is None:
        return _without_treatment(request)
    page = LogPage(treatment, when or today, today)
    if request.method == "POST":
        return _posted(request, page, problem)
    form = LogForm(initial=page.initial(), **page.form_kwargs)
    # No such day to log; the page says why and offers today all the same.
    return page.render(request, form, problem=problem, status=404 if problem else 200)


def _posted(request: HttpRequest, page: LogPage, problem: str) -> HttpResponse:
    if "same" in request.POST:
        # Fills in, does not save: warning signs are asked anew each day, and the person should see what they send.
        form = LogForm(initial=page.same_as_before(request.POST), **page.form_kwargs)
        return page.render(request, form, notice=page.filled_in)
    if "remove" in request.POST and not problem:
        form = LogForm(initial={"date": page.when.isoformat(), **initial_typed(request.POST)}, **page.form_kwargs)
        return page.render(request, form, notice=_removed(request, page))
    if "consent" in request.POST and not problem:
        form = LogForm(initial={"date": page.when.isoformat(), **initial_typed(request.POST)}, **page.form_kwargs)
        _allow_photos(request, page)
        return page.render(request, form)
    data = request.POST.copy()
    data.setdefault("date", page.when.isoformat())  # a sender without the hidden field means the page's own day
    form = LogForm(data, **page.form_kwargs)
    if problem and "date" not in form.errors:
        form.add_error("date", problem)  # shows the date, so that it can be mended
    if form.is_valid():
        try:
            recorded = _recorded(request, page, form)
        except NotNow as refusal:
            form.add_error("date", str(refusal))
        else:
            _say_what_became(request, recorded, _with_photos(request, page, recorded))
            answer = redirect("log-saved", day=form.cleaned_data["date"].isoformat())
            sessions.note_sent(request, answer.url)
            return answer
    return page.render(request, form)


def _recorded(request: HttpRequest, page: LogPage, form: LogForm) -> Recorded:
    when, key = form.cleaned_data["date"], key_from(request.POST)
    return record_log(by=user_of(request), treatment=page.treatment, when=when, said=form.said(), key=key)


def _with_photos(request: HttpRequest, page: LogPage, recorded: Recorded) -> int:
    """Adds the pictures to the log, which is safe by now; says which were not taken. How many were."""
    sent = sent_photos(request.POST, request.FILES)
    log = recorded.log
    log.treatment = page.treatment  # the same, with its people
    try:
        added = add_photos(by=user_of(request), log=log, files=sent.files, sent=recorded.sent)
    except NotNow as refusal:  # midnight in between
        messages.warning(request, str(refusal), extra_tags=NOT_TAKEN)
        return 0
    for sentence in filter(None, [sent.fault, *not_taken({**sent.refused, **added.refused})]):
        messages.warning(request, sentence, extra_tags=NOT_TAKEN)
    return len(added.new)


def _say_what_became(request: HttpRequest, recorded: Recorded, photos: int) -> None:
    if recorded.is_new:
        return
    # A double tap or a re-send ends on the same page as the first; nobody is told of an error.
    said = [gettext("You already logged this day."), _what_became(recorded)]
    if photos:
        said.append(ngettext("The photo is added.", "{number} photos are added.", photos).format(number=photos))
    messages.info(request, " ".join(said))


def _what_became(recorded: Recorded) -> str:
    if recorded.is_overtaken:
        return gettext("These answers came a second time. What you changed after them stands; below is what is saved.")
    return gettext("This changed that entry.") if recorded.is_changed else gettext("It says the same.")


def _removed(request: HttpRequest, page: LogPage) -> str:
    """Removes the photo that the button names, of this page's day and no other; what to say of it."""
    try:
        photo = own_photo(request, UUID(request.POST["remove"]))
        if (photo.log.treatment_id, photo.log.day) != (page.treatment.pk, page.day):
            raise Http404
        remove_photo(by=user_of(request), photo=photo)
    except (Http404, ValueError):
        return gettext("This photo was removed before.")
    except NotNow as refusal:
        return str(refusal)
    return gettext("{view}: the photo is removed.").format(view=photo.get_view_display())


def _allow_photos(request: HttpRequest, page: LogPage) -> None:
    """By the button in the place of the slots; the page says beside it what became of it."""
    try:
        give_photo_consent(by=user_of(request), patient=page.treatment.patient, seen=request.POST["consent"])
    except NotNow as refusal:
        page.photo_fault = str(refusal)
    else:
        page.photo_notice = gettext("Photos are allowed. Add them here, then save.")


class LogPage:
    """What the log page of one date shows around its form."""

    photo_notice = photo_fault = ""

    def __init__(self, treatment: Treatment, when: date, today: date) -> None:
        self.treatment, self.when, self.today = treatment, when, today
        self.day = treatment.day_of(when)
        self.key = uuid4()  # of what is sent from this page as it is made now, and from no other

    @cached_property
    def logs(self) -> dict[int, Log]:
        """Read only where the page is shown: a log that is simply saved does without."""
        return {log.day: log for log in Log.objects.of(self.treatment).with_ratings()}

    @cached_property
    def day_before(self) -> int | None:
        return max((day for day in self.logs if day < self.day), default=None)

    @property
    def same_label(self) -> str:
        if self.when == self.today and self.day_before == self.day - 1:
            return gettext("Same as yesterday")
        return gettext("Same as day {day}").format(day=self.day_before)

    @property
    def filled_in(self) -> str:
        return gettext("Filled in as on day {day}. Change what is different, then save.").format(day=self.day_before)

    @property
    def form_kwargs(self) -> dict[str, Any]:
        return {"norms": spoken_norms(self.treatment), "day": self.day}

    @property
    def slots(self) -> list[Slot]:
        entry = self.logs.get(self.day)
        return slots(entry.photos.all() if entry else [])

    @cached_property
    def photo_question(self) -> PhotoQuestion | None:
        """None once photos are allowed."""
        patient = self.treatment.patient
        return None if Consent.objects.to_photos_of(patient).standing().exists() else photo_question(patient)

    def _said(self, day: int | None) -> Said | None:
        entry = self.logs.get(day) if day is not None else None
        if entry is None:
            return None
        return Said(entry.severities, frozenset(entry.signs), entry.note, entry.asked_for_review, entry.improvement)

    def initial(self) -> dict[str, Any]:
        stands = self._said(self.day)
        return initial_from(stands, self.when) if stands else {"date": self.when.isoformat()}

    def same_as_before(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """The answers of the day before, and the note and question as typed on this page."""
        before = self._said(self.day_before)
        initial = initial_from(before, self.when) if before else {"date": self.when.isoformat()}
        return initial | {"note": typed.get("note", ""), "look": "look" in typed}

    def render(self, request: HttpRequest, form: LogForm, *, problem: str = "", notice: str = "", status: int = 200) -> HttpResponse:
        clinic, now = self.treatment.clinic, timezone.now()
        before = self._said(self.day_before)
        form.mark_last_time(before.ratings if before else {})
        strip = days.strip(self.treatment, self.logs, self.today, self.when)
        # The slowest of the promises: whatever is more urgent is answered sooner.
        due = answer_due(Urgency.WATCH, clinic.local(now), clinic.hours)
        context = {
            "section": "log",
            "form": form,
            "page": self,
            "treatment": self.treatment,
            "clinic": clinic,
            "strip": strip,
            "missing": days.missing_said(strip, self.today),
            "is_today": self.when == self.today,
            "stands": self.day in self.logs,
            "problem": problem,
            "notice": notice,
            # A browser cannot be given a file back, so the page has to say it.
            "photos_lost": bool(request.FILES),
            "answered_by": words.promised(due, clinic.local(now)),
        }
        return render(request, "log/log.html", context, status=status)


def _problem(asked: str, when: date | None, today: date, treatment: Treatment | None) -> str:
    if when is None:
        return not_a_date(asked)
    try:
        policies.check_date_can_be_logged(when, today, treatment)
    except NotNow as refusal:
        return str(refusal)
    return ""


def _without_treatment(request: HttpRequest) -> HttpResponse:
    patient, (_, planned) = own_patient(request), own_sessions(request)
    ahead = planned and preparation_for(planned, patient.today())
    return render(request, "log/none.html", {"section": "log", "clinic": patient.clinic, "ahead": ahead})
