"""A clinic's texts for replies: what is kept, what is refused, and two who change one at once."""

import re

import pytest

from patients.actions.erasure import erase_patient
from patients.actions.replies import EXAMPLES, MOST_KEPT, delete_reply_template, how_deleted, save_reply_template, start_with_examples
from patients.errors import NotAllowed, NotNow, Overtaken
from patients.models import AuditEvent, Patient, ReplyTemplate, Role
from tests.factories import a_log, a_member, a_reply_text, a_review


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


@pytest.fixture
def template(clinician):
    return a_reply_text(clinician)


@pytest.fixture
def flagged(treatment):
    a_log(treatment, 4, redness=3)
    return treatment


def kept(clinic):
    return list(ReplyTemplate.objects.of_clinic(clinic).values_list("name", "text"))


def audited():
    events = AuditEvent.objects.saying("reply text added", "reply text changed", "reply text deleted").oldest_first()
    return [(e.action, e.actor.name, e.before and e.before["text"], e.after and e.after["text"]) for e in events]


def changed(template, by, text, seen=1, name="Keep it moist"):
    return save_reply_template(by=by, clinic=template.clinic, name=name, text=text, template=template, seen=seen)


class TestKeeping:
    def test_a_new_one_is_kept_once_and_audited(self, clinic, clinician):
        for _ in range(2):
            save_reply_template(by=clinician, clinic=clinic, name="  Moist   skin ", text=" Hello {name}.\r\nKeep it moist. ")
        assert kept(clinic) == [("Moist skin", "Hello {name}.\nKeep it moist.")]
        assert audited() == [("reply text added", "Mira Osei", None, "Hello {name}.\nKeep it moist.")]

    def test_a_change_says_who_and_what_it_was(self, clinic, clinician, colleague, template):
        changed(template, colleague, "Call us.")
        assert kept(clinic) == [("Keep it moist", "Call us.")]
        assert audited()[1:] == [("reply text changed", "Jonas Lind", "Hello {name}, keep it moist.", "Call us.")]
        template.refresh_from_db()
        assert (template.edits, template.changed_by) == (2, colleague)

    def test_the_same_again_changes_nothing_whatever_was_seen(self, clinician, template):
        assert changed(template, clinician, template.text, seen=0).edits == 1
        assert len(audited()) == 1

    @pytest.mark.parametrize(
        "name, text, says",
        [
            ("", "Hello.", "Give the text a name of up to 60 letters."),
            ("x" * 61, "Hello.", "Give the text a name of up to 60 letters."),
            ("New", " \n ", "The text is empty. Write what the patient is to read."),
            ("New", "x" * 1001, "The text has 1001 letters; 1000 fit. Shorten it."),
            ("keep it MOIST", "Hello.", "There is a text called “Keep it moist” already. Choose another name."),
            ("New", "Hello {nmae}.", "“{nmae}” is not a placeholder. Write {name}, {clinic} or {phone}, and no other curly brackets."),
            ("New", "Hello {Name}.", "“{Name}” is not a placeholder. Write {name}, {clinic} or {phone}, and no other curly brackets."),
            ("New", "Hello {name.", "“{name.” is not a placeholder. Write {name}, {clinic} or {phone}, and no other curly brackets."),
            ("New", "Hello {{name}}.", "“{}” is not a placeholder. Write {name}, {clinic} or {phone}, and no other curly brackets."),
            ("New", "Bye }", "“}” is not a placeholder. Write {name}, {clinic} or {phone}, and no other curly brackets."),
        ],
    )
    def test_what_is_refused(self, clinic, clinician, template, name, text, says):
        with pytest.raises(NotNow) as refused:
            save_reply_template(by=clinician, clinic=clinic, name=name, text=text)
        assert str(refused.value) == says
        assert kept(clinic) == [("Keep it moist", "Hello {name}, keep it moist.")]

    def test_the_edges_are_kept(self, clinic, clinician):
        save_reply_template(by=clinician, clinic=clinic, name="x" * 60, text="y" * 1000)
        assert kept(clinic) == [("x" * 60, "y" * 1000)]

    def test_thirty_at_most_and_each_can_still_be_changed(self, clinic, clinician):
        first = [a_reply_text(clinician, f"Text {number}") for number in range(MOST_KEPT)][0]
        with pytest.raises(NotNow, match="^30 texts are kept, which is the most. Delete one first.$"):
            a_reply_text(clinician, "One more")
        assert changed(first, clinician, "Other words.", name="Text 0").text == "Other words."
        assert ReplyTemplate.objects.count() == 30

    def test_each_clinic_has_its_own(self, clinic, other_clinic, clinician, other_clinician):
        a_reply_text(clinician)
        a_reply_text(other_clinician, text="Ours.")
        assert (kept(clinic), kept(other_clinic)) == ([("Keep it moist", "Hello {name}, keep it moist.")], [("Keep it moist", "Ours.")])


class TestTwoAtOnce:
    def test_the_second_is_told_what_the_first_wrote_and_may_replace_it(self, clinic, clinician, colleague, template):
        changed(template, colleague, "Call us.")
        with pytest.raises(Overtaken) as refused:
            changed(template, clinician, "Come in.")
        assert str(refused.value) == (
            "At 12:00 Jonas Lind, Dr changed this text while you were editing. It is “Keep it moist” now and says: “Call us.” "
            "Yours is kept below: save it again to put it in its place."
        )
        assert kept(clinic) == [("Keep it moist", "Call us.")]
        changed(template, clinician, "Come in.", seen=2)
        assert kept(clinic) == [("Keep it moist", "Come in.")]

    def test_a_text_that_is_gone_is_not_written_back(self, clinic, clinician, colleague, template):
        delete_reply_template(by=colleague, template=template, seen=1)
        template = ReplyTemplate(pk=1, clinic=clinic)
        with pytest.raises(Overtaken, match="^Somebody deleted this text. Yours is kept below: save it again to add it as a new one.$"):
            changed(template, clinician, "Come in.")
        assert kept(clinic) == []

    def test_what_was_changed_is_read_again_before_it_is_deleted(self, clinic, clinician, colleague, template):
        changed(template, colleague, "Call us.")
        with pytest.raises(Overtaken, match="^At 12:00 Jonas Lind, Dr changed this text. Read it again before you delete it.$"):
            delete_reply_template(by=clinician, template=template, seen=1)
        assert kept(clinic) == [("Keep it moist", "Call us.")]


class TestDeleting:
    def test_it_is_safe_to_repeat_and_names_who_did_it(self, clinic, clinician, other_clinician, template):
        uuid = template.uuid
        for _ in range(2):
            delete_reply_template(by=clinician, template=ReplyTemplate(pk=template.pk, clinic=clinic), seen=1)
        assert kept(clinic) == []
        assert [action for action, *_ in audited()] == ["reply text added", "reply text deleted"]
        assert re.fullmatch(r"Mira Osei, nurse \(clinician\) deleted this text at \d\d:\d\d\.", how_deleted(by=clinician, uuid=uuid))
        assert how_deleted(by=other_clinician, uuid=uuid) == ""

    def test_replies_made_from_it_stay(self, clinician, flagged, template):
        review = a_review(flagged, clinician, reply=template.text)
        delete_reply_template(by=clinician, template=template, seen=1)
        review.refresh_from_db()
        assert review.reply == "Hello {name}, keep it moist."


class TestExamples:
    def test_a_clinic_without_texts_gets_five_once(self, clinic, other_clinic, clinician):
        for _ in range(2):
            start_with_examples(by=clinician, clinic=clinic)
        assert kept(clinic) == sorted(EXAMPLES.items())
        assert (len(kept(clinic)), kept(other_clinic), len(audited())) == (5, [], 5)

    def test_a_clinic_with_texts_keeps_its_own(self, clinic, clinician, template):
        start_with_examples(by=clinician, clinic=clinic)
        assert kept(clinic) == [(template.name, template.text)]

    def test_each_example_is_one_that_a_clinic_may_keep(self, clinic, clinician):
        assert {save_reply_template(by=clinician, clinic=clinic, name=n, text=t).text for n, t in EXAMPLES.items()} == set(
            EXAMPLES.values()
        )


@pytest.mark.parametrize("person", ["patient", "admin", "superuser", "other_clinician"])
def test_only_clinicians_of_the_clinic(request, clinic, template, person):
    by = request.getfixturevalue(person)
    by = getattr(by, "user", by)
    acts = [
        lambda: save_reply_template(by=by, clinic=clinic, name="New", text="Hello."),
        lambda: changed(template, by, "Hello."),
        lambda: delete_reply_template(by=by, template=template, seen=1),
        lambda: start_with_examples(by=by, clinic=clinic),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert kept(clinic) == [("Keep it moist", "Hello {name}, keep it moist.")]


def test_an_erased_patient_takes_no_text_along(clinic, clinician, flagged, template):
    a_review(flagged, clinician, reply=template.text)
    erase_patient(by=flagged.patient.user, patient=flagged.patient)
    assert (kept(clinic), Patient.objects.count()) == ([("Keep it moist", "Hello {name}, keep it moist.")], 0)
