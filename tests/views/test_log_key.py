"""The key of the log form, through the page: late, twice, edited, malformed, another one's."""

from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from patients.models import AuditEvent, Log, Photo, Submission
from tests.conftest import TODAY
from tests.factories import CALM
from tests.pages import filled_in, text
from tests.pictures.scene import jpeg, scene

SAVED = [(f"/log/{TODAY}/saved/", 302)]
ANSWERS = {"date": TODAY.isoformat(), **{code: str(grade) for code, grade in CALM.items()}, "any_sign": "none"}
OVERTAKEN = "You already logged this day. These answers came a second time. What you changed after them stands; below is what is saved."
MALFORMED = [
    "", " ", "x", "1", "null", "0" * 32, "{00000000-0000-0000-0000-000000000001}", "urn:uuid:00000000-0000-0000-0000-000000000001",
    "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-0000000000011", "00000000-0000-0000-0000-00000000000g",
    "' OR 1=1 --", "\0", "é", "０0000000-0000-0000-0000-000000000001", "a" * 10_000,
]  # fmt: skip


def key_of(response):
    return filled_in(response)["key"][0]


def send(browser, key, **answers):
    return browser.post("/log/", {**ANSWERS, "key": str(key), **answers}, follow=True)


def stands(of):
    return list(Log.objects.filter(treatment=of).order_by("-day").values_list("day", "note"))


class TestThePage:
    def test_each_page_has_a_key_of_its_own(self, as_patient):
        keys = [key_of(as_patient.get("/log/")) for _ in range(3)]
        assert len({str(UUID(key)) for key in keys} & set(keys)) == 3

    def test_a_form_shown_again_has_a_new_one(self, as_patient):
        """What is sent from it was typed later than what it was sent with."""
        key = key_of(as_patient.get("/log/"))
        for changes in ({"redness": ""}, {"same": "1"}, {"remove": str(uuid4())}):
            assert key_of(send(as_patient, key, **changes)) not in ("", key)

    def test_what_the_page_holds_is_stored(self, as_patient, treatment):
        page = filled_in(as_patient.get("/log/"))
        send(as_patient, page["key"][0])
        assert str(Submission.objects.get(treatment=treatment).key) == page["key"][0]


class TestOrders:
    def test_late_it_changes_nothing_and_the_page_says_so(self, as_patient, treatment):
        first, second = uuid4(), uuid4()
        send(as_patient, first, note="A")
        send(as_patient, second, note="B")
        late = send(as_patient, first, note="A")
        assert (late.redirect_chain, stands(treatment)) == (SAVED, [(4, "B")])
        assert OVERTAKEN in text(late)
        assert AuditEvent.objects.filter(subject_type="log").count() == 2

    def test_again_it_says_the_same(self, as_patient, treatment):
        key = uuid4()
        again = [send(as_patient, key, note="A") for _ in range(2)][1]
        assert (again.redirect_chain, stands(treatment)) == (SAVED, [(4, "A")])
        assert "You already logged this day. It says the same." in text(again)

    def test_back_and_edited_it_is_a_change(self, as_patient, treatment):
        key = uuid4()
        send(as_patient, key, note="A")
        assert "This changed that entry." in text(send(as_patient, key, note="B"))
        assert stands(treatment) == [(4, "B")]

    @pytest.mark.parametrize("days", [1, 3])
    def test_after_midnight_it_is_known_all_the_same(self, signed_in, patient, treatment, travel_to, days):
        key, browser = uuid4(), signed_in(patient.user)
        send(browser, key, note="A")
        send(browser, uuid4(), note="B")
        travel_to(TODAY.replace(day=TODAY.day + days))
        late = send(signed_in(patient.user), key, note="A")
        assert (late.redirect_chain, stands(treatment)) == (SAVED, [(4, "B")])

    def test_the_same_key_for_another_day_is_that_day(self, as_patient, treatment):
        key = uuid4()
        send(as_patient, key, note="A")
        send(as_patient, key, note="A", date="2026-03-17")
        assert stands(treatment) == [(4, "A"), (3, "A")]

    def test_a_photo_that_was_replaced_does_not_come_back(self, as_patient, photos_allowed, photo_folder):
        def photo(content):
            return SimpleUploadedFile("a.jpg", content, "image/jpeg")

        first = uuid4()
        send(as_patient, first, **{"photo-front": photo(jpeg())})
        send(as_patient, uuid4(), **{"photo-front": photo(jpeg(scene(64, 96)))})
        newer = Photo.objects.get()
        late = send(as_patient, first, **{"photo-front": photo(jpeg())})
        assert (Photo.objects.get(), "added" in text(late)) == (newer, False)


class TestOddKeys:
    @pytest.mark.parametrize("key", MALFORMED)
    def test_a_malformed_one_loses_no_log(self, as_patient, treatment, key):
        assert send(as_patient, key, note="A").redirect_chain == SAVED
        assert "This changed that entry." in text(send(as_patient, key, note="B"))
        assert (stands(treatment), Submission.objects.count()) == ([(4, "B")], 0)

    def test_nor_does_one_that_is_missing_or_there_twice(self, as_patient, treatment):
        as_patient.post("/log/", {**ANSWERS, "note": "A"})
        as_patient.post("/log/", {**ANSWERS, "note": "B", "key": [str(uuid4()), str(uuid4())]})
        assert (stands(treatment), Submission.objects.count()) == ([(4, "B")], 1)

    def test_capital_letters_are_the_same_key(self, as_patient, treatment):
        key = "abcdefab-0000-4000-8000-000000000001"
        send(as_patient, key.upper(), note="A")
        send(as_patient, uuid4(), note="B")
        send(as_patient, key, note="A")
        assert stands(treatment) == [(4, "B")]

    def test_another_ones_key_opens_nothing_of_theirs(self, as_patient, signed_in, other_treatment, treatment):
        key = uuid4()
        send(signed_in(other_treatment.patient.user), key, note="theirs")
        mine = send(as_patient, key, note="theirs")
        assert (mine.redirect_chain, stands(treatment), stands(other_treatment)) == (SAVED, [(4, "theirs")], [(4, "theirs")])
        assert "already" not in text(mine)
        send(as_patient, key, note="mine")
        assert stands(other_treatment) == [(4, "theirs")]

    def test_signed_out_it_stores_nothing(self, treatment):
        assert "You are not signed in any more." in text(send(Client(), uuid4()))
        assert Submission.objects.count() == 0
