"""A finding in one sentence for the clinic, and the day in one sentence for the patient."""

import random
import re
from dataclasses import replace

import pytest

from recovery.timeline.compare import Entry, Finding, compare, compare_course
from recovery.timeline.explain import counterfactual, expected_range, explain, observation, sources_say
from recovery.timeline.norms import Claim
from recovery.timeline.scale import Rule, Urgency
from recovery.timeline.verdict import verdict
from tests.timeline.samples import LAST_DAY, PEN, PROTOCOLS, STARTING, SYMPTOMS, band, log, norms_of, published_courses

NO_SOURCE = "no source gives its course, the range is the team’s own choice"


def course_claim(publisher, last_day, grade="B", topic="redness", kind="course", first_day=0, text="said"):
    return Claim(publisher.lower(), publisher, grade, topic, first_day, last_day, kind, text)


def explained(entry, earlier=(), norms=PEN, last_session=None):
    """The sentences of one log by rule and subject."""
    return {(f.rule.value, f.subject): explain(f, norms) for f in compare(entry, earlier, norms, last_session)}


def explained_alone(entry, earlier=(), last_session=None):
    """The only sentence of a log under norms without sources: redness 0–2 on days 0–9, urgent above 3; 0 on days 10–19."""
    norms = norms_of(band(low=1, typical=1), band(first_day=10, last_day=19, high=0, urgent_above=1))
    (said,) = explained(entry, earlier, norms, last_session).values()
    return said


# --- each rule


@pytest.mark.parametrize(
    "entry, earlier, last_session, expected",
    [
        (log(4, redness=3), [], None, "Redness 3 on day 4, expected 1–2; 2 or less would not have been flagged"),
        (log(4, redness=4), [], None, "Redness 4 on day 4, expected 1–2, above 3 is urgent; 2 or less would not have been flagged"),
        (log(12, redness=2), [], None, "Redness 2 on day 12, expected 0, above 1 is urgent; 1 or less would not have been flagged"),
        (log(12, redness=1), [log(11, redness=1)], None, "Redness 1 on day 12, expected 0; 0 would not have been flagged"),
        (log(12, redness=1), [], None, "Redness 1 on day 12, expected 0, a lone trace"),
        (log(4, redness=0), [], None, "Redness 0 on day 4, below the expected 1–2"),
        (
            log(4, redness=2),
            [log(1, redness=2), log(2, redness=0)],
            None,
            "Redness 2 on day 4, up 2 since day 2 (0), expected 1–2; 1 or less would not have been flagged",
        ),
        (
            log(4, redness=2),
            [log(2, redness=1), log(3, redness=2)],
            None,
            "Redness 2 on day 4, up 1 since day 2 (1), expected 1–2; 1 or less would not have been flagged",
        ),
        (
            log(4, redness=2),
            [],
            {"redness": 0},
            "Redness 2 on day 4, up 2 against the same day of the session before (0), expected 1–2; 1 or less would not have been flagged",
        ),
    ],
)
def test_a_rating_explained(entry, earlier, last_session, expected):
    assert explained_alone(entry, earlier, last_session) == f"{expected}; {NO_SOURCE}."


@pytest.mark.parametrize(
    "entry, expected",
    [
        (
            log(30, signs="pus"),
            "Warning sign on day 30: Pus, weeping fluid, yellow crust, or a warm tender growing bump; expected on no day; "
            "basis: SkinPen labelling.",
        ),
        (log(3, asked=True), "The patient asked the clinic to look at day 3."),
        (log(30, improvement=5), "Result on day 30 rated 5, worse, on the Global Aesthetic Improvement Scale."),
        (log(180, improvement=4), "Result on day 180 rated 4, no change, on the Global Aesthetic Improvement Scale."),
    ],
)
def test_what_is_no_rating_explained(entry, expected):
    assert list(explained(entry).values()) == [expected]


def test_a_cluster_says_why_it_is_urgent():
    norms = norms_of(band(), band("swelling", high=1, urgent_above=1))
    said = explained(log(4, redness=3, swelling=2), (), norms)
    raised = "Redness 3 on day 4, expected 0–2, raised to urgent because another symptom is above range too; "
    assert said["above_range", "redness"] == f"{raised}2 or less would not have been flagged; {NO_SOURCE}."
    assert "raised" not in said["above_range", "swelling"]


def test_worsening_quotes_what_the_labelling_warns_of():
    said = explained(log(3, redness=2), [log(2, redness=0)])["worsening", "redness"]
    assert said.startswith(
        "Redness 2 on day 3, up 2 since day 2 (0), expected 0–2; 1 or less would not have been flagged; sources differ: "
    )
    assert said.endswith(
        "; Bellus Medical / Crown Aesthetics 2018 (A): “An increase in redness, warmth, itching or pus is described to patients"
        " as a possible infection”."
    )


@pytest.mark.parametrize("day, quoted", [(3, False), (4, True), (6, True), (7, False)])
def test_a_warning_is_quoted_on_its_days_only(day, quoted):
    norms = norms_of(band(), claims=[course_claim("Maker", 6, kind="warning", first_day=4, text="Rising is bad")])
    said = explained(log(day, redness=2), [log(2, redness=0)], norms)["worsening", "redness"]
    assert ("Maker (B): “Rising is bad”" in said) is quoted


def test_a_warning_is_quoted_for_worsening_only():
    norms = norms_of(band(), claims=[course_claim("Maker", 6, kind="warning", text="Rising is bad")])
    assert "Rising is bad" not in explained(log(4, redness=3), (), norms)["above_range", "redness"]


@pytest.mark.parametrize("low, high, expected", [(0, 2, "0–2"), (1, 4, "1–4"), (0, 0, "0"), (2, 2, "2")])
def test_an_expected_range_in_words(low, high, expected):
    assert expected_range(band(low=low, typical=low, high=high)) == expected


@pytest.mark.parametrize(
    "urgency, highest, expected",
    [
        (Urgency.WATCH, 2, "2 or less would not have been flagged"),
        (Urgency.URGENT, 1, "1 or less would not have been flagged"),
        (Urgency.WATCH, 0, "0 would not have been flagged"),
        (Urgency.NOTE, 2, ""),  # a note is no flag
        (Urgency.WATCH, None, ""),  # a sign has none
    ],
)
def test_the_counterfactual_in_words(urgency, highest, expected):
    assert counterfactual(Finding(3, Rule.ABOVE_RANGE, "redness", urgency, 3, band(), highest)) == expected


def test_an_observation_leaves_the_sources_out():
    (finding,) = compare(log(3, redness=3), [], PEN)
    assert observation(finding, PEN) == "Redness 3 on day 3, expected 0–2"


# --- the sources

A, B, C, D = course_claim("Ann", 2, "A"), course_claim("Bob", 3, "B"), course_claim("Cid", 7, "C"), course_claim("Dee", 10, "A")


@pytest.mark.parametrize(
    "claims, day, expected",
    [
        ([], 3, NO_SOURCE),
        ([A, B, C, D], 2, "sources expect it until day 2–10 (Ann (A), Dee (A), Bob (B) and 1 more)"),
        (
            [A, B, C, D],
            5,
            "sources differ: 2 say it is over by day 2–3 (Ann (A), Bob (B)), 2 until day 7–10 (Dee (A), Cid (C))",
        ),
        (
            [A, B, C, D],
            8,
            "sources differ: 3 say it is over by day 2–7 (Ann (A), Bob (B), Cid (C)), 1 until day 10 (Dee (A))",
        ),
        ([A, B, C, D], 11, "every source says it is over by day 2–10 (Ann (A), Dee (A), Bob (B) and 1 more)"),
        ([A], 2, "sources expect it until day 2 (Ann (A))"),  # its last day still counts
        ([A], 3, "every source says it is over by day 2 (Ann (A))"),
        ([A, A], 3, "every source says it is over by day 2 (Ann (A))"),  # said twice, named once
        ([replace(A, kind="rate")], 1, NO_SOURCE),  # how often is not how long
        ([replace(A, kind="look")], 1, NO_SOURCE),
        ([replace(A, kind="warning")], 1, NO_SOURCE),
        ([replace(A, topic="swelling")], 1, NO_SOURCE),
    ],
)
def test_what_the_sources_say_seen_from_a_day(claims, day, expected):
    assert sources_say("redness", day, norms_of(band(), claims=claims)) == expected


def test_one_source_does_not_differ_with_itself():
    # One starting source gives redness 2, 3 and 7 days: its longest is what it says.
    said = sources_say("redness", 5, norms_of(band(), claims=[A, replace(A, last_day=7)]))
    assert said == "sources expect it until day 7 (Ann (A))"


@pytest.mark.parametrize("code", SYMPTOMS)
def test_the_starting_sources_speak_of_every_day(code):
    said = {sources_say(code, day, PEN) for day in range(LAST_DAY + 1)}
    assert all("source" in words for words in said)


# --- every finding explains itself

COURSES, EXPECTED = published_courses()
ONE_SENTENCE = re.compile(r"[^\n]+[^.\n]\.")


def missing_from(finding, norms):
    """What a sentence should hold and does not."""
    said = explain(finding, norms)
    wanted = [f"day {finding.day}"]
    match finding.rule:
        case Rule.WARNING_SIGN:
            wanted += [norms.signs[finding.subject].label, "expected on no day", f"basis: {norms.signs[finding.subject].basis}"]
        case Rule.RESULTS:
            wanted += [f"rated {finding.observed}", "Global Aesthetic Improvement Scale"]
        case Rule.ASKED_FOR_REVIEW:
            wanted += ["asked the clinic"]
        case _:
            wanted += [f"{norms.symptoms[finding.subject].name} {finding.observed} on day", "source"]
            wanted += [f"expected {expected_range(finding.band)}"]
            wanted += [f"{finding.counterfactual} "] if finding.urgency.is_flag else []
    one_sentence = ONE_SENTENCE.fullmatch(said) and not re.search(r"[.!?] [A-Z]", said) and ";;" not in said and "; ;" not in said
    return [said] if not one_sentence else [part for part in wanted if part not in said]


def random_course(chance):
    logs = []
    for day in sorted(chance.sample(range(LAST_DAY + 10), 4) + chance.sample(range(8), 4)):
        rated = {code: chance.randrange(5) for code in chance.sample(SYMPTOMS, chance.randrange(6))}
        signs = frozenset(chance.sample(sorted(STARTING.signs), chance.randrange(2)))
        logs.append(Entry(day, rated, signs, chance.random() < 0.2, chance.choice([None, None, 3, 4, 5])))
    return logs


@pytest.mark.parametrize("case", EXPECTED)
def test_every_finding_of_a_published_course_explains_itself(case):
    norms = STARTING.norms_for(EXPECTED[case].text("protocol"))
    findings = [f for found in compare_course(COURSES[case], norms).values() for f in found]
    assert [missing for f in findings if (missing := missing_from(f, norms))] == []


def test_the_published_courses_have_findings_to_explain():
    assert sum(len(found) for logs in COURSES.values() for found in compare_course(logs, PEN).values()) > 20


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_finding_of_random_courses_explains_itself(protocol):
    norms, chance = STARTING.norms_for(protocol), random.Random(protocol)
    findings = []
    for _ in range(100):
        last_session = {day: dict.fromkeys(SYMPTOMS, 0) for day in range(0, 9, 4)}
        findings += [f for found in compare_course(random_course(chance), norms, last_session).values() for f in found]
    assert {f.rule for f in findings} == set(Rule) - {Rule.CLUSTER}  # a cluster is told by raised_by
    assert [missing for f in findings if (missing := missing_from(f, norms))] == []


# --- the verdict


def verdict_of(entry, earlier=(), norms=PEN, last_session=None):
    return verdict(entry.day, compare(entry, earlier, norms, last_session), norms)


CALL = " Please call your clinic today."
HIGHER, TODAY, LOOK = "Higher than usual", "Call today", "Your clinic will look"
SLOW = replace(PEN, settings=replace(PEN.settings, cluster_size=9))  # so that two symptoms can be a watch


@pytest.mark.parametrize(
    "entry, earlier, norms, word, headline",
    [
        (log(3, redness=2), [], PEN, "As expected", "Your skin is as expected for day 3."),
        (log(0), [], PEN, "As expected", "Your skin is as expected for day 0."),
        (log(LAST_DAY, redness=1), [], PEN, "As expected", "Your skin is as expected for day 365."),
        (log(0, redness=0), [], PEN, "Noted", "Your skin is as expected for day 0, with something small noted."),
        (log(40, itching=1), [], PEN, "Noted", "Your skin is as expected for day 40, with something small noted."),
        # one, two and three symptoms
        (log(3, redness=3), [], PEN, HIGHER, "Redness is higher than usual for day 3."),
        (log(9, flaking=2, itching=2), [], SLOW, HIGHER, "Flaking and itching are higher than usual for day 9."),
        (log(9, flaking=2, itching=2, redness=2), [], SLOW, HIGHER, "Flaking, itching and redness are higher than usual for day 9."),
        # plural names
        (log(9, breakouts=2), [], PEN, HIGHER, "Breakouts are higher than usual for day 9."),
        (log(9, dark_spots=2), [], PEN, HIGHER, "Dark marks are higher than usual for day 9."),
        (log(9, roughness=2), [], PEN, HIGHER, "Roughness is higher than usual for day 9."),
        (log(9, breakouts=2, flaking=2), [], SLOW, HIGHER, "Breakouts and flaking are higher than usual for day 9."),
        # worsening
        (log(4, redness=2), [log(2, redness=1), log(3, redness=2)], PEN, HIGHER, "Redness has come back on day 4."),
        (log(3, redness=2), [log(2, redness=0)], PEN, TODAY, f"Redness has come back on day 3.{CALL}"),
        (
            log(3, redness=2, swelling=2),
            [log(2, redness=0, swelling=0)],
            PEN,
            TODAY,
            f"Redness and swelling have come back on day 3.{CALL}",
        ),
        (log(5, redness=3), [log(2, redness=0)], PEN, TODAY, f"Redness has come back on day 5.{CALL}"),  # above range too: said once
        (
            log(9, redness=3, itching=3),
            [log(8, redness=0)],
            PEN,
            TODAY,
            f"Redness has come back on day 9. Itching is higher than usual for day 9.{CALL}",
        ),
        # urgent, and only the most urgent is told
        (log(3, redness=4), [], PEN, TODAY, f"Redness is higher than usual for day 3.{CALL}"),
        (log(9, flaking=2, itching=2), [], PEN, TODAY, f"Flaking and itching are higher than usual for day 9.{CALL}"),
        (log(9, flaking=2, itching=3), [], SLOW, TODAY, f"Itching is higher than usual for day 9.{CALL}"),
        # signs
        (log(3, "itchy_rash"), [], PEN, LOOK, "You ticked: a new itchy raised rash on the treated skin."),
        (log(3, "fever"), [], PEN, TODAY, f"You ticked: fever or chills.{CALL}"),
        (log(3, "fever", redness=3), [], PEN, TODAY, f"You ticked: fever or chills.{CALL}"),
        (log(3, "fever", redness=4), [], PEN, TODAY, f"You ticked: fever or chills. Redness is higher than usual for day 3.{CALL}"),
        (
            log(3, "itchy_rash", redness=3),
            [],
            PEN,
            HIGHER,
            "You ticked: a new itchy raised rash on the treated skin. Redness is higher than usual for day 3.",
        ),
        (
            log(3, "fever blisters"),
            [],
            PEN,
            TODAY,
            f"You ticked: grouped blisters or punched-out sores, or tingling nerve-like pain; fever or chills.{CALL}",
        ),
        (
            log(3, "eye fever", redness=4),
            [],
            PEN,
            "Emergency: act now",
            "You ticked: eye pain, blurred vision, light hurts, an eye swollen shut, or blisters near an eye. This needs help now.",
        ),
        # asked, results
        (log(3, asked=True), [], PEN, LOOK, "You asked the clinic to look at day 3."),
        (log(3, asked=True, redness=3), [], PEN, HIGHER, "Redness is higher than usual for day 3."),
        (log(30, improvement=5), [], PEN, LOOK, "You said the result is worse than before."),
        (log(180, improvement=4), [], PEN, "Noted", "Your skin is as expected for day 180, with something small noted."),
        # past the last day
        (log(366, redness=4), [], PEN, "Not compared", "Day 366 is past the last day we can compare."),
        (log(366, improvement=4), [], PEN, "Not compared", "Day 366 is past the last day we can compare."),
        (log(366, asked=True, redness=4), [], PEN, LOOK, "You asked the clinic to look at day 366."),
        (log(366, "fever"), [], PEN, TODAY, f"You ticked: fever or chills.{CALL}"),
    ],
)
def test_the_verdict_of_a_day(entry, earlier, norms, word, headline):
    found = verdict_of(entry, earlier, norms)
    assert (found.word, found.headline) == (word, headline)


@pytest.mark.parametrize(
    "entry, urgency",
    [
        (log(3, redness=2), Urgency.EXPECTED),
        (log(0, redness=0), Urgency.NOTE),
        (log(3, redness=3), Urgency.WATCH),
        (log(3, redness=4), Urgency.URGENT),
        (log(3, "eye", redness=4), Urgency.EMERGENCY),
        (log(366, redness=4), Urgency.NOTE),
    ],
)
def test_a_verdict_is_as_urgent_as_its_most_urgent_finding(entry, urgency):
    assert verdict_of(entry).urgency is urgency


@pytest.mark.parametrize(
    "entry, earlier, last_session, details",
    [
        (log(3, redness=2), [], None, ()),
        (log(0, redness=0), [], None, ()),  # a note is not held against anybody
        (log(3, redness=3), [], None, ("Redness: you chose 3; 0–2 is usual on day 3.",)),
        (log(40, itching=2), [], None, ("Itching: you chose 2; 0 is usual on day 40.",)),
        (log(3, redness=2), [log(2, redness=0)], None, ("Redness was 0 on day 2; today you chose 2.",)),
        (log(3, flaking=3), [], {"flaking": 1}, ("Flaking: you chose 3; on this day of your last session it was 1.",)),
        (
            log(9, flaking=2, itching=3),
            [],
            None,
            ("Itching: you chose 3; 0–1 is usual on day 9.", "Flaking: you chose 2; 0–1 is usual on day 9."),
        ),
        (log(3, "pus", asked=True), [], None, ()),
        (log(366, redness=4), [], None, ()),
    ],
)
def test_the_details_of_a_verdict_give_the_numbers(entry, earlier, last_session, details):
    assert verdict_of(entry, earlier, last_session=last_session).details == details


def test_a_verdict_says_once_what_two_rules_found():
    found = verdict_of(log(3, flaking=4), last_session={"flaking": 2})
    assert found.headline == f"Flaking is higher than usual for day 3.{CALL}"


def test_a_rise_against_the_last_session_alone_is_told_too():
    found = verdict_of(log(3, flaking=3), last_session={"flaking": 1})
    assert found.urgency is Urgency.WATCH
    assert found.headline.startswith("Flaking ")


@pytest.mark.parametrize(
    "signs, advice",
    [
        ("", ()),
        ("fever", (STARTING.signs["fever"].advice,)),
        ("itchy_rash eye fever", tuple(STARTING.signs[code].advice for code in ("eye", "fever", "itchy_rash"))),
        ("burn pattern_bumps", ("Call your clinic today. Send a photo.",)),  # the same advice once
    ],
)
def test_the_advice_for_the_most_urgent_sign_comes_first(signs, advice):
    findings = compare(log(3, signs), [], PEN)
    assert verdict(3, findings[::-1], PEN).advice == advice


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_verdict_says_abnormal(protocol):
    norms, chance = STARTING.norms_for(protocol), random.Random(protocol)
    for _ in range(50):
        for day, found in compare_course(random_course(chance), norms).items():
            said = verdict(day, found, norms)
            assert "abnormal" not in " ".join((said.word, said.headline, *said.details)).lower()
            assert said.headline.endswith(".")
