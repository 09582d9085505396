"""`manage.py seed --copies`: more history of the same kind, whole, and nothing of what is under way."""

import re
from collections import Counter
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F

from patients.management import load
from patients.models import AuditEvent, Flag, Log, Patient, Rating, Review, Treatment, User
from tests.factories import a_clinic

RUNNING, OVER, COPIES = 4, 8, 3


def seed(**options):
    said = StringIO()
    call_command("seed", recoveries=RUNNING + OVER, stdout=said, **options)
    return said.getvalue()


@pytest.fixture
def copied(db, frozen, monkeypatch):
    monkeypatch.setattr(load, "RUNNING", RUNNING)
    monkeypatch.setattr(load, "STILL_OPEN", 0.5)
    return seed(copies=COPIES)


def courses(treatments):
    """What is known of each recovery but its ids."""
    fields = ("treated_on", "factors", "open_urgency", "open_since", "reviewed_at", "last_log_day", "recorded_by")
    found = []
    for treatment in treatments:
        logs = Log.objects.filter(treatment=treatment).order_by("day")
        ratings = Rating.objects.filter(log__treatment=treatment).order_by("log__day", "symptom").values_list("symptom", "severity")
        flags = Flag.objects.of(treatment).order_by("log__day", "rule", "subject").values_list("why", "answer_due", "review__reviewed_at")
        state = [getattr(treatment, field) for field in fields]
        found.append((state, list(logs.values_list("day", "urgency", "entered_at")), list(ratings), list(flags)))
    return found


def test_each_copy_is_the_course_it_was_made_from(copied):
    every = list(Treatment.objects.order_by("pk").select_related("recorded_by"))
    assert len(every) == RUNNING + OVER * (1 + COPIES)
    over = every[RUNNING:]
    # By count: a database copies rows in the order it likes.
    originals = Counter(map(repr, courses(over[:OVER])))
    assert Counter(map(repr, courses(over[OVER:]))) == Counter({course: COPIES * count for course, count in originals.items()})


def test_every_copy_belongs_to_a_person_of_its_own(copied):
    assert Patient.objects.annotate(n=Count("treatments")).exclude(n=1).count() == 0
    assert User.objects.count() == Patient.objects.count() + 1
    assert EmailAddress.objects.count() == User.objects.count()
    assert all(re.fullmatch(r"(copy\d+\.)?(patient\d+|clinician)\.clinic\d+@seed\.example", user.email) for user in User.objects.all())
    # Logs, reviews and flags of a copy hang together among themselves.
    assert not Flag.objects.exclude(log__treatment=F("treatment")).exists()
    assert not Flag.objects.filter(review__isnull=False).exclude(review__treatment=F("treatment")).exists()
    assert Review.objects.filter(flags__isnull=True).count() == 0
    connection.check_constraints()


def test_the_audit_of_a_copy_names_its_own_log(copied):
    for event in AuditEvent.objects.filter(action="log recorded"):
        assert Log.objects.get(uuid=event.subject_id).treatment.patient.user_id == event.actor_id
    assert AuditEvent.objects.filter(action="log recorded").count() == Log.objects.count()


def test_new_rows_find_free_ids(copied):
    assert a_clinic().pk
    before = User.objects.order_by("-pk")[0].pk
    assert User.objects.create_user("new@example.org", name="New", clinic=Patient.objects.all()[0].clinic).pk > before


def test_it_says_what_there_is_then(copied):
    counts = Treatment.objects.count(), Log.objects.count(), Flag.objects.count(), Treatment.objects.needing_review().count()
    assert "{} recoveries, {} logs, {} flags, {} recoveries need review.".format(*counts) in copied


@pytest.mark.parametrize("copies", [-1, 10_001])
def test_as_many_as_can_be(db, copies):
    with pytest.raises(CommandError, match="--copies must be 0 to 10000"):
        seed(copies=copies)
    assert not Treatment.objects.exists()
