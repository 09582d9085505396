"""Somebody else's ids in every place where an id can stand: nothing of theirs is in the answer, and no row changes.

Of another clinic for staff; for patients also of the neighbour whom the same clinician treats.
"""

import pytest
from django.core.signing import dumps
from django.test import Client
from django.urls import reverse

from patients.actions.links import TO_LOG, TO_TURN_OFF
from patients.exports.queue import place_of, write_place
from patients.models import Protocol, Treatment
from tests.another_clinic import MARK, another_clinic, rows
from tests.conftest import TODAY
from tests.factories import a_log, a_photo, a_treatment, open_flags
from tests.views.test_access_all import left_as_it_was
from tests.views.test_isolation import said
from tests.views.test_log import answers

FOREIGN, RECOVERY = "/clinic/recoveries/{treatment}/", "/recovery/{treatment}/"
WATCH = {"disposition": "reassure"}
OPENED = {"django_session"}  # a browser's own, written when a message waits in it
# What is asked: who, method, address, fields or headers. Words in braces are the other's ids, “own_…” the person's.
PATHS = {
    "path, recovery": ("patient", "get", RECOVERY, {}),
    "path, clinic": ("clinician", "get", FOREIGN, {}),
    "path, by who edits norms": ("admin", "get", FOREIGN, {}),
    "photo": ("clinician", "get", "/photos/{photo}/", {}),
    "thumbnail": ("patient", "get", "/photos/{photo}/thumb/", {}),
    "photo, removed": ("patient", "post", "/photos/{photo}/remove/", {}),
    "photo, removed before": ("patient", "post", "/photos/{gone_photo}/remove/", {}),
    "photos side by side": ("clinician", "get", "/clinic/recoveries/{treatment}/photos/?view=front&first=s1-d4&second=s1-d1", {}),
    "calendar file": ("patient", "get", "/recovery/{treatment}/next-session.ics", {}),
    "called off": ("clinician", "get", "/clinic/recoveries/{called_off}/date/", {}),
    "text, deleted": ("clinician", "get", "/clinic/replies/{deleted_reply}/", {}),
    "history of norms": ("admin", "get", "/norms/{protocol}/versions/", {}),
    "versions compared": ("admin", "get", "/norms/{protocol}/diff/?from=1&to=1", {}),
    "export of norms": ("admin", "get", "/norms/{protocol}/v1/export/json/", {}),
    "log of a preview": ("admin", "get", "/norms/pen/impact/{log}/", {}),
    "nested in one's own": ("clinician", "get", "/clinic/recoveries/{own}/../{treatment}/", {}),
    "double-encoded": ("clinician", "get", "/clinic/recoveries/%25{treatment}/", {}),
    "encoded slashes": ("clinician", "get", "/clinic/recoveries/{own}%2f..%2f{treatment}/", {}),
    "capitals": ("clinician", "get", "/clinic/recoveries/{TREATMENT}/", {}),
    "braces": ("clinician", "get", "/clinic/recoveries/%7B{treatment}%7D/", {}),
    "urn": ("clinician", "get", "/clinic/recoveries/urn:uuid:{treatment}/", {}),
    "without hyphens": ("clinician", "get", "/clinic/recoveries/{treatment_hex}/", {}),
    "a number": ("clinician", "get", "/clinic/recoveries/{treatment_pk}/", {}),
    "dot at the end": ("clinician", "get", "/clinic/recoveries/{treatment}./", {}),
    "semicolon": ("clinician", "get", "/clinic/recoveries/{treatment};/", {}),
    "semicolon and dots": ("clinician", "get", "/clinic/..;/clinic/recoveries/{treatment}/", {}),
    "no slash": ("patient", "get", "/recovery/{treatment}", {}),
    "two slashes": ("patient", "get", "/recovery//{treatment}/", {}),
    "NUL": ("patient", "get", "/recovery/{treatment}%00/", {}),
    "HEAD": ("clinician", "head", FOREIGN, {}),
    "OPTIONS": ("clinician", "options", FOREIGN, {}),
    "PUT": ("clinician", "put", FOREIGN, {}),
    "DELETE": ("patient", "delete", "/photos/{photo}/", {}),
}
QUERIES = {
    "next": ("anonymous", "get", "/accounts/login/?next=/recovery/{treatment}/", {}),
    "queue of their clinician": ("clinician", "get", "/clinic/?clinician={member}", {}),
    "queue on their row": ("clinician", "get", "/clinic/?on={treatment}", {}),
    "queue by their protocol": ("clinician", "get", "/clinic/?protocol={protocol}", {}),
    "queue from their place": ("clinician", "get", "/clinic/?after={place}", {}),
    "tab from their place": ("clinician", "get", "/clinic/?tab=done&after=0_2026-03-18T12:00:00+00:00_{treatment_pk}", {}),
    "way from their row": ("clinician", "get", "/clinic/recoveries/{own}/?on={treatment}&after={place}", {}),
    "panel with their flags": ("clinician", "get", "/clinic/panel/{own}/?seen={flag}&here=on%3D{treatment}", {}),
    "search": ("clinician", "get", f"/clinic/patients/?q={MARK}", {}),
    "news": ("clinician", "get", "/clinic/new/?since=2020-01-01T00:00:00%2B00:00&clinician={member}", {}),
    "who looked": ("patient", "get", "/settings/seen/?patient={patient}&who=all", {}),
    "insights": ("clinician", "get", "/clinic/insights/flags/?format=csv&clinic={member}", {}),
}
BODIES = {
    "review with their flags": ("clinician", "post", "/clinic/recoveries/{own}/review/", {**WATCH, "flags": "{flag}"}),
    "review with their text": ("clinician", "post", "/clinic/recoveries/{own}/review/", {"use": "1", "template": "{reply}",
    "flags": "{own_flag}"}),
    "snooze with their flags": ("clinician", "post", "/clinic/recoveries/{own}/snooze/", {"flags": "{flag}", "until": "2026-03-20"}),
    "bulk, one of theirs": ("clinician", "post", "/clinic/bulk/", {**WATCH, "row": ["{own}:{own_flag}", "{treatment}:{flag}"]}),
    "bulk with their flags": ("clinician", "post", "/clinic/bulk/", {**WATCH, "row": ["{own}:{flag}"]}),
    "their review undone": ("clinician", "post", "/clinic/reviews/{review}/undo/", {}),
    "their filter deleted": ("clinician", "post", "/clinic/filters/delete/", {"name": f"{MARK} filter"}),
    "filter by their people": ("clinician", "post", "/clinic/filters/save/", {"name": "Mine", "query": "clinician={member}"}),
    "their text changed": ("clinician", "post", "/clinic/replies/{reply}/", {"name": "Mine", "text": "Mine.", "seen": "1"}),
    "their text deleted": ("clinician", "post", "/clinic/replies/{reply}/delete/", {"seen": "1"}),
    "their colleague on call": ("admin", "post", "/clinic/clock/on-call/{member}/", {"on_call": "yes"}),
    "treatment under their norms": ("clinician", "post", "/clinic/patients/{own_patient}/treatments/new/", {"protocol": "{protocol_pk}",
    "treated_on": "2026-03-18"}),
    "enrolled with their address": ("clinician", "post", "/clinic/patients/new/", {"name": "New", "email": "{email}",
    "protocol": "{pen_pk}", "treated_on": "2026-03-18"}),
    "protocol like theirs": ("admin", "post", "/norms/new/", {"name": "Mine", "slug": "mine", "like": "{protocol_pk}"}),
    "photo of the form": ("patient", "post", "/log/", {"remove": "{photo}", "date": "2026-03-18"}),
    "asked for a mail": ("clinician", "post", "/clinic/recoveries/{treatment}/nudge/", {}),
    "invited": ("clinician", "post", "/clinic/patients/{patient}/invitation/send/", {}),
    "moved": ("clinician", "post", "/clinic/recoveries/{treatment}/date/", {"treated_on": "2026-04-18", "seen": "2026-03-14"}),
    "their draft": ("admin", "post", "/norms/{protocol}/draft/discard/", {"seen": "0"}),
    "account": ("patient", "post", "/settings/delete/", {"patient": "{patient}", "user": "{patient}", "confirm": "{email}"}),
}  # fmt: skip
HEADERS = {
    "X-Original-URL": ("clinician", "get", "/clinic/recoveries/{nobody}/", {"X-Original-URL": FOREIGN}),
    "X-Rewrite-URL": ("patient", "get", "/nowhere/", {"X-Rewrite-URL": RECOVERY}),
    "X-HTTP-Method-Override": ("patient", "get", "/photos/{photo}/remove/", {"X-HTTP-Method-Override": "POST"}),
    "Range": ("clinician", "get", "/photos/{photo}/", {"Range": "bytes=0-100"}),
    "HX-Request": ("clinician", "get", "/clinic/panel/{treatment}/", {"HX-Request": "true"}),
    "Remote-User": ("anonymous", "get", RECOVERY, {"Remote-User": "{email}", "X-Forwarded-User": "{email}", "X-Remote-User": "{email}"}),
    "Authorization": ("anonymous", "get", RECOVERY, {"Authorization": "Basic e2VtYWlsfTp4"}),
    "Referer": ("clinician", "get", FOREIGN, {"Referer": f"http://testserver{FOREIGN}"}),
}
CASES = {**PATHS, **QUERIES, **BODIES, **HEADERS}


@pytest.fixture
def known(browsers, treatment, clinician, patient):
    """The words in braces."""
    a_log(treatment, 3, redness=4)
    theirs = another_clinic()
    foreign = Treatment.objects.get(uuid=theirs.ids["treatment"])
    # What is noted once an hour is noted now.
    browsers["clinician"].get(reverse("clinic-recovery", args=[treatment.uuid]))
    browsers["clinician"].get(reverse("clinic-patient", args=[patient.uuid]))
    return {
        **{kind: str(uuid) for kind, uuid in theirs.ids.items()},
        "protocol": theirs.protocol, "protocol_pk": Protocol.objects.get(slug=theirs.protocol).pk, "flag": theirs.flags[-1],
        "pen_pk": Protocol.objects.get(slug="pen").pk, "TREATMENT": str(foreign.uuid).upper(), "treatment_hex": foreign.uuid.hex,
        "treatment_pk": foreign.pk, "place": write_place(place_of(_ranked(foreign), foreign.open_since)),
        "nobody": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
        "email": foreign.patient.user.email, "own": treatment.uuid, "own_patient": patient.uuid, "own_flag": open_flags(treatment)[0].uuid,
    }  # fmt: skip


def _ranked(treatment):
    (row,) = Treatment.objects.filter(pk=treatment.pk).with_people().needing_review()[:1]
    return row


@pytest.fixture
def browsers(patient, clinician, admin, signed_in):
    return {"anonymous": Client(), "patient": signed_in(patient.user), "clinician": signed_in(clinician), "admin": signed_in(admin)}


def filled(value, known):
    if isinstance(value, list):
        return [filled(one, known) for one in value]
    return value.format(**known)


def state():
    return {table: found for table, found in rows().items() if table not in OPENED}


def sent(browser, method, path, more, known):
    told = {name: filled(value, known) for name, value in more.items()}
    if method == "post":
        return browser.post(filled(path, known), told)
    return getattr(browser, method)(filled(path, known), headers=told)


def wrong(browser, case, known, mark, before):
    """What an answer tells or changes, or that it failed; the request is undone afterwards."""
    _, method, path, more = case
    with left_as_it_was(browser):
        status, told = said(sent(browser, method, path, more, known))
        changed = [table for table, found in state().items() if found != before[table]]
    # What was typed by oneself comes back: the search.
    for typed in (filled(path, known), f'value="{mark}"', f"“{mark}”".encode().decode("latin1")):
        told = told.replace(typed, "")
    return {"told": mark in told, "changed": changed, "failed": status >= 500}


NOTHING = {"told": False, "changed": [], "failed": False}


@pytest.mark.parametrize("kind", [PATHS, QUERIES, BODIES, HEADERS], ids=["paths", "queries", "bodies", "headers"])
def test_nothing_is_told_and_nothing_changes(browsers, known, kind):
    before = state()
    found = {name: wrong(browsers[case[0]], case, known, MARK, before) for name, case in kind.items()}
    assert {name: what for name, what in found.items() if what != NOTHING} == {}


def test_there_are_many_kinds():
    assert len(CASES) >= 60


@pytest.mark.parametrize(
    "how", ["own link with the other's id", "own end with the other's id", "the other salt", "another session's cookie"]
)
def test_links_and_cookies_are_no_way_round(browsers, known, patient, how):
    theirs = Treatment.objects.get(uuid=known["treatment"]).patient
    browser = Client()
    token = {
        "own link with the other's id": dumps([theirs.uuid.hex, "0" * 20], salt=TO_LOG),
        "own end with the other's id": dumps(theirs.uuid.hex, salt=TO_TURN_OFF)[:-3] + "abc",
        "the other salt": dumps([theirs.uuid.hex, "0" * 20], salt=TO_TURN_OFF),
    }.get(how)
    before = state()
    if token:
        name = "reminders-off" if "end" in how else "log-link"
        status, told = said(browser.post(reverse(name, args=[token])) if "end" in how else browser.get(reverse(name, args=[token])))
        assert status in (404, 410)
    else:
        browser.cookies.load({"sessionid": "x" * 32, "messages": browsers["patient"].cookies["sessionid"].value})
        status, told = said(browser.get(reverse("recovery-of", args=[theirs.uuid])))
        assert status == 302
    assert (MARK in told, state() == before) == (False, True)


def test_signing_in_over_somebody_s_session_leaves_nothing_of_theirs(client, known, patient):
    theirs = Treatment.objects.get(uuid=known["treatment"]).patient.user
    client.force_login(theirs)
    client.get("/recovery/")
    client.force_login(patient.user)
    assert [url for url in ("/", "/log/", "/recovery/", "/settings/") if MARK in client.get(url, follow=True).content.decode()] == []


def test_a_neighbour_in_the_same_clinic_is_as_far_away(browsers, known, clinician):
    theirs = a_treatment(clinician, "Mei Quetzal", TODAY)
    photo = a_photo(a_log(theirs, 0, note="Quetzal note").log)
    known |= {"treatment": theirs.uuid, "patient": theirs.patient.uuid, "photo": photo.uuid, "email": theirs.patient.user.email}
    before, cases = state(), {name: case for name, case in CASES.items() if case[0] in ("patient", "anonymous")}
    found = {name: wrong(browsers[case[0]], case, known, "Quetzal", before) for name, case in cases.items()}
    assert {name: what for name, what in found.items() if what != NOTHING} == {}
    assert len(found) > 12


def test_what_one_may_do_is_told_and_done(browsers, known):
    """The net catches: a request about one's own record tells and changes."""
    before, case = state(), ("patient", "post", "/log/", answers(note="Mine."))
    changed = wrong(browsers["patient"], case, known, "Mine.", before)["changed"]
    assert {"patients_log", "patients_rating", "patients_auditevent"} <= set(changed)
    assert wrong(browsers["clinician"], ("clinician", "get", "/clinic/patients/{own_patient}/", {}), known, "Ferreira", before)["told"]
