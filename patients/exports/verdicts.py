"""The day in a sentence for the patient, with what the clinic has promised."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from patients.actions.logs import judged
from patients.exports import words
from patients.exports.recoveries import RecoveryPicture
from recovery.timeline.scale import Urgency
from recovery.timeline.verdict import Verdict, verdict


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """A verdict with its day and the promise that goes with it; `answered` when the clinic has reviewed it already."""

    day: int
    verdict: Verdict
    promise: str
    answered: bool

    @property
    def tone(self) -> str:
        """The class of the block: nothing but a flag is louder than calm."""
        return self.verdict.urgency.word if self.verdict.urgency.is_flag else "calm"

    @property
    def is_emergency(self) -> bool:
        return self.verdict.urgency is Urgency.EMERGENCY


def verdict_of(picture: RecoveryPicture, day: int) -> DayVerdict:
    """What one logged day means, derived from the logs as they stand."""
    treatment = picture.treatment
    # Judged again and not read from the flags: notes are findings too, and are not stored.
    found = judged(treatment, picture.entries, day)[day]
    of_day = [is_open for at, _, _, is_open in picture.marks if at == day]
    is_open = any(of_day)
    # Promised only for what is open: a reviewed flag has its answer, a note needs none.
    promise = ""
    if is_open and treatment.answer_due is not None:
        clinic = treatment.clinic
        promise = words.promised(clinic.local(treatment.answer_due), clinic.local(timezone.now()))
    return DayVerdict(day, verdict(day, found, picture.norms, picture.entries[day].ratings), promise, bool(of_day) and not is_open)
