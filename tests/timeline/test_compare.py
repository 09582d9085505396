"""Each rule of the comparison as a table: a day, what came before, a severity, and what must be said of it."""

import random
from dataclasses import replace

import pytest

from recovery.timeline.compare import WHOLE_LOG, Entry, Finding, Reference, compare, compare_course
from recovery.timeline.scale import Rule, Urgency
from tests.timeline.samples import (
    LAST_DAY,
    PEN,
    STARTING,
    band,
    by_subject,
    history_of,
    judged,
    log,
    norms_of,
    published_courses,
    short,
)

NOTHING = []
NOTE, WATCH, URGENT = ["above_range note"], ["above_range watch"], ["above_range urgent"]


# --- 1. above range


@pytest.mark.parametrize(
    "code, day, severity, expected",
    [
        ("redness", 0, 4, NOTHING),  # a band up to 4 never flags
        ("redness", 1, 3, NOTHING),
        ("redness", 1, 4, WATCH),  # urgent-above is empty
        ("redness", 2, 3, NOTHING),
        ("redness", 2, 4, URGENT),  # the band's high is the urgent-above too: no watch between
        ("redness", 3, 2, NOTHING),
        ("redness", 3, 3, WATCH),
        ("redness", 3, 4, URGENT),
        ("redness", 4, 3, WATCH),  # last day of a run
        ("redness", 5, 3, URGENT),  # first day of the next
        ("redness", 5, 2, NOTHING),
        ("redness", 6, 2, WATCH),
        ("redness", 7, 1, NOTHING),
        ("redness", 56, 3, URGENT),
        ("redness", LAST_DAY, 2, WATCH),
        ("flaking", 0, 4, WATCH),
        ("flaking", 8, 3, WATCH),
        ("flaking", 8, 4, URGENT),
        ("dryness", 8, 4, WATCH),  # never urgent alone
        ("dark_spots", LAST_DAY, 4, WATCH),
        ("bleeding", 8, 2, URGENT),
        ("redness", 3, 0, NOTHING),
    ],
)
def test_above_range(code, day, severity, expected):
    assert judged(code, day, {}, severity) == expected


@pytest.mark.parametrize(
    "code, day, history, severity, expected",
    [
        ("itching", 40, {}, 1, NOTE),  # high 0, never rated before
        ("itching", 40, {30: 0}, 1, NOTE),
        ("itching", 40, {20: 1, 30: 0}, 1, NOTE),  # the previous rating decides, not any before it
        ("itching", 40, {30: 1}, 1, WATCH),
        ("itching", 40, {20: 0, 30: 1}, 1, WATCH),
        ("itching", 40, {30: 3}, 1, WATCH),
        ("itching", 40, {0: 1}, 1, WATCH),  # however long ago
        ("itching", 40, {}, 2, WATCH),  # no trace any more
        ("itching", 40, {}, 3, URGENT),
        ("itching", 40, {}, 0, NOTHING),
        ("itching", 28, {}, 1, NOTHING),  # high is 1 until then
        ("itching", 28, {}, 2, WATCH),  # a trace of excess is no lone trace where high is 1
        ("bleeding", 8, {}, 1, NOTE),  # a lone trace even where urgent-above is 0
        ("bleeding", 8, {3: 0}, 1, NOTE),
        ("bleeding", 8, {3: 1}, 1, URGENT),
        ("bruising", 15, {14: 1}, 1, WATCH),
        ("bruising", 15, {14: 0}, 1, NOTE),
        ("swelling", 8, {7: 1}, 1, WATCH),
    ],
)
def test_a_lone_trace_is_only_a_note(code, day, history, severity, expected):
    assert judged(code, day, history, severity) == expected


def test_the_previous_rating_may_be_some_logs_back():
    earlier = [log(20, itching=1), log(30, redness=0)]
    assert short(compare(log(40, itching=1), earlier, PEN)) == WATCH


def test_another_symptoms_rating_does_not_make_a_trace_less_lone():
    assert short(compare(log(40, itching=1), [log(30, bruising=1)], PEN)) == NOTE


# --- 2. below range


@pytest.mark.parametrize(
    "day, low, severity, expected",
    [(0, 1, 0, ["below_range note"]), (0, 1, 1, NOTHING), (5, 2, 1, ["below_range note"]), (5, 2, 2, NOTHING), (5, 0, 0, NOTHING)],
)
def test_below_range_is_a_note(day, low, severity, expected):
    norms = norms_of(band(low=low, typical=2))
    assert judged("redness", day, {}, severity, norms) == expected


def test_no_redness_on_the_day_of_treatment_is_noted():
    assert judged("redness", 0, {}, 0) == ["below_range note"]
    assert judged("redness", 1, {}, 0) == NOTHING


# --- 3. worsening

RISING, RISING_FAST = ["worsening watch"], ["worsening urgent"]


@pytest.mark.parametrize(
    "code, day, history, severity, expected",
    [
        # two above the lowest so far: urgent, even inside the band
        ("redness", 3, {2: 0}, 2, RISING_FAST),
        ("redness", 3, {0: 3, 1: 0, 2: 1}, 2, RISING_FAST),
        ("redness", 3, {0: 0}, 2, RISING_FAST),
        ("swelling", 3, {2: 0}, 2, RISING_FAST),
        ("redness", 3, {1: 1, 2: 3}, 3, [*WATCH, *RISING_FAST]),  # the lowest counts, not the last
        ("redness", 5, {2: 1}, 3, [*URGENT, *RISING_FAST]),
        ("pain", 20, {10: 0}, 2, [*URGENT, *RISING_FAST]),
        # not before day 3, and not on the first log
        ("redness", 2, {1: 0}, 2, NOTHING),
        ("redness", 2, {0: 1, 1: 1}, 3, NOTHING),
        ("redness", 3, {}, 2, NOTHING),
        # exactly one above, above typical, and the previous rating the same: watch
        ("redness", 4, {2: 1, 3: 2}, 2, RISING),
        ("redness", 5, {3: 0, 4: 1}, 1, RISING),
        ("swelling", 4, {2: 0, 3: 1}, 1, RISING),
        ("pain", 4, {2: 0, 3: 1}, 1, RISING),
        ("redness", 4, {2: 1, 3: 3}, 2, NOTHING),  # the previous was higher
        ("redness", 4, {2: 2, 3: 1}, 2, NOTHING),  # the previous was the lowest
        ("redness", 4, {1: 2, 2: 1, 3: 1}, 2, NOTHING),
        ("redness", 4, {2: 0, 3: 1}, 1, NOTHING),  # typical is 1 on day 4
        ("redness", 3, {1: 0, 2: 1}, 1, NOTHING),
        ("redness", 3, {1: 1, 2: 2}, 2, RISING),  # day 3 is the first
        ("redness", 2, {0: 1, 1: 2}, 2, NOTHING),
        # never rising
        ("redness", 4, {2: 2, 3: 2}, 2, NOTHING),
        ("redness", 4, {2: 3, 3: 2}, 1, NOTHING),
        # symptoms that are not watched for it
        ("flaking", 4, {2: 0}, 3, NOTHING),
        ("itching", 3, {2: 0}, 2, NOTHING),
        ("breakouts", 4, {2: 0}, 2, NOTHING),
        ("bruising", 4, {2: 0}, 2, NOTHING),
        ("dryness", 4, {2: 0, 3: 1}, 2, NOTHING),
        ("roughness", 4, {2: 1}, 3, NOTHING),
    ],
)
def test_worsening(code, day, history, severity, expected):
    assert judged(code, day, history, severity) == expected


def test_the_symptoms_watched_for_worsening():
    assert PEN.settings.worsening_symptoms == ("redness", "swelling", "pain")


@pytest.mark.parametrize(
    "settings, day, history, severity, expected",
    [
        ({"worsening_from_day": 6}, 5, {2: 0}, 2, NOTHING),
        ({"worsening_from_day": 6}, 6, {2: 0}, 2, RISING_FAST),
        ({"worsening_urgent_step": 3}, 5, {2: 0}, 2, NOTHING),
        ({"worsening_urgent_step": 3}, 5, {2: 0}, 3, RISING_FAST),
        ({"worsening_watch_step": 2, "worsening_urgent_step": 3}, 5, {2: 0, 4: 1}, 1, NOTHING),
        ({"worsening_watch_step": 2, "worsening_urgent_step": 3}, 5, {2: 0, 4: 2}, 2, RISING),
        ({"worsening_symptoms": ()}, 5, {2: 0}, 3, NOTHING),
    ],
)
def test_the_steps_and_the_first_day_of_worsening_are_settings(settings, day, history, severity, expected):
    assert judged("redness", day, history, severity, norms_of(band(high=4, urgent_above=None), **settings)) == expected


@pytest.mark.parametrize(
    "history, reference",
    [({1: 0}, Reference(1, 0)), ({0: 1, 1: 0, 2: 1}, Reference(1, 0)), ({0: 0, 2: 0}, Reference(2, 0))],  # the latest of equals
)
def test_worsening_names_the_lowest_rating(history, reference):
    (finding,) = compare(log(3, redness=2), history_of("redness", history), PEN)
    assert finding.reference == reference


# --- 4. cluster


@pytest.mark.parametrize(
    "today, expected",
    [
        ({"flaking": 2}, {"flaking": "above_range watch"}),
        ({"flaking": 2, "dryness": 2}, {"flaking": "above_range urgent", "dryness": "above_range urgent"}),
        ({"flaking": 2, "dryness": 1}, {"flaking": "above_range watch"}),
        ({"flaking": 2, "itching": 3}, {"flaking": "above_range urgent", "itching": "above_range urgent"}),
        ({"flaking": 2, "swelling": 1}, {"flaking": "above_range watch", "swelling": "above_range note"}),  # a lone trace apart
        ({"pain": 1, "swelling": 1}, {"pain": "above_range note", "swelling": "above_range note"}),
        (
            {"flaking": 2, "dryness": 2, "swelling": 1},
            {"flaking": "above_range urgent", "dryness": "above_range urgent", "swelling": "above_range note"},
        ),
        (
            {"flaking": 2, "dryness": 2, "breakouts": 2},
            dict.fromkeys(("flaking", "dryness", "breakouts"), "above_range urgent"),
        ),
    ],
)
def test_cluster(today, expected):
    assert by_subject(compare(log(9, **today), [], PEN)) == expected


def test_only_a_raised_finding_says_that_it_was_raised():
    findings = compare(log(9, flaking=2, itching=3), [], PEN)  # itching 3 is urgent by itself
    assert {f.subject: f.raised_by for f in findings} == {"flaking": Rule.CLUSTER, "itching": None}


def test_a_trace_that_is_not_lone_counts_for_a_cluster():
    earlier = [log(30, itching=1)]
    assert by_subject(compare(log(40, itching=1, dryness=2), earlier, PEN)) == {
        "itching": "above_range urgent",
        "dryness": "above_range urgent",
    }


def test_a_cluster_raises_no_other_rule():
    earlier = [log(2, redness=1), log(3, redness=2)]
    findings = compare(log(4, redness=2, dryness=3, bruising=3), earlier, PEN)
    assert by_subject(findings) == {"redness": "worsening watch", "dryness": "above_range urgent", "bruising": "above_range urgent"}


def test_symptoms_inside_their_bands_make_no_cluster():
    last_session = {"flaking": 0, "roughness": 0}
    assert short(compare(log(4, flaking=2, roughness=2, dryness=3), [], PEN, last_session)) == [
        "above_range watch",
        "worse_than_last_session watch",
        "worse_than_last_session watch",
    ]


def test_symptoms_of_different_days_make_no_cluster():
    assert short(compare(log(9, flaking=2), [log(8, dryness=2)], PEN)) == WATCH


@pytest.mark.parametrize("size, expected", [(1, "urgent"), (2, "urgent"), (3, "watch")])
def test_the_size_of_a_cluster_is_a_setting(size, expected):
    norms = norms_of(band(), band("swelling"), cluster_size=size)
    assert {f.urgency.word for f in compare(log(1, redness=3, swelling=3), [], norms)} == {expected}


# --- 5. warning signs

SIGNS = {
    "emergency": ["breathing", "eye"],
    "urgent": ["fever", "spreading_redness", "pus", "blisters", "burn", "pattern_bumps", "spreading_bruise"],
    "watch": ["itchy_rash", "firm_bumps", "joint_pain", "swollen_glands", "parallel_lines", "light_patches", "numbness"],
}
SIGN_ROWS = [(code, urgency) for urgency, codes in SIGNS.items() for code in codes]


def test_every_starting_sign_is_in_the_table():
    assert sorted(code for code, _ in SIGN_ROWS) == sorted(STARTING.signs)


@pytest.mark.parametrize("code, urgency", SIGN_ROWS)
@pytest.mark.parametrize("day", [0, 3, 200, LAST_DAY + 35])  # normal on no day, not even outside its usual days
def test_a_warning_sign_has_its_own_urgency_on_any_day(code, urgency, day):
    assert compare(log(day, signs=code), [], PEN) == (Finding(day, Rule.WARNING_SIGN, code, Urgency[urgency.upper()]),)


def test_several_signs_come_most_urgent_first():
    assert [f.subject for f in compare(log(1, signs="itchy_rash pus eye"), [], PEN)] == ["eye", "pus", "itchy_rash"]


def test_a_sign_makes_no_cluster():
    assert by_subject(compare(log(9, signs="pus itchy_rash", flaking=2), [], PEN))["flaking"] == "above_range watch"


# --- 6. asked for review


@pytest.mark.parametrize("day", [0, 3, LAST_DAY, LAST_DAY + 35])
def test_asking_for_a_review_is_a_watch_on_any_day(day):
    assert compare(log(day, asked=True), [], PEN) == (Finding(day, Rule.ASKED_FOR_REVIEW, WHOLE_LOG, Urgency.WATCH),)


def test_asking_stands_beside_other_findings_and_raises_none():
    findings = compare(log(9, signs="itchy_rash", asked=True, flaking=2), [], PEN)
    assert short(findings) == ["above_range watch", "asked_for_review watch", "warning_sign watch"]


def test_asking_earlier_says_nothing_of_today():
    assert compare(log(9), [log(8, asked=True, signs="pus")], PEN) == ()


# --- 7. worse than the last session


@pytest.mark.parametrize(
    "severity, then, expected",
    [
        (3, {"flaking": 0}, ["worse_than_last_session watch"]),
        (3, {"flaking": 1}, ["worse_than_last_session watch"]),  # inside the band, all the same
        (3, {"flaking": 2}, NOTHING),
        (3, {"flaking": 3}, NOTHING),
        (1, {"flaking": 3}, NOTHING),
        (2, {"flaking": 0}, ["worse_than_last_session watch"]),
        (1, {"flaking": 0}, NOTHING),
        (3, {"dryness": 0}, NOTHING),  # another symptom
        (3, {}, NOTHING),
        (3, None, NOTHING),
        (4, {"flaking": 2}, ["above_range urgent", "worse_than_last_session watch"]),
    ],
)
def test_worse_than_the_last_session(severity, then, expected):
    assert judged("flaking", 3, {}, severity, last_session=then) == expected


def test_the_last_session_is_named_by_day_and_severity():
    (finding,) = compare(log(3, flaking=3), [], PEN, {"flaking": 1})
    assert finding.reference == Reference(3, 1)


def test_only_the_same_day_of_the_last_session_counts():
    found = compare_course([log(2, flaking=3), log(3, flaking=3)], PEN, {2: {"flaking": 2}, 3: {"flaking": 1}, 4: {"flaking": 0}})
    assert {day: short(findings) for day, findings in found.items()} == {2: [], 3: ["worse_than_last_session watch"]}


@pytest.mark.parametrize("step, expected", [(1, ["worse_than_last_session watch"]), (2, NOTHING)])
def test_the_step_against_the_last_session_is_a_setting(step, expected):
    assert judged("redness", 3, {}, 2, norms_of(band(), last_session_step=step), {"redness": 1}) == expected


# --- 8. adjustments


@pytest.mark.parametrize(
    "factors, baseline, code, day, severity, expected",
    [
        (["acne_prone"], {}, "breakouts", 1, 2, WATCH),
        ([], {}, "breakouts", 2, 3, WATCH),
        (["acne_prone"], {}, "breakouts", 2, 3, NOTHING),
        (["acne_prone"], {}, "breakouts", 2, 4, URGENT),
        (["acne_prone"], {}, "breakouts", 7, 3, NOTHING),
        ([], {}, "breakouts", 8, 2, WATCH),
        (["acne_prone"], {}, "breakouts", 8, 2, NOTHING),
        (["acne_prone"], {}, "breakouts", 8, 3, URGENT),
        (["acne_prone"], {}, "breakouts", 14, 2, NOTHING),
        (["acne_prone"], {}, "breakouts", 15, 2, WATCH),
        (["acne_prone"], {}, "flaking", 9, 2, WATCH),
        ([], {}, "bruising", 0, 3, WATCH),
        (["blood_thinners"], {}, "bruising", 0, 3, NOTHING),
        (["blood_thinners"], {}, "bruising", 10, 2, NOTHING),
        (["blood_thinners"], {}, "bruising", 11, 2, WATCH),
        ([], {"redness": 2}, "redness", 7, 2, WATCH),  # the baseline counts from day 8
        ([], {"redness": 2}, "redness", 8, 3, NOTHING),
        ([], {"redness": 2}, "redness", 8, 4, URGENT),
        ([], {"redness": 1}, "redness", 8, 2, NOTHING),
        ([], {"redness": 1}, "redness", 8, 3, URGENT),
        ([], {"redness": 4}, "redness", 8, 4, NOTHING),  # up to 4
        ([], {"dark_spots": 2}, "dark_spots", LAST_DAY, 2, NOTHING),
        ([], {"dark_spots": 2}, "dark_spots", LAST_DAY, 3, WATCH),
        ([], {"redness": 4}, "swelling", 8, 2, URGENT),
        ([], {"itching": 1}, "itching", 40, 2, WATCH),  # high is 1 now: no lone trace, 2 is above it
        ([], {"itching": 1}, "itching", 40, 1, NOTHING),
        (["acne_prone"], {"breakouts": 1}, "breakouts", 8, 3, NOTHING),
    ],
)
def test_adjustments(factors, baseline, code, day, severity, expected):
    assert judged(code, day, {}, severity, PEN.adjusted(factors, baseline)) == expected


def test_a_baseline_does_not_excuse_a_rise():
    assert judged("redness", 9, {8: 0}, 2, PEN.adjusted([], {"redness": 2})) == RISING_FAST


# --- 10. results


@pytest.mark.parametrize(
    "day, improvement, expected",
    [
        (14, 5, NOTHING),
        (29, 5, NOTHING),
        (30, 5, ["results watch"]),
        (365, 5, ["results watch"]),
        (14, 4, NOTHING),
        (30, 4, NOTHING),
        (179, 4, NOTHING),
        (180, 4, ["results note"]),
        (365, 4, ["results note"]),
        (180, 3, NOTHING),
        (365, 1, NOTHING),
        (365, None, NOTHING),
        (400, 5, ["results watch"]),
    ],
)
def test_results(day, improvement, expected):
    assert short(compare(log(day, improvement=improvement), [], PEN)) == expected


def test_the_days_of_the_results_are_settings():
    norms = norms_of(results_worse_from_day=10, results_unchanged_from_day=20)
    found = [short(compare(log(day, improvement=given), [], norms)) for day, given in ((9, 5), (10, 5), (19, 4), (20, 4))]
    assert found == [[], ["results watch"], [], ["results note"]]


# --- past the last day


@pytest.mark.parametrize("code", STARTING.symptoms)
def test_past_the_last_day_a_rating_is_compared_with_nothing(code):
    assert judged(code, LAST_DAY, {300: 0}, 4) != NOTHING
    assert judged(code, LAST_DAY + 1, {300: 0}, 4, last_session={code: 0}) == NOTHING


def test_past_the_last_day_signs_and_asking_still_count():
    assert short(compare(log(LAST_DAY + 1, signs="pus", asked=True, redness=4), [], PEN)) == [
        "asked_for_review watch",
        "warning_sign urgent",
    ]


def test_a_symptom_that_the_norms_do_not_know_is_compared_with_nothing():
    assert compare(log(3, swelling=4), [], norms_of(band("redness"))) == ()


# --- what a finding carries


@pytest.mark.parametrize(
    "code, day, history, severity, counterfactual",
    [
        ("redness", 3, {}, 3, 2),
        ("redness", 1, {}, 4, 3),
        ("bleeding", 8, {}, 2, 1),  # a lone trace would have passed
        ("bleeding", 8, {3: 1}, 2, 0),
        ("redness", 5, {2: 1}, 3, 2),
        ("redness", 3, {2: 0}, 3, 1),  # the rise is the stricter rule
        ("redness", 4, {2: 1, 3: 2}, 2, 1),
        ("redness", 8, {}, 2, 1),
    ],
)
def test_the_counterfactual_is_the_highest_severity_without_a_flag(code, day, history, severity, counterfactual):
    found = compare(Entry(day, {code: severity}), history_of(code, history), PEN)
    assert {f.counterfactual for f in found} == {counterfactual}
    assert judged(code, day, history, counterfactual) in (NOTHING, NOTE)


@pytest.mark.parametrize("severity, distance", [(0, -2), (1, -1), (2, 0), (3, 0), (4, 1)])
def test_the_distance_is_counted_in_grades_outside_the_band(severity, distance):
    assert Finding(1, Rule.ABOVE_RANGE, "redness", Urgency.NOTE, severity, band(low=2, typical=2, high=3)).distance == distance


def test_what_is_no_rating_has_no_distance():
    assert Finding(1, Rule.RESULTS, WHOLE_LOG, Urgency.WATCH, observed=5).distance == 0
    assert Finding(1, Rule.WARNING_SIGN, "pus", Urgency.URGENT).distance == 0


def test_a_finding_carries_its_day_its_severity_and_its_band():
    (finding,) = compare(log(3, redness=3), [], PEN)
    assert (finding.day, finding.subject, finding.observed, finding.band) == (3, "redness", 3, PEN.band("redness", 3))


def test_findings_come_most_urgent_first_then_furthest_out():
    entry = log(9, signs="itchy_rash eye", asked=True, flaking=2, dryness=4, swelling=1)
    order = [(f.urgency.word, f.subject) for f in compare(entry, [], PEN)]
    assert order == [
        ("emergency", "eye"),
        ("urgent", "dryness"),
        ("urgent", "flaking"),
        ("watch", "log"),
        ("watch", "itchy_rash"),
        ("note", "swelling"),
    ]


# --- a whole course

COURSES, EXPECTED = published_courses()
BUSY = [
    log(0, redness=0, swelling=3, pain=3),
    log(1, redness=1, swelling=2),
    log(3, redness=3, swelling=2, flaking=3, dryness=3),
    log(4, signs="pus", redness=3, pain=1, dryness=3, bruising=3),
    log(5, asked=True, redness=2, pain=1, itching=3),
    log(9, redness=1, bleeding=1, flaking=2),
    log(30, improvement=5, bleeding=1),
    log(400, improvement=4, redness=4, asked=True),
]
LAST_SESSION = {1: {"swelling": 0}, 9: {"flaking": 0, "redness": 0}, 400: {"redness": 0}}
ALL_COURSES = {**COURSES, "busy": BUSY}


@pytest.mark.parametrize("case", ALL_COURSES)
def test_comparing_a_course_gives_what_comparing_each_log_gives(case):
    logs = ALL_COURSES[case]
    one_by_one = {entry.day: compare(entry, logs, PEN, LAST_SESSION.get(entry.day)) for entry in logs}
    assert compare_course(logs, PEN, LAST_SESSION) == one_by_one


def test_the_busy_course_uses_every_rule():
    found = [f for findings in compare_course(BUSY, PEN, LAST_SESSION).values() for f in findings]
    assert {f.rule for f in found} | {f.raised_by for f in found if f.raised_by} == set(Rule)


def test_the_order_of_the_logs_does_not_matter():
    shuffled = random.Random(1).sample(BUSY, len(BUSY))
    assert [e.day for e in shuffled] != [e.day for e in BUSY]
    assert compare_course(shuffled, PEN, LAST_SESSION) == compare_course(BUSY, PEN, LAST_SESSION)


def test_the_order_of_the_earlier_logs_does_not_matter():
    earlier = history_of("redness", {1: 1, 2: 3, 3: 2})
    found = compare(log(4, redness=2), earlier, PEN)
    assert short(found) == ["worsening watch"]
    assert compare(log(4, redness=2), earlier[::-1], PEN) == found


@pytest.mark.parametrize("later", [{4: 0}, {5: 0}, {4: 1, 400: 0}])  # of the same day, and after it
def test_logs_that_are_not_earlier_are_left_out(later):
    assert judged("redness", 4, {2: 2, 3: 2, **later}, 2) == judged("redness", 4, {2: 2, 3: 2}, 2) == NOTHING


def test_a_back_filled_log_changes_what_is_said_of_the_logs_after_it():
    logs = [log(1, redness=2), log(3, redness=2)]
    assert short(compare_course(logs, PEN)[3]) == NOTHING
    assert short(compare_course([*logs, log(2, redness=0)], PEN)[3]) == RISING_FAST


def test_comparing_leaves_the_logs_alone():
    before = [replace(entry, ratings=dict(entry.ratings)) for entry in BUSY]
    compare_course(BUSY, PEN)
    assert before == BUSY


@pytest.mark.parametrize("case", EXPECTED)
def test_a_published_course_is_flagged_and_urgent_no_later_than_it_should(case):
    row = EXPECTED[case]
    found = compare_course(COURSES[case], STARTING.norms_for(row.text("protocol")))
    flagged = [day for day, findings in found.items() if any(f.urgency.is_flag for f in findings)]
    urgent = [day for day, findings in found.items() if any(f.urgency >= Urgency.URGENT for f in findings)]
    by, urgent_by = row.whole_or_none("flagged_by_day"), row.whole_or_none("urgent_by_day")
    assert flagged == [] if by is None else flagged[0] <= by
    assert urgent_by is None or urgent[0] <= urgent_by
