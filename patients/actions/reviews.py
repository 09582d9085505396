"""A clinician's decision on a recovery's open flags, and taking it back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from patients import permissions, policies
from patients.actions import alerts, audit, outbox
from patients.actions.flags import refresh_open_state
from patients.actions.logs import lock
from patients.errors import NotNow, Overtaken
from patients.models import Flag, Log, OutgoingMail, Review, Treatment, User
from recovery.timeline.scale import Disposition, Urgency

UNDO_FOR = timedelta(seconds=10)  # how long the page offers it beside its message; the list of what is done offers it later
# Twice that: the ten seconds begin when the page has arrived.
ANNOUNCE_AFTER = 2 * UNDO_FOR


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; `note` is for the clinic, `reply` for the patient."""

    disposition: Disposition
    note: str = ""
    reply: str = ""


def review_recovery(
    *,
    by: User,
    treatment: Treatment,
    seen: Collection[UUID],
    decision: Decision,
    now: datetime | None = None,
    is_announced: bool = True,
    most_urgent: Urgency = Urgency.EMERGENCY,
    read_at: datetime | None = None,
) -> Review:
    """Answers the open flags that the clinician saw; flags raised since stay open.

    Raises NotNow when one of them was reviewed in the meantime, naming who did, when a log was changed so that nothing
    is open any more or, where the page says when it was read, so that it says something else than what was read, or when
    the row is more urgent than `most_urgent`. Who came second stands in the audit as well.
    """
    permissions.check_review(by, treatment)
    now = now or timezone.now()
    try:
        with audit.atomic():
            return _review(by, treatment, seen, decision, now, is_announced, most_urgent, read_at)
    except Overtaken:
        with audit.atomic():
            audit.record("review came second", treatment, by=by, clinic=treatment.clinic, after={"disposition": decision.disposition.value})
        raise


def _review(
    by: User,
    treatment: Treatment,
    seen: Collection[UUID],
    decision: Decision,
    now: datetime,
    is_announced: bool,
    most_urgent: Urgency,
    read_at: datetime | None,
) -> Review:
    lock(treatment)
    # Of this treatment alone: ids of other recoveries in the request find nothing.
    flags = list(Flag.objects.of(treatment).live().filter(uuid__in=seen).select_related("review__reviewed_by"))
    # Under the lock: of two reviewers the second finds the first one's review here.
    _check_still_open(flags, seen, treatment)
    _check_reads_the_same(seen, treatment, read_at)
    policies.check_urgency_is_at_most(most_urgent, treatment)
    review = Review.objects.create(
        clinic=treatment.clinic,
        treatment=treatment,
        reviewed_by=by,
        reviewed_at=now,
        disposition=decision.disposition.value,
        note=decision.note,
        reply=decision.reply,
    )
    Flag.objects.filter(pk__in=[flag.pk for flag in flags]).update(review=review)
    # Read anew: flags raised since the page was opened are still open and keep the recovery in the queue.
    refresh_open_state(treatment, Flag.objects.of(treatment).open().with_day())
    alerts.forget_what_is_answered(treatment)
    _stand_on(treatment, review)
    audit.record(
        "recovery reviewed",
        treatment,
        by=by,
        clinic=treatment.clinic,
        after={"review": str(review.uuid), "disposition": review.disposition, "flags": [str(f.uuid) for f in flags]},
    )
    if decision.reply and is_announced:
        outbox.queue([_announcement(review)])
    return review


def _announcement(review: Review) -> OutgoingMail:
    # Not before the time for undoing is over: a mail cannot be taken back.
    return OutgoingMail(
        kind=OutgoingMail.Kind.REPLY,
        key=f"reply:{review.uuid}",
        clinic=review.clinic,
        patient=review.treatment.patient,
        treatment=review.treatment,
        review=review,
        send_after=timezone.now() + ANNOUNCE_AFTER,
    )


def _stand_on(treatment: Treatment, review: Review | None) -> None:
    """What the tabs go by: the newest standing review, and whether the next step is the patient's."""
    treatment.reviewed_at, treatment.reviewed_by, treatment.awaits_since = None, None, None
    if review is not None:
        treatment.reviewed_at, treatment.reviewed_by = review.reviewed_at, review.reviewed_by
        if Disposition(review.disposition).awaits_patient(review.reply) and treatment.closed_at is None:
            treatment.awaits_since = review.reviewed_at
    treatment.save(update_fields=["reviewed_at", "reviewed_by", "awaits_since"])


def _check_still_open(flags: list[Flag], seen: Collection[UUID], treatment: Treatment) -> None:
    for flag in flags:
        if flag.review is not None:
            at = treatment.clinic.local(flag.review.reviewed_at)
            raise Overtaken(
                f"{flag.review.reviewed_by.byline} reviewed this at {at:%H:%M}: {flag.review.get_disposition_display().lower()}."
            )
    if not flags:
        raise NotNow(f"{_what_happened(seen, treatment)} Nothing of this is open any more.")


def _check_reads_the_same(seen: Collection[UUID], treatment: Treatment, read_at: datetime | None) -> None:
    """The logs that the seen flags are about; other days, and new ones, raise flags of their own."""
    if read_at is None:
        return
    about = Flag.objects.of(treatment).filter(uuid__in=seen).values("log")
    log = Log.objects.of(treatment).filter(pk__in=about, amended_at__gt=read_at).first()
    if log is not None and log.amended_at is not None:
        at = treatment.clinic.local(log.amended_at)
        said = f"{treatment.patient.user.first_name} changed day {log.day} at {at:%H:%M} while you were reading."
        raise NotNow(f"{said} Look at what it says now and decide again.")


def _what_happened(seen: Collection[UUID], treatment: Treatment) -> str:
    """Why flags that somebody saw are gone."""
    withdrawn = Flag.objects.of(treatment).filter(uuid__in=seen, withdrawn_at__isnull=False).values("withdrawn_at")
    # The log that was stored at that moment, which need not be the one the flag was about.
    log = Log.objects.of(treatment).filter(Q(amended_at__in=withdrawn) | Q(entered_at__in=withdrawn)).first()
    if log is None:
        return "The recovery was moved to other norms, or this page is out of date."
    at = treatment.clinic.local(log.amended_at or log.entered_at)
    did = "changed" if log.amended_at else "logged"
    return f"{treatment.patient.user.first_name} {did} day {log.day} at {at:%H:%M} while you were reading."


def undo_review(*, by: User, review: Review, now: datetime | None = None) -> None:
    """Takes a decision back: what it answered, then or later, is open again; its reply is shown no more. The row stays.

    Any clinician of the clinic may: who decided may have gone home when the slip is found. Raises NotNow for a review
    that was undone already or that another one has followed.
    """
    treatment = Treatment.objects.with_people().get(pk=review.treatment_id)
    permissions.check_review(by, treatment)
    with audit.atomic():
        lock(treatment)
        reviews = list(Review.objects.filter(treatment=treatment).newest_first())
        # Under the lock, and not the object at hand: of two who undo at once the second finds it done.
        fresh = next(r for r in reviews if r.pk == review.pk)
        standing = [r for r in reviews if r.undone_at is None]
        policies.check_review_can_be_undone(fresh, standing[0] if standing else None)
        fresh.undone_at, fresh.undone_by = now or timezone.now(), by
        fresh.save(update_fields=["undone_at", "undone_by"])
        flags = Flag.objects.filter(review=fresh)
        answered = [str(uuid) for uuid in flags.live().values_list("uuid", flat=True)]
        # Withdrawn ones too: what was never decided must cover nothing that is raised later.
        flags.update(review=None)
        refresh_open_state(treatment, Flag.objects.of(treatment).open().with_day())
        alerts.take_as_mailed(treatment)
        stand_on_newest(treatment)
        audit.record("review undone", treatment, by=by, clinic=treatment.clinic, after={"review": str(fresh.uuid), "flags": answered})
    review.undone_at, review.undone_by = fresh.undone_at, fresh.undone_by


def stand_on_newest(treatment: Treatment) -> None:
    """After a review was undone or the recovery opened again: what the tabs go by is worked out anew."""
    newest = Review.objects.filter(treatment=treatment).standing().newest_first().first()
    _stand_on(treatment, newest)
    if newest is not None and Log.objects.of(treatment).changed_since(newest.reviewed_at).exists():
        treatment.awaits_since = None
        treatment.save(update_fields=["awaits_since"])
