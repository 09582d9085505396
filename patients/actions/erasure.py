"""Erasing a patient: rows, sign-in and files. Of the audit, only that things were done stays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.utils import url_str_to_user_pk
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext

from patients import permissions, photo_store
from patients.actions import audit, mail
from patients.actions.links import LOG_SESSION, patient_of_log_token
from patients.errors import NotNow
from patients.models import (
    AuditEvent,
    Consent,
    ErasureNotice,
    ErasureRequest,
    Flag,
    Invitation,
    Log,
    OutgoingMail,
    Patient,
    Photo,
    Reminder,
    Review,
    Submission,
    Treatment,
    User,
)
from patients.models.audit import ERASED_ACCOUNT, Blanked, subjects_of
from patients.models.people import PatientQuerySet
from patients.models.retention import kept_until

OURS = re.compile(r"\.?[0-9a-f]{32}\w*\.jpg(\.part)?")  # nothing else that somebody keeps in the same place
SETTLED = timedelta(days=1)  # a file is written moments before its row
BATCH = 500


def erase_patient(*, by: User, patient: Patient) -> date | None:
    """Everything of a patient, all of it or nothing. Safe to repeat. Raises NotAllowed, and NotNow for who also works here.

    Where the clinic must keep the record for some time yet, it is locked instead: the sign-in ends, and `apply_retention` erases
    it after the day that is handed back. The files go after the commit; what a crash leaves of them is for `sweep_photos`.
    """
    permissions.check_own_record(by, patient)
    sessions = sessions_by_owner().of(by, patient)  # before the lock: there may be thousands to look through
    until = kept_until(patient, timezone.now())
    if until is not None:
        _put_off(patient, by, sessions, until)
        return until
    erase(Patient.objects.all(), patient, sessions, why="the patient’s own wish")
    return None


def erase(among: PatientQuerySet, patient: Patient, sessions: Iterable[str], *, why: str, is_said: bool = True) -> bool:
    """Erases one of these patients; False where it is none of them by the time that nobody else can change it.

    `is_said`: a last mail tells the person. Raises NotNow for who also works here.
    """
    user = patient.user
    with audit.atomic():
        # Under the lock nobody adds a treatment, and a second erasure finds nothing to do.
        if among.select_for_update(of=("self",)).filter(pk=patient.pk).first() is None:
            return False
        transaction.on_commit(_empty_journal, robust=True)
        subjects = subjects_of(patient)
        _erase_record(patient)
        # The events after what they are about, the sign-in after the events that name it.
        _note_erased(patient, AuditEvent.objects.about(subjects).blank(user), why)
        _erase_sign_in(user, sessions)
        if is_said:
            transaction.on_commit(partial(mail.say_goodbye, patient.clinic, user.email, patient.speaks))
    return True


def _empty_journal() -> None:
    """SQLite overwrites what is deleted in its file; beside it, in the journal, it would stand until that is used again."""
    if connection.vendor == "sqlite":
        wait = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
        with connection.cursor() as cursor:
            # It holds up whoever writes, so it waits for readers only briefly; the next erasure empties what this one could not.
            cursor.execute("PRAGMA busy_timeout=500")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute(f"PRAGMA busy_timeout={wait}")


def _put_off(patient: Patient, user: User, sessions: Iterable[str], until: date) -> None:
    """Nobody signs in any more, and nothing is mailed or asked for; staff go on seeing the record."""
    with audit.atomic():
        _, is_new = ErasureRequest.objects.get_or_create(patient=patient, defaults={"clinic_id": patient.clinic_id, "keep_until": until})
        User.objects.filter(pk=user.pk).update(is_active=False)
        Session.objects.filter(pk__in=list(sessions)).delete()
        if is_new:
            audit.record("account closed", patient, by=user, clinic=patient.clinic, after={"keep_until": until.isoformat()})
            transaction.on_commit(partial(mail.say_kept, patient.clinic, user.email, patient.speaks, until))


def _note_erased(patient: Patient, blanked: Blanked, why: str) -> None:
    audit.record(ERASED_ACCOUNT, patient.clinic, by=None, clinic=patient.clinic, after={"blanked": blanked}, why=why)
    # Before the sign-in is deleted: whoever holds the end of the chain may wait for the row of who acted.
    audit.write_now()


def _erase_record(patient: Patient) -> None:
    # Held for this transaction, so that no log or photo comes in between.
    treatments = [t.pk for t in Treatment.objects.select_for_update().filter(patient=patient)]
    photos = Photo.objects.filter(log__treatment__in=treatments)
    names = [name for photo in photos for name in photo.files]
    for rows in (
        Reminder.objects.filter(patient=patient),
        Invitation.objects.filter(patient=patient),
        Consent.objects.filter(patient=patient),
        ErasureNotice.objects.filter(patient=patient),
        ErasureRequest.objects.filter(patient=patient),
        # Those to the patient and those to clinicians about a treatment; before the reviews that they announce.
        OutgoingMail.objects.filter(Q(patient=patient) | Q(treatment__in=treatments)),
        Flag.objects.filter(treatment__in=treatments),
        Review.objects.filter(treatment__in=treatments),
        Submission.objects.filter(treatment__in=treatments),
        photos,
        Log.objects.filter(treatment__in=treatments),  # with their ratings
    ):
        rows.delete()
    Treatment.objects.filter(pk__in=treatments).update(session_before=None)
    Treatment.objects.filter(pk__in=treatments).delete()
    Patient.objects.filter(pk=patient.pk).delete()
    transaction.on_commit(partial(photo_store.remove, names))


def _erase_sign_in(user: User, sessions: Iterable[str]) -> None:
    for thing in (user, *EmailAddress.objects.filter(user=user)):
        _admin_log_of(thing).delete()
    Session.objects.filter(pk__in=list(sessions)).delete()
    try:
        User.objects.filter(pk=user.pk).delete()  # with their addresses
    except ProtectedError as error:
        # Somebody who was staff under the same sign-in: what they decided about others is not theirs to take away.
        said = gettext("This sign-in was also used for work at the clinic, so it cannot be deleted here. Please call your clinic.")
        raise NotNow(said) from error


def _admin_log_of(thing: models.Model) -> models.QuerySet[LogEntry]:
    """What Django's admin wrote down about it: it repeats the name or the address."""
    return LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(thing), object_id=str(thing.pk))


class _Sessions(defaultdict[object, list[str]]):
    """Keys of browsers by what tells whose they are: the key of the person, or the public id of the patient."""

    def of(self, user: User, patient: Patient) -> list[str]:
        return [*self.get(user.pk, []), *self.get(patient.uuid.hex, [])]


def sessions_by_owner() -> _Sessions:
    """The browsers in which people are signed in, or came by a reminder's link. Reads them all, once for however many people."""
    found = _Sessions(list)
    for session in Session.objects.iterator():
        held: dict[str, Any] = session.get_decoded()
        if SESSION_KEY in held:
            found[int(held[SESSION_KEY])].append(session.session_key)
        # Half way in: the address is in it.
        if half := (held.get(LOGIN_SESSION_KEY) or {}).get("user_pk"):
            found[url_str_to_user_pk(half)].append(session.session_key)
        if proven := held.get("account_authentication_methods_user"):
            found[int(proven)].append(session.session_key)
        if patient := patient_of_log_token(held.get(LOG_SESSION, {}).get("token", "")):
            found[patient].append(session.session_key)
    return found


def sweep_photos(*, is_dry_run: bool = False, now: datetime | None = None) -> int:
    """Deletes files of photos, older than a day, that no row names; how many there were. Safe to repeat."""
    # The files first: one that gets its row in between is young and not among them.
    old = photo_store.names_before((now or timezone.now()) - SETTLED)
    stray = [name for some in _batches([n for n in old if OURS.fullmatch(n)]) for name in _without_row(some)]
    if not is_dry_run:
        photo_store.remove(stray)
    return len(stray)


def odd_photos() -> Iterator[tuple[str, str]]:
    """Photos whose files are not as their rows say: id and what is wrong, in words. Changes nothing."""
    for photo in Photo.objects.order_by("pk").iterator():
        full, thumb = (photo_store.size_of(name) for name in photo.files)
        if full is None or thumb is None:
            yield str(photo.uuid), "the picture is missing" if full is None else "the thumbnail is missing"
        elif full != photo.size_bytes or not thumb:
            yield str(photo.uuid), f"the picture has {full:,} bytes in place of {photo.size_bytes:,}" if thumb else "the thumbnail is empty"


def _batches(names: list[str]) -> Iterator[list[str]]:
    yield from (names[start : start + BATCH] for start in range(0, len(names), BATCH))


def _without_row(names: list[str]) -> list[str]:
    named = {name for photo in Photo.objects.naming(names) for name in photo.files}
    return [name for name in names if name not in named]
