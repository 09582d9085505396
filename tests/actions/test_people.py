"""Enrolling patients, recording treatments, changing one's own settings."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError

from patients.actions import people
from patients.actions.people import change_settings, enrol_patient, record_treatment
from patients.errors import AlreadyEnrolled, NotAllowed, NotNow
from patients.models import AuditEvent, NormVersion, Patient, Treatment, User
from tests.conftest import TODAY, TREATED
from tests.factories import a_draft, a_patient, a_session, a_treatment, next_session, publish

NEW = {"name": "Ines Duarte", "email": " Ines@Example.ORG ", "time_zone": "Europe/Lisbon"}


class TestEnrolling:
    def test_it_makes_a_user_who_signs_in_by_mail(self, clinician):
        patient = enrol_patient(by=clinician, **NEW)
        user = patient.user
        assert (user.email, user.name, user.role, user.clinic, user.has_usable_password()) == (
            "ines@example.org", "Ines Duarte", "patient", clinician.clinic, False,
        )  # fmt: skip
        assert list(EmailAddress.objects.values_list("user", "email", "verified", "primary")) == [(user.pk, "ines@example.org", True, True)]

    def test_it_makes_a_patient_of_the_clinic(self, clinician):
        patient = enrol_patient(by=clinician, **NEW)
        assert (patient.clinic, patient.time_zone, patient.treatments.count()) == (clinician.clinic, "Europe/Lisbon", 0)

    def test_the_first_session_is_recorded_with_it(self, clinician):
        patient = enrol_patient(by=clinician, **NEW, first_session=a_session("pen-deep", TREATED))
        assert list(patient.treatments.values_list("protocol__slug", "treated_on", "session_number")) == [("pen-deep", TREATED, 1)]

    def test_the_patient_is_invited_after_the_commit(self, clinician, mailoutbox, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            enrol_patient(by=clinician, **NEW)
            assert mailoutbox == []
        assert [(m.subject, m.to) for m in mailoutbox] == [("Linden Skin Clinic: your sign-in", ["ines@example.org"])]
        assert "/accounts/login/code/" in mailoutbox[0].body
        assert "http://127.0.0.1:8000/i/" in mailoutbox[0].body
        assert "Nobody watches this service live" in mailoutbox[0].body

    @pytest.mark.parametrize("email", ["taken@example.org", "Taken@Example.org", " TAKEN@EXAMPLE.ORG "])
    def test_an_address_that_is_taken_is_refused(self, clinician, email):
        a_patient(clinician, email="taken@example.org")
        with pytest.raises(AlreadyEnrolled) as refused:
            enrol_patient(by=clinician, **NEW | {"email": email})
        assert str(refused.value) == "Ana Ferreira is a patient of your clinic already and signs in with taken@example.org."
        assert (refused.value.field, refused.value.patient) == ("email", Patient.objects.get().uuid)

    @pytest.mark.parametrize(
        "whose", ["patient of another clinic", "clinician of another clinic", "colleague", "superuser", "confirmed only"]
    )
    def test_whose_it_is_elsewhere_is_not_told(self, clinician, other_clinician, superuser, other_treatment, whose):
        people = {
            "patient of another clinic": other_treatment.patient.user, "clinician of another clinic": other_clinician,
            "colleague": clinician, "superuser": superuser, "confirmed only": superuser,
        }  # fmt: skip
        email = people[whose].email
        if whose == "confirmed only":
            email = "second@example.org"
            EmailAddress.objects.create(user=superuser, email=email, verified=True)
        known = (User.objects.count(), EmailAddress.objects.count())
        with pytest.raises(NotNow) as refused:
            enrol_patient(by=clinician, **NEW | {"email": email})
        assert str(refused.value) == f"Nobody can be enrolled with {email}: this address is in use. Ask the patient for another address."
        assert (type(refused.value), refused.value.field) == (NotNow, "email")
        assert (User.objects.count(), EmailAddress.objects.count()) == known

    def test_who_comes_second_in_a_race_is_told_who_it_is(self, clinician, monkeypatch):
        """The other one commits after this one has looked and before it writes."""
        rival = a_patient(clinician, "Rosa Lind", email="ines@example.org")
        answers = iter([None, rival.user])
        monkeypatch.setattr(people, "_holder", lambda email: next(answers))
        with pytest.raises(AlreadyEnrolled, match="Rosa Lind is a patient of your clinic already") as refused:
            enrol_patient(by=clinician, **NEW, first_session=a_session(treated_on=TREATED))
        # The outer transaction is whole: on PostgreSQL a failure that was not rolled back by itself would refuse this.
        assert (refused.value.patient, Patient.objects.count(), Treatment.objects.count()) == (rival.uuid, 1, 0)

    def test_another_failure_of_the_database_is_not_taken_for_a_race(self, clinician, monkeypatch):
        monkeypatch.setattr(people, "_holder", lambda email: None)
        a_patient(clinician, "Rosa Lind", email="ines@example.org")
        with pytest.raises(IntegrityError):
            enrol_patient(by=clinician, **NEW)

    def test_a_session_that_is_refused_enrols_nobody(self, clinician, mailoutbox, django_capture_on_commit_callbacks):
        users, events = User.objects.count(), AuditEvent.objects.count()
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(NotNow, match="is more than 180 days ahead"):
            enrol_patient(by=clinician, **NEW, first_session=a_session(treated_on=TODAY + timedelta(days=181)))
        assert (User.objects.count(), AuditEvent.objects.count(), EmailAddress.objects.count(), mailoutbox) == (users, events, 0, [])

    @pytest.mark.parametrize("role", ["patient", "admin", "superuser"])
    def test_only_clinicians_enrol(self, request, role):
        person = request.getfixturevalue(role)
        with pytest.raises(NotAllowed, match="Only clinicians enrol patients"):
            enrol_patient(by=getattr(person, "user", person), **NEW)


class TestRecordingATreatment:
    def test_it_is_stored_as_done(self, clinician):
        session = a_session(
            "radiofrequency", TREATED, area="neck", device="Morpheus", needle_depth_mm=Decimal("2.50"),
            factors=("acne_prone",), baseline={"redness": 2},
        )  # fmt: skip
        treatment = record_treatment(by=clinician, patient=a_patient(clinician), session=session)
        treatment.refresh_from_db()
        assert (treatment.area, treatment.device, treatment.needle_depth_mm) == ("neck", "Morpheus", Decimal("2.50"))
        assert (treatment.factors, treatment.baseline, treatment.recorded_by) == (["acne_prone"], {"redness": 2}, clinician)

    def test_a_further_session_is_numbered_and_tied_to_the_one_before(self, clinician, treatment):
        second = next_session(clinician, treatment.patient, TODAY - timedelta(days=1))
        third = next_session(clinician, treatment.patient, TODAY)
        assert (second.session_number, second.session_before) == (2, treatment)
        assert (third.session_number, third.session_before) == (3, second)

    def test_the_sessions_of_another_patient_do_not_count(self, clinician, treatment):
        assert a_treatment(clinician, "Mei Chen", TODAY).session_number == 1

    def test_it_is_pinned_to_the_norms_in_force(self, clinician):
        first = a_treatment(clinician, "Ana Ferreira", TREATED)
        newer = publish(a_draft("pen"))
        second = a_treatment(clinician, "Mei Chen", TREATED)
        first.refresh_from_db()
        assert (first.norm_version.number, second.norm_version) == (1, newer)

    def test_a_draft_is_not_in_force(self, clinician):
        draft = a_draft("pen")
        assert a_treatment(clinician, "Mei Chen", TREATED).norm_version != draft
        assert NormVersion.objects.get(pk=draft.pk).published_at is None

    @pytest.mark.parametrize("days, action", [(0, "treatment recorded"), (1, "treatment planned"), (180, "treatment planned")])
    def test_a_date_to_come_plans_it(self, clinician, treatment, days, action):
        when = TODAY + timedelta(days=days)
        second = next_session(clinician, treatment.patient, when)
        assert (second.treated_on, second.session_number, second.session_before) == (when, 2, treatment)
        event = AuditEvent.objects.get(subject_id=str(second.uuid))
        assert (event.action, event.after) == (action, {"protocol": "pen", "treated_on": when.isoformat()})

    @pytest.mark.parametrize("zone, action", [("Pacific/Auckland", "treatment recorded"), ("Europe/London", "treatment planned")])
    def test_it_is_planned_while_its_day_has_not_come_where_the_patient_is(self, clinician, travel_to, zone, action):
        travel_to(TODAY, time(13))  # the 19th in Auckland, the 18th in London
        treatment = a_treatment(clinician, "Mei Chen", TODAY + timedelta(days=1), time_zone=zone)
        assert AuditEvent.objects.get(subject_id=str(treatment.uuid)).action == action
        assert treatment.was_planned is (action == "treatment planned")

    @pytest.mark.parametrize("days", [-1, 0, 5, 9, 40])
    def test_one_is_planned_at_a_time(self, clinician, treatment, days):
        next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        with pytest.raises(
            NotNow, match="A treatment is planned for Friday 27 March. On the patient’s page, change its date or call it off"
        ):
            next_session(clinician, treatment.patient, TODAY + timedelta(days=days))
        assert Treatment.objects.count() == 2

    def test_the_next_can_be_planned_once_its_day_has_come(self, clinician, treatment, travel_to):
        second = next_session(clinician, treatment.patient, TODAY + timedelta(days=9))
        travel_to(second.treated_on)
        third = next_session(clinician, treatment.patient, TODAY + timedelta(days=40))
        assert (third.session_number, third.session_before) == (3, second)

    @pytest.mark.parametrize("days", [0, -1, -30])
    def test_a_session_comes_after_the_one_before(self, clinician, treatment, days):
        with pytest.raises(NotNow, match="A treatment on Saturday 14 March is already recorded. A further session must come after it."):
            next_session(clinician, treatment.patient, TREATED + timedelta(days=days))
        assert Treatment.objects.count() == 1

    @pytest.mark.parametrize("role", ["other_clinician", "admin", "patient"])
    def test_only_clinicians_of_the_clinic_record(self, request, role, clinician):
        patient, person = a_patient(clinician), request.getfixturevalue(role)
        with pytest.raises(NotAllowed):
            record_treatment(by=getattr(person, "user", person), patient=patient, session=a_session())
        assert patient.treatments.count() == 0


class TestOwnSettings:
    def test_colours_and_zone_are_kept(self, patient):
        change_settings(by=patient.user, theme="dark", time_zone="Pacific/Auckland")
        stored = Patient.objects.get(pk=patient.pk)
        assert (stored.user.theme, stored.time_zone) == ("dark", "Pacific/Auckland")

    def test_a_new_zone_is_audited_with_the_old_one(self, patient):
        change_settings(by=patient.user, theme="light", time_zone="Pacific/Auckland")
        event = AuditEvent.objects.get(action="time zone changed")
        assert (event.before, event.after) == ({"time_zone": "Europe/London"}, {"time_zone": "Pacific/Auckland"})

    def test_the_zone_that_stands_is_no_change(self, patient):
        change_settings(by=patient.user, theme="dark", time_zone="Europe/London")
        assert not AuditEvent.objects.filter(action="time zone changed").exists()

    def test_a_new_hour_is_audited_with_the_old_one(self, patient):
        change_settings(by=patient.user, theme="light", reminder_hour=None)
        event = AuditEvent.objects.get(action="reminder hour changed")
        assert Patient.objects.get(pk=patient.pk).reminder_hour is None
        assert (event.before, event.after, event.why) == ({"reminder_hour": 18}, {"reminder_hour": None}, "")

    def test_the_hour_that_stands_is_no_change(self, patient):
        change_settings(by=patient.user, theme="dark", reminder_hour=18)
        assert not AuditEvent.objects.filter(action="reminder hour changed").exists()

    def test_what_another_window_changed_is_what_the_audit_tells(self, patient):
        stale = User.objects.get(pk=patient.user.pk)
        change_settings(by=patient.user, theme="light", reminder_hour=7)
        change_settings(by=stale, theme="light", reminder_hour=18)
        assert Patient.objects.get(pk=patient.pk).reminder_hour == 18
        assert AuditEvent.objects.filter(action="reminder hour changed").last().before == {"reminder_hour": 7}

    @pytest.mark.parametrize("role", ["clinician", "admin", "superuser"])
    def test_staff_have_no_hour(self, request, role):
        with pytest.raises(NotAllowed, match="Only patients have these settings, each their own."):
            change_settings(by=request.getfixturevalue(role), theme="dark", reminder_hour=7)
        assert not User.objects.filter(theme="dark").exists()

    def test_no_other_field_is_taken_for_a_setting(self, patient, other_clinic):
        with pytest.raises(NotAllowed):
            change_settings(by=patient.user, theme="dark", clinic_id=other_clinic.pk)
        assert Patient.objects.get(pk=patient.pk).clinic_id == patient.clinic_id

    def test_staff_have_colours_only(self, clinician):
        change_settings(by=clinician, theme="dark")
        assert User.objects.get(pk=clinician.pk).theme == "dark"
