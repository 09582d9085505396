"""How long records are kept: who is told, who is erased, who is put off, and who never."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.test import Client

from patients.actions.erasure import erase_patient
from patients.actions.planning import call_off
from patients.actions.retention import Due, apply_retention, listed, set_retention
from patients.errors import NotAllowed, NotNow, Overtaken
from patients.models import AuditEvent, ErasureNotice, ErasureRequest, Patient, Retention, Role, Treatment, User
from patients.models.people import PatientQuerySet
from patients.models.retention import kept_until, last_activity, months_away, retention_of
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_patient, a_review, a_treatment, next_session

A_DAY = timedelta(days=1)


def noon(day):
    return datetime.combine(day, time(12), UTC)


@pytest.fixture(autouse=True)
def enrolled_then(monkeypatch, frozen):
    """Whoever is enrolled has been since TODAY: the column's own default does not know the tests' clock."""
    monkeypatch.setattr(Patient._meta.get_field("enrolled_at"), "_get_default", lambda: frozen)


@pytest.mark.parametrize(
    "day, months, then",
    [
        ((2026, 3, 18), 12, (2027, 3, 18)), ((2026, 1, 31), 1, (2026, 2, 28)), ((2024, 2, 29), 12, (2025, 2, 28)),
        ((2026, 12, 31), 2, (2027, 2, 28)), ((2026, 3, 31), -1, (2026, 2, 28)), ((2026, 1, 15), -1, (2025, 12, 15)),
        ((2026, 3, 18), 600, (2076, 3, 18)), ((2026, 3, 18), -600, (1976, 3, 18)),
    ],
)  # fmt: skip
def test_months_are_those_of_the_calendar(day, months, then):
    assert months_away(datetime(*day, 9, tzinfo=UTC), months) == datetime(*then, 9, tzinfo=UTC)


class TestSetting:
    def test_both_are_kept_and_written_down(self, admin, clinic):
        set_retention(by=admin, keep_months=12, delete_months=24)
        assert list(Retention.objects.values_list("clinic", "keep_months", "delete_months")) == [(clinic.pk, 12, 24)]
        event = AuditEvent.objects.get()
        assert (event.action, event.before["delete_months"], event.after) == (
            "retention set", None, {"keep_months": 12, "delete_months": 24},
        )  # fmt: skip

    def test_the_same_again_is_no_change(self, admin):
        for _ in range(2):
            set_retention(by=admin, keep_months=12, delete_months=24, seen="-")
        assert AuditEvent.objects.count() == 1

    @pytest.mark.parametrize("keep, delete", [(None, None), (1, 1), (600, 600), (None, 1), (600, None)])
    def test_the_edges(self, admin, clinic, keep, delete):
        set_retention(by=admin, keep_months=keep, delete_months=delete)
        assert (retention_of(clinic).keep_months, retention_of(clinic).delete_months) == (keep, delete)

    @pytest.mark.parametrize(
        "keep, delete, says",
        [
            (24, 12, "must be kept 24 months, so they cannot be deleted after 12"),
            (0, None, "between 1 and 600"),
            (None, 601, "between 1 and"),
        ],
    )
    def test_what_contradicts_itself_is_said(self, admin, keep, delete, says):
        with pytest.raises(NotNow, match=says):
            set_retention(by=admin, keep_months=keep, delete_months=delete)
        assert Retention.objects.count() == 0

    def test_the_second_of_two_is_told(self, admin, clinic):
        set_retention(by=admin, keep_months=12, delete_months=24, seen="-")
        with pytest.raises(Overtaken, match="A colleague changed this while the page was open"):
            set_retention(by=admin, keep_months=None, delete_months=6, seen="-")
        assert retention_of(clinic).delete_months == 24

    @pytest.mark.parametrize("who", ["clinician", "superuser"])
    def test_nobody_but_the_clinics_admins(self, request, clinic, who):
        with pytest.raises(NotAllowed):
            set_retention(by=request.getfixturevalue(who), keep_months=None, delete_months=6)


@pytest.fixture
def six_months(admin):
    """The clinic deletes six months after the last activity."""
    set_retention(by=admin, keep_months=None, delete_months=6)


def run(clinic, now, commits):
    with commits(execute=True):
        return apply_retention(clinic, now)


def names(patients):
    return list(patients.order_by("pk").values_list("user__name", flat=True))


LOGGED = TODAY  # Ana's last log, so that her six months end on 18 September
ENDS = noon(TODAY).replace(month=9)


@pytest.fixture
def ana(treatment, six_months, travel_to):
    a_log(treatment, 4)
    return Patient.objects.select_related("user", "clinic").get(pk=treatment.patient.pk)


class TestWhoIsDue:
    """Just before and just after six months since the last of each kind of activity."""

    def is_idle(self, clinic, moment):
        return names(Due(clinic, moment - timedelta(days=30)).idle)

    @pytest.mark.parametrize(
        "late",
        [
            lambda t, at: User.objects.filter(pk=t.patient.user_id).update(last_login=at),
            lambda t, at: t.logs.update(entered_at=at),
            lambda t, at: t.logs.update(amended_at=at),
            lambda t, at: Treatment.objects.filter(pk=t.pk).update(recorded_at=at),
            lambda t, at: t.reviews.update(reviewed_at=at),
            lambda t, at: Patient.objects.update(enrolled_at=at),
        ],
        ids=["sign-in", "log", "change of a log", "recording", "review", "enrolment"],
    )
    def test_six_months_after_each_of_them(self, treatment, clinician, six_months, late):
        a_log(treatment, 4, redness=3)
        a_review(treatment, clinician)
        at = noon(TODAY + timedelta(days=60))
        late(treatment, at)
        ends = months_away(at, 6)
        assert [self.is_idle(treatment.clinic, ends + timedelta(seconds=step)) for step in (0, 1)] == [[], ["Ana Ferreira"]]
        assert last_activity(Patient.objects.get()) == at

    def test_a_treatment_counts_from_its_day(self, clinician, clinic, six_months):
        a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=60))
        Treatment.objects.update(treated_on=TODAY + timedelta(days=60))
        assert self.is_idle(clinic, months_away(noon(TODAY + timedelta(days=60)), 6)) == []
        assert self.is_idle(clinic, months_away(noon(TODAY + timedelta(days=61)), 6)) == ["Mei Chen"]

    def test_nobody_with_something_open(self, treatment, clinician, six_months, travel_to):
        a_log(treatment, 4, redness=4)
        assert names(Due(treatment.clinic, ENDS.replace(year=2030)).idle) == []
        a_review(treatment, clinician)
        assert names(Due(treatment.clinic, ENDS.replace(year=2030)).idle) == ["Ana Ferreira"]

    def test_nobody_with_a_session_to_come(self, ana, clinician, admin, clinic, travel_to):
        set_retention(by=admin, keep_months=None, delete_months=1)
        planned = next_session(clinician, ana, TODAY + timedelta(days=170))
        later = Due(clinic, noon(TODAY + timedelta(days=100)))
        assert names(later.idle) == []
        call_off(by=clinician, treatment=planned, seen=planned.treated_on)
        assert names(later.idle) == ["Ana Ferreira"]

    @pytest.mark.parametrize("months", [None, 600])
    def test_nobody_where_the_clinic_has_set_nothing_or_longer(self, ana, admin, clinic, months):
        set_retention(by=admin, keep_months=None, delete_months=months)
        assert names(Due(clinic, ENDS + timedelta(days=3000)).idle) == []

    def test_nobody_of_another_clinic(self, ana, other_treatment, other_clinic):
        assert names(Due(other_clinic, ENDS.replace(year=2040)).idle) == []


class TestTheWholeWay:
    def test_told_once_a_month_before_and_erased_after_it(self, ana, clinic, mailoutbox, django_capture_on_commit_callbacks, neighbour):
        commits = django_capture_on_commit_callbacks
        found = []
        start = ENDS - timedelta(days=30)
        for at in (start, start + A_DAY, start + A_DAY, start + 29 * A_DAY, start + 32 * A_DAY, start + 33 * A_DAY):
            done = run(clinic, at, commits)
            found.append((done.told, done.erased))
        assert found == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 1), (0, 0)]
        assert [(m.to, m.subject) for m in mailoutbox] == [([ana.user.email], "Linden Skin Clinic: your account will be deleted")]
        assert "It will be deleted after 19 September 2026" in mailoutbox[0].body
        assert list(Patient.objects.all()) == [neighbour]

    @pytest.fixture
    def neighbour(self, clinician, travel_to):
        travel_to(TODAY + timedelta(days=150))
        found = a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=150)).patient
        travel_to(TODAY)
        return found

    def test_the_mail_says_what_to_do_and_nothing_of_why_they_came(self, ana, clinic, mailoutbox, django_capture_on_commit_callbacks):
        run(clinic, ENDS, django_capture_on_commit_callbacks)
        body = mailoutbox[0].body
        assert ("http://127.0.0.1:8000/settings/download/" in body, "If you sign in, it stays." in body) == (True, True)
        assert [word for word in ("Ferreira", "skin ", "redness", "treatment", "recover") if word in body] == []

    def test_nobody_is_erased_who_was_not_told(self, ana, clinic, django_capture_on_commit_callbacks):
        done = run(clinic, ENDS.replace(year=2040), django_capture_on_commit_callbacks)
        assert (done.told, done.erased, Patient.objects.count()) == (1, 0, 1)

    def test_whoever_comes_back_stays_and_is_told_anew(self, ana, clinic, mailoutbox, django_capture_on_commit_callbacks):
        run(clinic, ENDS, django_capture_on_commit_callbacks)
        User.objects.filter(pk=ana.user.pk).update(last_login=ENDS + A_DAY)
        later = run(clinic, ENDS + timedelta(days=40), django_capture_on_commit_callbacks)
        assert (later.erased, ErasureNotice.objects.count(), len(mailoutbox)) == (0, 0, 1)
        run(clinic, ENDS + timedelta(days=200), django_capture_on_commit_callbacks)
        assert len(mailoutbox) == 2

    def test_no_mail_server_is_tried_again_and_an_address_that_takes_none_keeps_nobody_for_ever(
        self, ana, clinic, monkeypatch, django_capture_on_commit_callbacks
    ):
        def refuse(*args, **kwargs):
            raise OSError("no server")

        monkeypatch.setattr("patients.actions.mail.EmailMessage.send", refuse)
        days = [0, 1, 31, 89, 91]
        runs = [run(clinic, ENDS + timedelta(days=number), django_capture_on_commit_callbacks) for number in days]
        assert [(done.told, done.unreached, done.erased) for done in runs] == [(0, 1, 0)] * 4 + [(0, 1, 1)]

    def test_two_runs_at_the_same_moment_send_one_mail(self, ana, clinic, mailoutbox, monkeypatch, django_capture_on_commit_callbacks):
        announce = []

        def during(patient, day):
            """The second run begins while the first one sends."""
            announce.append(day)
            if len(announce) == 1:
                assert apply_retention(clinic, ENDS).told == 0

        monkeypatch.setattr("patients.actions.mail.announce_erasure", during)
        assert (run(clinic, ENDS, django_capture_on_commit_callbacks).told, len(announce)) == (1, 1)

    def test_the_audit_says_by_what_it_was_and_not_of_whom(self, ana, clinic, django_capture_on_commit_callbacks):
        ids = str(ana.uuid)
        for days in (0, 31):
            run(clinic, ENDS + timedelta(days=days), django_capture_on_commit_callbacks)
        last = AuditEvent.objects.order_by("pk").last()
        assert (last.action, last.why, last.actor_label, last.subject_type) == ("account erased", "retention", "the system", "clinic")
        assert not AuditEvent.objects.filter(subject_id=ids).exists()
        assert AuditEvent.objects.filter(action="erasure announced", subject_id="erased").count() == 1

    def test_who_becomes_active_between_the_list_and_the_lock_stays(self, ana, clinic, monkeypatch, django_capture_on_commit_callbacks):
        run(clinic, ENDS, django_capture_on_commit_callbacks)
        lock = PatientQuerySet.select_for_update

        def meanwhile(self, *args, **kwargs):
            User.objects.filter(pk=ana.user.pk).update(last_login=ENDS + timedelta(days=31))
            return lock(self, *args, **kwargs)

        monkeypatch.setattr(PatientQuerySet, "select_for_update", meanwhile)
        assert (run(clinic, ENDS + timedelta(days=31), django_capture_on_commit_callbacks).erased, Patient.objects.count()) == (0, 1)

    def test_who_also_works_here_is_named_and_stops_nobody_else(self, ana, clinician, clinic, django_capture_on_commit_callbacks):
        mei = a_patient(clinician, "Mei Chen")
        Treatment.objects.filter(patient=ana).update(recorded_by=mei.user)
        for days in (0, 31):
            done = run(clinic, ENDS + timedelta(days=days), django_capture_on_commit_callbacks)
        # Ana goes first, and with her what Mei had recorded.
        assert (done.kept, done.erased) == ([], 2)

    def test_the_list_has_ids_and_days_only_and_changes_nothing(self, ana, clinic, mailoutbox):
        before = AuditEvent.objects.count()
        assert list(listed(clinic, ENDS)) == [("told", str(ana.uuid), "2026-03-18")]
        assert (len(mailoutbox), ErasureNotice.objects.count(), AuditEvent.objects.count()) == (0, 0, before)


class TestAWishThatIsPutOff:
    @pytest.fixture
    def kept(self, treatment, admin):
        set_retention(by=admin, keep_months=12, delete_months=None)
        a_log(treatment, 4)
        return Patient.objects.select_related("user", "clinic").get(pk=treatment.patient.pk)

    def ask(self, patient, commits):
        with commits(execute=True):
            return erase_patient(by=patient.user, patient=patient)

    def test_the_day_is_so_many_months_after_the_last_activity(self, kept):
        last = last_activity(kept)
        assert kept_until(kept, last) == last.date().replace(year=2027)
        assert kept_until(kept, months_away(last, 12)) is None

    def test_the_sign_in_ends_and_the_record_stays(self, kept, signed_in, clinician, django_capture_on_commit_callbacks):
        browser = signed_in(kept.user)
        until = self.ask(kept, django_capture_on_commit_callbacks)
        assert until == TODAY.replace(year=2027)
        assert browser.get("/settings/").url == "/accounts/login/?next=/settings/"
        assert (User.objects.get(pk=kept.user.pk).is_active, Treatment.objects.visible_to(clinician).count()) == (False, 1)
        assert list(ErasureRequest.objects.values_list("patient", "keep_until")) == [(kept.pk, until)]
        assert AuditEvent.objects.get(action="account closed").after == {"keep_until": "2027-03-18"}

    def test_a_mail_says_until_when(self, kept, mailoutbox, django_capture_on_commit_callbacks):
        self.ask(kept, django_capture_on_commit_callbacks)
        assert (mailoutbox[-1].subject, "yours is kept until 18 March 2027 and then deleted" in mailoutbox[-1].body) == (
            "Linden Skin Clinic: your sign-in has ended", True,
        )  # fmt: skip

    def test_again_it_changes_nothing(self, kept, mailoutbox, django_capture_on_commit_callbacks):
        for _ in range(2):
            self.ask(kept, django_capture_on_commit_callbacks)
        assert (ErasureRequest.objects.count(), len(mailoutbox), AuditEvent.objects.filter(action="account closed").count()) == (1, 1, 1)

    def test_it_is_erased_the_day_after(self, kept, clinic, mailoutbox, django_capture_on_commit_callbacks):
        until = self.ask(kept, django_capture_on_commit_callbacks)
        found = [run(clinic, noon(until + timedelta(days=days)), django_capture_on_commit_callbacks).erased for days in (-1, 0, 1, 2)]
        assert (found, Patient.objects.count(), User.objects.filter(role=Role.PATIENT).count()) == ([0, 0, 1, 0], 0, 0)
        assert mailoutbox[-1].subject == "Linden Skin Clinic: your account is deleted"

    def test_whoever_was_let_in_again_is_not(self, kept, clinic, django_capture_on_commit_callbacks):
        until = self.ask(kept, django_capture_on_commit_callbacks)
        User.objects.filter(pk=kept.user.pk).update(is_active=True)
        later = noon(until + A_DAY)
        assert (list(listed(clinic, later)), run(clinic, later, django_capture_on_commit_callbacks).erased) == ([], 0)
        assert Patient.objects.get() == kept

    @pytest.mark.parametrize("moves", ["a later review", "a longer duty"])
    def test_nor_where_the_duty_to_keep_has_moved_on(
        self, treatment, kept, admin, clinician, clinic, travel_to, moves, django_capture_on_commit_callbacks
    ):
        a_log(treatment, 3, redness=4, late=1)
        until = self.ask(kept, django_capture_on_commit_callbacks)
        if moves == "a later review":
            a_review(treatment, clinician, at=travel_to(TODAY + timedelta(days=90)))
            moved = months_away(noon(TODAY + timedelta(days=90)), 12)
        else:
            a_review(treatment, clinician)
            set_retention(by=admin, keep_months=18, delete_months=None)
            moved = months_away(last_activity(kept), 18)
        found = []
        for at in (noon(until + A_DAY), moved - timedelta(seconds=1), moved + A_DAY):
            rows = [what for what, *_ in listed(clinic, at)]
            found.append((rows, run(clinic, at, django_capture_on_commit_callbacks).erased))
        assert found == [([], 0), ([], 0), (["erased"], 1)]

    def test_no_sooner_than_what_is_open_is_answered(self, treatment, kept, clinician, clinic, django_capture_on_commit_callbacks):
        a_log(treatment, 3, redness=4, late=1)
        until = self.ask(kept, django_capture_on_commit_callbacks)
        assert run(clinic, noon(until + A_DAY), django_capture_on_commit_callbacks).erased == 0
        a_review(treatment, clinician)
        assert run(clinic, noon(until + A_DAY), django_capture_on_commit_callbacks).erased == 1

    def test_after_the_time_it_is_done_at_once(self, kept, travel_to, django_capture_on_commit_callbacks):
        travel_to(TODAY.replace(year=2027) + A_DAY)
        assert self.ask(kept, django_capture_on_commit_callbacks) is None
        assert Patient.objects.count() == 0

    def test_nobody_signs_in_with_a_code_any_more(self, kept, django_capture_on_commit_callbacks):
        self.ask(kept, django_capture_on_commit_callbacks)
        browser = Client()
        browser.post("/accounts/login/code/", {"email": kept.user.email})
        assert "_auth_user_id" not in browser.session
        assert [m.subject for m in mail.outbox if "code" in m.subject.lower()] == []


def test_another_clinics_periods_are_its_own(ana, other_clinic, clinic, django_capture_on_commit_callbacks):
    other = a_member(other_clinic, Role.ADMIN, "Ola Berg")
    set_retention(by=other, keep_months=None, delete_months=1)
    assert run(other_clinic, ENDS, django_capture_on_commit_callbacks).told == 0
    assert TREATED < TODAY
