"""Photos of a log: cleaned, kept, replaced, removed, and who saw them.

Events name the log or the recovery, not the photo: they must say whose it was after the photo is gone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from patients import permissions, photo_store, policies
from patients.actions import audit, submissions
from patients.actions.logs import lock
from patients.actions.submissions import Sent
from patients.errors import NotNow
from patients.models import AuditEvent, Consent, Log, Patient, Photo, Treatment, User
from recovery.pictures.apart import clean_apart
from recovery.pictures.refusals import Refused
from recovery.pictures.turns import Busy, a_turn

logger = logging.getLogger(__name__)
NOT_STORED = gettext_noop("The photo could not be stored. Your log is kept. Try the photo again later, or call your clinic.")
TOO_MANY_NOW = gettext_noop("Too many photos are being prepared just now. Your log is kept. Add the photo again in a minute.")
NOT_ALLOWED = gettext_noop("No photo was kept: you have not allowed photos. Your log is kept. Allow them in the log, then add them again.")
PATIENCE = 5  # seconds of waiting for a turn: longer than a photo takes, and shorter than people wait
THUMBNAILS_SEEN = "thumbnails seen"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the files: the photos that are kept, and a sentence for each view that is not.

    `new`: those of the kept that did not stand there before.
    """

    kept: list[Photo]
    refused: dict[str, str]
    new: list[Photo] = field(default_factory=list)


def add_photos(*, by: User, log: Log, files: Mapping[str, BinaryIO], sent: Sent | None = None, now: datetime | None = None) -> Added:
    """Keeps a picture for each view, in the place of what is there. Safe to repeat: the same picture changes nothing.

    `sent`: as what came with the log. Known by its key, a picture that was replaced or removed does not come back.
    Raises NotAllowed, NotNow where the day is out of reach or photos are not allowed, and ValueError for a view that there is not.
    The log itself is never touched.
    """
    if unknown := set(files) - set(Photo.View.values):
        raise ValueError(f"no views of a photo: {sorted(unknown)}")
    treatment = log.treatment
    permissions.check_log(by, treatment)
    policies.check_date_can_be_logged(treatment.date_of(log.day), treatment.patient.today(now or timezone.now()), treatment)
    if files:
        _check_allowed(treatment.patient)
    # Before the transaction: cleaning takes seconds, and on SQLite everybody's writes would wait for it.
    photos, refused = _written(log, files)
    if not photos:
        return Added([], refused)
    try:
        kept = _placed(log, photos, by, sent)
    except OperationalError:  # the database's disk is full too, or it is gone
        logger.exception("photos were not stored")
        return Added([], refused | {photo.view: gettext(NOT_STORED) for photo in photos})
    return Added(kept, refused, [photo for photo in kept if photo in photos])


def remove_photo(*, by: User, photo: Photo) -> None:
    """The patient's own, on whatever day. Safe to repeat."""
    treatment = photo.log.treatment
    permissions.check_log(by, treatment)
    with audit.atomic():
        lock(treatment)
        gone, _ = Photo.objects.filter(pk=photo.pk).delete()
        if gone:
            audit.record("photo removed", photo.log, by=by, clinic=treatment.clinic, before=_said(photo))
            _remove_later(photo)


def remove_all(*, by: User, patient: Patient) -> int:
    """Every photo of a patient, within the caller's transaction; how many there were. The files go after it."""
    # Held, so that none is added or removed meanwhile.
    treatments = {t.pk: t for t in Treatment.objects.select_for_update(of=("self",)).filter(patient=patient).order_by("pk")}
    photos = list(Photo.objects.filter(log__treatment__in=treatments).select_related("log"))
    for photo in photos:
        audit.record("photo removed", photo.log, by=by, clinic=patient.clinic, before=_said(photo))
        _remove_later(photo)
    Photo.objects.filter(pk__in=[photo.pk for photo in photos]).delete()
    return len(photos)


def _check_allowed(patient: Patient) -> None:
    """Within a transaction nobody takes it back before the end."""
    standing = Consent.objects.to_photos_of(patient).standing()
    if connection.in_atomic_block:
        standing = standing.select_for_update()
    if standing.first() is None:
        raise NotNow(gettext(NOT_ALLOWED))


def log_of_gone(*, by: User, uuid: UUID) -> Log | None:
    """The patient's log that a photo of this id was removed from, or replaced in; None where there was no such photo."""
    logs = {str(log.uuid): log for log in Log.objects.visible_to(by).select_related("treatment__patient", "treatment__clinic")}
    # By their logs, which the audit is indexed by: nothing else of such a photo is left.
    event = AuditEvent.objects.filter(subject_type="log", subject_id__in=logs, before__photo=str(uuid)).first()
    return logs[event.subject_id] if event else None


def note_photo_seen(*, by: User, photo: Photo) -> None:
    """Each time that a full picture is handed out, whoever asks for it."""
    treatment = photo.log.treatment
    with audit.atomic():
        after = {"photo": str(photo.uuid), "day": photo.log.day, "view": photo.view}
        audit.record("photo seen", treatment, by=by, clinic=treatment.clinic, after=after)


def note_thumbnails_seen(*, by: User, treatment: Treatment) -> None:
    """Once for each person and recovery on each day of the clinic: a page shows dozens, and each would be a write."""
    if _were_thumbnails_seen(by, treatment):
        return
    with audit.atomic():
        # A page asks for all its thumbnails at once; the first one in writes, the others find it written.
        lock(treatment)
        if not _were_thumbnails_seen(by, treatment):
            audit.record(THUMBNAILS_SEEN, treatment, by=by, clinic=treatment.clinic)


def _were_thumbnails_seen(by: User, treatment: Treatment) -> bool:
    today = AuditEvent.objects.filter(subject_type="treatment", subject_id=str(treatment.uuid), at__gte=treatment.clinic.midnight())
    return today.filter(action=THUMBNAILS_SEEN, actor=by).exists()


def _written(log: Log, files: Mapping[str, BinaryIO]) -> tuple[list[Photo], dict[str, str]]:
    """Photos whose files are stored and whose rows are not, and why the others are refused."""
    photos, refused = [], {}
    for view, file in files.items():
        try:
            photos.append(_photo(log, view, file))
        except Refused as refusal:
            refused[view] = _why(str(refusal))
        except Busy:
            refused[view] = gettext(TOO_MANY_NOW)
        except OSError:
            logger.exception("a photo was not stored")
            refused[view] = gettext(NOT_STORED)
    return photos, refused


def _why(refusal: str) -> str:
    """In the language of the page. It was made in another process, in English, so that its number has to be found again."""
    number = re.search("[0-9]+", refusal)
    if number is None or gettext(refusal) != refusal:
        return gettext(refusal)
    return gettext(refusal.replace(number[0], "{limit}", 1)).format(limit=number[0])


def _photo(log: Log, view: str, file: BinaryIO) -> Photo:
    # The most that one takes is 430 MB of memory; a worker each would be too many on a machine with many cores.
    with a_turn(settings.PHOTO_TURNS, settings.PHOTOS_AT_ONCE, PATIENCE) as turn:
        picture = clean_apart(file, keep=[turn])
    full = photo_store.write(picture.full)
    try:
        thumb = photo_store.write(picture.thumbnail)
    except OSError:
        photo_store.remove([full])
        raise
    photo = Photo(clinic_id=log.clinic_id, log=log, view=view, full=full, thumb=thumb, width=picture.width, height=picture.height)
    photo.size_bytes, photo.sha256 = len(picture.full), sha256(picture.full).hexdigest()
    return photo


def _placed(log: Log, photos: list[Photo], by: User, sent: Sent | None) -> list[Photo]:
    """Stores the rows; where that fails, the files go."""
    stored: list[bool] = []
    try:
        with audit.atomic():
            # Before all else that follows the commit: whatever fails then must not take the files from rows that stand.
            transaction.on_commit(partial(stored.append, True))
            lock(log.treatment)
            _check_allowed(log.treatment.patient)
            standing = {photo.view: photo for photo in Photo.objects.filter(log=log)}
            put = [_put(photo, standing.get(photo.view), by, sent) for photo in photos]
            return [photo for photo in put if photo]
    except BaseException:
        if not stored:
            photo_store.remove(name for photo in photos for name in photo.files)
        raise


def _put(photo: Photo, standing: Photo | None, by: User, sent: Sent | None) -> Photo | None:
    """The photo of this view that stands afterwards, if any; the files of the other one go."""
    if _came_before(photo, sent) or (standing and standing.sha256 == photo.sha256):
        _remove_later(photo)
        return standing
    before = None
    if standing:
        before = _said(standing)
        standing.delete()
        _remove_later(standing)
    photo.save()
    action = "photo replaced" if standing else "photo added"
    audit.record(action, photo.log, by=by, clinic=photo.log.treatment.clinic, before=before, after=_said(photo))
    return photo


def _came_before(photo: Photo, sent: Sent | None) -> bool:
    if sent is None:
        return False
    # By itself and not by its log: a crash can come between the two, and then the photo is still to be stored.
    log, what = photo.log, {"view": photo.view, "sha256": photo.sha256}
    return submissions.take(log.treatment, sent.key, log.day, what, at=sent.at).is_repeat


def _remove_later(photo: Photo) -> None:
    # Not before the commit: after a rollback the row would point at nothing.
    transaction.on_commit(partial(photo_store.remove, photo.files))


def _said(photo: Photo) -> dict[str, Any]:
    # Never what the person called the file.
    return {"photo": str(photo.uuid), "view": photo.view, "width": photo.width, "height": photo.height}
