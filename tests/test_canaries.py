"""Words that stand nowhere else, in everything that people type: none of them in a log, a mail, a report of an error or an address."""

import logging
from email import message_from_bytes
from io import BytesIO

import pytest
from django.conf import settings as site
from django.core import mail
from django.urls import reverse

from patients.actions.outbox import send
from patients.actions.reminders import send_reminders
from patients.models import Log, Patient, Role
from patients.server_log import Plain, WithoutTokens
from tests.conftest import TODAY
from tests.factories import a_member, open_flags
from tests.views.test_log import answers

WORDS = {
    "note": "Quillfern", "name": "Brackenby", "remark": "Tamarisk", "reply": "Osmanthus", "search": "Larkspur", "filter": "Wolfsbane",
    "password": "Snapdragon-77x", "code": "ZYX987",
    "file": "Foxglove", "device": "Hellebore", "text": "Marjoram", "why": "Calendula", "email": "saffron-lily",
}  # fmt: skip
FIRST = "Anouk"  # the first name, which the person's own mails may say


class Kept(logging.Handler):
    """Every record of every logger, as the console gets it."""

    def __init__(self):
        super().__init__()
        self.setFormatter(Plain("%(levelname)s %(name)s %(message)s"))
        self.addFilter(WithoutTokens())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def written(settings):
    settings.ADMINS, settings.DEBUG = [("Root", "root@example.org")], False
    kept, loggers = (
        Kept(),
        [logging.getLogger(), *(logging.getLogger(n) for n in ("django.server", "gunicorn.error", "django.db.backends"))],
    )
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(kept)
    logging.getLogger().setLevel(logging.INFO)
    yield kept
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(kept)
        one.setLevel(level)


@pytest.fixture
def walked(as_clinician, clinician, signed_in, written, pen, monkeypatch, client, django_capture_on_commit_callbacks):
    """What people do, refused forms and failures among it; the addresses that they were sent to."""
    went = []

    def go(browser, method, path, data=None):
        browser.raise_request_exception = False
        with django_capture_on_commit_callbacks(execute=True):
            answer = getattr(browser, method)(path, data)
        went.extend([path if method == "post" else path.split("?")[0], answer.headers.get("Location", "")])
        return answer

    _enrolled(go, as_clinician, pen)
    patient = Patient.objects.get()
    own = signed_in(patient.user)
    treatment = patient.treatments.get()
    _logged(go, own)
    _reviewed(go, as_clinician, treatment)
    _sought(go, as_clinician, client)
    _failed(go, own, as_clinician, treatment, monkeypatch)
    send()
    send_reminders()
    go(own, "post", "/settings/delete/", {"confirm": "", "password": WORDS["password"]})
    return went


@pytest.fixture
def pen(as_clinician):
    return str(as_clinician.get("/clinic/patients/new/").context["form"].fields["protocol"].queryset.first().pk)


def _enrolled(go, staff, pen):
    form = {"name": f"{FIRST} {WORDS['name']}", "device": WORDS["device"], "protocol": pen, "treated_on": TODAY.isoformat(), "area": "face"}
    go(staff, "post", "/clinic/patients/new/", form | {"email": WORDS["email"]})  # no address
    go(staff, "post", "/clinic/patients/new/", form | {"email": f"{WORDS['email']}@example.org"})
    go(staff, "post", "/clinic/patients/new/", form | {"email": f"{WORDS['email']}@example.org"})  # there already


def _logged(go, own):
    photo = BytesIO(b"no picture")
    photo.name = f"{WORDS['file']}.jpg"
    go(own, "post", "/log/", {"note": WORDS["note"]})  # nothing else is answered
    go(own, "post", "/log/", answers(note=WORDS["note"], redness="4", any_sign="some", signs=["fever"], **{"photo-front": photo}))
    go(own, "post", "/log/", answers(note=WORDS["note"], date=WORDS["note"]))
    go(own, "put", "/log/", WORDS["note"])


def _reviewed(go, staff, treatment):
    url, seen = reverse("review", args=[treatment.uuid]), ",".join(str(flag.uuid) for flag in open_flags(treatment))
    go(staff, "post", url, {"note": WORDS["remark"], "reply": WORDS["reply"], "flags": WORDS["remark"]})
    go(staff, "post", url, {"note": WORDS["remark"], "reply": WORDS["reply"], "flags": seen, "disposition": "advice"})
    go(staff, "post", reverse("recovery-close", args=[treatment.uuid]), {"why": WORDS["why"]})
    go(staff, "post", "/clinic/replies/new/", {"name": WORDS["text"], "text": WORDS["text"], "seen": ""})


def _sought(go, staff, stranger):
    go(staff, "get", f"/clinic/patients/?q={WORDS['search']}&due={WORDS['search']}")
    go(staff, "get", f"/clinic/?text={WORDS['search']}&urgency={WORDS['search']}")
    go(staff, "post", "/clinic/filters/save/", {"name": WORDS["filter"], "query": "urgency=watch"})
    for path, form in {
        "/accounts/login/": {"login": f"{WORDS['email']}@example.org", "password": WORDS["password"]},
        "/accounts/login/code/": {"email": f"{WORDS['email']}@example.org"},
        "/accounts/login/code/confirm/": {"code": WORDS["code"]},
        "/accounts/password/reset/": {"email": f"{WORDS['email']}@example.org"},
    }.items():
        go(stranger, "post", path, form)


def _failed(go, own, staff, treatment, monkeypatch):
    """A page, an action, the database and the mail server, each with the words in its error."""

    def breaks(*args, **kwargs):
        raise ValueError(f"cannot store {[*args, *kwargs.items(), *WORDS.values()]!r}")

    for place, browser, path, form in (
        ("patients.views.logs.record_log", own, "/log/", answers(note=WORDS["note"])),
        ("patients.views.deciding.queue_recovery", staff, reverse("recovery-snooze", args=[treatment.uuid]), {"note": WORDS["remark"]}),
        ("patients.views.replies.save_reply_template", staff, "/clinic/replies/new/", {"name": WORDS["text"], "text": WORDS["text"]}),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(place, breaks)
            assert go(browser, "post", path, form).status_code == 500
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", breaks)
        send()
        go(staff, "post", reverse("invitation-send", args=[treatment.patient.uuid]))


def found_in(texts):
    return {word: text[max(0, text.find(word) - 60) :][:160] for text in texts for word in WORDS.values() if word in text}


def test_no_line_of_any_log_holds_one(walked, written):
    assert found_in(written.lines) == {}
    assert [line for line in written.lines if line.startswith("ERROR django.request Internal Server Error: /log/")] != []
    assert len(written.lines) > 4


def test_no_report_of_an_error_holds_one(walked):
    reports = [m for m in mail.outbox if m.to == ["root@example.org"]]
    assert len(reports) >= 3
    assert found_in(part for m in reports for part in (m.subject, m.body, str(m.alternatives))) == {}


def test_no_mail_holds_one_but_to_whom_it_goes(walked):
    """The person's own first name and address, and nothing else that anybody typed."""
    own = f"{WORDS['email']}@example.org"
    mails = [m for m in mail.outbox if m.to != ["root@example.org"]]
    texts = [message_from_bytes(m.message().as_bytes()).get_payload(decode=True).decode() + str(m.extra_headers) + m.subject for m in mails]
    assert found_in(text.replace(own, "") for text in texts) == {}
    assert {m.to[0] == own for m in mails} >= {True}
    assert [m.subject for m in mails if FIRST in m.subject] == []


def test_no_address_holds_one_and_none_says_how_the_skin_is(walked):
    health = {"redness", "swelling", "fever", "breakouts", "flaking", "itching", "urgent", "emergency"}
    assert found_in(walked) == {}
    assert [url for url in walked if health & set(url.replace("/", " ").replace("?", " ").lower().split())] == []


def test_the_walk_was_a_walk(walked, clinic):
    assert Log.objects.get().note == WORDS["note"]
    assert {address.split("?")[0] for address in walked} > {"/log/", f"/log/{TODAY}/saved/", "/clinic/replies/"}


def test_the_net_catches(written, clinic):
    logging.getLogger("patients.anything").error("could not keep %s", WORDS["note"])
    assert list(found_in(written.lines)) == [WORDS["note"]]


def test_gunicorn_writes_its_log_the_same_way():
    told: dict = {}
    path = site.BASE_DIR / "gunicorn.conf.py"
    exec(compile(path.read_text(), str(path), "exec"), told | {"__file__": str(path)}, told)
    config = told["logconfig_dict"]
    assert config["loggers"]["gunicorn.error"]["handlers"] == ["console"]
    assert config["handlers"]["console"]["filters"] == ["without_tokens"]
    assert (config["formatters"]["plain"]["()"], config["filters"]["without_tokens"]["()"]) == (
        "patients.server_log.Plain",
        "patients.server_log.WithoutTokens",
    )
    assert told["accesslog"] is None


def test_staff_are_told_of_nobody_by_name(walked, clinician):
    staff = [m for m in mail.outbox if m.to == [clinician.email]]
    assert found_in(m.subject + m.body for m in staff) == {}
    assert a_member(clinician.clinic, Role.CLINICIAN, "Jo Blake").email not in str(mail.outbox)
