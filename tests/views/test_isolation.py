"""Another clinic is as if it were not there: no query fetches a row of it, no page changes by it, and its ids are no ids."""

import re
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Treatment
from tests.addresses import addresses
from tests.another_clinic import GROUP_OF, MARK, another_clinic, fetched, foreign, rows, values
from tests.views.test_access import NAMES
from tests.views.test_access_all import PACKAGES, left_as_it_was

OURS = ["anonymous", "patient", "clinician", "admin"]
METHODS = ("get", "post")
# What differs from one answer to the next by itself; ids of requests may come.
MASKS = [
    (r'name="key" value="[\w-]+"', "KEY"),
    (r'name="csrfmiddlewaretoken" value="\w+"', "TOKEN"),
    (r"csrftoken=\w+", "TOKEN"),
    (r"nonce-[\w+/=]+", "NONCE"),
]
CHANGING = {"set-cookie", "x-request-id", "expires"}
# Made anew for each request: seconds that are left, a token, a secret, a challenge.
ANEW = {"/session/", *(f"/accounts/2fa/{page}/" for page in ("totp/activate", "webauthn/add", "recovery-codes/generate"))}
WITH_IDS = [(name, kind) for kind, names in GROUP_OF.items() for name in names]


@pytest.fixture
def foreigners(browsers, url_of):
    """The other clinic, and what its rows alone are known by."""
    before = values(rows())
    world = another_clinic()
    return world, values(rows()) - before


def said(response, *ids):
    """The answer as its reader gets it, without what is new each time; `ids` stand for the same."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    told = "\n".join(f"{k}: {v}" for k, v in sorted(response.headers.items()) if k.lower() not in CHANGING) + "\n\n" + body.decode("latin1")
    for pattern, word in MASKS:
        told = re.sub(pattern, word, told)
    for one in ids:
        told = told.replace(str(one), "ID")
    return response.status_code, told


def asked(browser, method, path, *ids):
    with left_as_it_was(browser):
        return said(getattr(browser, method)(path), *ids)


@pytest.mark.parametrize("visitor", OURS)
def test_no_query_of_any_page_fetches_a_row_of_another_clinic(browsers, url_of, foreigners, visitor):
    _, known = foreigners
    found = {}
    for path in [*map(url_of, NAMES), *PACKAGES]:
        for method in METHODS:
            with fetched() as seen:
                asked(browsers[visitor], method, path)
            found[method, path] = foreign(seen, known)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("visitor", OURS)
def test_no_page_says_more_once_another_clinic_is_there(browsers, url_of, visitor):
    """Counts too: nothing of it is counted anywhere."""
    browser, paths = browsers[visitor], [path for path in [*map(url_of, NAMES), *PACKAGES] if path not in ANEW]
    alone = {path: asked(browser, "get", path) for path in paths}
    another_clinic()
    assert [path for path in paths if asked(browser, "get", path) != alone[path]] == []


def test_the_net_catches_what_is_not_narrowed(browsers, foreigners):
    world, known = foreigners
    with fetched() as seen:
        list(Treatment.objects.values_list("uuid", "device"))
    theirs = Treatment.objects.filter(clinic__name__startswith=MARK).values_list("uuid", flat=True)
    assert foreign(seen, known) == {uuid.hex for uuid in theirs} | {f"{MARK} pen"}
    assert world.ids["treatment"] in theirs


def test_every_address_with_an_id_is_tried():
    known = {name for name, _ in WITH_IDS}
    assert {address.name for address in addresses() if "<uuid:" in address.route} == known


def path_of(name, uuid):
    return reverse(name, args=["pen", uuid] if name == "norms-impact-log" else [uuid])


def heard(browser, method, path, uuid):
    """What is answered, the queries behind it by their words, and what they fetched."""
    with CaptureQueriesContext(connection) as queries, fetched() as seen:
        answer = asked(browser, method, path, uuid)
    return answer, [re.sub(r"'[^']*'|\b[0-9a-f]{32}\b|\d+", "?", query["sql"]) for query in queries], seen


@pytest.mark.parametrize("visitor", OURS)
def test_an_id_of_another_clinic_is_an_id_of_nothing(browsers, url_of, foreigners, visitor):
    """The same status, headers, body and queries, and nothing of it fetched."""
    world, known = foreigners
    differ, leaks = [], []
    for name, kind in WITH_IDS:
        for method in METHODS:
            theirs, nothing = world.ids[kind], uuid4()
            answer, queries, seen = heard(browsers[visitor], method, path_of(name, theirs), theirs)
            if (answer, queries) != heard(browsers[visitor], method, path_of(name, nothing), nothing)[:2]:
                differ.append((name, kind, method))
            if foreign(seen, known):
                leaks.append((name, kind, method, foreign(seen, known)))
    assert (differ, leaks) == ([], [])


PROTOCOLS = [name for name in NAMES if name.startswith(("norms-", "draft", "protocol-")) and name != "protocol-new"]
MORE = {
    "norms-version": [1], "norms-restore": [1], "norms-move": [1], "norms-export": [1, "json"], "draft-part": ["phases"],
    "norms-impact-log": [UUID(int=0)],
}  # fmt: skip


@pytest.mark.parametrize("visitor", OURS)
def test_so_is_the_word_of_its_own_protocol(browsers, url_of, foreigners, visitor):
    world, known = foreigners
    differ = []
    for name in PROTOCOLS:
        for method in METHODS:
            slugs = [world.protocol, "nowhere-own"]
            one, other = (heard(browsers[visitor], method, reverse(name, args=[s, *MORE.get(name, [])]), s) for s in slugs)
            if one[:2] != other[:2] or foreign(one[2], known):
                differ.append((name, method))
    assert differ == []


@pytest.mark.parametrize("visitor", OURS[1:])
@pytest.mark.parametrize("name", ["log-link", "reminders-off", "invitation"])
def test_a_link_of_another_clinic_says_nothing_of_whose_it_is(browsers, url_of, foreigners, visitor, name):
    world, _ = foreigners
    status, told = asked(browsers[visitor], "get", reverse(name, args=[world.tokens[name]]))
    # The page that ends reminders is the link's own: it names the clinic that sends them, and nobody else.
    assert status == (200 if name == "reminders-off" else 403)
    assert MARK not in told.replace(f"{MARK} Skin Clinic", "") if name == "reminders-off" else MARK not in told


def test_a_patient_s_number_is_no_way_in(browsers, patient, url_of):
    paths = [f"/recovery/{patient.pk}/", f"/photos/{patient.pk}/", f"/clinic/patients/{patient.pk}/", f"/clinic/recoveries/{patient.pk}/"]
    assert {asked(browsers[visitor], "get", path)[0] for visitor in OURS for path in paths} == {404}


def test_an_unknown_address_is_the_same_for_everybody_signed_out(db):
    assert [asked(Client(), "get", path)[0] for path in ("/recovery/nowhere/", "/nowhere/", "/clinic/nowhere/")] == [404, 404, 404]
