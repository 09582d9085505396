"""The same entry sent again, at once or after an hour, signed in or by a reminder's link: one log, one photo, each told once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from patients.actions.links import log_token
from patients.models import AuditEvent, Flag, Log, Photo, Rating
from tests.conftest import TODAY
from tests.pages import text
from tests.pictures.scene import jpeg

pytestmark = pytest.mark.usefixtures("photos_allowed")
ANSWERS = {"date": TODAY.isoformat(), "redness": "4", "swelling": "0", "flaking": "0", "breakouts": "0", "any_sign": "none", "note": "Sun"}
SAVED = f"/log/{TODAY}/saved/"


@pytest.fixture(params=["signed in", "by the link"])
def phone(request, client, signed_in, patient):
    if request.param == "signed in":
        return signed_in(patient.user)
    client.get(reverse("log-link", args=[log_token(patient)]))
    return client


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """What waits for the commit is done: files that are not kept go."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def later(travel_to):
    """So many minutes after noon of TODAY."""
    noon = travel_to(TODAY)
    return lambda minutes: travel_to((noon + timedelta(minutes=minutes)).date(), (noon + timedelta(minutes=minutes)).time())


def send(browser, photo=True):
    files = {"photo-front": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")} if photo else {}
    return browser.post("/log/", ANSWERS | files, follow=True)


def everything():
    """All that a second entry could have written once more, or otherwise."""
    audit = AuditEvent.objects.exclude(action="thumbnails seen").order_by("pk")
    return [list(found.values()) for found in (Log.objects, Rating.objects, Flag.objects, Photo.objects, audit)]


@pytest.mark.parametrize("minutes", [0, 1, 60, 119])
def test_again_is_once(phone, photo_folder, later, commits, minutes):
    assert send(phone).redirect_chain == [(SAVED, 302)]
    before, files = everything(), sorted(photo_folder.iterdir())
    later(minutes)
    with commits():
        again = send(phone)
    assert again.redirect_chain == [(SAVED, 302)]
    assert "You already logged this day. It says the same." in text(again)
    assert "added" not in text(again)
    assert (everything(), sorted(photo_folder.iterdir())) == (before, files)
    assert [len(rows) for rows in before] == [1, 4, 1, 1, len(before[4])]
    assert [event["action"] for event in before[4]].count("log recorded") == 1
    assert [event["action"] for event in before[4]].count("photo added") == 1


@pytest.mark.parametrize("days", [1, 3])
def test_on_another_day_it_still_is_the_entry_of_its_own(signed_in, patient, photo_folder, travel_to, days):
    """A page that lay open over night: the form carries the date it was opened for."""
    browser = signed_in(patient.user)
    send(browser)
    before = everything()
    travel_to(TODAY + timedelta(days=days))
    browser = signed_in(patient.user)
    assert send(browser).redirect_chain == [(SAVED, 302)]
    assert everything() == before


def test_after_its_session_has_ended_it_is_not_stored_but_what_stood_is_there(client, patient, photo_folder, later):
    client.get(reverse("log-link", args=[log_token(patient)]))
    send(client)
    before = everything()
    later(121)
    refused = send(client, photo=False)
    assert (refused.status_code, refused.redirect_chain) == (403, [])
    assert "You are not signed in any more." in text(refused)
    assert everything() == before
