"""What differs between two norm versions: bands day by day and given as runs, the rest row by row."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.course import Course, Guidance, Milestone, Phase
from recovery.timeline.difference import BAND_FIELDS, Change, differences
from recovery.timeline.norms import Adjustment, Band, RuleSettings, Shift, WarningSign
from recovery.timeline.scale import Urgency
from tests.timeline.samples import PEN, STARTING, band, norms_of
from tests.timeline.test_document import any_norms

WHOLE = norms_of(band("redness", 0, 9, 0, 1, 2, 3), band("swelling", 0, 9, 0, 0, 1))


def said(before, after):
    return [str(change) for change in differences(before, after)]


def between(before, after):
    """What is said between two lists of bands."""
    return said(norms_of(*before), norms_of(*after))


# --- nothing


@given(any_norms)
@settings(max_examples=50, deadline=None)
def test_nothing_differs_from_itself(norms):
    assert differences(norms, replace(norms)) == ()


def test_label_and_claims_are_no_difference():
    assert differences(PEN, replace(PEN, label="other", claims=())) == ()


def test_lists_and_tuples_are_no_difference():
    step = Milestone(0, 1, "Gone", "", ("faq",))
    listed = replace(WHOLE, course=Course(milestones=[replace(step, sources=["faq"])]))
    assert differences(replace(WHOLE, course=Course(milestones=(step,))), listed) == ()


def test_a_run_written_as_two_is_no_difference():
    assert between([band(first_day=0, last_day=9)], [band(first_day=0, last_day=4), band(first_day=5, last_day=9)]) == []


# --- bands


def test_a_change_of_a_band():
    raised = norms_of(band("redness", 0, 5), band("redness", 6, 7, high=3), band("redness", 8, 9))
    assert differences(norms_of(band("redness", 0, 9)), raised) == (Change("bands", "Redness", (6, 7), "high", "2", "3"),)


@pytest.mark.parametrize(
    "after, expected",
    [
        ([band(high=1)], ["Redness, days 0–9: high 2 → 1"]),
        ([band(low=1, typical=1)], ["Redness, days 0–9: low 0 → 1", "Redness, days 0–9: typical 0 → 1"]),
        ([band(urgent_above=None)], ["Redness, days 0–9: urgent above 3 → never"]),
        ([band(rationale="Seen.")], ["Redness, days 0–9: rationale blank → Seen."]),
        ([band(last_day=8), band(first_day=9, high=4)], ["Redness, day 9: high 2 → 4"]),
        ([band(last_day=3, high=4), band(first_day=4, last_day=5, high=4), band(first_day=6)], ["Redness, days 0–5: high 2 → 4"]),
        (
            [band(last_day=2, high=4), band(first_day=3, last_day=4), band(first_day=5, high=4)],
            ["Redness, days 0–2: high 2 → 4", "Redness, days 5–9: high 2 → 4"],
        ),
        (
            [band(last_day=2, high=3), band(first_day=3, last_day=4, high=3, urgent_above=4), band(first_day=5)],
            ["Redness, days 0–4: high 2 → 3", "Redness, days 3–4: urgent above 3 → 4"],
        ),
        (
            [band(), band("swelling", 3, 4, 0, 1, 2)],
            [
                *["Swelling, days 3–4: low none → 0", "Swelling, days 3–4: typical none → 1", "Swelling, days 3–4: high none → 2"],
                *["Swelling, days 3–4: urgent above none → 3", "Swelling, days 3–4: rationale none → blank"],
            ],
        ),
        (
            [band(last_day=8)],
            [
                *["Redness, day 9: low 0 → none", "Redness, day 9: typical 0 → none", "Redness, day 9: high 2 → none"],
                *["Redness, day 9: urgent above 3 → none", "Redness, day 9: rationale blank → none"],
            ],
        ),
        (  # a draft may have two bands on one day
            [band(), band(first_day=9, last_day=9, high=4)],
            [
                *["Redness, day 9: low 0 → 0 and 0", "Redness, day 9: typical 0 → 0 and 0", "Redness, day 9: high 2 → 2 and 4"],
                *["Redness, day 9: urgent above 3 → 3 and 3", "Redness, day 9: rationale blank → blank and blank"],
            ],
        ),
    ],
)
def test_bands_are_compared_by_day(after, expected):
    assert between([band()], after) == expected


def test_symptoms_come_in_their_order_and_days_in_theirs():
    before = [band("swelling", 0, 9), band("redness", 0, 9)]
    after = [band("swelling", 0, 9, high=4), band("redness", 0, 4, high=4), band("redness", 5, 9, high=0)]
    assert between(before, after) == ["Redness, days 0–4: high 2 → 4", "Redness, days 5–9: high 2 → 0", "Swelling, days 0–9: high 2 → 4"]


def test_a_symptom_that_is_not_known_is_told_by_its_code():
    assert between([band("rash", 0, 0)], [band("rash", 0, 0, high=1)]) == ["rash, day 0: high 2 → 1"]


@st.composite
def tables(draw):
    """Bands of one symptom that follow each other over some of the first days, with gaps."""
    days = sorted(draw(st.sets(st.integers(0, 15), min_size=2, max_size=6)))
    pieces = [(first, last - 1) for first, last in zip(days, days[1:], strict=False)]
    made = [band("redness", *piece, 0, 0, draw(st.integers(0, 2)), None, draw(st.sampled_from(["", "a"]))) for piece in pieces]
    return [b for b in made if draw(st.booleans())]


def cell(norms, day, field):
    found = norms.band("redness", day)
    return "none" if found is None else {"None": "never"}.get(str(getattr(found, field)), str(getattr(found, field)))


@given(tables(), tables())
@settings(max_examples=200, deadline=None)
def test_the_runs_are_the_days_that_differ_and_no_others(before, after):
    before, after = norms_of(*before), norms_of(*after)
    told = [(c.field, day, c.before, c.after) for c in differences(before, after) for day in range(c.days[0], c.days[1] + 1)]
    cells = [(field, day, cell(before, day, field), cell(after, day, field)) for field in BAND_FIELDS for day in range(20)]
    assert sorted(told) == sorted(c for c in cells if c[2] != c[3])


def test_the_deep_protocol_against_the_usual_one():
    found = said(PEN, STARTING.norms_for("pen-deep"))
    assert [line for line in found if "rationale" not in line] == [
        "Redness, days 1–2: high 3 → 4",
        "Redness, day 2: urgent above 3 → 4",
        "Redness, days 3–4: high 2 → 3",
        "Swelling, day 1: high 3 → 4",
        "Swelling, day 1: urgent above 3 → 4",
        "Swelling, days 2–3: high 2 → 3",
        "Swelling, day 3: urgent above 2 → 3",
        "Swelling, day 4: high 1 → 2",
        "Bruising, days 1–4: high 2 → 3",
    ]


# --- the other parts

HEALING = Phase("Healing", 0, 7, 1, "Redness eases.")
GONE = Milestone(2, 3, "Redness gone", "", ("faq", "blog"))
SUN = Guidance(-14, -1, "avoid", "No sun", (), "")
FEVER = WarningSign("fever", "Fever", Urgency.URGENT, 1, 10, "Call today.", "review")
ACNE = Adjustment("acne_prone", "Acne-prone skin", Shift("breakouts", 2, 14, 1))


def with_rows(*rows):
    """WHOLE with these rows and no others."""

    def of(kind):
        return tuple(row for row in rows if isinstance(row, kind))

    course = Course(of(Phase), of(Milestone), of(Guidance))
    return replace(WHOLE, course=course, signs={s.code: s for s in of(WarningSign)}, adjustments=of(Adjustment))


@pytest.mark.parametrize(
    "row, expected",
    [
        (HEALING, "Healing, days 0–7: added (check in every days 1; what to expect Redness eases.)"),
        (GONE, "Redness gone, days 2–3: added (sources faq; blog)"),
        (SUN, "Avoid: No sun, days -14 to -1: added"),
        (FEVER, "Fever, days 1–10: added (urgency urgent; advice Call today.; basis review)"),
        (ACNE, "Acne-prone skin, breakouts, days 2–14: added (high by 1)"),
    ],
)
def test_a_row_that_came_or_went(row, expected):
    assert said(with_rows(), with_rows(row)) == [expected]
    assert said(with_rows(row), with_rows()) == [expected.replace("added", "removed")]


def edited(row, **fields):
    return (
        replace(row, shift=replace(row.shift, **fields))
        if isinstance(row, Adjustment) and "label" not in fields
        else replace(row, **fields)
    )


@pytest.mark.parametrize(
    "row, fields, change",
    [
        (HEALING, {"check_in_every_days": 2}, ("phases", "Healing", (0, 7), "check_in_every_days", "1", "2")),
        (HEALING, {"last_day": 9}, ("phases", "Healing", (0, 9), "last_day", "7", "9")),
        (HEALING, {"what_to_expect": "Less."}, ("phases", "Healing", (0, 7), "what_to_expect", "Redness eases.", "Less.")),
        (GONE, {"first_day": 3}, ("milestones", "Redness gone", (3, 3), "first_day", "2", "3")),
        (GONE, {"sources": ("faq",)}, ("milestones", "Redness gone", (2, 3), "sources", "faq; blog", "faq")),
        (SUN, {"sources_differ": "7 days"}, ("guidance", "Avoid: No sun", (-14, -1), "sources_differ", "", "7 days")),
        (FEVER, {"urgency": Urgency.EMERGENCY}, ("warning_signs", "Fever", (1, 10), "urgency", "urgent", "emergency")),
        (FEVER, {"label": "Chills"}, ("warning_signs", "Fever", (1, 10), "label", "Fever", "Chills")),
        (FEVER, {"last_usual_day": 12}, ("warning_signs", "Fever", (1, 12), "last_usual_day", "10", "12")),
        (ACNE, {"high_by": -1}, ("adjustments", "Acne-prone skin, breakouts", (2, 14), "high_by", "1", "-1")),
        (ACNE, {"last_day": 20}, ("adjustments", "Acne-prone skin, breakouts", (2, 20), "last_day", "14", "20")),
        (ACNE, {"label": "Acne"}, ("adjustments", "Acne-prone skin, breakouts", (2, 14), "label", "Acne-prone skin", "Acne")),
    ],
)
def test_a_field_of_a_row(row, fields, change):
    assert differences(with_rows(row), with_rows(edited(row, **fields))) == (Change(*change),)


@pytest.mark.parametrize(
    "row, fields",
    [
        (HEALING, {"name": "Renewal"}),
        (GONE, {"title": "Gone"}),
        (SUN, {"kind": "do"}),
        (SUN, {"text": "Sun"}),
        (FEVER, {"code": "heat"}),
        (ACNE, {"first_day": 3}),
        (ACNE, {"symptom": "redness"}),
    ],
)
def test_what_names_a_row_makes_another_row(row, fields):
    found = differences(with_rows(row), with_rows(edited(row, **fields)))
    assert [(c.field, c.before == "none", c.after == "none") for c in found] == [("row", True, False), ("row", False, True)]


def test_rows_of_the_same_name_are_told_apart_by_their_order():
    twice = [HEALING, replace(HEALING, first_day=8, last_day=9)]
    assert said(with_rows(*twice), with_rows(twice[0], replace(twice[1], last_day=12))) == ["Healing, days 8–12: last day 9 → 12"]
    assert len(said(with_rows(HEALING), with_rows(*twice))) == 1


def test_a_setting():
    changed = replace(WHOLE, settings=RuleSettings(("redness", "pain"), cluster_size=3))
    assert differences(WHOLE, changed) == (
        Change("settings", "Settings", None, "worsening_symptoms", "redness", "redness; pain"),
        Change("settings", "Settings", None, "cluster_size", "2", "3"),
    )


def test_a_setting_in_words():
    assert said(WHOLE, replace(WHOLE, settings=RuleSettings(("redness",), cluster_size=3))) == ["Settings: cluster size 2 → 3"]


def test_bands_come_first_and_settings_last():
    after = replace(with_rows(ACNE, FEVER, SUN, GONE, HEALING), bands=WHOLE.bands[:1], settings=RuleSettings())
    parts = list(dict.fromkeys(c.part for c in differences(with_rows(), after)))
    assert parts == ["bands", "phases", "milestones", "guidance", "warning_signs", "adjustments", "settings"]


def test_a_long_table_is_compared_at_once():
    daily = [Band("redness", day, day, 0, 0, day % 5, None) for day in range(3651)]
    assert len(differences(norms_of(), norms_of(*daily))) == 3651 + len(BAND_FIELDS) - 1
