"""Hostile text in every field, on every page, mail and file that shows it: kept to the letter or refused with it, and never run.

What a browser makes of these pages: tests/e2e/test_hostile.py.
"""

import html
import json

import pytest
from django.core import mail
from django.urls import reverse

from patients.actions.norms import draft_of, start_draft
from patients.models import Clinic, Holiday, Log, Patient, Protocol, ReplyTemplate, Review, SavedFilter, Source, Treatment, User
from patients.models.norm_values import read_norms
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_treatment, open_flags
from tests.hostile import CORPUS, GAP, LONG, REFUSED, WHITE, packed
from tests.intruders import Elements, checked, intruders
from tests.pages import filled_in
from tests.views.test_access import NAMES, TABLE, VISITORS
from tests.views.test_log import answers


def test_the_net_catches(client):
    for bad in (
        "<script>x</script>",
        "<p onclick=x>",
        "<a href='javascript:x'>",
        "<img src=//evil.example>",
        "<base href=x>",
        "<p style=x>",
    ):
        assert Elements(bad).found, bad
    assert Elements("<a href='/log/'><script src='/static/log.js'></script>").found == []


def test_there_are_five_hundred_and_each_is_tried():
    assert len(CORPUS) >= 500
    together = GAP.join(packed(2000))
    assert [text for text in CORPUS if text not in together and text not in [*WHITE, *LONG, *REFUSED]] == []


def test_a_patient_s_note(as_patient, as_clinician, treatment):
    for value in packed(2000):
        answer = as_patient.post("/log/", answers(note=value), follow=True)
        assert Log.objects.get().note == value
        checked(answer)
        checked(as_patient.get("/log/"), value)
        checked(as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid])), value)


def test_notes_and_replies_of_the_clinic(as_clinician, signed_in, clinician):
    treatment = a_treatment(clinician, "Mei Chen", TREATED)
    url, values = reverse("review", args=[treatment.uuid]), packed(2000)
    for number, note in enumerate(values):
        a_log(treatment, 4, *(["fever"] if number % 2 else ["pus"]), note=f"n{number}", redness=number % 5)
        sent = {
            "disposition": "advice",
            "note": note,
            "reply": values[-number],
            "flags": ",".join(str(f.uuid) for f in open_flags(treatment)),
        }
        if not open_flags(treatment):
            continue
        refused = as_clinician.post(url, sent | {"disposition": "", "flags": sent["flags"]})
        checked(refused, note, values[-number])
        as_clinician.post(url, sent)
        review = Review.objects.latest("pk")
        assert (review.note, review.reply) == (note, values[-number])
        checked(as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid])), note)
        checked(signed_in(treatment.patient.user).get("/recovery/"), values[-number])
    assert Review.objects.count() >= 3


def test_names_devices_and_what_is_made_of_them(as_clinician, clinician, django_capture_on_commit_callbacks):
    page = {"protocol": Protocol.objects.get(slug="pen").pk, "area": "face"}
    names, devices = packed(120), packed(80)
    for number, name in enumerate(names[::8]):
        device = devices[number % len(devices)]
        form = page | {"name": name, "email": f"n{number}@example.org", "device": device, "treated_on": TODAY.isoformat()}
        with django_capture_on_commit_callbacks(execute=True):
            answer = as_clinician.post("/clinic/patients/new/", form, follow=True)
        patient = Patient.objects.get(user__email=f"n{number}@example.org")
        assert (patient.user.name, patient.treatments.get().device) == (name, device)
        checked(answer, name)
    assert {len(m.subject.splitlines()) for m in mail.outbox} == {1}
    assert [m.extra_headers for m in mail.outbox if set(m.extra_headers) != {"Auto-Submitted"}] == []


def test_every_page_of_somebody_with_such_names(browsers, url_of, treatment, clinic):
    """Names of patient, staff, clinic, texts and norms at once, on all pages of all visitors."""
    value = max(packed(120), key=lambda text: ("<" in text) + ("{{" in text) + ('"' in text))
    User.objects.update(name=value)
    User.objects.exclude(role="patient").update(title="<b>'\"{{7*7}}")
    Clinic.objects.update(name=value, phone="<1>'\"")
    Treatment.objects.update(device=value[:80])
    ReplyTemplate.objects.update(name=value[:60], text=value)
    Source.objects.update(title=value, publisher=value)
    found = {}
    for place, visitor in enumerate(VISITORS):
        for name in (name for name in NAMES if TABLE[name][place] == 200 and name not in ("photo", "photo-thumb", "health")):
            answer = browsers[visitor].get(url_of(name))
            if answer.headers["Content-Type"].startswith("text/html"):
                found[visitor, name] = intruders(answer)
    assert {where: what for where, what in found.items() if what} == {}
    assert len(found) > 100


def test_texts_for_replies(as_clinician):
    for value, name in zip(packed(900), packed(60), strict=False):
        text = value.replace("{", "(").replace("}", ")")  # braces are placeholders there, and refused with a sentence
        if text != value:
            checked(as_clinician.post("/clinic/replies/new/", {"name": name, "text": value, "seen": ""}), name, value)
        answer = as_clinician.post("/clinic/replies/new/", {"name": name, "text": text, "seen": ""}, follow=True)
        kept = ReplyTemplate.objects.get(name=" ".join(name.split()))
        # One kind of line break, whichever browser sent it.
        assert kept.text == text.replace("\r\n", "\n")
        checked(answer, name, text)


def test_names_of_filters_and_what_is_searched(as_clinician, treatment):
    for value in packed(40)[::8]:
        as_clinician.post("/clinic/filters/save/", {"name": value, "query": "urgency=watch"})
        assert SavedFilter.objects.get().name == value
        checked(as_clinician.get("/clinic/"), value)
        as_clinician.post("/clinic/filters/delete/", {"name": value})
    assert SavedFilter.objects.count() == 0
    for value in packed(80)[::9]:
        for path, name in (("/clinic/patients/", "q"), ("/clinic/", "text")):
            answer = as_clinician.get(path, {name: value})
            assert (intruders(answer), answer.status_code < 500) == ([], True)


def test_names_of_holidays(as_admin, clinic):
    values = packed(80)
    for start in range(0, len(values), 60):
        some = values[start : start + 60]
        days = [f"2027-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(len(some))]
        form = filled_in(as_admin.get(reverse("clock")))
        form |= {"holidays-TOTAL_FORMS": str(len(some)), "holidays-INITIAL_FORMS": "0"}
        for n, (day, name) in enumerate(zip(days, some, strict=True)):
            form |= {f"holidays-{n}-day": day, f"holidays-{n}-name": name}
        Holiday.objects.all().delete()
        form["seen"] = filled_in(as_admin.get(reverse("clock")))["seen"]
        answer = as_admin.post(reverse("clock"), form, follow=True)
        assert list(Holiday.objects.order_by("day").values_list("name", flat=True)) == some
        checked(answer, *some)


def test_texts_of_norms_by_page_and_by_file(as_superuser, superuser):
    pen = Protocol.objects.get(slug="pen")
    draft = start_draft(by=superuser, protocol=pen)
    url, values = reverse("draft-part", args=["pen", "guidance"]), packed(900)
    form = filled_in(as_superuser.get(url))
    texts = [name for name in form if name.endswith("-text")]
    form |= {name: values[n % len(values)] for n, name in enumerate(texts[: len(values)])}
    answer = as_superuser.post(url, form, follow=True)
    kept = {" ".join(line.text.split()) for line in read_norms(draft_of(pen)).course.guidance}
    assert {" ".join(value.split()) for value in values} <= kept  # line breaks are kept there as they are on every page
    checked(answer, *values)
    for path in (reverse("draft", args=["pen"]), reverse("norms-diff", args=["pen"]), reverse("norms-publish", args=["pen"])):
        assert intruders(as_superuser.get(path)) == []
    exported = json.dumps({"protocol": "pen", "texts": values})
    checked(as_superuser.post(reverse("norms-import", args=["pen"]), {"text": exported}))
    assert draft.pk == draft_of(pen).pk


def test_settings_of_protocols_and_sources(as_superuser):
    url = reverse("protocol-settings", args=["pen"])
    for name, description in zip(packed(80)[::12], packed(200)[::3], strict=False):
        checked(as_superuser.post(url, {"do": "rename", "name": name, "description": description}, follow=True), name, description)
        assert Protocol.objects.filter(slug="pen").values_list("name", "description").get() == (name, description)
    form = filled_in(as_superuser.get(reverse("source", args=["chu-2021"])))
    for title, publisher in zip(packed(250)[::5], packed(120)[::5], strict=False):
        checked(
            as_superuser.post(reverse("source", args=["chu-2021"]), form | {"title": title, "publisher": publisher}, follow=True),
            title,
            publisher,
        )
        assert Source.objects.filter(key="chu-2021").values_list("title", "publisher").get() == (title, publisher)


@pytest.mark.parametrize("text", [*WHITE, *LONG], ids=lambda text: ascii(text[:12]))
def test_nothing_but_white_space_and_very_long_texts(as_patient, treatment, text):
    answer = as_patient.post("/log/", answers(note=text))
    if Log.objects.exists():
        assert Log.objects.get().note == text.strip()
    else:
        assert (answer.status_code, text.strip() in html.unescape(answer.content.decode())) == (200, True)


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_what_no_database_holds_is_refused_with_what_was_typed(as_patient, as_clinician, as_admin, treatment, text):
    answers_of = [
        as_patient.post("/log/", answers(note=text + "kept")),
        as_clinician.post("/clinic/replies/new/", {"name": text + "kept", "text": "x", "seen": ""}),
        as_clinician.post("/clinic/filters/save/", {"name": text + "kept", "query": "urgency=watch"}),
        as_clinician.post("/clinic/patients/new/", {"name": text + "kept", "email": "a@example.org"}),
        as_admin.post("/norms/new/", {"name": text + "kept"}),
    ]
    assert [(one.status_code, "kept" in one.content.decode(), intruders(one)) for one in answers_of] == [(200, True, [])] * 5
    assert (Log.objects.count(), SavedFilter.objects.count()) == (0, 0)


def test_signing_in_with_anything(client, db, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    for value in packed(60)[::6]:
        for path, fields in {
            "login": {"login": value, "password": value},
            "login/code": {"email": value},
            "password/reset": {"email": value},
        }.items():
            answer = client.post(f"/accounts/{path}/", fields)
            assert (answer.status_code, intruders(answer)) == (200, [])
