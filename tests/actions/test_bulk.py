"""One decision for several watch rows: row by row, and all or nothing only where a row is somebody else's."""

from uuid import uuid4

import pytest

from patients.actions.bulk import review_many
from patients.actions.reviews import Decision
from patients.errors import NotAllowed
from patients.models import AuditEvent, Review, Role
from recovery.timeline.scale import Disposition
from tests.conftest import TREATED
from tests.factories import a_log, a_member, a_review, a_treatment, open_flags

DECISION = Decision(Disposition.EXPECTED, note="Together.")


@pytest.fixture
def three(clinician):
    found = [a_treatment(clinician, name, TREATED) for name in ("Ana Ferreira", "Mei Chen", "Bo Lind")]
    for treatment in found:
        a_log(treatment, 4, redness=3)
    return found


def row(treatment):
    return treatment, [flag.uuid for flag in open_flags(treatment)]


def test_each_row_gets_its_own_review(three, clinician):
    outcomes = review_many(by=clinician, rows=[row(t) for t in three], decision=DECISION)
    assert [(o.treatment, o.review.treatment, o.refusal) for o in outcomes] == [(t, t, "") for t in three]
    assert [len(open_flags(t)) for t in three] == [0, 0, 0]
    assert AuditEvent.objects.filter(action="recovery reviewed").count() == 3


def test_one_that_is_refused_stops_no_other(three, clinician, clinic):
    rows = [row(t) for t in three]
    a_review(three[0], a_member(clinic, Role.CLINICIAN, "Jonas Lind"))
    a_log(three[1], 4)
    outcomes = review_many(by=clinician, rows=rows, decision=DECISION)
    assert [bool(o.review) for o in outcomes] == [False, False, True]
    assert outcomes[0].refusal.startswith("Jonas Lind reviewed this at 12:00")
    assert outcomes[1].refusal.startswith("Mei changed day 4 at 19:00")


@pytest.mark.parametrize("signs, word", [("fever", "urgent"), ("breathing", "emergency")])
def test_a_row_that_has_become_urgent_is_left(three, clinician, signs, word):
    """Also where the flags that were seen are watches: the row is to be opened."""
    rows = [row(t) for t in three]
    a_log(three[1], 5, signs)
    outcomes = review_many(by=clinician, rows=rows, decision=DECISION)
    assert [o.refusal for o in outcomes] == ["", f"This is {word} now. Open it and review it by itself.", ""]
    assert len(open_flags(three[1])) == 2


def foreign(three, other):
    return {
        "treatment": [row(three[0]), row(other)],
        "flag": [row(three[0]), (three[1], row(other)[1])],
        "flag of a colleague's row": [row(three[0]), (three[1], row(three[2])[1])],
        "flag that nobody has": [row(three[0]), (three[1], [uuid4()])],
    }


@pytest.mark.parametrize("which", ["treatment", "flag", "flag of a colleague's row", "flag that nobody has"])
def test_a_foreign_id_refuses_all_of_it(three, clinician, other_treatment, which):
    a_log(other_treatment, 4, redness=3)
    with pytest.raises(NotAllowed):
        review_many(by=clinician, rows=foreign(three, other_treatment)[which], decision=DECISION)
    assert (Review.objects.count(), len(open_flags(three[0])), len(open_flags(other_treatment))) == (0, 1, 1)


@pytest.mark.parametrize("role", ["patient", "admin", "superuser", "other_clinician"])
def test_only_clinicians_of_the_clinic(three, request, role):
    person = request.getfixturevalue(role)
    with pytest.raises(NotAllowed, match="Only clinicians of this clinic review its recoveries"):
        review_many(by=getattr(person, "user", person), rows=[row(t) for t in three], decision=DECISION)
    assert Review.objects.count() == 0
