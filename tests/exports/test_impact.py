"""The preview of an edit, by hand: a few known logs, a known edit, and exactly what would change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.actions.moves import move_recovery
from patients.actions.norms import publish_draft, save_draft, start_draft
from patients.actions.protocols import copy_protocol
from patients.exports.impact import Effect, effect
from patients.models import AuditEvent, Flag, Log, NormVersion, Protocol, Rating, Review, Treatment
from patients.models.norm_values import read_norms
from recovery.timeline.norms import Adjustment, Shift
from recovery.timeline.scale import Urgency
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_review, a_treatment, next_session, with_band

EXPECTED, NOTE, WATCH, URGENT, EMERGENCY = Urgency
ABOVE = "above_range"
READS = ("SELECT", "WITH", "DECLARE")  # a cursor that PostgreSQL declares is one that reads
NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)  # of the frozen clock


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    return start_draft(by=admin, protocol=pen)


@pytest.fixture
def wider(draft):
    """Redness may be 3, not 2, on days 3 and 4."""
    return with_band(read_norms(draft), "redness", 3, high=3)


@pytest.fixture
def logged(clinician):
    """A recovery since TREATED with one log of a day."""

    def log(name="Bo Lind", day=4, signs="", at=None, answers=None, **session):
        treatment = a_treatment(clinician, name, session.pop("treated_on", TREATED), **session)
        return a_log(treatment, day, signs, at=at, **(answers or {})).log

    return log


def changes(found):
    """Old, new and causes by the key of the log."""
    return {c.log.pk: (c.old, c.new, c.causes) for c in found.changes}


def set_of(norms, **settings):
    return replace(norms, settings=replace(norms.settings, **settings))


class TestOneCell:
    @pytest.fixture
    def logs(self, logged):
        """A watch that goes, a cluster that falls apart, a log that stays as it is."""
        return [
            logged("Ana Ferreira", answers={"redness": 3}),
            logged("Bo Lind", answers={"redness": 3, "swelling": 2}),
            logged("Cy Wood", answers={"swelling": 3}),
        ]

    @pytest.fixture
    def found(self, clinic, draft, wider, logs):
        return effect(clinic, draft, wider, 90)

    def test_each_log_that_changes_is_named_with_old_new_and_why(self, found, logs):
        assert changes(found) == {
            logs[0].pk: (WATCH, EXPECTED, (("redness", 3),)),
            logs[1].pk: (URGENT, WATCH, (("redness", 3), ("swelling", 2))),
        }
        assert {c.treatment for c in found.changes} == {logs[0].treatment_id, logs[1].treatment_id}
        assert {c.log.day for c in found.changes} == {4}

    def test_logs_are_counted_before_and_after(self, found):
        assert (found.days, found.logs, found.flagged, found.flagged_after) == (90, 3, 3, 2)
        assert (found.gained, found.lost, found.running) == (0, 1, 3)

    def test_running_recoveries_lose_their_flags(self, found, logs):
        before, after = {(logs[1].pk, ABOVE, "redness"), (logs[1].pk, ABOVE, "swelling")}, {(logs[1].pk, ABOVE, "swelling")}
        said = {m.treatment: (m.before, m.after, m.gained, m.lost) for m in found.moved}
        assert said == {
            logs[0].treatment_id: ({(logs[0].pk, ABOVE, "redness")}, set(), set(), {(logs[0].pk, ABOVE, "redness")}),
            logs[1].treatment_id: (before, after, set(), before - after),
        }

    def test_a_stricter_edit_raises_flags(self, clinic, draft, logged):
        log = logged(answers={"redness": 2})
        found = effect(clinic, draft, with_band(read_norms(draft), "redness", 3, high=1), 90)
        assert changes(found) == {log.pk: (EXPECTED, WATCH, (("redness", 2),))}
        assert (found.flagged, found.flagged_after, found.gained, found.lost) == (0, 1, 1, 0)
        assert [(m.treatment, m.before, m.gained) for m in found.moved] == [(log.treatment_id, set(), {(log.pk, ABOVE, "redness")})]

    def test_a_note_is_no_flag(self, clinic, draft, logged):
        log = logged(answers={"redness": 0})
        found = effect(clinic, draft, with_band(read_norms(draft), "redness", 3, low=1, typical=1), 90)
        assert changes(found) == {log.pk: (EXPECTED, NOTE, (("redness", 0),))}
        assert (found.flagged_after, found.gained, found.moved) == (0, 0, [])

    def test_other_days_other_symptoms_and_the_same_grade_stay(self, clinic, draft, wider, logged):
        logged("Bo Lind", day=2, answers={"redness": 3})
        logged("Cy Wood", answers={"breakouts": 3})
        logged("Di Marsh", answers={"redness": 2})
        assert changes(effect(clinic, draft, wider, 90)) == {}

    def test_without_an_edit_nothing_changes(self, clinic, draft, logs):
        found = effect(clinic, draft, read_norms(draft), 90)
        assert (found.logs, found.flagged, found.changes, found.moved) == (3, 3, [], [])

    def test_what_later_logs_are_compared_with_stays(self, clinic, draft, clinician):
        """Worsening looks at ratings, not at bands: only the day of the edit changes."""
        treatment = a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=6))
        logs = [a_log(treatment, day, redness=grade).log for day, grade in ((3, 1), (4, 3), (6, 3))]
        assert [log.urgency for log in logs] == [EXPECTED, URGENT, URGENT]
        assert changes(effect(clinic, draft, with_band(read_norms(draft), "redness", 3, high=3), 90)) == {}


class TestThePeriod:
    def test_its_edge_is_exact(self, clinic, draft, wider, logged):
        since = NOW - timedelta(days=90)
        treated = since.date() - timedelta(days=4)
        inside = logged("Bo Lind", treated_on=treated, at=since, answers={"redness": 3})
        logged("Cy Wood", treated_on=treated, at=since - timedelta(seconds=1), answers={"redness": 3})
        found = effect(clinic, draft, wider, 90, now=NOW)
        assert (found.logs, found.flagged, list(changes(found))) == (1, 1, [inside.pk])

    @pytest.mark.parametrize("days, count", [(30, 1), (90, 2), (365, 3), (3650, 4)])
    def test_a_longer_one_counts_more(self, clinic, draft, wider, logged, days, count):
        for back in (4, 80, 200, 1000):
            logged(f"N{back} Lind", treated_on=TODAY - timedelta(days=back), answers={"redness": 3})
        found = effect(clinic, draft, wider, days)
        assert (found.logs, len(found.changes)) == (count, count)

    def test_a_running_recovery_counts_whatever_the_age_of_its_logs(self, clinic, draft, wider, logged):
        log = logged(treated_on=TODAY - timedelta(days=60), answers={"redness": 3})
        found = effect(clinic, draft, wider, 30)
        assert (found.logs, found.changes, found.running) == (0, [], 1)
        assert [(m.treatment, m.lost) for m in found.moved] == [(log.treatment_id, {(log.pk, ABOVE, "redness")})]

    def test_items_a_day_are_flagged_logs_over_the_days_they_spread(self, clinic, draft, wider, clinician):
        treatment = a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=8))
        for day, grade in enumerate([3, 3, 4, 3, 3]):
            a_log(treatment, day, at=NOW - timedelta(days=8 - day), redness=grade)
        found = effect(clinic, draft, wider, 90, now=NOW)
        assert (found.span, found.flagged, found.flagged_after) == (8, 3, 1)
        assert found.a_day == (3 / 8, 1 / 8)

    def test_they_spread_over_the_period_at_most(self, clinic, draft, wider, logged):
        logged("Bo Lind", treated_on=TODAY - timedelta(days=300), answers={"redness": 3})
        logged("Cy Wood", at=NOW - timedelta(days=29, hours=23), treated_on=TODAY - timedelta(days=34), answers={"redness": 3})
        assert effect(clinic, draft, wider, 30, now=NOW).span == 29
        assert effect(clinic, draft, wider, 3650, now=NOW).span == 295

    def test_a_first_log_a_moment_ago_is_one_day(self, clinic, draft, wider, logged):
        logged(at=NOW, answers={"redness": 3})
        found = effect(clinic, draft, wider, 90, now=NOW)
        assert (found.span, found.a_day) == (1, (1.0, 0.0))

    def test_without_logs_nothing_is_divided_by_nothing(self, clinic, draft, wider):
        found = effect(clinic, draft, wider, 90)
        assert found == Effect(days=90, logs=0, flagged=0, span=1)
        assert found.a_day == (0, 0)


class TestWhoseLogs:
    def test_another_clinics_are_never_counted(self, clinic, draft, wider, other_clinic, other_treatment, logged):
        mine, theirs = logged(answers={"redness": 3}), a_log(other_treatment, 4, redness=3).log
        for whose, log in ((clinic, mine), (other_clinic, theirs)):
            found = effect(whose, draft, wider, 90)
            assert (found.logs, found.running, list(changes(found))) == (1, 1, [log.pk])
            assert [moved.treatment for moved in found.moved] == [log.treatment_id]

    def test_another_protocols_are_not_counted(self, clinic, draft, wider, logged):
        logged(protocol="pen-deep", answers={"redness": 4})
        found = effect(clinic, draft, wider, 90)
        assert (found.logs, found.running, found.changes) == (0, 0, [])

    def test_those_of_the_shared_protocol_count_for_the_clinics_own_copy(self, clinic, admin, pen, logged):
        shared = logged("Bo Lind", answers={"redness": 3})
        own = copy_protocol(by=admin, protocol=pen)
        mine = logged("Cy Wood", protocol="pen-deep", answers={"redness": 3})
        Treatment.objects.filter(pk=mine.treatment_id).update(protocol=own, norm_version=own.versions.get())
        draft = start_draft(by=admin, protocol=own)
        found = effect(clinic, draft, with_band(read_norms(draft), "redness", 3, high=3), 90)
        assert (found.logs, found.running) == (2, 2)
        assert set(changes(found)) >= {shared.pk}

    def test_those_of_the_copy_do_not_count_for_the_shared_protocol(self, clinic, admin, pen, draft, wider, logged):
        log, own = logged(answers={"redness": 3}), copy_protocol(by=admin, protocol=pen)
        move_recovery(by=admin, treatment=log.treatment, version=own.versions.get(), why="")
        assert effect(clinic, draft, wider, 90).logs == 0

    def test_who_follows_the_version_already_does_not_change(self, clinic, admin, draft, wider, logged):
        behind = logged("Bo Lind", answers={"redness": 3})
        saved = save_draft(by=admin, draft=draft, norms=wider, seen=0)
        version = publish_draft(by=admin, draft=saved, reason="Tried.", seen=1)
        follows = logged("Cy Wood", answers={"redness": 3})
        assert follows.urgency == EXPECTED
        found = effect(clinic, version, read_norms(version), 90)
        assert (found.logs, found.flagged, found.running) == (2, 1, 1)
        assert list(changes(found)) == [behind.pk]

    def test_a_recovery_that_is_over_is_judged_and_not_moved(self, clinic, draft, wider, logged, clinician):
        log = logged(treated_on=TODAY - timedelta(days=30), answers={"redness": 3})
        next_session(clinician, log.treatment.patient, TODAY - timedelta(days=1))
        found = effect(clinic, draft, wider, 90)
        assert (list(changes(found)), found.running, found.moved) == ([log.pk], 1, [])

    def test_a_flag_that_was_answered_is_not_lost_again(self, clinic, draft, wider, logged, clinician):
        log = logged(answers={"redness": 3})
        a_review(log.treatment, clinician)
        found = effect(clinic, draft, wider, 90)
        assert (found.lost, found.moved) == (1, [])


class TestOtherEdits:
    def test_a_wider_adjustment_reaches_whom_it_is_for(self, clinic, draft, logged):
        norms = read_norms(draft)
        acne = logged("Bo Lind", factors=("acne_prone",), answers={"breakouts": 4})
        logged("Cy Wood", answers={"breakouts": 4})
        more = tuple(replace(a, shift=replace(a.shift, high_by=2)) if a.factor == "acne_prone" else a for a in norms.adjustments)
        found = effect(clinic, draft, replace(norms, adjustments=more), 90)
        assert changes(found) == {acne.pk: (URGENT, EXPECTED, (("breakouts", 4),))}

    def test_so_does_a_new_one(self, clinic, draft, logged):
        norms = read_norms(draft)
        thin = logged("Bo Lind", factors=("blood_thinners",), answers={"swelling": 2})
        shift = Adjustment("blood_thinners", "Blood thinners or fish oil", Shift("swelling", 4, 4, 1, "Tried."))
        found = effect(clinic, draft, replace(norms, adjustments=(*norms.adjustments, shift)), 90)
        assert changes(found) == {thin.pk: (WATCH, EXPECTED, (("swelling", 2),))}

    @pytest.mark.parametrize("size, new", [(3, {"Bo": WATCH}), (2, {}), (1, {"Ana": URGENT}), (0, {"Ana": URGENT})])
    def test_another_size_of_a_cluster(self, clinic, draft, logged, size, new):
        ana = logged("Ana Ferreira", answers={"redness": 3})
        bo = logged("Bo Lind", answers={"redness": 3, "swelling": 2})
        found = effect(clinic, draft, set_of(read_norms(draft), cluster_size=size), 90)
        names = {ana.pk: "Ana", bo.pk: "Bo"}
        assert {names[c.log.pk]: c.new for c in found.changes} == new

    def test_another_first_day_of_worsening(self, clinic, draft, clinician):
        treatment = a_treatment(clinician, "Bo Lind", TREATED)
        logs = [a_log(treatment, day, redness=grade).log for day, grade in ((1, 0), (2, 2))]
        found = effect(clinic, draft, set_of(read_norms(draft), worsening_from_day=2), 90)
        assert changes(found) == {logs[1].pk: (EXPECTED, URGENT, (("redness", 2),))}

    def test_another_symptom_that_is_watched(self, clinic, draft, clinician):
        treatment = a_treatment(clinician, "Bo Lind", TREATED)
        logs = [a_log(treatment, day, flaking=grade).log for day, grade in ((3, 0), (4, 2))]
        norms = read_norms(draft)
        found = effect(clinic, draft, set_of(norms, worsening_symptoms=(*norms.settings.worsening_symptoms, "flaking")), 90)
        assert changes(found) == {logs[1].pk: (EXPECTED, URGENT, (("flaking", 2),))}

    def test_another_step_to_the_last_session(self, clinic, draft, clinician):
        first = a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=40))
        a_log(first, 4, redness=1)
        log = a_log(next_session(clinician, first.patient, TREATED), 4, redness=2).log
        found = effect(clinic, draft, set_of(read_norms(draft), last_session_step=1), 90)
        assert changes(found) == {log.pk: (EXPECTED, WATCH, (("redness", 2),))}

    def test_another_day_for_results(self, clinic, draft, clinician):
        log = a_log(a_treatment(clinician, "Bo Lind", TODAY - timedelta(days=20)), 20, improvement=5, redness=0).log
        found = effect(clinic, draft, set_of(read_norms(draft), results_worse_from_day=20), 90)
        assert changes(found) == {log.pk: (EXPECTED, WATCH, (("log", 5),))}

    @pytest.mark.parametrize("urgency", [WATCH, EMERGENCY])
    def test_another_urgency_of_a_sign(self, clinic, draft, logged, urgency):
        log = logged(signs="fever", answers={"redness": 3})
        logged("Cy Wood", signs="pus")
        norms = read_norms(draft)
        signs = {**norms.signs, "fever": replace(norms.signs["fever"], urgency=urgency)}
        assert changes(effect(clinic, draft, replace(norms, signs=signs), 90)) == {log.pk: (URGENT, urgency, (("fever", None),))}

    def test_a_sign_that_is_gone_is_judged_as_logs_will_be(self, clinic, draft, logged):
        """Norms that do not know a sign call the clinic the same day."""
        log, norms = logged(signs="itchy_rash"), read_norms(draft)
        signs = {code: sign for code, sign in norms.signs.items() if code != "itchy_rash"}
        assert changes(effect(clinic, draft, replace(norms, signs=signs), 90)) == {log.pk: (WATCH, URGENT, (("itchy_rash", None),))}

    def test_days_that_lose_their_band_are_compared_with_nothing(self, clinic, draft, logged):
        log, norms = logged(answers={"redness": 4}), read_norms(draft)
        bands = tuple(b for b in norms.bands if (b.symptom, b.first_day) != ("redness", 3))
        assert changes(effect(clinic, draft, replace(norms, bands=bands), 90)) == {log.pk: (URGENT, EXPECTED, (("redness", 4),))}

    def test_words_alone_change_nothing(self, clinic, draft, logged):
        logged(answers={"redness": 3})
        norms = with_band(read_norms(draft), "redness", 3, rationale="Said in another way.")
        assert effect(clinic, draft, norms, 90).changes == []


class TestTheCost:
    def test_nothing_is_written(self, clinic, draft, wider, logged, clinician):
        a_review(logged("Bo Lind", answers={"redness": 3}).treatment, clinician)
        logged("Cy Wood", answers={"redness": 3, "swelling": 2}, signs="fever")
        tables = [Log, Rating, Flag, Review, Treatment, NormVersion, AuditEvent]
        before = [list(table.objects.order_by("pk").values()) for table in tables]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert effect(clinic, draft, wider, 90).changes != []
        assert [query["sql"] for query in asked if not query["sql"].startswith(READS)] == []
        assert [list(table.objects.order_by("pk").values()) for table in tables] == before

    def test_it_asks_the_same_for_one_recovery_and_for_three(self, clinic, draft, wider, logged, django_assert_max_num_queries):
        found = []
        for count, name in enumerate(("Bo Lind", "Cy Wood", "Di Marsh"), 1):
            logged(name, answers={"redness": 3})
            effect(clinic, draft, wider, 90)  # published norms are remembered from the second time on
            with django_assert_max_num_queries(15) as asked:
                assert len(effect(clinic, draft, wider, 90).changes) == count
            found.append(len(asked))
        assert found == [found[0]] * 3

    def test_it_is_the_same_in_small_portions(self, clinic, draft, wider, logged, monkeypatch):
        for name in ("Bo Lind", "Cy Wood", "Di Marsh"):
            logged(name, answers={"redness": 3})
        whole = effect(clinic, draft, wider, 90)
        monkeypatch.setattr("patients.exports.histories.CHUNK", 1)
        assert effect(clinic, draft, wider, 90) == whole
