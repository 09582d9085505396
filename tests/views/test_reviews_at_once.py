"""Two hundred races of two reviewers through the page itself: the loser is told who won and finds every word typed.

The same races one layer down are in tests/actions/test_reviews_at_once.py.
"""

from collections import Counter
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import AuditEvent, Flag, Review, Role
from tests.at_once import apart, together
from tests.conftest import TREATED
from tests.factories import a_clinic, a_log, a_member, a_treatment
from tests.pages import filled_in, text

RACES, AT_ONCE = 200, 10


def typed(by, race):
    return {"note": f"{by.name} notes {race}", "reply": f"{by.name} replies in race {race}"}


@pytest.fixture
def raced(db, tmp_path, frozen):
    """The two clinicians, and of each race its answers by name: both had the page open, and sent it at the same moment."""
    with apart(tmp_path):
        clinic = a_clinic()
        people = [a_member(clinic, Role.CLINICIAN, name) for name in ("Mira Osei", "Jonas Lind")]
        browsers = [Client() for _ in people]
        for browser, by in zip(browsers, people, strict=True):
            browser.force_login(by)
        treatments = [a_treatment(people[0], f"P{number} Patient", TREATED) for number in range(AT_ONCE)]
        told = []
        for race in range(RACES):
            treatment = treatments[race % AT_ONCE]
            a_log(treatment, 4, "fever" if race // AT_ONCE % 2 else "pus", note=str(race))
            # What the page would send for these flags; opening it two hundred times would only cost time.
            seen = ",".join(str(uuid) for uuid in Flag.objects.of(treatment).open().values_list("uuid", flat=True))
            sent = {"flags": seen, "disposition": "advice"}
            address = reverse("review", args=[treatment.uuid])
            answers = together(
                *(partial(browser.post, address, sent | typed(by, race)) for browser, by in zip(browsers, people, strict=True))
            )
            told.append({by.name: answer for by, answer in zip(people, answers, strict=True)})
        yield people, told


def test_one_wins_each_race_and_the_other_keeps_every_word(raced):
    people, told = raced
    by_name = {by.name: by for by in people}
    won = Counter()
    for race, answers in enumerate(told):
        (winner,) = [name for name, answer in answers.items() if answer.status_code == 302]
        (loser,) = set(by_name) - {winner}
        assert answers[loser].status_code == 200
        assert f"{winner} reviewed this at 12:00: advice given. Your text is kept below." in text(answers[loser])
        shown, own = filled_in(answers[loser]), typed(by_name[loser], race)
        assert {name: shown[name] for name in own} == {name: [said] for name, said in own.items()}
        won[winner] += 1
    # What is stored is the winners' words, once each; both stand in the audit.
    wins = [(race, name) for race, answers in enumerate(told) for name, answer in answers.items() if answer.status_code == 302]
    stored = Review.objects.order_by("pk").values_list("note", "reply", "reviewed_by__name")
    assert list(stored) == [(*typed(by_name[name], race).values(), name) for race, name in wins]
    assert not Flag.objects.open().exists()
    events = Counter(AuditEvent.objects.values_list("action", "actor__name"))
    for name in by_name:
        assert (events["recovery reviewed", name], events["review came second", name]) == (won[name], RACES - won[name])
