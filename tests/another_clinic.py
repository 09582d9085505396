"""A clinic with something of everything, in words that stand nowhere else; and what its rows are known by.

Other people's pages, files, mails and queries must hold none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from patients.actions.links import log_token, off_token
from patients.actions.norms import start_draft
from patients.actions.photos import remove_photo
from patients.actions.planning import call_off
from patients.actions.protocols import copy_protocol, create_protocol
from patients.actions.replies import delete_reply_template
from patients.actions.saved_filters import save_filter
from patients.models import Protocol, Role
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_log, a_member, a_patient, a_photo, a_reply_text, a_review, a_treatment, an_invitation, next_session

MARK = "Zanzibar"  # in all that is typed there
LONG_ENOUGH = 8  # letters of a value that says whose it is
GROUP_OF = {
    "treatment": [
        "recovery-of", "next-session-file", "photos-of", "clinic-photos", "queue-panel", "recovery-snooze", "recovery-wake",
        "recovery-assign", "recovery-hand-back", "recovery-nudge", "clinic-recovery", "review", "treatment-date", "treatment-call-off",
        "recovery-close", "recovery-reopen",
    ],
    "called_off": ["treatment-date", "treatment-call-off"],
    "patient": ["clinic-patient", "new-treatment", "invitation-send", "invitation-withdraw"],
    "photo": ["photo", "photo-thumb", "photo-remove"],
    "gone_photo": ["photo-remove"],
    "review": ["review-undo"],
    "reply": ["reply-text", "reply-delete"],
    "deleted_reply": ["reply-text", "reply-delete"],
    "member": ["on-call"],
    "log": ["norms-impact-log"],
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """What can be asked for there: public ids by kind, the word of its own protocol, links, and its people."""

    ids: dict[str, UUID]
    protocol: str
    tokens: dict[str, str]
    people: dict[str, object]
    flags: list[UUID]


def another_clinic() -> World:
    """Built by doing what people do there."""
    clinic = a_clinic(f"{MARK} Skin Clinic", phone="030 5550 7777")
    mira, boss = a_member(clinic, Role.CLINICIAN, f"{MARK} Osei"), a_member(clinic, Role.ADMIN, f"{MARK} Haddad")
    treatment = a_treatment(mira, f"{MARK} Ferreira", TREATED, device=f"{MARK} pen")
    a_log(treatment, 1, redness=4, note=f"{MARK} note")
    review = a_review(treatment, mira, note=f"{MARK} remark", reply=f"{MARK} reply")
    last = a_log(treatment, 4, "fever", note=f"{MARK} again", asked=True).log
    photo, gone = a_photo(last), a_photo(last, "left")
    remove_photo(by=treatment.patient.user, photo=gone)
    other = a_treatment(mira, f"{MARK} Chen", TODAY)
    planned = next_session(mira, other.patient, TODAY + timedelta(days=30))
    call_off(by=mira, treatment=planned, seen=planned.treated_on)
    reply, deleted = a_reply_text(mira, f"{MARK} text", f"{MARK} words"), a_reply_text(mira, f"{MARK} old", f"{MARK} old words")
    delete_reply_template(by=mira, template=deleted, seen=deleted.edits)
    save_filter(by=mira, name=f"{MARK} filter", query="urgency=watch")
    protocol = _own_protocols(boss)
    ids = {
        "treatment": treatment.uuid, "called_off": planned.uuid, "patient": treatment.patient.uuid, "photo": photo.uuid,
        "gone_photo": gone.uuid, "review": review.uuid, "reply": reply.uuid, "deleted_reply": deleted.uuid, "member": mira.uuid,
        "log": last.uuid,
    }  # fmt: skip
    invited = an_invitation(a_patient(mira, f"{MARK} Newcomer"))
    tokens = {"log-link": log_token(treatment.patient), "reminders-off": off_token(treatment.patient), "invitation": invited}
    flags = [flag.uuid for flag in treatment.flags.all()]
    return World(ids, protocol, tokens, {"patient": treatment.patient.user, "clinician": mira, "admin": boss}, flags)


def _own_protocols(boss: object) -> str:
    """A protocol of its own, and its copy of a shared one; each with a draft."""
    shared = Protocol.objects.filter(clinic=None).exclude(slug="pen").first()
    made = create_protocol(by=boss, name=f"{MARK} needles", slug="zanzibar-own", description=f"{MARK} only", like=shared)
    start_draft(by=boss, protocol=copy_protocol(by=boss, protocol=shared))
    return made.protocol.slug


def rows() -> dict[str, list[tuple]]:
    """Everything in the database, by table."""
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(cursor.fetchall(), key=repr)
    return found


def values(found: dict[str, list[tuple]]) -> set[str]:
    """The texts and ids that say whose a row is."""
    return {plain(value) for several in found.values() for row in several for value in row if says_whose(value)}


def says_whose(value: object) -> bool:
    return isinstance(value, UUID) or (isinstance(value, str) and len(value) >= LONG_ENOUGH and not re.fullmatch(r"[\d :.+-]+", value))


def plain(value: object) -> str:
    """The same for a UUID however the database hands it over."""
    return value.hex if isinstance(value, UUID) else str(value)


@contextmanager
def fetched() -> Iterator[list[object]]:
    """All values that the database hands over within."""
    seen: list[object] = []
    real, real_iter = CursorWrapper.__getattr__, CursorWrapper.__iter__

    def noting(self: CursorWrapper, name: str) -> object:
        found = real(self, name)
        return _noted(found, seen) if name in ("fetchone", "fetchmany", "fetchall") else found

    def noted_iter(self: CursorWrapper) -> Iterator:
        for row in real_iter(self):
            seen.extend(row)
            yield row

    with patch.object(CursorWrapper, "__getattr__", noting), patch.object(CursorWrapper, "__iter__", noted_iter):
        yield seen


def _noted(fetch: object, seen: list[object]) -> object:
    def fetching(*args: object, **kwargs: object) -> object:
        found = fetch(*args, **kwargs)
        for row in found if isinstance(found, list) else [found] if found else []:
            seen.extend(row)
        return found

    return fetching


def foreign(seen: list[object], known: set[str]) -> set[str]:
    """What was fetched that is known by one of these values."""
    return {plain(value) for value in seen if says_whose(value) and (plain(value) in known or MARK in plain(value))}
