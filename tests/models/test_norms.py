"""The starting norms as the migrations load them, which version is in force, and what is kept in memory."""

import pytest

from patients.actions.protocols import retire_protocol
from patients.models import Claim, NormVersion, Protocol, Source, Symptom
from patients.models.norm_values import factors_in_force, norms_for, published_norms, read_norms
from recovery.timeline.proof import problems
from tests.conftest import TODAY
from tests.factories import a_draft, a_treatment, publish
from tests.timeline.samples import PROTOCOLS, STARTING

pytestmark = pytest.mark.django_db


def in_force(slug="pen"):
    return NormVersion.objects.in_force().get(protocol__slug=slug)


class TestStartingNorms:
    def test_four_protocols_have_one_version_in_force(self):
        assert list(Protocol.objects.values_list("slug", flat=True)) == list(PROTOCOLS)
        assert sorted(NormVersion.objects.in_force().values_list("protocol__slug", "number")) == sorted((slug, 1) for slug in PROTOCOLS)

    @pytest.mark.parametrize("slug", PROTOCOLS)
    def test_the_bands_are_those_of_the_tables(self, slug):
        assert sorted(read_norms(in_force(slug)).bands, key=str) == sorted(STARTING.bands_for(slug), key=str)

    @pytest.mark.parametrize("slug", PROTOCOLS)
    def test_the_stored_bands_are_proven(self, slug):
        assert problems(read_norms(in_force(slug)).bands, Symptom.objects.values_list("code", flat=True)) == []

    @pytest.mark.parametrize("slug", PROTOCOLS)
    def test_the_rest_is_that_of_the_tables(self, slug):
        stored, made = read_norms(in_force(slug)), STARTING.norms_for(slug)
        assert (stored.label, stored.symptoms, stored.settings, stored.claims) == (made.label, made.symptoms, made.settings, made.claims)
        assert stored.signs == made.signs
        assert sorted(stored.adjustments, key=str) == sorted(made.adjustments, key=str)

    @pytest.mark.parametrize("slug", PROTOCOLS)
    def test_phases_follow_each_other_from_day_0(self, slug):
        phases = read_norms(in_force(slug)).course.phases
        assert [p.first_day for p in phases] == [0, *(p.last_day + 1 for p in phases[:-1])]

    def test_every_source_named_is_known(self):
        course = read_norms(in_force()).course
        named = {key for row in (*course.milestones, *course.guidance) for key in row.sources}
        assert named - set(Source.objects.values_list("key", flat=True)) == set()

    def test_every_claim_has_its_source(self):
        assert Claim.objects.filter(source__grade__in="ABC").count() == len(STARTING.claims) > 0

    def test_the_factors_to_choose_from_are_listed_once(self, clinic):
        assert factors_in_force(clinic) == [("acne_prone", "Acne-prone skin"), ("blood_thinners", "Blood thinners or fish oil")]

    def test_those_that_no_new_treatment_can_follow_are_left_out(self, clinic, superuser):
        for protocol in Protocol.objects.all():
            retire_protocol(by=superuser, protocol=protocol, why="No device any more.")
        assert factors_in_force(clinic) == []


class TestInForce:
    def test_it_is_the_newest_that_is_published(self):
        second = publish(a_draft())
        third = publish(a_draft())
        assert in_force() == third
        assert NormVersion.objects.published().filter(protocol__slug="pen").count() == 3
        assert second.number == 2

    def test_a_draft_is_not(self):
        draft = a_draft()
        assert in_force() != draft
        assert draft not in NormVersion.objects.published()

    def test_a_newer_version_leaves_the_other_protocols_alone(self):
        publish(a_draft("pen"))
        assert sorted(NormVersion.objects.in_force().values_list("number", flat=True)) == [1, 1, 1, 2]

    def test_a_protocol_without_a_published_version_has_none(self):
        NormVersion.objects.create(protocol=Protocol.objects.create(slug="new", name="New"), number=1)
        assert not NormVersion.objects.in_force().filter(protocol__slug="new").exists()


class TestInMemory:
    @pytest.fixture(autouse=True)
    def forgotten(self):
        published_norms.cache_clear()

    def test_a_published_version_is_read_once(self, django_assert_num_queries):
        version = in_force()
        first = published_norms(version.pk)
        with django_assert_num_queries(0):
            assert published_norms(version.pk) is first

    def test_a_draft_is_never_remembered(self):
        draft = a_draft()
        for _ in range(2):
            with pytest.raises(NormVersion.DoesNotExist):
                published_norms(draft.pk)
        assert published_norms(publish(draft).pk).label == "Pen 0.5–1.5 mm, version 2"

    def test_a_draft_is_read_as_it_stands(self):
        draft = a_draft()
        before = read_norms(draft).band("redness", 0).rationale
        draft.bands.filter(symptom="redness", first_day=0).update(rationale=f"{before} More.")
        assert read_norms(draft).band("redness", 0).rationale == f"{before} More."

    def test_reading_costs_the_same_for_every_protocol(self, django_assert_max_num_queries):
        found = set()
        for slug in PROTOCOLS:
            version = NormVersion.objects.select_related("protocol").get(protocol__slug=slug)
            with django_assert_max_num_queries(8) as captured:
                read_norms(version)
            found.add(len(captured))
        assert len(found) == 1

    def test_a_treatment_gets_its_norms_without_a_query(self, clinician, django_assert_num_queries):
        treatment = a_treatment(clinician, "Mei Chen", TODAY, factors=("acne_prone",), baseline={"redness": 2})
        norms = norms_for(treatment)
        with django_assert_num_queries(0):
            assert norms_for(treatment) is norms
        pen = read_norms(in_force())
        assert (norms.band("breakouts", 9).high, norms.band("redness", 9).high) == (
            pen.band("breakouts", 9).high + 1,
            pen.band("redness", 9).high + 2,
        )
