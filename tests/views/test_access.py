"""Every address of the app against every kind of visitor. An address without a row here fails."""

import pytest
from django.test import Client
from django.urls import reverse

from patients import urls
from patients.actions.links import log_token, off_token
from patients.actions.norms import start_draft
from patients.actions.protocols import copy_protocol
from patients.models import Claim, Protocol, Role
from tests.conftest import TODAY
from tests.factories import a_log, a_member, a_patient, a_photo, a_reply_text, a_review, a_treatment, an_invitation
from tests.pages import text

VISITORS = ["anonymous", "patient", "other patient", "clinician", "other clinician", "admin", "superuser", "other admin"]
SIGN_IN = "sign in"
READ = [SIGN_IN, 403, 403, 200, 200, 200, 200, 200]
EDIT = [SIGN_IN, 403, 403, 403, 403, 200, 200, 403]  # norms that another clinic shares: the installation's own account
SHARED = [SIGN_IN, 403, 403, 403, 403, 403, 200, 403]  # what all clinics share, while there are several
ROW_ACTS = [f"recovery-{act}" for act in ("snooze", "wake", "assign", "hand-back", "nudge")]
# Address: what each visitor gets, in the order above. “patient” is whose recovery it is; “other” is of another clinic.
TABLE = {
    "home": [200, 302, 302, 302, 302, 302, 302, 302],
    "health": [200, 200, 200, 200, 200, 200, 200, 200],
    "settings": [SIGN_IN, 200, 200, 200, 200, 200, 200, 200],
    "session": [SIGN_IN, 200, 200, 200, 200, 200, 200, 200],
    **dict.fromkeys(["own-phone", "sign-out-everywhere"], [SIGN_IN, *[405] * 7]),
    "privacy": [200] * 8,
    **dict.fromkeys(["record-seen", "record-download", "account-delete", "own-photos"], [SIGN_IN, 200, 200, 403, 403, 403, 403, 403]),
    # The patient's links: nobody comes in by them as somebody else.
    "log-link": [302, 302, 403, 403, 403, 403, 403, 403],
    "reminders-off": [200] * 8,
    "invitation": [200, *[403] * 7],  # of somebody who has never signed in; nobody signs in over somebody else
    "log": [SIGN_IN, 200, 200, 403, 403, 403, 403, 403],
    "log-day": [SIGN_IN, 200, 200, 403, 403, 403, 403, 403],
    "log-saved": [SIGN_IN, 200, 404, 403, 403, 403, 403, 403],
    "recovery": [SIGN_IN, 200, 200, 403, 403, 403, 403, 403],
    **dict.fromkeys(["recovery-of", "next-session-file"], [SIGN_IN, 200, 404, 403, 403, 403, 403, 403]),
    "photos-of": [SIGN_IN, 200, 404, 403, 403, 403, 403, 403],
    "clinic-photos": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    # The photo is the patient's. Admins set norms and see nobody's face.
    **dict.fromkeys(["photo", "photo-thumb"], [SIGN_IN, 200, 404, 200, 404, 403, 403, 403]),
    "photo-remove": [SIGN_IN, *[405] * 7],
    "queue": [SIGN_IN, 403, 403, 200, 200, 403, 403, 403],
    "queue-news": [SIGN_IN, 403, 403, 400, 400, 403, 403, 403],  # without a moment it is a question half asked
    "queue-panel": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    **dict.fromkeys(ROW_ACTS, [SIGN_IN, *[405] * 7]),
    **dict.fromkeys(["bulk-review", "filter-save", "filter-delete", "keys", "review-undo"], [SIGN_IN, *[405] * 7]),
    "caseload": [SIGN_IN, 403, 403, 200, 200, 403, 403, 403],
    "enrol": [SIGN_IN, 403, 403, 200, 200, 403, 403, 403],
    **dict.fromkeys(["insights", "insight-flags"], [SIGN_IN, 403, 403, 200, 200, 403, 403, 403]),
    "insight-check-ins": [SIGN_IN, 403, 403, 400, 400, 403, 403, 403],  # without a day it is a question half asked
    "clinic-patient": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    "new-treatment": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    "clinic-recovery": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    # What is not planned is not moved: back to the patient's page, with the reason.
    **dict.fromkeys(["treatment-date", "treatment-call-off"], [SIGN_IN, 403, 403, 302, 404, 403, 403, 403]),
    "recovery-close": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    **dict.fromkeys(["recovery-reopen", "invitation-send", "invitation-withdraw"], [SIGN_IN, *[405] * 7]),
    "review": [SIGN_IN, *[405] * 7],  # it is sent, not opened: see SENT
    "clock": [SIGN_IN, 403, 403, 200, 200, 200, 403, 200],
    "audit": [SIGN_IN, 403, 403, 403, 403, 200, 200, 200],
    "on-call": [SIGN_IN, *[405] * 7],
    **dict.fromkeys(["texts", "text", "retention"], [SIGN_IN, 403, 403, 403, 403, 200, 403, 200]),
    **dict.fromkeys(["replies", "reply-new"], [SIGN_IN, 403, 403, 200, 200, 403, 403, 403]),
    **dict.fromkeys(["reply-text", "reply-delete"], [SIGN_IN, 403, 403, 200, 404, 403, 403, 403]),
    "reply-examples": [SIGN_IN, *[405] * 7],
    "norms": [SIGN_IN, 403, 403, 200, 200, 200, 200, 200],
    "norms-of": [SIGN_IN, 403, 403, 200, 200, 200, 200, 200],
    "norms-version": [SIGN_IN, 403, 403, 200, 200, 200, 200, 200],
    # Here “pen” is the clinic's own copy for its people, and the shared protocol for all others; each has a draft.
    **dict.fromkeys(["norms-versions", "norms-diff", "norms-export", "sources", "source"], READ),
    **dict.fromkeys(["draft", "draft-part", "draft-discard", "norms-impact", "norms-publish", "norms-import", "protocol-settings"], EDIT),
    "norms-impact-log": [SIGN_IN, 403, 403, 403, 403, 200, 404, 403],  # the log is a patient's: no clinic, no log
    **dict.fromkeys(["protocol-new", "norms-move"], [SIGN_IN, 403, 403, 403, 403, 200, 403, 200]),
    **dict.fromkeys(["source-new", "claim-new", "claim"], SHARED),
    **dict.fromkeys(["draft-start", "draft-check", "norms-restore", "protocol-copy"], [SIGN_IN, *[405] * 7]),
}
# The same for POST with an empty form, where the address takes one.
SENT = {
    "log-link": [405] * 8,
    "reminders-off": [200] * 8,
    "invitation": [302, 410, 410, 410, 410, 410, 410, 410],  # the first one uses it up
    **dict.fromkeys(["settings", "session"], [SIGN_IN, 200, 200, 200, 200, 200, 200, 200]),
    **dict.fromkeys(["own-phone", "sign-out-everywhere"], [SIGN_IN, *[302] * 7]),
    **dict.fromkeys(["record-download", "account-delete", "own-photos"], [SIGN_IN, 200, 200, 403, 403, 403, 403, 403]),
    "log": [SIGN_IN, 200, 200, 403, 403, 403, 403, 403],
    "log-day": [SIGN_IN, 200, 200, 403, 403, 403, 403, 403],
    "photo-remove": [SIGN_IN, 302, 404, 403, 403, 403, 403, 403],
    "enrol": [SIGN_IN, 403, 403, 200, 200, 403, 403, 403],
    "new-treatment": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    "review": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    "reply-new": [SIGN_IN, 403, 403, 200, 200, 403, 403, 403],
    **dict.fromkeys(["reply-text", "reply-delete"], [SIGN_IN, 403, 403, 200, 404, 403, 403, 403]),
    "reply-examples": [SIGN_IN, 403, 403, 302, 302, 403, 403, 403],
    # Without a date the page comes back with a sentence; the others are done, or say in the queue why not.
    "recovery-snooze": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],
    **dict.fromkeys([*ROW_ACTS[1:], "review-undo"], [SIGN_IN, 403, 403, 302, 404, 403, 403, 403]),
    **dict.fromkeys(["bulk-review", "filter-save"], [SIGN_IN, 403, 403, 200, 200, 403, 403, 403]),
    "filter-delete": [SIGN_IN, 403, 403, 302, 302, 403, 403, 403],
    "keys": [SIGN_IN, 403, 403, 400, 400, 403, 403, 403],
    "recovery-close": [SIGN_IN, 403, 403, 200, 404, 403, 403, 403],  # something is open: the page says so
    **dict.fromkeys(["recovery-reopen", "invitation-send", "invitation-withdraw"], [SIGN_IN, 403, 403, 302, 404, 403, 403, 403]),
    **dict.fromkeys(["treatment-date", "treatment-call-off"], [SIGN_IN, 403, 403, 302, 404, 403, 403, 403]),
    "clock": [SIGN_IN, 403, 403, 403, 403, 200, 403, 200],
    "text": [SIGN_IN, 403, 403, 403, 403, 200, 403, 200],
    "retention": [SIGN_IN, 403, 403, 403, 403, 302, 403, 302],  # nothing typed, as it stands
    "on-call": [SIGN_IN, 403, 403, 302, 404, 302, 403, 404],  # of the clinic's own clinician
    **dict.fromkeys(["draft", "draft-part", "draft-discard", "norms-publish", "norms-import", "protocol-settings"], EDIT),
    **dict.fromkeys(["draft-start", "norms-restore"], [SIGN_IN, 403, 403, 403, 403, 302, 302, 403]),
    "draft-check": EDIT,
    "protocol-copy": [SIGN_IN, 403, 403, 403, 403, 302, 403, 302],
    "protocol-new": [SIGN_IN, 403, 403, 403, 403, 200, 403, 200],
    "norms-move": [SIGN_IN, 403, 403, 403, 403, 302, 403, 302],
    **dict.fromkeys(["source-new", "source", "claim-new", "claim"], SHARED),
}
NAMES = [pattern.name for pattern in urls.urlpatterns]


@pytest.fixture
def other_admin(other_clinic):
    return a_member(other_clinic, Role.ADMIN, "Jo Blake")


@pytest.fixture
def browsers(treatment, other_treatment, clinician, other_clinician, admin, superuser, other_admin, signed_in):
    people = [treatment.patient.user, other_treatment.patient.user, clinician, other_clinician, admin, superuser, other_admin]
    return dict(zip(VISITORS, [Client(), *map(signed_in, people)], strict=True))


@pytest.fixture
def own_pen(treatment, admin, superuser, other_clinic):
    """The clinic's own copy of “pen” with a draft, and a draft of the shared one."""
    shared = Protocol.objects.get(slug="pen")
    start_draft(by=superuser, protocol=shared)
    own = copy_protocol(by=admin, protocol=shared)
    start_draft(by=admin, protocol=own)
    return own


@pytest.fixture
def invited(clinician):
    """The token of an invitation that nobody has used."""
    return an_invitation(a_patient(clinician, "New Here"))


@pytest.fixture
def url_of(treatment, own_pen, clinician, invited):
    a_log(treatment, 3, redness=4)
    review = a_review(treatment, clinician)
    log = a_log(treatment, 4, "fever")
    photo = a_photo(log.log)
    patient, pen = [treatment.patient.uuid], ["pen"]
    reply = [a_reply_text(treatment.recorded_by).uuid]
    args = {
        "log-day": [TODAY.isoformat()], "log-saved": [TODAY.isoformat()], "clinic-patient": patient, "new-treatment": patient,
        **dict.fromkeys(["photo", "photo-thumb", "photo-remove"], [photo.uuid]),
        **dict.fromkeys(["photos-of", "clinic-photos"], [treatment.uuid]),
        **dict.fromkeys(["recovery-of", "next-session-file"], [treatment.uuid]),
        "clinic-recovery": [treatment.uuid], "review": [treatment.uuid], "on-call": [treatment.recorded_by.uuid],
        **dict.fromkeys(["reply-text", "reply-delete"], reply),
        **dict.fromkeys(["queue-panel", *ROW_ACTS], [treatment.uuid]),
        "review-undo": [review.uuid],
        **dict.fromkeys(["treatment-date", "treatment-call-off", "recovery-close", "recovery-reopen"], [treatment.uuid]),
        **dict.fromkeys(["invitation-send", "invitation-withdraw"], patient), "invitation": [invited],
        **{name: pen for name in NAMES if name.startswith(("norms-", "draft", "protocol-")) and name != "protocol-new"},
        **dict.fromkeys(["norms-version", "norms-restore", "norms-move"], ["pen", 1]), "norms-export": ["pen", 1, "json"],
        "draft-part": ["pen", "phases"], "norms-impact-log": ["pen", log.log.uuid],
        "log-link": [log_token(treatment.patient)], "reminders-off": [off_token(treatment.patient)],
        "text": ["privacy", "en-gb"],
        "source": ["chu-2021"], "claim-new": ["chu-2021"], "claim": [Claim.objects.first().pk],
    }  # fmt: skip
    return lambda name: reverse(name, args=args.get(name, []))


def got(response):
    if response.status_code == 302 and response.url.startswith(reverse("account_login")):
        return SIGN_IN
    return response.status_code


def test_every_address_has_a_row():
    assert sorted(TABLE) == sorted(NAMES)


@pytest.mark.parametrize("name", TABLE)
def test_who_may_open_it(browsers, url_of, name):
    found = {visitor: got(browser.get(url_of(name))) for visitor, browser in browsers.items()}
    assert found == dict(zip(VISITORS, TABLE[name], strict=True))


@pytest.mark.parametrize("name", TABLE)
def test_who_may_send_to_it(browsers, url_of, name):
    found = {visitor: got(browser.post(url_of(name))) for visitor, browser in browsers.items()}
    public = 405 if TABLE[name][0] == 200 else SIGN_IN
    assert found == dict(zip(VISITORS, SENT.get(name, [public, *[405] * 7]), strict=True))


def test_after_signing_in_one_comes_back(client, db):
    assert client.get("/clinic/?after=x").url == "/accounts/login/?next=/clinic/%3Fafter%3Dx"


def test_a_form_without_its_token_is_refused_with_a_sentence(patient):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(patient.user)
    response = browser.post(reverse("log"), {"redness": "1"})
    assert response.status_code == 403
    assert "Please load the page again" in response.content.decode()


@pytest.mark.parametrize("name", ["recovery-of", "clinic-recovery", "clinic-patient"])
def test_addresses_hold_random_ids_only(treatment, url_of, name):
    assert not {str(treatment.pk), str(treatment.patient.pk)} & set(url_of(name).split("/"))


def test_a_patient_sees_nothing_of_a_neighbour_in_the_same_clinic(clinician, treatment, signed_in):
    neighbour = signed_in(a_treatment(clinician, "Mei Chen", TODAY).patient.user)
    pages = [neighbour.get(url).content.decode() for url in ("/log/", "/recovery/", "/settings/")]
    assert [page for page in pages if "Ferreira" in page] == []


def test_the_other_clinic_s_admin_gets_the_shared_protocol(browsers, own_pen):
    found = {visitor: text(browsers[visitor].get(reverse("norms-of", args=["pen"]))) for visitor in VISITORS[3:]}
    assert [visitor for visitor, seen in found.items() if "Your clinic’s own norms." in seen] == ["clinician", "admin"]
    assert [v for v, seen in found.items() if "Shared by all clinics." in seen] == ["other clinician", "superuser", "other admin"]


def test_a_draft_of_one_clinic_is_not_seen_by_another(browsers, own_pen):
    shown = text(browsers["other clinician"].get(reverse("norms-versions", args=["pen"])))
    assert ("root@example.org" in shown, "Noor Haddad" in shown) == (True, False)
