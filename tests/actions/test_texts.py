"""A clinic's own texts: versions that are only ever added, and the shipped ones in the place of those that nobody wrote."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.actions.retention import set_retention
from patients.actions.texts import filled, publish_text, retention_said, text_for
from patients.errors import NotAllowed, NotNow, Overtaken
from patients.models import AuditEvent, ClinicText, Role
from patients.models.texts import INSTALLATION, shipped
from tests.factories import a_member

KIND, ENGLISH = "privacy", "en-gb"


def publish(by, text="Our words.", seen=0, **changes):
    return publish_text(by=by, **{"kind": KIND, "language": ENGLISH, "text": text, "seen": seen, **changes})


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.ADMIN, "Jo Blake", title="Dr")


class TestShipped:
    @pytest.mark.parametrize("kind", [*ClinicText.Kind.values, INSTALLATION])
    @pytest.mark.parametrize("language, word", [("en-gb", "clinic"), ("es", "clínica")])
    def test_there_is_one_in_each_language_without_its_note_to_the_clinic(self, kind, language, word):
        found = shipped(kind, language)
        assert (found.number, found.language, word in found.text) == (0, language, True)
        assert [lawyer for lawyer in ("lawyer", "abogado") if lawyer in found.text] == []

    @pytest.mark.parametrize("kind", ClinicText.Kind.values)
    @pytest.mark.parametrize("language", ["en-gb", "es"])
    def test_it_could_be_published_as_it_is(self, admin, kind, language):
        text = shipped(kind, language).text
        assert publish(admin, text, kind=kind, language=language).text == text

    def test_a_language_that_there_is_not_is_english(self, clinic):
        assert text_for(clinic, KIND, "fr").language == "en-gb"

    def test_the_clinics_own_name_numbers_and_hours_are_in_it(self, clinic):
        said = text_for(clinic, KIND, "en-gb").text
        assert "call Linden Skin Clinic on 020 7946 0145 (Monday to Friday, 9:00 to 18:00)" in said
        assert "{" not in said

    def test_hours_are_said_in_the_language_of_the_text(self, clinic):
        assert "020 7946 0145 (de lunes a viernes, de 9:00 a 18:00)" in text_for(clinic, KIND, "es").text

    def test_what_is_no_placeholder_stays_as_it_is(self, clinic):
        assert filled("{phone} {name} {} {clinic.pk}", clinic, "en-gb") == "020 7946 0145 {name} {} {clinic.pk}"


class TestPublishing:
    def test_the_next_number_is_in_force_and_the_old_one_stays(self, admin, clinic, frozen):
        publish(admin)
        publish(admin, "Better words.\r\n\r\n- a  \r\n", seen=1)
        assert text_for(clinic, KIND, ENGLISH).text == "Better words.\n\n- a"
        assert list(ClinicText.objects.order_by("number").values_list("number", "text", "published_by__name", "published_at")) == [
            (1, "Our words.", "Noor Haddad", frozen), (2, "Better words.\n\n- a", "Noor Haddad", frozen),
        ]  # fmt: skip

    def test_it_is_written_down(self, admin):
        publish(admin)
        event = AuditEvent.objects.get()
        assert (event.action, event.actor, event.before) == ("clinic text published", admin, {"number": 0})
        assert event.after == {"kind": KIND, "language": ENGLISH, "number": 1, "text": "Our words."}

    def test_the_same_again_changes_nothing(self, admin):
        publish(admin)
        assert publish(admin).number == 1
        assert (ClinicText.objects.count(), AuditEvent.objects.count()) == (1, 1)

    def test_each_language_and_each_clinic_has_its_own(self, admin, other_clinic):
        publish(admin)
        other = a_member(other_clinic, Role.ADMIN, "Ola Berg")
        publish(other, "Theirs.")
        publish(admin, "Nuestras palabras.", language="es")
        assert [text_for(c, KIND, lang).text for c, lang in ((admin.clinic, "es"), (admin.clinic, ENGLISH), (other_clinic, ENGLISH))] == [
            "Nuestras palabras.", "Our words.", "Theirs.",
        ]  # fmt: skip
        assert text_for(other_clinic, KIND, "es").number == 0

    def test_the_second_of_two_is_told_who_was_first_and_may_go_on(self, admin, colleague, travel_to, frozen):
        publish(colleague, "First words.")
        with pytest.raises(Overtaken, match="^Jo Blake, Dr published version 1 at 12:00, while this page was open. Nothing of yours"):
            publish(admin, "Second words.")
        travel_to(timezone.now().date() + timedelta(days=1))
        with pytest.raises(Overtaken, match="at 12:00 on Wednesday 18 March, while"):
            publish(admin, "Second words.")
        assert publish(admin, "Second words.", seen=1).number == 2

    def test_a_page_that_does_not_say_what_was_read_publishes_nothing(self, admin):
        with pytest.raises(Overtaken, match="This did not arrive whole"):
            publish(admin, seen=-1)

    @pytest.mark.parametrize(
        "text, kind, says",
        [
            ("", KIND, "The text is empty."), (" \n\t\r\n ", KIND, "The text is empty."),
            ("x" * 20_001, KIND, "The text has 20,001 letters; 20,000 fit."),
            ("x" * 1501, "photos", "The text has 1,501 letters; 1,500 fit."),
            ("Call {phnoe}.", KIND, "“{phnoe}” is not a placeholder. Write one of {clinic}, {phone}, {hours}, {emergency}, {retention}"),
            ("Call {phone", KIND, "“{phone” is not a placeholder."), ("}", KIND, "“}” is not a placeholder."),
            ("{clinic.users}", KIND, "“{clinic.users}” is not a placeholder."), ("{}", KIND, "“{}” is not a placeholder."),
            ("{Clinic}", KIND, "“{Clinic}” is not a placeholder."), ("{{clinic}}", KIND, "is not a placeholder."),
        ],
    )  # fmt: skip
    def test_what_cannot_be_published_is_said(self, admin, text, kind, says):
        with pytest.raises(NotNow) as refused:
            publish(admin, text, kind=kind)
        assert says in str(refused.value)
        assert ClinicText.objects.count() == 0

    @pytest.mark.parametrize("text", ["x" * 20_000, "<script>alert(1)</script> ünï 🙂 {clinic}", "%s %(x)s $x \\n"])
    def test_the_edges_are_let_through_as_typed(self, admin, clinic, text):
        publish(admin, text)
        assert ClinicText.objects.get().text == text

    @pytest.mark.parametrize("who", ["clinician", "superuser"])
    def test_nobody_but_the_clinics_admins_publishes(self, request, clinic, who):
        with pytest.raises(NotAllowed):
            publish(request.getfixturevalue(who))


@pytest.mark.parametrize(
    "keep, delete, says",
    [
        (None, None, "What you log stays until you delete your account."),
        (None, 1, "It is deleted by itself 1 month after you were last here."),
        (12, None, "The clinic must keep records for 12 months after the last entry."),
        (1, 24, "It is deleted by itself 24 months after you were last here."),
    ],
)
def test_how_long_is_said_as_it_is_set(admin, clinic, keep, delete, says):
    set_retention(by=admin, keep_months=keep, delete_months=delete)
    said = retention_said(clinic)
    assert (says in said, "must keep" in said, "by itself" in said) == (True, keep is not None, delete is not None)
