"""The audit as the admins of a clinic read it: their own clinic's, and nothing of what patients said."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse

from patients.actions import audit
from patients.actions.clock import set_clock
from patients.actions.erasure import erase_patient
from patients.actions.norms import start_draft
from patients.actions.seen import note_record_seen
from patients.models import AuditEvent, AuditHead, Protocol, Role
from tests.actions.test_audit_at_once import HOURS
from tests.factories import a_log, a_member, a_review
from tests.pages import text

URL = reverse("audit")


@pytest.fixture
def life(treatment, other_treatment, clinician, admin):
    """Ana is treated, logs and is answered; the hours change; all of it in one clinic, and a log in another."""
    a_log(treatment, 4, "fever", redness=4, note="canary in the note")
    a_review(treatment, clinician, reply="canary in the reply", note="canary for the clinic")
    note_record_seen(by=clinician, subject=treatment.patient)
    set_clock(by=admin, watch_days=3, **HOURS)
    a_log(other_treatment, 4)


def rows(browser, **asked):
    """What stands in each row: who, what, on what."""
    return [(row.who, row.what, row.subject) for row in browser.get(URL, asked).context["rows"]]


NURSE = "Mira Osei, nurse (clinician)"
ALL = [
    ("Noor Haddad (admin)", "Clock set", "clinic"),
    (NURSE, "Record seen", "patient"),
    (NURSE, "Recovery reviewed", "recovery"),
    ("A patient", "Log recorded", "log"),
    (NURSE, "Treatment recorded", "recovery"),
    (NURSE, "Patient enrolled", "patient"),
]


class TestTheList:
    def test_is_of_this_clinic_alone_the_newest_first(self, as_admin, life):
        assert rows(as_admin) == ALL

    def test_of_the_installations_own_account_is_of_no_clinic(self, signed_in, superuser, life):
        start_draft(by=superuser, protocol=Protocol.objects.get(slug="pen"))
        assert rows(signed_in(superuser)) == [("root@example.org (admin)", "Norm draft started", "norm version")]

    def test_says_nothing_that_patients_or_clinicians_wrote(self, as_admin, life, treatment):
        said = as_admin.get(URL).content.decode()
        file = b"".join(as_admin.get(URL, {"format": "csv"})).decode()
        for word in ("canary", "fever", "redness", "Ana", "ana@", "advice"):
            assert (word in said, word in file) == (False, False)
        assert str(treatment.uuid)[:8] in said

    def test_says_nothing_of_why_a_recovery_was_closed(self, as_admin, treatment, clinician):
        with audit.atomic():
            audit.record("recovery closed", treatment, by=clinician, clinic=clinician.clinic, why="canary", after={"x": "canary"})
        assert (rows(as_admin)[0][1], "canary" in as_admin.get(URL).content.decode()) == ("Recovery closed", False)

    def test_says_what_changed_of_the_clinic(self, as_admin, life):
        row = as_admin.get(URL).context["rows"][0]
        assert ("watch days", "2", "3") in row.changes
        assert "watch days: 2 → 3" in text(as_admin.get(URL))

    def test_holds_changes_of_what_nobody_knows_back(self, as_admin, admin, clinician):
        """A kind of subject that comes later may be about a patient."""
        with audit.atomic():
            audit.record("consent given", AuditHead(pk=1), by=admin, clinic=admin.clinic, after={"what": "canary"})
        assert as_admin.get(URL).context["rows"][0].changes == []

    def test_is_in_the_clinics_time(self, as_admin, life, clinic):
        clinic.time_zone = "Asia/Tokyo"
        clinic.save()
        row = as_admin.get(URL).context["rows"][0]
        assert row.at.utcoffset() == timedelta(hours=9)
        assert f"{row.at:%-d %b %Y, %H:%M:%S}" in text(as_admin.get(URL))

    def test_says_which_request_it_was(self, as_admin, as_clinician, treatment):
        number = as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid]))["X-Request-ID"]
        assert number in text(as_admin.get(URL))

    def test_says_of_who_was_erased_that_it_was_a_patient(self, as_admin, life, treatment):
        erase_patient(by=treatment.patient.user, patient=treatment.patient)
        assert rows(as_admin) == [("the system", "Account erased", "clinic"), *ALL]

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_the_same_queries_for_one_row_and_for_three(self, as_admin, clinic, django_assert_num_queries, count):
        with audit.atomic():
            for _ in range(count):
                audit.record("tested", clinic, by=None, clinic=clinic)
        # The session, the person with the clinic, the staff to choose from, the events.
        with django_assert_num_queries(4):
            assert len(rows(as_admin)) == count

    def test_of_nothing_says_so(self, as_admin):
        assert "Nothing was done yet." in text(as_admin.get(URL))


FILTERS = [
    ({"kind": "looking"}, [1]), ({"kind": "logs"}, [3]), ({"kind": "patients"}, [2, 4, 5]), ({"kind": "norms"}, []),
    ({"kind": "clinic"}, [0]),
    ({"person": "patients"}, [3]), ({"person": "service"}, []), ({"person": "NURSE"}, [1, 2, 4, 5]),
    ({"person": "NURSE", "kind": "patients"}, [2, 4, 5]), ({"day": "TODAY"}, [0, 1, 2, 3, 4, 5]), ({"day": "2020-01-01"}, []),
    ({"before": "3"}, [4, 5]), ({"kind": "", "person": "", "day": ""}, [0, 1, 2, 3, 4, 5]),
]  # fmt: skip
REFUSED = [
    ({"kind": "secrets"}, "“secrets” is no kind of this page. Choose one of the list."),
    ({"person": "me"}, "“me” is no person of this page. Choose one of the list."),
    ({"day": "18/03/2026"}, "“18/03/2026” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
    ({"before": "0"}, "0 does not fit. Write 1 to 999999999."),
    ({"before": "1_0"}, "“1_0” is not a whole number. Write 1 to 999999999."),
    ({"format": "xlsx"}, "“xlsx” is no format of this page. Choose one of the list."),
    ({"clinic": "2"}, "“clinic” is not a filter of this page. Take it out of the address."),
    ({"kind": "\0"}, "is no kind of this page. Choose one of the list."),
]


class TestFilters:
    @pytest.mark.parametrize("asked, left", FILTERS)
    def test_leave_what_they_say(self, as_admin, life, clinician, asked, left):
        # The audit's own clock, which no test stops.
        today = AuditEvent.objects.latest("pk").at.date().isoformat()
        known = {"NURSE": str(clinician.uuid), "TODAY": today}
        assert rows(as_admin, **{name: known.get(value, value) for name, value in asked.items()}) == [ALL[n] for n in left]

    @pytest.mark.parametrize("asked, says", REFUSED)
    def test_that_nobody_knows_list_nothing(self, as_admin, life, asked, says):
        answer = as_admin.get(URL, asked)
        assert (answer.status_code, "rows" in answer.context, says in text(answer)) == (400, False, True)

    def test_nobody_of_another_clinic_can_be_chosen(self, as_admin, life, other_clinician):
        answer = as_admin.get(URL, {"person": str(other_clinician.uuid)})
        assert (answer.status_code, other_clinician.name in text(answer)) == (400, False)

    def test_every_event_is_of_one_kind(self, as_admin, life):
        kinds = [rows(as_admin, kind=kind) for kind in ("looking", "logs", "patients", "norms", "clinic")]
        assert sorted(row for found in kinds for row in found) == sorted(ALL)


class TestPages:
    def test_go_on_where_the_one_before_ended(self, as_admin, clinic):
        with audit.atomic():
            for number in range(120):
                audit.record(f"n{number}", clinic, by=None, clinic=clinic)
        seen, asked = [], {"kind": "clinic"}
        while asked is not None:
            answer = as_admin.get(URL, asked)
            seen.append([row.event.action for row in answer.context["rows"]])
            after = answer.context["after"]
            assert (f'href="?kind=clinic&amp;before={after}"' in answer.content.decode()) is bool(after)
            asked = {"kind": "clinic", "before": after} if after else None
        assert [len(page) for page in seen] == [50, 50, 20]
        assert sum(seen, []) == [f"n{number}" for number in reversed(range(120))]

    def test_end_where_the_last_page_is_full(self, as_admin, clinic):
        with audit.atomic():
            for _ in range(50):
                audit.record("x", clinic, by=None, clinic=clinic)
        assert as_admin.get(URL).context["after"] is None


class TestTheFile:
    def read(self, browser, **asked):
        answer = browser.get(URL, asked | {"format": "csv"})
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/csv; charset=utf-8", "private, no-store")
        return list(csv.DictReader(StringIO(b"".join(answer).decode())))

    def test_holds_what_is_filtered_and_that_it_was_fetched(self, as_admin, life, clinic):
        found = self.read(as_admin, kind="looking")
        assert [(row["what"], row["on"]) for row in found] == [("audit downloaded", "clinic"), ("record seen", "patient")]
        event = AuditEvent.objects.get(action="audit downloaded")
        assert (found[0]["hash"], found[0]["id"], event.after) == (event.hash, str(clinic.uuid), {"kind": "looking"})

    def test_runs_nothing_in_a_spreadsheet(self, as_admin, clinic):
        member = a_member(clinic, Role.ADMIN, "=1+1")
        with audit.atomic():
            audit.record("tested", clinic, by=member, clinic=clinic, why="@SUM(A1)")
        row = next(row for row in self.read(as_admin) if row["what"] == "tested")
        assert (row["who"], row["why"]) == ("'=1+1 (admin)", "'@SUM(A1)")

    def test_of_another_clinic_is_not_in_it(self, signed_in, other_clinic, life):
        stranger = signed_in(a_member(other_clinic, Role.ADMIN, "Ola Berg"))
        assert [row["what"] for row in self.read(stranger)] == [
            "audit downloaded",
            "log recorded",
            "treatment recorded",
            "patient enrolled",
        ]


class TestWhatIsReadIsWrittenDown:
    """Beside records and photos, whose tests stand with them: files, and a log that an admin looks at."""

    def test_norms_as_a_file(self, as_clinician, clinician):
        as_clinician.get(reverse("norms-export", args=["pen", 1, "bands.csv"]))
        event = AuditEvent.objects.get()
        assert (event.action, event.actor, event.after) == (
            "norms downloaded",
            clinician,
            {"protocol": "pen", "version": 1, "as": "bands.csv"},
        )

    def test_a_part_that_is_none_is_not(self, as_clinician):
        as_clinician.get(reverse("norms-export", args=["pen", 1, "x.csv"]))
        assert AuditEvent.objects.count() == 0

    def test_flags_as_a_file(self, as_clinician, clinician):
        as_clinician.get(reverse("insight-flags"), {"format": "csv", "urgency": "3"})
        event = AuditEvent.objects.get()
        assert (event.action, event.actor, event.after) == ("flags downloaded", clinician, {"period": "90", "urgency": "3"})

    def test_a_log_that_an_admin_looks_at_under_a_draft(self, as_admin, admin, treatment):
        log = a_log(treatment, 4).log
        draft = start_draft(by=admin, protocol=treatment.protocol)
        as_admin.get(reverse("norms-impact-log", args=[draft.protocol.slug, log.uuid]))
        event = AuditEvent.objects.get(action="log seen")
        assert (event.actor, event.subject_type, event.subject_id) == (admin, "log", str(log.uuid))


@pytest.mark.parametrize("role, is_there", [("as_admin", True), ("as_clinician", False)])
def test_the_menu_names_it_for_who_may_open_it(request, role, is_there):
    assert (f'href="{URL}"' in request.getfixturevalue(role).get(reverse("norms")).content.decode()) is is_there
