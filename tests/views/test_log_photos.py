"""Photos in the log form: the log is kept whatever is wrong with them, and the page says which was not taken and why."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patients import photo_store
from patients.forms.photos import ONE_EACH
from patients.models import AuditEvent, Log, Photo
from tests.conftest import TODAY
from tests.factories import CALM, a_log, a_photo, a_treatment
from tests.pages import filled_in, page, text
from tests.pictures.scene import jpeg

pytestmark = pytest.mark.usefixtures("photos_allowed")
URL = reverse("log")
SAVED = "/log/2026-03-18/saved/"
ANSWERS = {"date": TODAY.isoformat(), **{code: str(grade) for code, grade in CALM.items()}, "any_sign": "none"}
NOT_READ = "not taken. This is not a picture we can read. Choose a JPEG, PNG, WebP or HEIC file."


def a_file(content=None, name="face.jpg"):
    return SimpleUploadedFile(name, jpeg() if content is None else content, "image/jpeg")


def send(browser, **changes):
    return browser.post(URL, {**ANSWERS, **changes}, follow=True)


def views_kept():
    return list(Photo.objects.in_order().values_list("view", flat=True))


class TestAdding:
    def test_each_view_is_kept_with_the_log(self, as_patient):
        response = send(as_patient, **{f"photo-{view}": a_file() for view in ("right", "front", "left")})
        assert response.redirect_chain == [(SAVED, 302)]
        assert views_kept() == ["front", "left", "right"]
        assert "Photos of day 4 Front Left side Right side" in text(response)

    def test_what_is_not_chosen_is_not_spoken_of(self, as_patient):
        seen = text(send(as_patient))
        assert "Day 4 saved" in seen
        assert "hoto" not in seen

    def test_those_of_other_days_are_not_shown_with_it(self, as_patient, treatment):
        a_photo(a_log(treatment, 3).log)
        response = send(as_patient, **{"photo-left": a_file()})
        assert response.content.decode().count("<img") == 1

    def test_to_a_log_that_says_the_same_they_are_added_all_the_same(self, as_patient):
        send(as_patient)
        response = send(as_patient, **{"photo-left": a_file()})
        assert "You already logged this day. It says the same. The photo is added." in text(response)
        assert (Log.objects.count(), views_kept()) == (1, ["left"])
        assert not AuditEvent.objects.filter(action="log amended").exists()

    @pytest.mark.parametrize("again, says", [(["left"], ""), (["left", "right"], " The photo is added.")])
    def test_only_what_is_new_is_said_to_be_added(self, as_patient, again, says):
        send(as_patient, **{"photo-left": a_file()})
        seen = text(send(as_patient, **{f"photo-{view}": a_file() for view in again}))
        assert f"It says the same.{says} Your answers" in seen
        assert views_kept() == again

    def test_a_second_one_takes_the_place_of_the_first(self, as_patient, treatment):
        old = a_photo(a_log(treatment, 4).log)
        send(as_patient, **{"photo-front": a_file(jpeg(quality=40))})
        assert views_kept() == ["front"]
        assert Photo.objects.get().uuid != old.uuid

    def test_their_names_are_nowhere(self, as_patient):
        response = send(as_patient, **{"photo-front": a_file(name="ana-secret.jpg"), "photo-left": a_file(b"x", "ana-secret.jpg")})
        said = [response.content.decode(), *map(str, Photo.objects.values()), *map(str, AuditEvent.objects.values())]
        assert [words for words in said if "secret" in words] == []


class TestRefused:
    def test_the_log_and_the_good_photos_are_kept_and_the_bad_ones_named(self, as_patient):
        response = send(as_patient, **{"photo-front": a_file(b"<html>"), "photo-left": a_file(), "photo-right": a_file(b"x")})
        seen = text(response)
        assert f"Your answers are saved. Some photos are not. Front: {NOT_READ} Right side: {NOT_READ} Add a photo to day 4" in seen
        assert f"/log/{TODAY}/#photos" in page(response).links
        assert (Log.objects.get().severities, views_kept()) == (CALM, ["left"])

    def test_it_is_said_once(self, as_patient):
        assert text(send(as_patient, **{"photo-front": a_file(b"x")})).count("not taken") == 1
        assert "not taken" not in text(as_patient.get(SAVED))

    def test_what_stood_there_stays(self, as_patient, treatment):
        old = a_photo(a_log(treatment, 4).log)
        response = send(as_patient, **{"photo-front": a_file(b"x")})
        assert f"You already logged this day. It says the same. Your answers are saved. One photo is not. Front: {NOT_READ}" in text(
            response
        )
        assert Photo.objects.get().uuid == old.uuid

    def test_a_full_disk_keeps_the_log(self, as_patient, monkeypatch):
        def full(content):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(photo_store, "write", full)
        response = send(as_patient, **{"photo-front": a_file()}, redness="3")
        assert "Front: not taken. The photo could not be stored. Your log is kept." in text(response)
        assert (Log.objects.get().severities["redness"], views_kept()) == (3, [])

    @pytest.mark.parametrize(
        "sent, says",
        [
            ({"photo-front": [a_file(), a_file()]}, ONE_EACH),
            ({"photo-front": a_file(), "photo-back": a_file()}, ONE_EACH),
            ({f"photo-{name}": a_file() for name in ("front", "left", "right", "top")}, ONE_EACH),
            ({"redness": ["1", a_file()]}, ONE_EACH),
            ({"photo-front": "face.jpg"}, "Front: not taken. It came as text and not as a picture. Choose the picture again."),
            ({"photo-front": "\0"}, "Front: not taken. It came as text and not as a picture. Choose the picture again."),
            ({"photo-front": a_file(b"")}, "Front: not taken. The file is empty. Choose the picture again."),
        ],
    )
    def test_what_no_browser_sends_is_refused_in_a_sentence(self, as_patient, sent, says):
        response = send(as_patient, **sent)
        assert says in text(response)
        assert (Log.objects.count(), views_kept()) == (1, [])

    def test_more_than_80_mb_at_once_are_not_opened(self, as_patient, monkeypatch):
        monkeypatch.setattr("patients.forms.photos.MOST_TOGETHER", 100)
        assert "together they are larger than 80 MB" in text(send(as_patient, **{"photo-front": a_file()}))
        assert (Log.objects.count(), views_kept()) == (1, [])

    def test_without_a_whole_log_nothing_is_kept_and_the_page_says_so(self, as_patient):
        response = as_patient.post(URL, {**ANSWERS, "redness": "", "photo-front": a_file()})
        seen = text(response)
        assert "One answer is missing or unclear. Everything you entered is still here, but choose your photos again." in seen
        assert (Log.objects.count(), Photo.objects.count()) == (0, 0)

    def test_as_the_day_before_says_so_too(self, as_patient, treatment):
        a_log(treatment, 3)
        response = as_patient.post(URL, {**ANSWERS, "same": "1", "photo-front": a_file()})
        assert "then save. The photos you had chosen must be chosen again." in text(response)


class TestThoseThere:
    @pytest.fixture
    def photo(self, treatment):
        return a_photo(a_log(treatment, 4, note="Old").log)

    def test_the_form_shows_them(self, as_patient, photo):
        response = as_patient.get(URL)
        assert re.findall(r'<img src="([^"]+)"', response.content.decode()) == [reverse("photo-thumb", args=[photo.uuid])]
        assert "Front: change Remove the photo: front Remove for good Left side Right side" in text(response)

    def test_those_of_another_day_are_not_there(self, as_patient, treatment):
        a_photo(a_log(treatment, 3).log)
        assert "<img" not in as_patient.get(URL).content.decode()

    def test_removing_keeps_what_is_typed(self, as_patient, photo):
        response = as_patient.post(
            URL, {**ANSWERS, "redness": "4", "note": "New", "look": "on", "signs": ["fever"], "remove": str(photo.uuid)}
        )
        assert "Front: the photo is removed." in text(response)
        found = filled_in(response)
        assert {name: found[name] for name in ("redness", "note", "look", "signs")} == {
            "redness": ["4"], "note": ["New"], "look": ["on"], "signs": ["fever"],
        }  # fmt: skip
        assert (Photo.objects.count(), Log.objects.get().note) == (0, "Old")

    @pytest.mark.parametrize("which", ["gone", "none", ""])
    def test_what_is_not_there_cannot_be_removed(self, as_patient, photo, which):
        sent = {**ANSWERS, "remove": "00000000-0000-4000-8000-000000000000" if which == "gone" else which}
        assert "This photo was removed before." in text(as_patient.post(URL, sent))
        assert Photo.objects.count() == 1

    def test_nobody_removes_a_neighbours(self, as_patient, clinician):
        theirs = a_photo(a_log(a_treatment(clinician, "Mei Chen", TODAY), 0).log)
        assert "This photo was removed before." in text(as_patient.post(URL, {**ANSWERS, "remove": str(theirs.uuid)}))
        assert Photo.objects.count() == 1


@pytest.mark.parametrize("url", [URL, SAVED])
def test_a_page_costs_the_same_with_1_and_3_photos(as_patient, treatment, django_assert_max_num_queries, url):
    log, found = a_log(treatment, 4).log, []
    for view in ("front", "left", "right"):
        a_photo(log, view)
        with django_assert_max_num_queries(18) as captured:
            assert as_patient.get(url).content.decode().count("<img") == len(found) + 1
        found.append(len(captured))
    assert len(set(found)) == 1
