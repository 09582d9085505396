"""`manage.py demo --no-serve`: seeded by the engine, safe to repeat, and away from other people's data."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from patients.models import Flag, Log, NormVersion, Photo, Treatment, User
from patients.models.norm_values import norms_for
from recovery.timeline.compare import compare_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(monkeypatch):
    def run(password=""):
        monkeypatch.setenv("DEMO_PASSWORD", password)
        out = io.StringIO()
        call_command("demo", "--no-serve", stdout=out)
        return out.getvalue()

    return run


def test_it_prints_sign_ins_that_work(demo, client):
    said = demo("a long password")
    for name in ("patient", "prepare", "clinician", "admin"):
        assert f"{name}@demo.example" in said
        assert User.objects.get(email=f"{name}@demo.example").check_password("a long password")


def test_the_password_is_random_unless_it_is_given(demo):
    first = demo().split("patient@demo.example")[1].split()[0]
    second = demo().split("patient@demo.example")[1].split()[0]
    assert len(first) >= 12
    assert first != second


def test_a_second_run_seeds_nothing_more(demo):
    demo()
    before = Log.objects.count(), Flag.objects.count(), User.objects.count()
    demo()
    assert (Log.objects.count(), Flag.objects.count(), User.objects.count()) == before


def test_every_flag_is_the_engines(demo):
    demo()
    from patients.actions.logs import entries_of, ratings_before

    for treatment in Treatment.objects.all():
        entries = entries_of({log.day: log for log in Log.objects.of(treatment)})
        found = compare_course(entries.values(), norms_for(treatment), ratings_before(treatment, 0))
        derived = {(day, f.rule, f.subject, f.urgency) for day, fs in found.items() for f in fs if f.urgency.is_flag}
        stored = set(Flag.objects.of(treatment).live().values_list("log__day", "rule", "subject", "urgency"))
        assert stored == derived


def test_there_are_recoveries_at_every_stage(demo):
    demo()
    norms = norms_for(Treatment.objects.first())
    phases = [norms.course.phase_on(treatment.day_of(treatment.patient.today())) for treatment in Treatment.objects.all()]
    stages = {phase.name for phase in phases if phase}
    assert stages >= {"Initial healing", "Skin renewal", "Collagen building"}
    assert Treatment.objects.needing_review().count() > 5
    assert NormVersion.objects.in_force().count() == 4


def test_every_tab_of_the_queue_has_rows(demo):
    demo()
    counts = Treatment.objects.tab_counts(timezone.now())
    assert {name for name, count in counts.items() if count == 0} == set()
    assert set(counts) == {"needs_review", "snoozed", "waiting", "quiet", "done"}


def test_one_waits_for_the_first_treatment_and_one_for_the_next(demo):
    demo()
    found = {}
    for treatment in Treatment.objects.select_related("patient__user"):
        day = treatment.day_of(treatment.patient.today())
        if day < 0 or treatment.patient.user.email == "series@demo.example":
            found[treatment.patient.user.email, treatment.session_number] = (day, treatment.logs.exists())
    assert found == {
        ("prepare@demo.example", 1): (-9, False),
        ("series@demo.example", 1): (29, True),
        ("series@demo.example", 2): (-6, False),
    }


def test_a_clinic_seeded_before_an_account_was_added_is_served_all_the_same(demo):
    demo()
    User.objects.filter(email="prepare@demo.example").update(email="elsewhere@demo.example")
    assert "prepare@" not in demo()


def test_it_refuses_a_database_with_other_people(demo, clinician):
    with pytest.raises(CommandError, match="This database holds people that the demo did not make"):
        demo()
    assert Log.objects.count() == 0


def test_a_patient_has_photos_to_compare(demo):
    demo()
    kept = Photo.objects.in_order().with_day().values_list("day", "view", "width", "height")
    assert list(kept) == [(day, view, 720, 960) for day in (0, 1, 3) for view in ("front", "left")]
    assert set(Photo.objects.values_list("log__treatment__patient__user__email", flat=True)) == {"patient@demo.example"}
