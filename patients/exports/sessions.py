"""The sessions of a series on a recovery's page: those before, photos of the same day, and when the next is usual."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from patients.exports import words
from patients.exports.recoveries import RecoveryPicture
from patients.models import Photo, Treatment


@dataclass(frozen=True, slots=True)
class PhotoPair:
    """One view of the latest day with photos, and the same view of the same day after the session before."""

    now: Photo
    then: Photo


def earlier_sessions(treatment: Treatment) -> list[Treatment]:
    """Newest first. Fills in `session_before`, which is one of them."""
    if treatment.session_before_id is None:
        return []
    found = list(Treatment.objects.before(treatment).newest_first())
    by_key = {session.pk: session for session in found}
    # It came with the others: asking for it would be another query.
    treatment.session_before = by_key[treatment.session_before_id]
    return found


def photo_pairs(picture: RecoveryPicture) -> list[PhotoPair]:
    """Of the latest day that has photos; none where the session before has no photo of that day and view."""
    latest = max((photo.day for photo in picture.photos), default=None)
    then = {photo.view: photo for photo in picture.photos_of_both if photo.day == latest and photo.treatment_id != picture.treatment.pk}
    return [PhotoPair(photo, then[photo.view]) for photo in picture.photos if photo.day == latest and photo.view in then]


def window_said(treatment: Treatment, window: tuple[int, int]) -> str:
    """“Friday 24 April to Friday 8 May”"""
    first, last = (words.long_date(treatment.date_of(day)) for day in window)
    return gettext("{first} to {last}").format(first=first, last=last)
