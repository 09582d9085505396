"""The texts that a clinic words itself, and how long it keeps records: the pages of its admins."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.actions.retention import set_retention
from patients.actions.texts import publish_text
from patients.models import ClinicText, Consent, Retention, Role
from tests.factories import a_member, allow_photos
from tests.pages import filled_in, item, page, text

TEXTS, RETENTION = reverse("texts"), reverse("retention")
PRIVACY, PHOTOS = (reverse("text", args=[kind, "en-gb"]) for kind in ("privacy", "photos"))


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.ADMIN, "Jo Blake", title="Dr")


def publish(browser, words, seen=0, path=PRIVACY, **more):
    return browser.post(path, {"text": words, "seen": str(seen), **more}, follow=True)


class TestTheList:
    def test_each_text_in_each_language_with_who_and_when(self, as_admin, admin, frozen):
        publish_text(by=admin, kind="privacy", language="es", text="Nuestras palabras.", seen=0)
        shown = as_admin.get(TEXTS)
        said = text(shown)
        assert "Privacy page, Español Español version 1, Wed 18 Mar 2026 by Noor Haddad" in said
        assert said.count("the shipped text: check it before patients read it") == 3
        assert {PRIVACY, PHOTOS, RETENTION} <= set(page(shown).links)
        assert "Never deleted by themselves." in said

    def test_it_costs_the_same_with_1_and_3_versions(self, as_admin, admin):
        found = []
        for number in range(3):
            publish_text(by=admin, kind="privacy", language="en-gb", text=f"Words {number}.", seen=number)
            with CaptureQueriesContext(connection) as queries:
                as_admin.get(TEXTS)
                as_admin.get(PRIVACY)
            found.append(len(queries))
        assert len(set(found)) == 1


class TestEditing:
    def test_it_begins_with_what_is_in_force_and_says_that_it_is_shipped(self, as_admin):
        shown = as_admin.get(PRIVACY)
        assert filled_in(shown)["text"][0].strip().startswith("# What {clinic} keeps about you here")
        assert "It is a beginning and no legal advice: have it checked by your own lawyer" in text(shown)

    def test_publishing(self, as_admin, admin):
        said = text(publish(as_admin, "# Ours\n\nCall {phone}."))
        assert "Version 1 is published." in said
        assert "Version 1 is in force." in said
        assert ClinicText.objects.values_list("text", "number", "published_by").get() == ("# Ours\n\nCall {phone}.", 1, admin.pk)

    def test_every_version_stays_to_be_read(self, as_admin):
        for number, words in enumerate(["First words.", "Second words."]):
            shown = publish(as_admin, words, number)
        said = text(shown)
        assert "Version 2, Wed 18 Mar 2026, 12:00 by Noor Haddad Second words. Version 1, Wed 18 Mar 2026, 12:00 by Noor Haddad" in said

    def test_the_preview_shows_it_and_publishes_nothing(self, as_admin):
        shown = publish(as_admin, "# Ours\n\n- one\n- two {clinic}", preview="1")
        assert "How it would look not published yet Ours one two Linden Skin Clinic" in text(shown)
        assert (item(shown, "two"), filled_in(shown)["text"], ClinicText.objects.count()) == (
            "two Linden Skin Clinic", ["\n# Ours\n\n- one\n- two {clinic}"], 0,
        )  # fmt: skip

    @pytest.mark.parametrize(
        "words, says",
        [("", "The text is empty."), ("Call {phnoe}.", "“{phnoe}” is not a placeholder."), ("x" * 20_001, "20,001 letters; 20,000 fit.")],
    )
    @pytest.mark.parametrize("preview", [{}, {"preview": "1"}])
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, as_admin, words, says, preview):
        shown = publish(as_admin, words, **preview)
        assert says in text(shown)
        assert (filled_in(shown)["text"][0].strip(), ClinicText.objects.count()) == (words, 0)

    def test_a_nul_is_a_sentence(self, as_admin):
        assert "Null characters are not allowed." in text(publish(as_admin, "a\x00b"))

    def test_the_second_of_two_admins_is_told_and_keeps_what_was_typed(self, as_admin, colleague, signed_in):
        publish(signed_in(colleague), "First words.")
        shown = publish(as_admin, "Second words.")
        assert "Jo Blake, Dr published version 1 at 12:00, while this page was open." in text(shown)
        assert ("First words." in text(shown), filled_in(shown)["text"][0].strip(), filled_in(shown)["seen"]) == (
            True,
            "Second words.",
            ["1"],
        )
        again = {name: values[0] for name, values in filled_in(shown).items()}
        assert "Version 2 is published." in text(as_admin.post(PRIVACY, again, follow=True))

    @pytest.mark.parametrize("seen", ["", "x", "²", "-1", "9" * 50])
    def test_a_page_that_says_nonsense_publishes_nothing(self, as_admin, seen):
        assert "Not published." in text(publish(as_admin, "Words.", seen))
        assert ClinicText.objects.count() == 0

    @pytest.mark.parametrize("again, left", [({}, 1), ({"asks_again": "on"}, 0)])
    def test_everybody_is_asked_again_only_if_it_is_chosen(self, as_admin, patient, again, left):
        allow_photos(patient)
        publish(as_admin, "New words.", path=PHOTOS, **again)
        assert Consent.objects.standing().count() == left

    def test_the_privacy_page_asks_nobody(self, as_admin, patient):
        allow_photos(patient)
        publish(as_admin, "New words.", asks_again="on")
        assert (Consent.objects.standing().count(), ClinicText.objects.get().asks_again) == (1, False)

    @pytest.mark.parametrize("kind, language", [("privacy", "fr"), ("cookies", "en-gb"), ("installation", "es")])
    def test_a_text_that_there_is_not(self, as_admin, kind, language):
        assert as_admin.get(reverse("text", args=[kind, language])).status_code == 404

    def test_what_is_typed_runs_nothing_in_the_preview_and_among_the_versions(self, as_admin):
        for more in ({"preview": "1"}, {}):
            assert "<script>alert" not in publish(as_admin, "<script>alert(1)</script>", **more).content.decode()


class TestPeriods:
    def send(self, browser, keep="", delete="", seen="-"):
        return browser.post(RETENTION, {"keep_months": keep, "delete_months": delete, "seen": seen}, follow=True)

    def test_saving(self, as_admin, clinic):
        said = text(self.send(as_admin, "12", "24"))
        assert ("Saved." in said, "deleted by itself 24 months after you were last here" in said) == (True, True)
        assert Retention.objects.values_list("clinic", "keep_months", "delete_months").get() == (clinic.pk, 12, 24)
        assert "Must be kept 12 months after the last activity. Deleted by themselves after 24 months." in text(as_admin.get(TEXTS))

    @pytest.mark.parametrize(
        "keep, delete, says",
        [
            ("24", "12", "Records must be kept 24 months, so they cannot be deleted after 12."),
            ("", "0", "Choose between 1 and 600 months"), ("601", "", "Choose between 1 and 600 months"),
            ("six", "", "“six” is not a number of months."), ("", "-1", "“-1” is not a number of months."),
            ("1_2", "", "“1_2” is not a number"), ("１２", "", "“１２” is not a number"), ("1.5", "", "“1.5” is not a number"),
            ("9" * 400, "", "is not a number of months."), ("", "<b>", "“<b>” is not a number of months."),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, as_admin, keep, delete, says):
        shown = self.send(as_admin, keep, delete)
        assert says in text(shown)
        assert (filled_in(shown)["keep_months"], filled_in(shown)["delete_months"], Retention.objects.count()) == ([keep], [delete], 0)

    def test_the_second_of_two_admins_is_told_and_may_go_on(self, as_admin, colleague):
        set_retention(by=colleague, keep_months=None, delete_months=36)
        shown = self.send(as_admin, "12", "24")
        assert "A colleague changed this while the page was open." in text(shown)
        assert "In force now: no duty to keep, deleted after 36 months." in text(shown)
        as_admin.post(RETENTION, {name: values[0] for name, values in filled_in(shown).items()})
        assert Retention.objects.values_list("keep_months", "delete_months").get() == (12, 24)
