"""Sources and what they claim: added and edited, each with one event, by those who may."""

import pytest

from patients.actions.sources import save_claim, save_source
from patients.errors import NotAllowed
from patients.models import AuditEvent, Claim, Flag, Source
from tests.factories import a_clinic, a_log
from tests.lives import refusal

NEW = {"key": "doe-2024", "title": "A trial", "publisher": "Doe", "year": "2024", "url": "", "grade": "A"}
SAYS = {"symptom_id": "redness", "first_day": 0, "last_day": 3, "kind": "course", "text": "Gone by day 3."}


@pytest.fixture
def source(admin):
    return save_source(by=admin, source=Source(**NEW))


@pytest.fixture
def claim(admin, source):
    return save_claim(by=admin, claim=Claim(source=source, **SAYS))


def last_event():
    e = AuditEvent.objects.order_by("pk").last()
    return e.action, e.subject_type, e.subject_id, e.actor, e.clinic, e.before, e.after


def fields(thing):
    return type(thing).objects.filter(pk=thing.pk).values().get()


def test_a_source_is_added(admin, source):
    assert fields(source) == NEW
    assert last_event() == ("source added", "source", "doe-2024", admin, admin.clinic, None, NEW)


def test_a_source_is_changed(admin, source):
    found = Source.objects.get(pk="doe-2024")
    found.grade = "B"
    save_source(by=admin, source=found)
    assert fields(source) == {**NEW, "grade": "B"}
    assert last_event() == ("source changed", "source", "doe-2024", admin, admin.clinic, NEW, {**NEW, "grade": "B"})


def test_a_new_source_does_not_take_the_place_of_another(admin, source):
    said = refusal(save_source, by=admin, source=Source(**{**NEW, "title": "Another trial"}))
    assert said == "There is a source with the key “doe-2024” already. Choose another."
    assert (fields(source), AuditEvent.objects.count()) == (NEW, 1)


def test_a_claim_is_added(admin, source, claim):
    stored = {"id": claim.pk, "source_id": "doe-2024", **SAYS}
    assert fields(claim) == stored
    assert last_event() == ("claim added", "claim", str(claim.pk), admin, admin.clinic, None, stored)


def test_a_claim_is_changed(admin, claim):
    before = fields(claim)
    claim.last_day, claim.text = 5, "Gone by day 5."
    save_claim(by=admin, claim=claim)
    after = {**before, "last_day": 5, "text": "Gone by day 5."}
    assert fields(claim) == after
    assert last_event() == ("claim changed", "claim", str(claim.pk), admin, admin.clinic, before, after)


def test_the_same_again_is_no_change(admin, source, claim):
    known = AuditEvent.objects.count()
    save_source(by=admin, source=Source.objects.get(pk=source.pk))
    save_claim(by=admin, claim=Claim.objects.get(pk=claim.pk))
    assert AuditEvent.objects.count() == known


def test_flags_keep_the_words_they_were_raised_with(admin, treatment):
    a_log(treatment, 4, redness=3)
    before = Flag.objects.get().why
    for one in Claim.objects.filter(symptom="redness"):
        one.text, one.last_day = "Something else.", one.last_day + 1
        save_claim(by=admin, claim=one)
    assert Flag.objects.get().why == before


ADMINS = "Only admins change the timeline norms."
SHARED = "Other clinics share the sources. Ask who runs this installation to change them."


@pytest.mark.parametrize("name, says", [("clinician", ADMINS), ("patient", ADMINS), ("admin", SHARED)])
def test_who_may_not(request, source, name, says):
    person, known = request.getfixturevalue(name), AuditEvent.objects.count()
    if name == "patient":
        person, known = person.user, AuditEvent.objects.count()
    a_clinic("Harbour Skin Clinic")
    for save, thing in ((save_source, Source(**{**NEW, "key": "new-1"})), (save_claim, Claim(source=source, **SAYS))):
        with pytest.raises(NotAllowed) as refused:
            save(**{"by": person, type(thing)._meta.model_name: thing})
        assert str(refused.value) == says
    assert (Source.objects.filter(key="new-1").exists(), AuditEvent.objects.count()) == (False, known)


def test_the_installation_s_own_account_may_whoever_shares_them(superuser, clinic):
    a_clinic("Harbour Skin Clinic")
    save_source(by=superuser, source=Source(**NEW))
    assert last_event()[3:5] == (superuser, None)
