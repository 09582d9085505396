"""The command: a list that changes nothing, numbers alone when it runs, one clinic if asked for."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from patients.actions.retention import set_retention
from patients.models import AuditEvent, ErasureNotice, Patient, Role
from tests.conftest import TODAY
from tests.factories import a_member


@pytest.fixture
def ana(treatment, admin, travel_to):
    """Six months are over since anything was heard of her."""
    Patient.objects.update(enrolled_at=timezone.now())
    set_retention(by=admin, keep_months=None, delete_months=6)
    travel_to(TODAY + timedelta(days=190))
    return treatment.patient


def run(capsys, *args):
    call_command("apply_retention", *args)
    return capsys.readouterr().out


def test_the_dry_run_lists_by_clinic_ids_and_days_and_changes_nothing(ana, other_treatment, capsys, mailoutbox):
    before = AuditEvent.objects.count()
    assert run(capsys, "--dry-run") == (
        "Harbour Skin Clinic: 0 would be told, 0 would be erased. Nothing was.\n"
        "Linden Skin Clinic: 1 would be told, 0 would be erased. Nothing was.\n"
        f"  told   {ana.uuid}  last activity 2026-03-18\n"
    )
    assert (len(mailoutbox), ErasureNotice.objects.count(), AuditEvent.objects.count()) == (0, 0, before)


def test_it_says_numbers_only_and_nothing_where_nothing_is_done(ana, capsys, travel_to):
    assert [run(capsys), run(capsys)] == ["Linden Skin Clinic: 1 told, 0 erased.\n", ""]
    travel_to(TODAY + timedelta(days=221))
    assert f"  erased {ana.uuid}" in run(capsys, "--dry-run")
    assert [run(capsys), run(capsys)] == ["Linden Skin Clinic: 0 told, 1 erased.\n", ""]
    assert Patient.objects.count() == 0


@pytest.mark.parametrize("how", ["name", "uuid", "hex"])
def test_one_clinic_if_asked_for(ana, clinic, other_clinic, capsys, how):
    wanted = {"name": clinic.name, "uuid": str(clinic.uuid), "hex": clinic.uuid.hex}[how]
    assert run(capsys, "--dry-run", "--clinic", other_clinic.name).count("\n") == 1
    assert run(capsys, "--clinic", wanted) == "Linden Skin Clinic: 1 told, 0 erased.\n"


@pytest.mark.parametrize("wanted", ["Nowhere", "", "%"])
def test_a_clinic_that_there_is_not_is_an_error_and_nothing_is_done(ana, wanted):
    with pytest.raises(CommandError, match="There is no clinic called"):
        call_command("apply_retention", "--clinic", wanted)
    assert ErasureNotice.objects.count() == 0


def test_of_two_with_one_name_the_id_says_which(ana, clinic, other_clinic):
    other_clinic.name = clinic.name
    other_clinic.save()
    with pytest.raises(CommandError, match="More than one clinic is called"):
        call_command("apply_retention", "--clinic", clinic.name)


def test_who_also_works_here_is_named_by_id_and_kept(ana, clinic, admin, capsys, travel_to):
    a_member(clinic, Role.CLINICIAN, "Jo Blake")
    AuditEvent.objects.create(action="x", actor=ana.user, actor_label="x", subject_type="band", subject_id="1", clinic=clinic)
    call_command("apply_retention")
    travel_to(TODAY + timedelta(days=221))
    call_command("apply_retention")
    assert f"patient {ana.uuid} was not erased" in capsys.readouterr().err
    assert Patient.objects.count() == 1
