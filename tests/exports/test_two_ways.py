"""One log judged twice: under the norms it follows, and under the draft."""

from dataclasses import replace
from datetime import timedelta

import pytest

from patients.actions.norms import save_draft, start_draft
from patients.exports.two_ways import TwoWays
from patients.models import Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.scale import Urgency
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_treatment, a_version, an_edit, next_session, with_band

EXPECTED, NOTE, WATCH, URGENT, EMERGENCY = Urgency


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    """Redness may be 3, not 2, on days 3 and 4."""
    return an_edit(admin, start_draft(by=admin, protocol=pen), lambda norms: with_band(norms, "redness", 3, high=3))


def urgencies(two):
    return [judged.urgency for judged in two.both]


class TestVerdicts:
    @pytest.mark.parametrize(
        "signs, answers, both",
        [
            ("", {"redness": 3}, [WATCH, EXPECTED]),
            ("", {"redness": 4}, [URGENT, URGENT]),
            ("", {"redness": 3, "swelling": 2}, [URGENT, WATCH]),
            ("fever", {"redness": 3}, [URGENT, URGENT]),
            ("", {"redness": 3, "asked": True}, [WATCH, WATCH]),
            ("", {}, [EXPECTED, EXPECTED]),
        ],
    )
    def test_each_of_the_two(self, draft, treatment, signs, answers, both):
        log = a_log(treatment, 4, signs, **answers).log
        two = TwoWays(log, draft)
        assert urgencies(two) == both
        assert two.both[0].urgency == log.urgency

    def test_they_are_named(self, draft, treatment):
        two = TwoWays(a_log(treatment, 4).log, draft)
        assert [j.label for j in two.both] == ["Pen 0.5–1.5 mm, version 1", "Pen 0.5–1.5 mm, version 2, draft"]

    def test_each_reason_is_a_sentence_with_its_urgency(self, draft, treatment):
        before, after = TwoWays(a_log(treatment, 4, "fever", redness=3).log, draft).both
        assert [urgency for urgency, _ in before.reasons] == [URGENT, WATCH]
        assert [urgency for urgency, _ in after.reasons] == [URGENT]
        assert "Redness" in before.reasons[1][1]
        assert "0–2" in before.reasons[1][1] or "2 or less" in before.reasons[1][1]

    def test_the_version_it_follows_is_the_first_and_not_the_one_in_force(self, admin, pen, treatment):
        log = a_log(treatment, 4, redness=3).log
        a_version(admin, pen, lambda norms: with_band(norms, "redness", 3, high=3))
        draft = start_draft(by=admin, protocol=pen)
        assert urgencies(TwoWays(log, draft)) == [WATCH, EXPECTED]
        assert TwoWays(log, draft).both[0].label == "Pen 0.5–1.5 mm, version 1"

    def test_earlier_logs_are_looked_at(self, admin, pen, clinician):
        treatment = a_treatment(clinician, "Bo Lind", TREATED)
        a_log(treatment, 2, redness=0)
        log = a_log(treatment, 4, redness=2).log
        draft = an_edit(
            admin,
            start_draft(by=admin, protocol=pen),
            lambda norms: replace(norms, settings=replace(norms.settings, worsening_urgent_step=3)),
        )
        assert urgencies(TwoWays(log, draft)) == [URGENT, EXPECTED]

    def test_so_is_the_last_session(self, admin, pen, clinician):
        first = a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=40))
        a_log(first, 4, redness=0)
        log = a_log(next_session(clinician, first.patient, TREATED), 4, redness=2).log
        draft = an_edit(
            admin, start_draft(by=admin, protocol=pen), lambda norms: replace(norms, settings=replace(norms.settings, last_session_step=3))
        )
        assert urgencies(TwoWays(log, draft)) == [WATCH, EXPECTED]

    def test_later_logs_are_not(self, draft, treatment):
        log = a_log(treatment, 3, redness=1).log
        a_log(treatment, 4, redness=4)
        assert urgencies(TwoWays(log, draft)) == [EXPECTED, EXPECTED]


class TestRatings:
    def test_each_rating_has_what_both_expect(self, draft, treatment):
        found = {r.name: (r.severity, r.before, r.after, r.differs) for r in TwoWays(a_log(treatment, 4, redness=3).log, draft).ratings}
        assert found["Redness"] == (3, "0–2, urgent above 3", "0–3, urgent above 3", True)
        assert found["Swelling"] == (0, "0–1, urgent above 2", "0–1, urgent above 2", False)
        assert list(found) == ["Redness", "Swelling", "Flaking", "Breakouts"]

    def test_never_urgent_by_grade_alone_is_left_out(self, draft, treatment):
        found = {r.name: r.before for r in TwoWays(a_log(treatment, 0, redness=3).log, draft).ratings}
        assert found["Redness"] == "1–4"

    def test_without_a_band_it_says_so(self, admin, draft, treatment):
        norms = read_norms(draft)
        bands = tuple(b for b in norms.bands if (b.symptom, b.first_day) != ("redness", 3))
        draft = save_draft(by=admin, draft=draft, norms=replace(norms, bands=bands), seen=1)
        redness = TwoWays(a_log(treatment, 4, redness=3).log, draft).ratings[0]
        assert (redness.before, redness.after, redness.differs) == ("0–2, urgent above 3", "not compared", True)

    def test_factors_and_baseline_count_in_both(self, admin, pen, clinician, travel_to):
        treatment = a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=9), factors=("acne_prone",), baseline={"redness": 2})
        log = a_log(treatment, 9, redness=3, breakouts=2).log
        draft = an_edit(admin, start_draft(by=admin, protocol=pen), lambda norms: with_band(norms, "redness", 6, high=2))
        found = {r.name: (r.before, r.after) for r in TwoWays(log, draft).ratings}
        assert found["Redness"] == ("0–3, urgent above 3", "0–4, urgent above 4")
        assert found["Breakouts"] == ("0–2, urgent above 2", "0–2, urgent above 2")


def test_it_costs_the_same_for_one_and_three_logs(draft, treatment, django_assert_max_num_queries):
    found = []
    for day in (2, 3, 4):
        log = a_log(treatment, day, redness=1).log
        with django_assert_max_num_queries(15) as asked:
            two = TwoWays(log, draft)
            assert (len(two.both), len(two.ratings)) == (2, 4)
        found.append(len(asked))
    assert found == [found[0]] * 3
