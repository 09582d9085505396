"""Two hundred races of two reviewers: one winner each, both in the audit, and nobody's words in the other's row."""

from collections import Counter
from functools import partial

import pytest

from patients.actions.reviews import Decision, review_recovery
from patients.errors import Overtaken
from patients.models import AuditEvent, Flag, Review, Role, Treatment
from recovery.timeline.scale import Disposition
from tests.at_once import apart, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_treatment

RACES, AT_ONCE = 200, 10


@pytest.fixture
def raced(db, tmp_path, frozen):
    """What each of two clinicians was told, in 200 races over ten recoveries, each answered twenty times."""
    with apart(tmp_path):
        clinic = a_clinic()
        people = [a_member(clinic, Role.CLINICIAN, name) for name in ("Mira Osei", "Jonas Lind")]
        treatments = [a_treatment(people[0], f"P{number} Patient", TREATED) for number in range(AT_ONCE)]
        told = []
        for race in range(RACES):
            treatment = treatments[race % AT_ONCE]
            a_log(treatment, 4, "fever" if race // AT_ONCE % 2 else "pus", note=str(race))
            seen = list(Flag.objects.of(treatment).open().values_list("uuid", flat=True))
            told.append(together(*(partial(race_of, by, treatment.pk, seen, race) for by in people)))
        yield people, told


def race_of(by, treatment, seen, race):
    decision = Decision(Disposition.ADVICE, reply=f"{by.name} in race {race}")
    own = Treatment.objects.with_people().get(pk=treatment)
    return review_recovery(by=by, treatment=own, seen=seen, decision=decision)


def test_each_race_has_one_winner_and_one_who_is_told_who_won(raced):
    people, told = raced
    for race, answers in enumerate(told):
        (won,) = [answer for answer in answers if isinstance(answer, Review)]
        (lost,) = [answer for answer in answers if isinstance(answer, Overtaken)]
        assert won.reply == f"{won.reviewed_by.name} in race {race}"
        assert str(lost) == f"{won.reviewed_by.name} reviewed this at 12:00: advice given."
    assert Review.objects.count() == RACES
    assert not Flag.objects.open().exists()
    # Both in the audit: who won, and who came second.
    events = AuditEvent.objects.filter(action__in=["recovery reviewed", "review came second"])
    counted = Counter(events.values_list("action", "actor__name"))
    wins = Counter(answer.reviewed_by.name for answers in told for answer in answers if isinstance(answer, Review))
    for by in people:
        assert counted["recovery reviewed", by.name] == wins[by.name]
        assert counted["review came second", by.name] == RACES - wins[by.name]
