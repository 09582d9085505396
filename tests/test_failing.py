"""The database gone, full or failing on COMMIT, for real: 503, everything typed kept, nothing half written."""

import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import path, reverse

from patients.models import AuditEvent, Log, Rating, Role
from patients.views.typed import typed_fields
from tests.at_once import apart
from tests.conftest import TODAY, TREATED
from tests.factories import a_clinic, a_member, a_treatment
from tests.pages import filled_in, page, text
from tests.views.test_log_photos import ANSWERS, a_file

NOTE = "Tight <b>skin</b> & a “warm” cheek,\r\nsecond line"
TYPED = ANSWERS | {"note": NOTE}
HEAD = "Please try again in a minute"


@pytest.fixture
def ana(db, tmp_path, travel_to, photo_folder):
    """Of a patient, at a database that can be taken away; her browser sends the token of the form."""
    travel_to(TODAY)
    with apart(tmp_path):
        patient = a_treatment(a_member(a_clinic(), Role.CLINICIAN, "Mira Osei"), "Ana Ferreira", TREATED).patient
        ana = Client(raise_request_exception=False, enforce_csrf_checks=True)
        ana.force_login(patient.user)
        ana.token = page(ana.get(reverse("log"))).fields["csrfmiddlewaretoken"][0]
        yield ana


@contextmanager
def gone():
    """The file is replaced by a folder; the server is looked for where nobody answers."""
    connection.close()
    if connection.vendor == "sqlite":
        path = connection.settings_dict["NAME"]
        with renamed(path):
            yield
        return
    connection.close_pool()
    port, pool = connection.settings_dict["PORT"], connection.settings_dict["OPTIONS"]["pool"]
    connection.settings_dict["PORT"], connection.settings_dict["OPTIONS"]["pool"] = "1", pool | {"timeout": 0.5}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict["PORT"], connection.settings_dict["OPTIONS"]["pool"] = port, pool


@contextmanager
def renamed(name):
    path = Path(name)
    path.rename(away := path.with_suffix(".away"))
    path.mkdir()
    try:
        yield
    finally:
        connection.close()
        path.rmdir()
        away.rename(path)


@contextmanager
def full():
    """Not one page more than there is, and no room left in those."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def failing_on_commit():
    """The disk takes no more of the journal, which is written when a transaction ends."""
    size = Path(connection.settings_dict["NAME"] + "-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def sent(ana, **changes):
    return ana.post(reverse("log"), TYPED | {"csrfmiddlewaretoken": ana.token} | changes)


def stored():
    return Log.objects.count(), Rating.objects.count(), AuditEvent.objects.filter(action__startswith="log").count()


def sqlite_only():
    if connection.vendor != "sqlite":
        pytest.skip("the way in which SQLite fails")


def test_gone_keeps_what_was_typed_and_takes_it_when_it_is_back(ana):
    with gone():
        response = sent(ana)
        again = sent(ana)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "30", "private, no-store")
    assert HEAD in text(response)
    assert stored() == (0, 0, 0)
    kept = {name: values[0].replace("\n", "\r\n").replace("\r\r", "\r") for name, values in page(again).fields.items()}
    assert kept == TYPED | {"csrfmiddlewaretoken": ana.token}
    assert 'action="/log/"' in response.content.decode()
    assert ana.post(reverse("log"), kept).url == f"/log/{TODAY.isoformat()}/saved/"
    assert Log.objects.get().note.replace("\r\n", "\n") == NOTE.replace("\r\n", "\n")


def test_what_was_typed_can_be_read(ana):
    with gone():
        seen = text(sent(ana))
    assert "What you entered" in seen
    assert "note Tight <b>skin</b> & a “warm” cheek, second line" in seen
    assert ana.token not in seen


def test_full_stores_nothing_and_keeps_all(ana):
    sqlite_only()
    with full():
        response = sent(ana, note="🙂" * 1900)
    assert (response.status_code, stored()) == (503, (0, 0, 0))
    assert filled_in(response)["note"] == ["🙂" * 1900]
    assert sent(ana).status_code == 302


def test_failing_on_commit_stores_nothing_and_keeps_all(ana):
    sqlite_only()
    ana.get(reverse("log"))
    with failing_on_commit():
        response = sent(ana)
    connection.close()
    assert (response.status_code, stored()) == (503, (0, 0, 0))
    assert filled_in(response)["redness"] == ["1"]
    assert sent(ana).status_code == 302
    assert stored()[0] == 1


def test_photos_cannot_be_kept_and_the_page_says_so(ana):
    with gone():
        seen = text(sent(ana, **{"photo-front": a_file()}))
        without = text(sent(ana))
    assert "Photos cannot be kept on this page. Please add them again afterwards." in seen
    assert "Photos" not in without


@pytest.mark.parametrize("url", ["/log/", "/recovery/", "/settings/", "/"])
def test_a_page_that_was_only_read_can_be_asked_for_again(ana, url):
    with gone():
        response = ana.get(f"{url}?a=1&b=2")
    assert (response.status_code, page(response).fields) == (503, {})
    assert f"{url}?a=1&b=2" in page(response).links
    assert "What was saved before is safe." in text(response)


def test_it_is_in_the_language_of_the_browser(ana):
    with gone():
        assert sent(ana)["Content-Language"] == "en-gb"
        response = ana.get("/log/", HTTP_ACCEPT_LANGUAGE="es-MX,es;q=0.9")
    assert (response["Content-Language"], 'lang="es"' in response.content.decode()) == ("es", True)


def test_a_password_is_never_written_into_the_page(ana):
    with gone():
        address = {"login": "ana@example.org", "password": "hunter2-and-more", "csrfmiddlewaretoken": ana.token}
        response = ana.post(reverse("account_login"), address)
    assert (response.status_code, "hunter2" in response.content.decode()) == (503, False)
    assert reverse("account_login") in page(response).links


@pytest.mark.parametrize("headers", [{"HTTP_HX_REQUEST": "true"}, {"HTTP_ACCEPT": "application/json"}])
def test_a_script_gets_a_short_answer(ana, headers):
    with gone():
        response = ana.get("/log/", **headers)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert response.json() == {"error": "Not saved: the database does not answer. Please try again in a minute."}


def test_health_says_so(ana):
    with gone():
        response = Client(raise_request_exception=False).get(reverse("health"))
    assert (response.status_code, response.json()) == (503, {"status": "failing"})
    assert Client().get(reverse("health")).json() == {"status": "ok"}


def test_another_fault_is_a_500_as_ever(ana, settings):
    settings.ROOT_URLCONF = __name__
    response = ana.get("/broken/")
    assert (response.status_code, "Something went wrong on our side" in text(response)) == (500, True)


def broken(request):
    raise ZeroDivisionError


broken.login_required = False
urlpatterns = [path("broken/", broken)]
handler500 = "patients.failing.failed"


def test_what_was_typed_is_listed_without_secrets_and_without_what_is_empty(rf):
    said = {
        "note": "a",
        "empty": " ",
        "password1": "x",
        "oldpassword": "x",
        "code": "123",
        "csrfmiddlewaretoken": "x",
        "row-0-code": "fever",
    }
    request = rf.post("/", said | {"signs": ["fever", "pus"]})
    assert typed_fields(request) == [("note", "a"), ("row-0-code", "fever"), ("signs", "fever"), ("signs", "pus")]


def test_a_body_that_cannot_be_read_is_nothing_typed(rf):
    class Torn:
        def read(self, *args):
            raise OSError("the line broke")

    request = rf.post("/", {"note": "a"})
    request._read_started = False
    request._stream = Torn()
    assert typed_fields(request) == []


def test_a_long_form_shows_its_beginning_and_sends_all(ana):
    with gone():
        response = sent(ana, **{f"more-{n}": "x" for n in range(60)})
    assert sum(name.startswith("more-") for name in filled_in(response)) == 60
    assert "more answers are kept on this page and sent again with it." in text(response)
