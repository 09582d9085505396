"""What belongs to the patient: who looked, everything in one archive, the end of the account."""

import csv
import io
import json
import os
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients import photo_store
from patients.actions.people import change_settings
from patients.actions.photos import note_photo_seen, note_thumbnails_seen
from patients.actions.retention import set_retention
from patients.actions.seen import note_record_seen
from patients.models import AuditEvent, Flag, Invitation, Log, Patient, Photo, Reminder, Review, Symptom, Treatment, User
from tests.conftest import EVENT_MORE, TODAY, TREATED
from tests.factories import a_log, a_photo, a_review, a_treatment, next_session
from tests.pages import filled_in, items, page, text

SEEN, DOWNLOAD, DELETE = (reverse(name) for name in ("record-seen", "record-download", "account-delete"))


class TestTheHub:
    def test_a_patient_finds_their_record(self, as_patient):
        assert {SEEN, DOWNLOAD, DELETE, "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"} <= set(
            page(as_patient.get("/settings/")).links
        )

    @pytest.mark.parametrize("browser", ["as_clinician", "as_admin"])
    def test_staff_find_their_sign_in_only(self, request, browser):
        links = set(page(request.getfixturevalue(browser).get("/settings/")).links)
        assert ("/accounts/email/" in links, links & {SEEN, DOWNLOAD, DELETE}) == (True, set())


def an_event(action, subject, by, at=None, **held):
    """As the actions write it, at a moment of its own."""
    known = {"subject_type": subject._meta.model_name, "subject_id": str(subject.uuid), "clinic": by.clinic if by else None}
    label = f"{by.byline} ({by.role})" if by else "the system"
    return AuditEvent.objects.create(action=action, actor=by, actor_label=label, at=at or datetime.now(UTC), **known, **held)


class TestWhoLooked:
    def test_each_thing_is_said_in_plain_words(self, as_patient, treatment, clinician):
        log = a_log(treatment, 4, "fever").log
        photo = a_photo(log)
        note_record_seen(by=clinician, subject=treatment.patient)
        note_record_seen(by=clinician, subject=treatment)
        note_thumbnails_seen(by=clinician, treatment=treatment)
        note_photo_seen(by=clinician, photo=photo)
        a_review(treatment, clinician)
        said = [line.split("(clinician) ")[1] for line in items(as_patient.get(SEEN)) if "Mira Osei, nurse (clinician)" in line]
        assert said == [
            "reviewed what you logged: session 1", "looked at one photo in full: session 1, day 4, front",
            "looked at the photos: session 1", "opened your recovery: session 1", "opened your page",
            "recorded a treatment: session 1", "enrolled you",
        ]  # fmt: skip

    def test_what_one_did_oneself_is_shown_on_asking(self, as_patient, treatment):
        a_log(treatment, 4)
        an_event("reminder sent", treatment.patient, None)
        assert [line for line in items(as_patient.get(SEEN)) if "You" in line or "by itself" in line] == []
        said = " ".join(items(as_patient.get(SEEN + "?who=all")))
        assert "You logged a day: session 1, day 4" in said
        assert "This service, by itself sent a reminder" in said

    def test_an_action_without_words_is_not_left_out(self, as_patient, treatment, clinician):
        an_event("something new", treatment, clinician)
        assert "Mira Osei, nurse (clinician) something new" in items(as_patient.get(SEEN))[0]

    def test_times_are_the_patients_and_names_as_they_were(self, as_patient, treatment, clinician):
        Patient.objects.update(time_zone="Pacific/Auckland")
        an_event("record seen", treatment, clinician, datetime.combine(TODAY, time(12), UTC))
        User.objects.filter(pk=clinician.pk).update(name="Mira Married")
        seen = as_patient.get(SEEN)
        assert "Thu 19 Mar 2026, 01:00 Mira Osei, nurse (clinician)" in " ".join(items(seen))
        assert "your time zone, Pacific/Auckland" in text(seen)

    def test_nothing_about_anybody_else(self, as_patient, treatment, other_treatment, clinician, other_clinician, admin):
        neighbour = a_treatment(clinician, "Mei Chen", TREATED)
        known = items(as_patient.get(SEEN + "?who=all"))
        for of, by in ((neighbour, clinician), (other_treatment, other_clinician)):
            note_record_seen(by=by, subject=of)
            note_record_seen(by=by, subject=of.patient)
            a_log(of, 4)
        # The id of one kind under the name of another, and an event about a thing that is nobody's.
        AuditEvent.objects.create(action="x", actor=admin, actor_label="x", subject_type="band", subject_id=str(treatment.uuid))
        assert items(as_patient.get(SEEN + "?who=all")) == known

    def test_fifty_on_a_page_newest_first(self, as_patient, treatment, clinician):
        start = datetime.now(UTC) + timedelta(days=1)
        for number in range(55):
            an_event(f"thing {number}", treatment, clinician, start + timedelta(minutes=number))
        pages = [items(as_patient.get(f"{SEEN}?page={number}")) for number in (1, 2)]
        said = [line.split()[-1] for shown in pages for line in shown if "thing" in line]
        assert (len(pages[0]), said) == (50, [str(number) for number in range(54, -1, -1)])
        assert "Page 2 of 2" in text(as_patient.get(SEEN + "?page=2"))

    @pytest.mark.parametrize("number", ["0", "-1", "99", "x", "²", "1" * 500, "\x00"])
    def test_a_page_that_is_not_there_is_one_that_is(self, as_patient, number):
        assert "enrolled you" in text(as_patient.get(SEEN, {"page": number}))

    def test_it_costs_the_same_with_1_and_3_of_everything(self, as_patient, treatment, clinician, travel_to):
        found = []
        for day in range(3):
            if day:
                travel_to(TODAY + timedelta(days=day))
                treatment = next_session(clinician, treatment.patient, TODAY + timedelta(days=day))
            a_photo(a_log(treatment, 0).log)
            note_record_seen(by=clinician, subject=treatment)
            with CaptureQueriesContext(connection) as queries:
                as_patient.get(SEEN + "?who=all")
            found.append(len(queries))
        assert len(set(found)) == 1
        assert found[0] <= 6


FORMULA = '=HYPERLINK("http://example.org","x")'
# What is not handed out: keys, names in the storage, what staff write to each other, what makes a sign-in work.
NOT_HANDED_OUT = {"Treatment": {"closed_why"}, "Invitation": {"token_digest", "address_digest"},
    "Photo": {"full", "thumb"}, "Review": {"note"}, "User": {"password", "is_active", "is_staff", "is_superuser"},
}  # fmt: skip


def plain(value):
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def stored(row):
    out = NOT_HANDED_OUT.get(type(row).__name__, set()) | {"id"}
    return {f.name: plain(getattr(row, f.name)) for f in row._meta.concrete_fields if not f.is_relation and f.name not in out}


def opened(response):
    return ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def rows_of(archive):
    return list(csv.DictReader(io.StringIO(archive.read("logs.csv").decode("utf-8-sig"))))


@pytest.fixture
def life(treatment, clinician, photo_folder, travel_to):
    """Two sessions with logs, photos, flags, answers and a reminder; texts that a spreadsheet must not run."""
    a_log(treatment, 0, note=FORMULA, itching=2)
    a_photo(a_log(treatment, 3, "fever", redness=4, note='Line one\nline "two", ünï 🙂').log)
    a_review(treatment, clinician, reply="Come in on Monday.", note="for colleagues only")
    travel_to(TODAY)
    second = next_session(clinician, treatment.patient, TODAY)
    for view in ("front", "left"):
        a_photo(a_log(second, 0, redness=3).log, view)
    Reminder.objects.create(clinic=treatment.clinic, patient=treatment.patient, day=TODAY, sent_at=datetime.now(UTC))
    made = {"sent_by": clinician, "made_at": datetime.now(UTC), "expires_at": datetime.now(UTC) + timedelta(days=7)}
    Invitation.objects.create(clinic=treatment.clinic, patient=treatment.patient, token_digest="a", address_digest="b", **made)
    change_settings(by=treatment.patient.user, theme="dark", reminder_hour=None)
    return treatment.patient


class TestDownload:
    def test_it_says_what_is_in_it_and_opening_the_page_sends_nothing(self, as_patient):
        response = as_patient.get(DOWNLOAD)
        assert "Notes that the clinic’s staff write to each other are not in it." in text(response)
        assert AuditEvent.objects.filter(action="record downloaded").count() == 0

    def test_every_stored_value_is_in_the_json(self, as_patient, life):
        whole = json.loads(opened(as_patient.post(DOWNLOAD)).read("record.json"))
        logs = [log for treatment in whole["treatments"] for log in treatment["logs"]]
        held = {
            User: [whole["sign_in"]], Patient: [whole["patient"]], Treatment: whole["treatments"], Log: logs,
            Review: [review for treatment in whole["treatments"] for review in treatment["reviews"]],
            Flag: [flag for log in logs for flag in log["flags"]],
            Photo: [photo for log in logs for photo in log["photos"]], Reminder: whole["reminders"],
            Invitation: whole["invitations"],
        }  # fmt: skip
        for model, found in held.items():
            rows = [row for row in model._base_manager.all() if model is not User or row.pk == life.user_id]
            expected = {repr(sorted(stored(row).items())) for row in rows}
            names = set(stored(rows[0]))
            # Lines such as `protocol` are words in the place of a key, beside the columns.
            assert {repr(sorted((k, v) for k, v in one.items() if k in names)) for one in found} == expected, model
        assert [log["ratings"] for log in logs] == [log.severities for log in Log.objects.order_by("treatment", "day")]

    def test_it_says_what_the_page_said_and_who_looked(self, as_patient, life):
        whole = json.loads(opened(as_patient.post(DOWNLOAD)).read("record.json"))
        said = whole["treatments"][0]["logs"][1]["said_to_you"]
        assert (said["word"], "Redness" in " ".join(said["details"])) == ("Call today", True)
        assert said["sentence"] in text(as_patient.get(f"/log/{TODAY - timedelta(days=1)}/saved/")) or "fever" in said["sentence"].lower()
        assert whole["treatments"][0]["reviews"][0]["reviewed_by"] == "Mira Osei, nurse"
        assert {"who": "You", "what": "downloaded everything"}.items() <= whole["who_looked"][0].items()

    def test_what_staff_write_to_each_other_is_not_in_it(self, as_patient, life):
        archive = opened(as_patient.post(DOWNLOAD))
        assert [name for name in archive.namelist() if b"for colleagues only" in archive.read(name)] == []
        assert b"Come in on Monday." in archive.read("record.json")

    def test_the_table_has_a_row_for_each_log_and_a_column_for_each_symptom(self, as_patient, life):
        rows = rows_of(opened(as_patient.post(DOWNLOAD)))
        logs = list(Log.objects.select_related("treatment").order_by("treatment", "day"))
        assert [(r["session"], r["day"], r["date"]) for r in rows] == [
            (str(log.treatment.session_number), str(log.day), log.treatment.date_of(log.day).isoformat()) for log in logs
        ]
        for symptom in Symptom.objects.all():
            assert [r[symptom.name] for r in rows] == [str(log.severities.get(symptom.code, "")) for log in logs]
        assert [(r["asked_for_review"], r["photos"]) for r in rows] == [("no", "0"), ("no", "1"), ("no", "2")]
        assert (rows[1]["note"], rows[1]["entered_at"]) == (logs[1].note, logs[1].entered_at.isoformat())

    @pytest.mark.parametrize("note", [FORMULA, "+1", "-1", "@x", "＝1", "\t=1"])
    def test_a_spreadsheet_runs_nothing(self, as_patient, treatment, note):
        log = a_log(treatment, 4, note=note).log
        archive = opened(as_patient.post(DOWNLOAD))
        assert rows_of(archive)[0]["note"] == "'" + note
        assert json.loads(archive.read("record.json"))["treatments"][0]["logs"][0]["note"] == log.note == note

    def test_photos_are_there_byte_for_byte(self, as_patient, life):
        archive = opened(as_patient.post(DOWNLOAD))
        assert [name for name in archive.namelist() if name.startswith("photos/")] == [
            "photos/session-1-day-03-front.jpg", "photos/session-2-day-00-front.jpg", "photos/session-2-day-00-left.jpg",
        ]  # fmt: skip
        kept = [photo_store.read(photo.full) for photo in Photo.objects.order_by("log__treatment", "log__day", "view")]
        assert [archive.read(name) for name in archive.namelist() if name.startswith("photos/")] == kept
        assert archive.testzip() is None

    def test_a_missing_file_is_named_and_breaks_nothing(self, as_patient, life, photo_folder):
        os.remove(photo_folder / Photo.objects.get(view="left").full)
        archive = opened(as_patient.post(DOWNLOAD))
        assert "photos/session-2-day-00-left.jpg" not in archive.namelist()
        assert "could not be read and are missing here" in archive.read("README.txt").decode()
        assert "  photos/session-2-day-00-left.jpg\n" in archive.read("README.txt").decode()
        assert len(archive.namelist()) == 5

    def test_headers(self, as_patient, life):
        response = as_patient.post(DOWNLOAD)
        assert (response.streaming, response["Content-Type"]) == (True, "application/zip")
        assert response["Content-Disposition"] == 'attachment; filename="my-record-2026-03-18.zip"'
        assert (response["Cache-Control"], response["X-Content-Type-Options"]) == ("private, no-store", "nosniff")

    def test_one_photo_at_a_time_is_read(self, as_patient, life, monkeypatch):
        read, asked = photo_store.read, []
        monkeypatch.setattr(photo_store, "read", lambda name: asked.append(name) or read(name))
        parts = iter(as_patient.post(DOWNLOAD).streaming_content)
        counts = [(next(parts), len(asked))[1] for _ in range(5)]
        assert counts == [0, 0, 1, 2, 3]

    def test_it_is_written_down(self, as_patient, life):
        as_patient.post(DOWNLOAD)
        event = AuditEvent.objects.get(action="record downloaded")
        assert (event.actor, event.subject_id, event.before, event.after) == (life.user, str(life.uuid), None, None)

    def test_nothing_of_anybody_else_is_in_it(self, as_patient, life, other_treatment, clinician):
        for of in (a_treatment(clinician, "Mei Chen", TREATED), other_treatment):
            a_photo(a_log(of, 4, note="not yours").log)
        archive = opened(as_patient.post(DOWNLOAD))
        whole = b"".join(archive.read(name) for name in archive.namelist())
        assert [word for word in (b"not yours", b"Mei Chen", b"Lea Krog") if word in whole] == []
        assert len([name for name in archive.namelist() if name.startswith("photos/")]) == 3

    def test_before_the_first_treatment_it_is_whole_too(self, as_patient, clinician, signed_in):
        from tests.factories import a_patient

        archive = opened(signed_in(a_patient(clinician, "Mei Chen").user).post(DOWNLOAD))
        assert archive.namelist() == ["record.json", "logs.csv", "README.txt"]
        assert (rows_of(archive), json.loads(archive.read("record.json"))["treatments"]) == ([], [])

    def test_it_costs_the_same_with_1_and_3_logs_and_photos(self, as_patient, treatment):
        found = []
        for day in range(3):
            a_photo(a_log(treatment, day, "fever", redness=4).log)
            with CaptureQueriesContext(connection) as queries:
                opened(as_patient.post(DOWNLOAD))
            found.append(len(queries))
        assert len(set(found)) == 1
        assert found[0] <= 24 + EVENT_MORE


class TestDeleting:
    @pytest.fixture
    def sure(self, patient):
        return {"email": patient.user.email, "is_sure": "on"}

    def test_it_says_what_goes_and_what_stays(self, as_patient, patient):
        shown = text(as_patient.get(DELETE))
        assert "All logs, notes and photos." in shown
        assert "That an account was deleted, and when." in shown
        assert "Your clinic has not answered you yet" not in shown

    def test_it_says_goodbye_and_everything_is_gone(self, as_patient, patient, sure):
        response = as_patient.post(DELETE, sure)
        assert "Your account is deleted" in text(response)
        assert (Patient.objects.count(), User.objects.filter(role="patient").count(), EmailAddress.objects.count()) == (0, 0, 0)
        assert AuditEvent.objects.filter(action="account erased").count() == 1

    def test_every_browser_is_signed_out(self, as_patient, signed_in, patient, sure):
        other = signed_in(patient.user)
        as_patient.post(DELETE, sure)
        assert [b.get("/settings/").url for b in (as_patient, other)] == ["/accounts/login/?next=/settings/"] * 2
        assert as_patient.post(DELETE).url == f"/accounts/login/?next={DELETE}"

    def test_the_address_leads_nowhere_afterwards(self, as_patient, sure, mailoutbox):
        as_patient.post(DELETE, sure)
        Client().post("/accounts/login/code/", {"email": sure["email"]})
        assert mailoutbox[-1].subject == "No sign-in with this address"

    def test_capitals_and_spaces_are_no_other_address(self, as_patient, sure):
        as_patient.post(DELETE, sure | {"email": f" {sure['email'].upper()} "})
        assert Patient.objects.count() == 0

    @pytest.mark.parametrize(
        "change, says",
        [
            ({"email": ""}, "Type the e-mail address that you sign in with."),
            ({"email": "another@example.org"}, "That is not the address of this account."),
            ({"email": "<b>" + "x" * 5000}, "That is not the address of this account."),
            ({"is_sure": ""}, "Tick the box if you are sure."),
        ],
    )
    def test_without_both_nothing_is_deleted_and_what_was_typed_is_kept(self, as_patient, patient, sure, change, says):
        typed = {name: value for name, value in (sure | change).items() if value}
        response = as_patient.post(DELETE, typed)
        assert says in text(response)
        assert {name: values for name, values in filled_in(response).items() if values != [""]} == {n: [v] for n, v in typed.items()}
        assert Patient.objects.filter(pk=patient.pk).exists()

    @pytest.mark.parametrize("redness, sign, warned", [(1, "", False), (3, "", False), (4, "", True), (1, "breathing", True)])
    def test_who_waits_for_an_urgent_answer_is_told_to_call_and_may_all_the_same(self, as_patient, treatment, sure, redness, sign, warned):
        a_log(treatment, 4, sign, redness=redness)
        shown = as_patient.get(DELETE)
        assert ("Your clinic has not answered you yet" in text(shown)) == warned
        assert ("Call Linden Skin Clinic, 020 7946 0145" in text(shown)) == warned
        as_patient.post(DELETE, sure)
        assert Patient.objects.count() == 0

    def test_what_cannot_be_deleted_here_is_said_and_nothing_is(self, as_patient, patient, clinician, sure):
        audit_of_another = a_treatment(clinician, "Mei Chen", TREATED)
        Treatment.objects.filter(pk=audit_of_another.pk).update(recorded_by=patient.user)
        assert "This sign-in was also used for work at the clinic" in text(as_patient.post(DELETE, sure))
        assert Patient.objects.filter(pk=patient.pk).exists()

    def test_where_the_clinic_must_keep_it_the_page_says_until_when_and_signs_out(self, as_patient, patient, admin, sure):
        set_retention(by=admin, keep_months=12, delete_months=None)
        Patient.objects.update(enrolled_at=Treatment.objects.get().recorded_at)
        said = text(as_patient.get(DELETE))
        assert "Linden Skin Clinic must keep records until" in said
        assert "If you go on, you are signed out for good at once." in said
        assert "You are signed out for good" in text(as_patient.post(DELETE, sure))
        assert as_patient.get(DELETE).url == f"/accounts/login/?next={DELETE}"
        assert (Patient.objects.count(), User.objects.get(pk=patient.user_id).is_active) == (1, False)

    def test_another_patient_deletes_only_themselves(self, signed_in, treatment, other_treatment, sure):
        browser = signed_in(other_treatment.patient.user)
        assert "That is not the address of this account." in text(browser.post(DELETE, sure))
        browser.post(DELETE, sure | {"email": other_treatment.patient.user.email})
        assert list(Patient.objects.all()) == [treatment.patient]


def test_a_form_of_another_site_deletes_nothing(patient):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(patient.user)
    for url in (DELETE, DOWNLOAD):
        assert browser.post(url, {"email": patient.user.email, "is_sure": "on"}).status_code == 403
    assert (Patient.objects.count(), AuditEvent.objects.filter(action="record downloaded").count()) == (1, 0)
