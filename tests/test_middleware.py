"""Pages are sent compressed to who can read that; what is no page is sent as it is. Every request has a number of its own."""

import gzip
import re

import pytest
from django.urls import reverse

from patients.models import AuditEvent
from patients.server_log import WithRequestId
from tests.factories import a_log, a_photo
from tests.pages import filled_in
from tests.views.test_log_photos import ANSWERS

ASKED = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


@pytest.mark.parametrize("url", ["/log/", "/recovery/", "/settings/", "/", "/nowhere/"])
def test_a_page_is_a_quarter_of_its_size_and_says_the_same(as_patient, treatment, url):
    a_log(treatment, 4)
    plain, small = as_patient.get(url, follow=True), as_patient.get(url, follow=True, **ASKED)
    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (None, "gzip")
    assert int(small.headers["Content-Length"]) == len(small.content)
    # But for the token of the forms, which is masked anew each time.
    assert len(gzip.decompress(small.content)) == len(plain.content)
    assert len(small.content) < 0.6 * len(plain.content)


def test_caches_keep_the_two_apart(as_patient, treatment):
    assert {"Accept-Encoding", "Cookie"} <= {name.strip() for name in as_patient.get("/log/").headers["Vary"].split(",")}


def test_the_length_of_the_same_page_differs(as_patient, treatment):
    """So that nobody on the line can measure what is in it."""
    assert len({len(as_patient.get("/log/", **ASKED).content) for _ in range(20)}) > 3


def test_the_token_is_never_sent_twice_in_the_same_letters(as_patient, treatment):
    tokens = {as_patient.get("/log/").content.decode().split('csrfmiddlewaretoken" value="')[1][:64] for _ in range(5)}
    assert len(tokens) == 5


@pytest.mark.parametrize("name", ["photo", "photo-thumb"])
def test_a_photo_is_sent_as_it_is(as_patient, treatment, photo_folder, name):
    photo = a_photo(a_log(treatment, 4).log)
    response = as_patient.get(reverse(name, args=[photo.uuid]), **ASKED)
    assert "Content-Encoding" not in response.headers
    assert response.content == (photo_folder / (photo.full if name == "photo" else photo.thumb)).read_bytes()


def test_an_exported_file_is_sent_as_it_is(as_admin, treatment):
    response = as_admin.get(reverse("norms-export", args=["pen", 1, "json"]), **ASKED)
    assert (response.status_code, "Content-Encoding" in response.headers) == (200, False)


def test_a_form_that_came_compressed_is_sent_back_as_ever(as_patient, treatment):
    as_patient.post("/log/", ANSWERS, **ASKED)
    assert filled_in(as_patient.get("/log/"))["redness"] == ["1"]


class TestTheNumberOfARequest:
    def test_is_new_each_time_and_never_the_browsers(self, client, db):
        answers = [client.get(reverse("health"), headers={"X-Request-ID": "mine"}) for _ in range(3)]
        numbers = [answer["X-Request-ID"] for answer in answers]
        assert len({*numbers, "mine"}) == 4
        assert all(re.fullmatch("[0-9a-f]{16}", number) for number in numbers)

    def test_stands_in_the_audit(self, as_clinician, treatment):
        answer = as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid]))
        assert AuditEvent.objects.get(action="record seen").request_id == answer["X-Request-ID"]

    def test_stands_with_what_the_server_writes_down(self, client, caplog):
        caplog.handler.addFilter(WithRequestId())
        answer = client.get("/nowhere/")
        assert [(record.getMessage(), record.request_id) for record in caplog.records] == [("Not Found: /nowhere/", answer["X-Request-ID"])]

    def test_is_said_where_something_went_wrong(self, as_clinician, monkeypatch):
        def fails(*args, **kwargs):
            raise RuntimeError("ours")

        monkeypatch.setattr("patients.views.caseload.phases_of", fails)
        as_clinician.raise_request_exception = False
        answer = as_clinician.get(reverse("caseload"))
        assert answer.status_code == 500
        assert f"please give this number: {answer['X-Request-ID']}<" in answer.content.decode()
