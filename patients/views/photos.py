"""The files of photos, each handed out after a check and written down; removing one's own."""

from __future__ import annotations

import logging
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from patients import photo_store, policies
from patients.actions.photos import log_of_gone, note_photo_seen, note_thumbnails_seen, remove_photo
from patients.errors import NotNow
from patients.models import Log, Photo
from patients.views.access import check_reach, own_photo, seen_photo, user_of

logger = logging.getLogger(__name__)


@require_safe
def photo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = seen_photo(request, uuid)
    content = _content(found, found.full)
    note_photo_seen(by=user_of(request), photo=found)
    return _file(found, content)


@require_safe
def thumbnail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = seen_photo(request, uuid)
    check_reach(request, found.log.treatment.date_of(found.log.day))
    content = _content(found, found.thumb)
    note_thumbnails_seen(by=user_of(request), treatment=found.log.treatment)
    return _file(found, content)


@require_POST
def remove(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A second tap ends where the first one did."""
    try:
        found = own_photo(request, uuid)
    except Http404:
        log = log_of_gone(by=user_of(request), uuid=uuid)
        if log is None:
            raise
        messages.info(request, gettext("This photo is not there any more."))
        return _to_its_day(log)
    remove_photo(by=user_of(request), photo=found)
    said = gettext("The photo ({view}, day {day}) is removed.")
    messages.success(request, said.format(view=found.get_view_display().lower(), day=found.log.day))
    return _to_its_day(found.log)


def _content(photo: Photo, name: str) -> bytes:
    try:
        return photo_store.read(name)
    except OSError as error:
        # Its id and nothing of the person: logs are read by others than the record is.
        logger.error("the file of photo %s cannot be read: %s", photo.uuid, type(error).__name__)
        raise Http404("no such photo") from error


def _file(photo: Photo, content: bytes) -> HttpResponse:
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="day-{photo.log.day}-{photo.view}.jpg"',
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


def _to_its_day(log: Log) -> HttpResponse:
    """The log page of that day; the recovery where the day cannot be logged any more and has no such page."""
    treatment = log.treatment
    when = treatment.date_of(log.day)
    try:
        policies.check_date_can_be_logged(when, treatment.patient.today(), treatment)
    except NotNow:
        return redirect("recovery-of", uuid=treatment.uuid)
    return redirect("log-day", day=when.isoformat())
