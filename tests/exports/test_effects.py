"""The preview of an edit in words, rows and a file."""

import csv
import io
from dataclasses import replace
from uuid import UUID

import pytest

from patients.actions.norms import start_draft
from patients.exports.effects import COLUMNS, EffectSheet, effect_of, public_ids
from patients.exports.histories import LogRow
from patients.exports.impact import Changed, Effect, Moved
from patients.models import Log, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.norms import WarningSign
from recovery.timeline.scale import Urgency
from tests.conftest import TREATED
from tests.factories import a_log, a_treatment, with_band
from tests.timeline.samples import PEN

EXPECTED, NOTE, WATCH, URGENT, EMERGENCY = Urgency
REDNESS, SWELLING = ("redness", 3), ("swelling", 2)


def changed(pk, old, new, *causes, day=4, treatment=1):
    return Changed(LogRow(pk, day, old, True), treatment, old, new, causes or (REDNESS,))


def sheet_of(*changes, moved=(), norms=PEN, flagged=10):
    return EffectSheet(Effect(90, 100, flagged, 10, 5, list(changes), list(moved)), norms)


def keys(*subjects):
    return frozenset((1, "above_range", subject) for subject in subjects)


class TestRows:
    def test_logs_that_change_alike_share_a_row(self):
        sheet = sheet_of(changed(1, WATCH, EXPECTED), changed(2, WATCH, EXPECTED))
        assert [(r.what, r.day, r.old, r.new, [c.log.pk for c in r.logs]) for r in sheet.rows] == [
            ("Redness 3", 4, WATCH, EXPECTED, [1, 2])
        ]

    @pytest.mark.parametrize(
        "other",
        [
            changed(2, WATCH, EXPECTED, day=3),
            changed(2, WATCH, NOTE),
            changed(2, URGENT, EXPECTED),
            changed(2, WATCH, EXPECTED, ("redness", 2)),
            changed(2, WATCH, EXPECTED, REDNESS, SWELLING),
        ],
    )
    def test_whatever_differs_makes_another(self, other):
        assert len(sheet_of(changed(1, WATCH, EXPECTED), other).rows) == 2

    def test_the_commonest_comes_first_then_by_day_and_name(self):
        sheet = sheet_of(
            changed(1, WATCH, EXPECTED, SWELLING),
            changed(2, WATCH, EXPECTED, day=5),
            changed(3, WATCH, EXPECTED),
            changed(4, WATCH, NOTE, day=6),
            changed(5, WATCH, NOTE, day=6),
        )
        assert [(r.day, r.what) for r in sheet.rows] == [(6, "Redness 3"), (4, "Redness 3"), (4, "Swelling 2"), (5, "Redness 3")]

    @pytest.mark.parametrize("logs, hidden", [(1, 0), (40, 0), (41, 1), (100, 60)])
    def test_a_row_shows_forty(self, logs, hidden):
        assert sheet_of(*(changed(n, WATCH, EXPECTED) for n in range(logs))).rows[0].hidden == hidden


@pytest.mark.parametrize(
    "causes, words",
    [
        ((REDNESS,), "Redness 3"),
        ((REDNESS, SWELLING), "Redness 3, Swelling 2"),
        ((("redness", 0),), "Redness 0"),
        ((("fever", None),), "Fever or chills"),
        ((("fever", None), REDNESS), "Fever or chills, Redness 3"),
        ((("log", None),), "The log as a whole"),
        ((("log", 5),), "The log as a whole"),
        ((("old_sign", None),), "Old sign"),  # ticked under norms that knew it
    ],
)
def test_what_is_judged_differently_is_named(causes, words):
    assert sheet_of(changed(1, WATCH, EXPECTED, *causes)).rows[0].what == words


def test_a_change_without_a_cause_is_about_the_log():
    assert sheet_of(Changed(LogRow(1, 4, 2, True), 1, WATCH, EXPECTED, ())).rows[0].what == "The log as a whole"


class TestInAWord:
    @pytest.mark.parametrize(
        "changes, says",
        [
            ([], "none more, none fewer"),
            ([(WATCH, URGENT), (EXPECTED, NOTE)], "none more, none fewer"),
            ([(WATCH, EXPECTED)], "1 fewer, none more"),
            ([(WATCH, NOTE), (URGENT, EXPECTED)], "2 fewer, none more"),
            ([(EXPECTED, EMERGENCY)], "none fewer, 1 more"),
            ([(NOTE, WATCH), (WATCH, NOTE), (EXPECTED, WATCH)], "1 fewer, 2 more"),
        ],
    )
    def test_flagged_logs(self, changes, says):
        assert sheet_of(*(changed(n, *pair) for n, pair in enumerate(changes))).balance == says

    @pytest.mark.parametrize(
        "changes, says",
        [
            ([(WATCH, EXPECTED), (EXPECTED, WATCH)], "none more, none fewer"),
            ([(URGENT, EMERGENCY), (EMERGENCY, URGENT)], "none more, none fewer"),
            ([(URGENT, WATCH)], "1 fewer, none more"),
            ([(WATCH, URGENT), (EXPECTED, EMERGENCY)], "none fewer, 2 more"),
            ([(EMERGENCY, WATCH), (NOTE, URGENT)], "1 fewer, 1 more"),
        ],
    )
    def test_urgent_logs(self, changes, says):
        assert sheet_of(*(changed(n, *pair) for n, pair in enumerate(changes))).urgent == says

    @pytest.mark.parametrize(
        "before, after, counted",
        [
            ([], ["redness"], {"gain": 1, "enter": 1}),
            (["redness"], [], {"lose": 1, "leave": 1}),
            (["redness"], ["redness", "swelling"], {"gain": 1}),
            (["redness", "swelling"], ["redness"], {"lose": 1}),
            (["redness"], ["swelling"], {"gain": 1, "lose": 1}),
        ],
    )
    def test_running_recoveries(self, before, after, counted):
        found = sheet_of(moved=[Moved(1, keys(*before), keys(*after))]).recoveries
        assert {name: count for name, count in found.items() if count} == counted

    def test_several_recoveries_are_added_up(self):
        moved = [Moved(n, keys("redness"), keys()) for n in range(3)] + [Moved(9, keys(), keys("redness"))]
        assert dict(sheet_of(moved=moved).recoveries) == {"gain": 1, "lose": 3, "enter": 1, "leave": 3}


class TestOfStoredLogs:
    @pytest.fixture
    def draft(self, admin):
        return start_draft(by=admin, protocol=Protocol.objects.get(slug="pen"))

    @pytest.fixture
    def logs(self, clinician):
        return [a_log(a_treatment(clinician, name, TREATED), 4, redness=3).log for name in ("Bo Lind", "Cy Wood", "Di Marsh")]

    @pytest.fixture
    def sheet(self, draft, logs, admin):
        return effect_of(draft, with_band(read_norms(draft), "redness", 3, high=3), admin)

    def test_a_row_links_to_its_logs(self, sheet, logs, monkeypatch):
        assert [ids for _, ids in sheet.linked_rows()] == [[log.uuid for log in logs]]
        monkeypatch.setattr("patients.exports.effects.SHOWN_LOGS", 2)
        assert [(ids, row.hidden) for row, ids in sheet.linked_rows()] == [([logs[0].uuid, logs[1].uuid], 1)]

    def test_the_file_has_every_log(self, sheet, logs):
        lines = list(csv.reader(io.StringIO(sheet.as_csv("https://example.org/x/"), newline="")))
        row = ["4", "Redness 3", "watch", "expected"]
        said = [[str(log.uuid), str(log.treatment.uuid), *row, f"https://example.org/x/{log.uuid}/"] for log in logs]
        assert lines[0] == list(COLUMNS)
        assert sorted(lines[1:]) == sorted(said)

    @pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "a\r=1", 'say "x", then\n=1'])
    def test_a_label_cannot_be_a_formula_nor_begin_a_line(self, sheet, label):
        sign = WarningSign("odd", label, WATCH, 0, 9, "", "")
        sheet.norms = replace(sheet.norms, signs={"odd": sign})
        sheet.effect.changes = [replace(sheet.effect.changes[0], causes=(("odd", None),))]
        text = sheet.as_csv("/")
        lines = list(csv.reader(io.StringIO(text, newline="")))
        assert [len(line) for line in lines] == [len(COLUMNS)] * 2
        assert lines[1][3] == (label if label[0] in "as" else f"'{label}")
        assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]

    def test_public_ids_come_in_portions(self, logs, django_assert_num_queries):
        with django_assert_num_queries(2):
            found = public_ids([log.pk for log in logs] + list(range(10**6, 10**6 + 10_000)))
        assert found == {log.pk: (log.uuid, log.treatment.uuid) for log in logs}

    def test_who_has_no_clinic_sees_no_preview(self, draft, logs, superuser):
        assert effect_of(draft, read_norms(draft), superuser) is None

    def test_the_period_is_handed_on(self, draft, logs, admin):
        Log.objects.update(entered_at="2026-01-01T12:00Z")
        assert [effect_of(draft, read_norms(draft), admin, days).effect.logs for days in (30, 90)] == [0, 3]


def test_a_file_without_changes_is_its_header(db):
    assert sheet_of().as_csv("/") == "log,recovery,day,what,old,new,link\r\n"


def test_ids_are_random():
    assert public_ids([]) == {}
    assert Log._meta.get_field("uuid").default is not UUID
