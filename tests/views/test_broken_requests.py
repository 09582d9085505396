"""Requests that no browser sends: each is answered with a sentence, and none with a failure."""

import html
from io import BytesIO

import pytest
from django.test import Client

from patients.models import Log
from tests.pages import text
from tests.views.test_access import NAMES
from tests.views.test_access_all import PACKAGES, left_as_it_was
from tests.views.test_log import answers

NUMBERS = ["-1", "0", "99999999999999999999", "1e9", "٣", "", "a" * 5000, "1\0", "%", "2026-02-30", "9999-12-31"]
ASKED = [
    "page", "after", "since", "day", "from", "to", "symptom", "tab", "on", "q", "text", "first", "second", "view", "who", "period",
    "step", "format",
    "here", "back", "seen", "read_at", "next", "urgency", "clinician", "protocol", "phase", "snoozed", "due", "state",
]  # fmt: skip
FORM = "application/x-www-form-urlencoded"
VALUES = ["%00", "a%00b", "%ff%fe", "%ed%a0%80", "-1", "9" * 30]
LATIN = b"note=caf\xe9&redness=1"


@pytest.fixture
def all_paths(url_of):
    return [*map(url_of, NAMES), *PACKAGES]


def failures(browser, paths, *, method="get", **more):
    """The paths that are not answered as they should: with a failure, or by raising."""
    browser.raise_request_exception, found = False, []
    for path in paths:
        with left_as_it_was(browser):
            answer = browser.generic(method.upper(), path, **more)
        if answer.status_code >= 500:
            found.append((path, answer.status_code))
    return found


@pytest.mark.parametrize("visitor", ["patient", "clinician"])
def test_odd_values_in_the_query(browsers, all_paths, visitor):
    queries = ["&".join(f"{name}={value}" for name in ASKED) for value in NUMBERS]
    queries += ["&".join(f"{name}=%00" for name in ASKED), "%ff%fe=%ed%a0%80&q=%c3%28", "&&&===;;;", "q=" + "&q=".join("x" * 9)]
    # One odd value for all names at once is refused for the first; so each also alone, where it is listed.
    alone = [
        "/clinic/patients/",
        "/clinic/",
        "/clinic/new/",
        "/norms/pen/",
        "/norms/pen/diff/",
        "/settings/seen/",
        "/clinic/insights/flags/",
        "/clinic/insights/check-ins/",
    ]
    paths = [f"{path}?{queries[n % len(queries)]}" for n, path in enumerate(all_paths)]
    paths += [
        f"{path}?{name}={value}"
        for path in alone
        for name in ("q", "text", "page", "after", "since", "from", "symptom", "clinician")
        for value in ("%00", "-1", "9" * 25)
    ]
    assert failures(browsers[visitor], paths) == []


@pytest.mark.parametrize("visitor", ["anonymous", "patient", "clinician", "admin", "superuser"])
def test_odd_values_in_every_field(browsers, all_paths, visitor):
    """NUL, half-letters and what is no UTF-8, in all the fields of all the forms at once."""
    names = [
        "note",
        "name",
        "email",
        "login",
        "password",
        "q",
        "query",
        "text",
        "reply",
        "flags",
        "row",
        "seen",
        "draft",
        "date",
        "day",
        "title",
        "key",
        "slug",
        "until",
        "remove",
    ]
    fields, found = (
        [*names, "why", "reason", "here", "back", "page", "keys", "disposition", "on_call", "template", "use", "do", "like", "same"],
        [],
    )
    for n, path in enumerate(all_paths):
        body = "&".join(f"{name}={VALUES[n % len(VALUES)]}" for name in fields)
        found += failures(browsers[visitor], [path], method="post", data=body, content_type=FORM)
    assert found == []


@pytest.mark.parametrize("value", ["a%00b", "99999999999999999999"])
def test_each_of_our_fields_alone(browsers, url_of, value):
    """A form that is right but for one field, which only the action or the database would refuse."""
    forms = {
        "filter-save": ("clinician", {"name": "N", "query": "urgency=watch"}), "filter-delete": ("clinician", {"name": "N"}),
        "reply-new": ("clinician", {"name": "N", "text": "T", "seen": ""}),
        "reply-delete": ("clinician", {"seen": "1"}), "bulk-review": ("clinician", {"row": "x", "disposition": "advice", "here": ""}),
        "keys": ("clinician", {"keys": "on", "page": "/clinic/"}),
        "review": ("clinician", {"flags": "x", "disposition": "advice", "note": "n", "reply": "r", "back": "", "read_at": "", "use": "",
        "template": "t"}),
        "recovery-snooze": ("clinician", {"flags": "x", "until": "2026-03-20", "here": "", "back": ""}), "recovery-close": ("clinician",
        {"why": "w"}),
        "protocol-new": ("admin", {"name": "N", "slug": "n", "description": "d", "like": "1"}), "norms-import": ("admin", {"text": "{}",
        "seen": ""}), "draft-discard": ("admin", {"draft": "1", "seen": "0"}),
        "log": ("patient", answers(note="n", remove="")), "settings": ("patient", {"theme": "light", "language": "es",
        "time_zone": "Europe/London", "reminder_hour": "18"}),
    }  # fmt: skip
    found = []
    for name, (visitor, form) in forms.items():
        for field in form:
            body = "&".join(f"{key}={value if key == field else told}" for key, told in form.items())
            found += [(field, *one) for one in failures(browsers[visitor], [url_of(name)], method="post", data=body, content_type=FORM)]
    assert found == []


@pytest.mark.parametrize(
    "path",
    [
        "/%00/",
        "/log/%00/",
        "/%ff%fe/",
        "/norms/%00/",
        "/i/%00/",
        "/l/%00/",
        "/l/off/%ff/",
        "/admin/patients/source/%00/change/",
        "/recovery/%ed%a0%80/",
    ],
)
@pytest.mark.parametrize("visitor", ["anonymous", "patient", "superuser"])
def test_odd_letters_in_the_path(browsers, visitor, path):
    assert failures(browsers[visitor], [path]) == []


def test_unknown_methods(browsers, all_paths):
    methods = ["TRACE", "CONNECT", "PROPFIND", "PATCH", "DELETE", "PUT", "OPTIONS", "X" * 40]
    assert [
        bad for n, path in enumerate(all_paths) for bad in failures(browsers["patient"], [path], method=methods[n % len(methods)])
    ] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "a b"}, {"HTTP_HOST": "evil.example"}, {"HTTP_HOST": "\xff"}, {"HTTP_COOKIE": "sessionid=\xff\x00; csrftoken=%00"},
        {"HTTP_COOKIE": "messages=" + "x" * 4000},
        {"HTTP_ACCEPT_LANGUAGE": "\x00,*;q=a," + "x-" * 3000}, {"HTTP_X_FORWARDED_PROTO": "https,http"}, {"HTTP_REFERER": "javascript:x"},
        {"HTTP_ACCEPT_ENCODING": "gzip;q=nan"},
        {"HTTP_IF_MODIFIED_SINCE": "never"}, {"HTTP_RANGE": "bytes=-1--1"}, {"HTTP_X_CSRFTOKEN": "\x00"}, {"CONTENT_LENGTH": "-5"},
        {"CONTENT_LENGTH": "many"}, {"HTTP_X_REQUEST_ID": "x\ny"},
    ],
    ids=str,
)  # fmt: skip
def test_odd_headers(db, headers):
    browser = Client(raise_request_exception=False)
    assert {browser.get(path, **headers).status_code < 500 for path in ("/", "/accounts/login/", "/log/", "/nowhere/")} == {True}


@pytest.mark.parametrize(
    "data, content_type",
    [
        (LATIN, FORM), (LATIN, f"{FORM}; charset=latin-1"), (LATIN, f"{FORM}; charset=nowhere"), (b"{", "application/json"), (b"x", ""),
        (b"x", "a/b/c; ;="), (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=" + "x" * 300),
        (b"--b\r\nContent-Disposition: form-data; name=\"\xff\xfe\"\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        (b"--b\r\nContent-Disposition: form-data; name=\"photo-front\"; filename=\"\xff\x00.jpg\"\r\n\r\n\xff\r\n--b--\r\n",
        "multipart/form-data; boundary=b"),
        (b"--b\r\nContent-Disposition: form-data; name=\"note\"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--b--",
        "multipart/form-data; boundary=b"), (b"--b\r\n" * 500, "multipart/form-data; boundary=b"),
        (b"&".join(b"a%d=1" % n for n in range(10_000)), FORM), (b"&".join(b"a%d=1" % n for n in range(23_000)), FORM),
        (b"note=" + b"x" * 3_000_000, FORM),
    ],
    ids=lambda value: ascii(value)[:40],
)  # fmt: skip
def test_odd_bodies(as_patient, treatment, data, content_type):
    as_patient.raise_request_exception = False
    answer = as_patient.generic("POST", "/log/", data, content_type=content_type)
    assert answer.status_code in (200, 400, 413)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert Log.objects.count() == 0


def test_a_body_that_is_too_large_is_told_what_to_do(as_patient, treatment):
    answer = as_patient.generic("POST", "/log/", b"note=" + b"x" * 30_000_000, content_type=FORM)
    assert answer.status_code == 413
    assert "This was more than the page takes" in text(answer)


def test_a_photo_of_30_megabytes_loses_nothing_of_the_log(as_patient, photos_allowed, treatment):
    photo = BytesIO(b"\xff\xd8" + b"x" * 30_000_000)
    photo.name = "me.jpg"
    answer = as_patient.post("/log/", answers(note="Kept.", **{"photo-front": photo}), follow=True)
    assert Log.objects.get().note == "Kept."
    assert "Front: not taken." in text(answer)


def test_what_is_half_a_letter_is_kept_as_a_mark(as_patient, treatment):
    body = "&".join(f"{name}={value}" for name, value in answers().items()) + "&note=caf%E9"
    as_patient.generic("POST", "/log/", body, content_type=FORM)
    assert Log.objects.get().note == "caf\ufffd"


def test_every_form_without_its_token_gets_a_sentence(db, url_of, patient, clinician, admin):
    """But for the one that mail programs send themselves."""
    found, paths = {}, {name: url_of(name) for name in NAMES} | {name: path for path, name in PACKAGES.items()}
    for user in (None, patient.user, clinician, admin):
        browser = Client(enforce_csrf_checks=True)
        if user:
            browser.force_login(user)
        for name, path in paths.items():
            with left_as_it_was(browser):
                answer = browser.post(path, {"note": "x"})
            if answer.status_code == 200 or (
                answer.status_code == 403 and "load the page again" not in html.unescape(answer.content.decode()).lower()
            ):
                found.setdefault(name, answer.status_code)
    assert found == {"reminders-off": 200}


def test_a_token_of_somebody_else_is_none(patient, clinician):
    browsers = [Client(enforce_csrf_checks=True) for _ in range(2)]
    for browser, user in zip(browsers, (patient.user, clinician), strict=True):
        browser.force_login(user)
    token = browsers[1].get("/clinic/").context["csrf_token"]
    assert browsers[0].post("/log/", answers(csrfmiddlewaretoken=str(token))).status_code == 403
