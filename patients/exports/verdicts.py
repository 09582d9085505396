"""The day in a sentence for the patient, with what the clinic has promised and how it was after the session before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from patients.exports.promises import Promise, promises
from patients.exports.recoveries import RecoveryPicture
from patients.language import say
from patients.models.norm_values import norms_for
from recovery.timeline.compare import compare_course
from recovery.timeline.scale import Urgency
from recovery.timeline.sessions import beside
from recovery.timeline.verdict import Verdict, verdict


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """A verdict with its day and the promise that goes with it.

    `waiting`: what other days wait for; `answered`: the clinic has reviewed this day already;
    `beside`: the day against the same day of the session before, in words.
    """

    day: int
    verdict: Verdict
    promise: Promise | None
    waiting: list[Promise]
    answered: bool
    beside: str

    @property
    def tone(self) -> str:
        """The class of the block: nothing but a flag is louder than calm."""
        return self.verdict.urgency.word if self.verdict.urgency.is_flag else "calm"

    @property
    def is_emergency(self) -> bool:
        return self.verdict.urgency is Urgency.EMERGENCY

    @property
    def needs_nothing(self) -> bool:
        """Whether “nothing needs doing” is true: of this day, and of the days that still wait."""
        return not self.verdict.urgency.is_flag and not any(promise.is_pressing for promise in self.waiting)


def verdict_of(picture: RecoveryPicture, day: int) -> DayVerdict:
    """What one logged day means, derived from the logs as they stand."""
    # Judged again and not read from the flags: notes are findings too, and are not stored.
    # By the norms as they were written: a sentence looks up the words it is made of itself.
    norms, ratings = norms_for(picture.treatment), picture.entries[day].ratings
    found = compare_course(picture.entries.values(), norms, picture.last_session, [day])[day]
    judged = verdict(day, found, norms, ratings)
    promise, waiting = promises(picture, day)
    answered = promise is None and any(mark.day == day for mark in picture.marks)
    then = picture.last_session.get(day, {})
    # Asked for only where something was logged on that day: the session before costs a query on some pages.
    compared = beside(day, ratings, then, picture.before.session_number, norms, judged.urgency) if then and picture.before else ""
    return DayVerdict(day, _spoken(judged), promise, waiting, answered, say(compared))


def _spoken(v: Verdict) -> Verdict:
    """In the language of the page."""
    details, advice = tuple(map(say, v.details)), tuple(map(say, v.advice))
    return replace(v, word=say(v.word), headline=say(v.headline), details=details, advice=advice)
