"""A norm version as JSON: read back exactly, and refused place by place where something cannot stand there."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.timeline.course import Course, Guidance, Milestone, Phase
from recovery.timeline.document import from_json, to_json
from recovery.timeline.norms import Adjustment, Band, Norms, RuleSettings, Shift, WarningSign
from recovery.timeline.scale import Urgency
from recovery.timeline.tables import TableError
from tests.timeline.samples import PROTOCOLS, STARTING, SYMPTOMS, band, norms_of

PARTS = ("bands", "phases", "milestones", "guidance", "warning_signs", "adjustments", "settings")


def whole(protocol):
    """The starting norms with the weeks and months around them, as they are first published."""
    days = ("first_day", "last_day")
    course = Course(
        tuple(
            Phase(r.text("name"), *map(r.whole, days), r.whole("check_in_every_days"), r.text("what_to_expect"))
            for r in STARTING.rows["phases"]
        ),
        tuple(
            Milestone(*map(r.whole, days), r.text("title"), r.text("detail"), tuple(r.words("source"))) for r in STARTING.rows["milestones"]
        ),
        tuple(
            Guidance(*map(r.whole, days), r.text("kind"), r.text("text"), tuple(r.words("source")), r.text("sources_differ"))
            for r in sorted(STARTING.rows["guidance"], key=lambda r: r.whole("first_day"))
        ),
    )
    return replace(STARTING.norms_for(protocol), course=course)


PEN = whole("pen")

# --- norms of any kind: rows in the database's order, texts of any characters that it stores

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20) | st.text(
    " \",;'\r\n\t=+-@|\ufeff\x85\u2028é“", max_size=9
)
said = texts.filter(str.strip)
codes = st.from_regex("[A-Za-z0-9_-]{1,30}", fullmatch=True)
keys = st.lists(said.map(lambda text: text.replace(";", ",").strip()).filter(bool), max_size=3, unique=True).map(tuple)
symptoms = st.sampled_from(SYMPTOMS)
grades = st.lists(st.integers(0, 4), min_size=4, max_size=4).map(sorted)


def runs(first=0):
    return st.lists(st.integers(first, 3650), min_size=2, max_size=2).map(sorted)


def rows(build, by, **more):
    return st.lists(build, max_size=4, **more).map(lambda found: tuple(sorted(found, key=by)))


bands = rows(
    st.builds(
        lambda s, days, g, never, text: Band(s, *days, *g[:3], None if never else g[3], text),
        symptoms,
        runs(),
        grades,
        st.booleans(),
        texts,
    ),
    lambda b: (SYMPTOMS.index(b.symptom), b.first_day),
    unique_by=lambda b: (b.symptom, b.first_day),
)
phases = rows(
    st.builds(lambda name, days, every, text: Phase(name, *days, every, text), said, runs(), st.integers(1, 3650), said),
    lambda p: p.first_day,
)
milestones = rows(
    st.builds(lambda days, title, text, sources: Milestone(*days, title, text, sources), runs(-366), said, texts, keys),
    lambda m: (m.first_day, m.last_day),
)
guidance = rows(
    st.builds(
        lambda days, kind, text, sources, differ: Guidance(*days, kind, text, sources, differ),
        *(runs(-366), st.sampled_from(["do", "avoid"]), said, keys, texts),
    ),
    lambda g: g.first_day,
)
signs = rows(
    st.builds(
        lambda code, label, urgency, days, advice, basis: WarningSign(code, label, urgency, *days, advice, basis),
        *(codes, said, st.sampled_from([Urgency.WATCH, Urgency.URGENT, Urgency.EMERGENCY]), runs(), said, said),
    ),
    lambda s: -s.urgency,
    unique_by=lambda s: s.code,
).map(lambda found: {s.code: s for s in found})
adjustments = rows(
    st.builds(
        lambda factor, label, symptom, days, by, text: Adjustment(factor, label, Shift(symptom, *days, by, text)),
        *(codes, said, symptoms, runs(), st.integers(-4, 4), texts),
    ),
    lambda a: (a.factor, a.shift.first_day),
)
rules = st.builds(
    lambda worsening, days, steps, cluster: RuleSettings(tuple(worsening), days[0], *steps[:2], cluster, steps[2], *days[1:]),
    *(st.lists(symptoms, unique=True, max_size=4), st.lists(st.integers(0, 3650), min_size=4, max_size=4)),
    *(st.lists(st.integers(0, 4), min_size=3, max_size=3), st.integers(0, 100)),
)
any_norms = st.builds(
    lambda bands, signs, settings, adjustments, course: replace(
        PEN, bands=bands, signs=signs, settings=settings, adjustments=adjustments, course=course
    ),
    *(bands, signs, rules, adjustments, st.builds(Course, phases, milestones, guidance)),
)

# --- there and back


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_starting_norms_come_back_exactly(protocol):
    norms = whole(protocol)
    assert from_json(to_json(protocol, norms), protocol, whole("pen-deep")) == replace(norms, label="Pen over 1.5 mm, version 1")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_written_again_it_is_the_same_text(protocol):
    text = to_json(protocol, whole(protocol))
    assert to_json(protocol, from_json(text, protocol, PEN)) == text


@given(any_norms)
@settings(max_examples=150, deadline=None)
def test_any_norms_come_back_exactly(norms):
    assert from_json(to_json("pen", norms), "pen", PEN) == norms


def test_the_document():
    fever = WarningSign("fever", "Fever", Urgency.URGENT, 1, 10, "Call today.", "review")
    course = Course(
        (Phase("Healing", 0, 7, 1, "Redness eases."),),
        (Milestone(2, 3, "Redness gone", "", ("faq", "blog")),),
        (Guidance(-14, -1, "avoid", "No sun", (), "Some say 7 days"),),
    )
    shift = Shift("breakouts", 2, 14, 1, "Flares")
    small = Norms(
        *("Pen, version 9", (band("redness", 0, 9, 0, 1, 2, None, "0–2"),), STARTING.symptoms, {"fever": fever}),
        *(RuleSettings(("redness",)), (Adjustment("acne_prone", "Acne", shift),), STARTING.claims, course),
    )
    assert json.loads(to_json("pen", small)) == {
        "format": "recovery-norms",
        "format_version": 1,
        "protocol": "pen",
        "bands": [
            {
                **{"symptom": "redness", "first_day": 0, "last_day": 9},
                **{"low": 0, "typical": 1, "high": 2, "urgent_above": None, "rationale": "0–2"},
            }
        ],
        "phases": [{"name": "Healing", "first_day": 0, "last_day": 7, "check_in_every_days": 1, "what_to_expect": "Redness eases."}],
        "milestones": [{"first_day": 2, "last_day": 3, "title": "Redness gone", "detail": "", "sources": ["faq", "blog"]}],
        "guidance": [
            {
                **{"first_day": -14, "last_day": -1, "kind": "avoid"},
                **{"text": "No sun", "sources": [], "sources_differ": "Some say 7 days"},
            }
        ],
        "warning_signs": [
            {
                **{"code": "fever", "label": "Fever", "urgency": "urgent"},
                **{"first_usual_day": 1, "last_usual_day": 10, "advice": "Call today.", "basis": "review"},
            }
        ],
        "adjustments": [
            {
                **{"factor": "acne_prone", "label": "Acne", "symptom": "breakouts"},
                **{"first_day": 2, "last_day": 14, "high_by": 1, "rationale": "Flares"},
            }
        ],
        "settings": {
            "worsening_symptoms": ["redness"],
            "worsening_from_day": 3,
            "worsening_watch_step": 1,
            "worsening_urgent_step": 2,
            "cluster_size": 2,
            "last_session_step": 2,
            "baseline_from_day": 8,
            "results_worse_from_day": 30,
            "results_unchanged_from_day": 180,
        },
    }


def test_it_can_be_read_by_people():
    lines = to_json("pen", norms_of(band(rationale="0–2 “mild”"))).split("\n")
    assert '      "rationale": "0–2 “mild”"' in lines
    assert lines[-2:] == ["}", ""]


def test_symptoms_claims_and_label_are_those_of_the_base():
    base = replace(PEN, label="other", symptoms=dict(reversed(STARTING.symptoms.items())), claims=())
    found = from_json(to_json("pen", PEN), "pen", base)
    assert (found.label, list(found.symptoms), found.claims) == ("other", list(reversed(SYMPTOMS)), ())


def test_a_mark_of_byte_order_is_no_part_of_it():
    assert from_json("\ufeff" + to_json("pen", PEN), "pen", PEN) == PEN


# --- an edited document


def document(**parts):
    return json.loads(to_json("pen", PEN)) | parts


def read(document):
    return from_json(json.dumps(document), "pen", PEN)


def refusal(document):
    with pytest.raises(TableError) as refused:
        read(document)
    return str(refused.value)


@pytest.mark.parametrize(
    "part, rows, expected",
    [
        (
            "bands",
            [{"symptom": "swelling", "first_day": 0}, {"symptom": "redness", "first_day": 9}, {"symptom": "redness", "first_day": 3}],
            [2, 1, 0],
        ),
        ("phases", [{"first_day": 9}, {"first_day": 2, "name": "b"}, {"first_day": 2, "name": "a"}], [1, 2, 0]),
        ("milestones", [{"first_day": 2, "last_day": 9}, {"first_day": 2, "last_day": 3}, {"first_day": -1, "last_day": 9}], [2, 1, 0]),
        ("guidance", [{"first_day": 9}, {"first_day": -9, "last_day": 9}, {"first_day": -9, "last_day": 0}], [1, 2, 0]),
        (
            "warning_signs",
            [{"code": "b", "urgency": "watch"}, {"code": "a", "urgency": "watch"}, {"code": "c", "urgency": "urgent"}],
            [2, 0, 1],
        ),
        ("adjustments", [{"factor": "b", "first_day": 0}, {"factor": "a", "first_day": 9}, {"factor": "a", "first_day": 0}], [2, 1, 0]),
    ],
)
def test_rows_are_put_in_the_order_of_the_database(part, rows, expected):
    rows = [document()[part][0] | ({} if part == "warning_signs" else {"last_day": 9}) | row for row in rows]
    found = json.loads(to_json("pen", read(document(**{part: rows}))))[part]
    assert found == [rows[index] for index in expected]


def test_what_was_edited_is_read():
    edited = document()
    edited["bands"][0]["high"] = 3
    edited["settings"]["cluster_size"] = 5
    assert (read(edited).bands[0].high, read(edited).settings.cluster_size) == (3, 5)


def test_gaps_and_overlaps_are_left_to_the_proof():
    edited = document(bands=[dict(document()["bands"][0], first_day=first, last_day=last) for first, last in [(0, 5), (4, 6), (9, 9)]])
    assert [(b.first_day, b.last_day) for b in read(edited).bands] == [(0, 5), (4, 6), (9, 9)]


def test_parts_may_be_empty():
    found = read(document(bands=[], phases=[], milestones=[], guidance=[], warning_signs=[], adjustments=[]))
    assert (found.bands, found.course, found.signs, found.adjustments) == ((), Course(), {}, ())


@pytest.mark.parametrize(
    "part, row, field, value, says",
    [
        ("bands", 12, "high", 5, "bands, row 12, high: expected 0 to 4, found 5"),
        ("bands", 1, "low", -1, "bands, row 1, low: expected 0 to 4, found -1"),
        ("bands", 1, "low", "−1", "bands, row 1, low: expected a whole number, 0 to 4, found “−1”"),
        ("bands", 1, "typical", None, "bands, row 1, typical: expected a whole number, 0 to 4, found nothing"),
        ("bands", 1, "typical", "", "bands, row 1, typical: expected a whole number, 0 to 4, found nothing"),
        ("bands", 1, "high", "two", "bands, row 1, high: expected a whole number, 0 to 4, found “two”"),
        ("bands", 1, "high", "2", "bands, row 1, high: expected a whole number, 0 to 4, found “2”"),
        ("bands", 1, "high", 2.0, "bands, row 1, high: expected a whole number, 0 to 4, found 2.0"),
        ("bands", 1, "high", float("nan"), "bands, row 1, high: expected a whole number, 0 to 4, found NaN"),
        ("bands", 1, "high", True, "bands, row 1, high: expected a whole number, 0 to 4, found true"),
        ("bands", 1, "high", [2], "bands, row 1, high: expected a whole number, 0 to 4, found a list"),
        ("bands", 1, "high", {}, "bands, row 1, high: expected a whole number, 0 to 4, found an object"),
        ("bands", 1, "urgent_above", 5, "bands, row 1, urgent_above: expected 0 to 4 or nothing, found 5"),
        ("bands", 1, "urgent_above", "", "bands, row 1, urgent_above: expected a whole number, 0 to 4 or nothing, found nothing"),
        ("bands", 1, "last_day", 3651, "bands, row 1, last_day: expected 0 to 3650, found 3651"),
        ("bands", 1, "first_day", -1, "bands, row 1, first_day: expected 0 to 3650, found -1"),
        ("bands", 1, "symptom", "rednes", "bands, row 1, symptom: expected one of redness, swelling"),
        ("bands", 1, "symptom", ["redness"], "bands, row 1, symptom: expected one of redness, swelling"),
        ("bands", 1, "rationale", None, "bands, row 1, rationale: expected text, found nothing"),
        ("bands", 1, "rationale", 7, "bands, row 1, rationale: expected text, found 7"),
        ("bands", 1, "rationale", "a\0", "bands, row 1, rationale: expected text without characters that cannot be stored, found “a?”"),
        ("bands", 1, "rationale", "a\ud800", "bands, row 1, rationale: expected text without characters that cannot be stored, found “a?”"),
        ("bands", 1, "rationale", "a" * 100_001, "bands, row 1, rationale: expected at most 100000 characters, found “aaa"),
        ("phases", 2, "name", " ", "phases, row 2, name: expected text, found nothing"),
        ("phases", 2, "name", "a" * 81, "phases, row 2, name: expected at most 80 characters, found “aaa"),
        ("phases", 2, "check_in_every_days", 0, "phases, row 2, check_in_every_days: expected 1 to 3650, found 0"),
        ("phases", 2, "first_day", -1, "phases, row 2, first_day: expected 0 to 3650, found -1"),
        ("phases", 2, "what_to_expect", "", "phases, row 2, what_to_expect: expected text, found nothing"),
        ("milestones", 3, "first_day", -367, "milestones, row 3, first_day: expected -366 to 3650, found -367"),
        ("milestones", 3, "title", "a" * 121, "milestones, row 3, title: expected at most 120 characters"),
        ("milestones", 3, "sources", "faq", "milestones, row 3, sources: expected a list of keys of sources, each once, found “faq”"),
        (
            "milestones",
            3,
            "sources",
            ["faq", "faq"],
            "milestones, row 3, sources: expected a list of keys of sources, each once, found “faq; faq”",
        ),
        ("milestones", 3, "sources", ["a;b"], "milestones, row 3, sources: expected a list"),
        ("milestones", 3, "sources", [" a"], "milestones, row 3, sources: expected a list"),
        ("milestones", 3, "sources", [""], "milestones, row 3, sources: expected a list"),
        ("milestones", 3, "sources", ["a" * 41], "milestones, row 3, sources: expected a list"),
        ("milestones", 3, "sources", ["a", 1], "milestones, row 3, sources: expected a list of keys of sources, each once, found a list"),
        ("guidance", 1, "kind", "try", "guidance, row 1, kind: expected one of do, avoid, found “try”"),
        ("guidance", 1, "text", "", "guidance, row 1, text: expected text, found nothing"),
        ("guidance", 1, "last_day", 3651, "guidance, row 1, last_day: expected -366 to 3650, found 3651"),
        ("warning_signs", 1, "urgency", "note", "warning_signs, row 1, urgency: expected one of watch, urgent, emergency, found “note”"),
        ("warning_signs", 1, "urgency", 4, "warning_signs, row 1, urgency: expected one of watch, urgent, emergency, found 4"),
        (
            "warning_signs",
            1,
            "code",
            "eye pain",
            "warning_signs, row 1, code: expected 1 to 30 of the letters a to z, digits, - and _, found “eye pain”",
        ),
        ("warning_signs", 1, "code", "a" * 31, "warning_signs, row 1, code: expected 1 to 30 of"),
        ("warning_signs", 1, "label", "a" * 201, "warning_signs, row 1, label: expected at most 200 characters"),
        ("warning_signs", 1, "basis", "a" * 201, "warning_signs, row 1, basis: expected at most 200 characters"),
        ("warning_signs", 1, "last_usual_day", 3651, "warning_signs, row 1, last_usual_day: expected 0 to 3650, found 3651"),
        ("adjustments", 1, "high_by", 5, "adjustments, row 1, high_by: expected -4 to 4, found 5"),
        ("adjustments", 1, "label", "a" * 81, "adjustments, row 1, label: expected at most 80 characters"),
        ("adjustments", 1, "factor", "", "adjustments, row 1, factor: expected 1 to 30 of"),
        ("adjustments", 1, "symptom", "acne", "adjustments, row 1, symptom: expected one of redness"),
    ],
)
def test_a_broken_cell_is_named(part, row, field, value, says):
    edited = document()
    edited[part][row - 1][field] = value
    assert refusal(edited).startswith(says)


@pytest.mark.parametrize(
    "part, cells, says",
    [
        ("bands", {"low": 3, "typical": 2, "high": 4}, "bands, row 2, typical: expected 3 or more, as low is 3; found 2"),
        ("bands", {"low": 3, "typical": 3, "high": 2}, "bands, row 2, high: expected 3 or more, as typical is 3; found 2"),
        ("bands", {"typical": 2, "high": 3, "urgent_above": 2}, "bands, row 2, urgent_above: expected 3 or more, as high is 3; found 2"),
        ("bands", {"first_day": 5, "last_day": 4}, "bands, row 2, last_day: expected 5 or more, as first_day is 5; found 4"),
        ("guidance", {"first_day": -1, "last_day": -2}, "guidance, row 2, last_day: expected -1 or more, as first_day is -1; found -2"),
        ("warning_signs", {"first_usual_day": 3, "last_usual_day": 2}, "warning_signs, row 2, last_usual_day: expected 3 or more"),
    ],
)
def test_what_must_rise_is_named_where_it_falls(part, cells, says):
    edited = document()
    edited[part][1] |= cells
    assert refusal(edited).startswith(says)


@pytest.mark.parametrize(
    "part, cells",
    [
        ("bands", {"low": 4, "typical": 4, "high": 4, "urgent_above": 4, "first_day": 3650, "last_day": 3650}),
        ("bands", {"low": 0, "typical": 0, "high": 0, "urgent_above": 0}),
        ("phases", {"name": "a" * 80, "check_in_every_days": 3650}),
        ("milestones", {"first_day": -366, "last_day": 3650, "title": "a" * 120, "detail": "a" * 100_000, "sources": ["a" * 40, "b c"]}),
        ("guidance", {"first_day": -366, "last_day": -366}),
        ("warning_signs", {"label": "a" * 200, "basis": "a" * 200, "first_usual_day": 3650, "last_usual_day": 3650}),
        ("adjustments", {"label": "a" * 80, "factor": "a" * 30, "high_by": -4}),
    ],
)
def test_the_ends_of_what_may_stand_there(part, cells):
    edited = document()
    edited[part] = [edited[part][0] | cells]
    assert json.loads(to_json("pen", read(edited)))[part] == edited[part]


@pytest.mark.parametrize(
    "field, value, says",
    [
        ("cluster_size", "2", "settings, cluster_size: expected a whole number, 0 to 100, found “2”"),
        ("last_session_step", 5, "settings, last_session_step: expected 0 to 4, found 5"),
        ("baseline_from_day", 3651, "settings, baseline_from_day: expected 0 to 3650, found 3651"),
        ("worsening_symptoms", ["rash"], "settings, worsening_symptoms: expected a list of symptoms out of redness, swelling"),
        ("worsening_symptoms", ["pain", "pain"], "settings, worsening_symptoms: expected a list of symptoms out of redness, swelling"),
        ("worsening_symptoms", None, "settings, worsening_symptoms: expected a list of symptoms out of redness, swelling"),
    ],
)
def test_a_broken_setting_is_named(field, value, says):
    edited = document()
    edited["settings"][field] = value
    assert refusal(edited).startswith(says)


def test_two_bands_of_a_symptom_cannot_begin_on_one_day():
    edited = document()
    edited["bands"].append(dict(edited["bands"][1], high=4))
    row = len(edited["bands"])
    assert refusal(edited) == f"bands, row {row}, first_day: expected each symptom and first_day once, found redness and 1 again"


def test_a_code_of_a_sign_stands_once():
    edited = document()
    edited["warning_signs"][2]["code"] = "eye"
    assert refusal(edited) == "warning_signs, row 3, code: expected each code once, found eye again"


@pytest.mark.parametrize("part", PARTS)
def test_every_key_must_be_there(part):
    for field in document()[part][0] if part != "settings" else document()["settings"]:
        edited = document()
        del (edited[part] if part == "settings" else edited[part][0])[field]
        assert refusal(edited).endswith("found no such key")


def test_no_other_key_may_be_there():
    edited = document(version=3)
    edited["bands"][4]["hihg"] = 2
    edited["settings"]["colour"] = "red"
    first, second, third = refusal(edited).split("\n")
    assert first == f"expected no key “version”; the parts are {', '.join(PARTS)}"
    assert second.startswith("bands, row 5: expected no key “hihg”; the keys are symptom, first_day, last_day, low")
    assert third.startswith("settings: expected no key “colour”; the keys are worsening_symptoms")


def test_a_key_that_stands_twice():
    text = to_json("pen", PEN).replace('"high": 4,', '"high": 4, "high": 4,', 1)
    with pytest.raises(TableError, match="^bands, row 1, high: expected a whole number, 0 to 4, found the key twice$"):
        from_json(text, "pen", PEN)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_not_there(part):
    edited = document()
    del edited[part]
    assert refusal(edited).startswith(f"{part}: expected ")


@pytest.mark.parametrize(
    "parts, says",
    [
        ({"bands": {}}, "bands: expected a list of rows, found an object"),
        ({"bands": None}, "bands: expected a list of rows, found nothing"),
        (
            {"bands": ["redness"]},
            "bands, row 1: expected symptom, first_day, last_day, low, typical, high, urgent_above, rationale; found “redness”",
        ),
        ({"settings": []}, "settings: expected worsening_symptoms, "),
    ],
)
def test_a_part_of_another_shape(parts, says):
    assert refusal(document(**parts)).startswith(says)


@pytest.mark.parametrize(
    "head, says",
    [
        ({"protocol": "pen-deep"}, "protocol: expected “pen”, found “pen-deep”"),
        ({"protocol": None}, "protocol: expected “pen”, found nothing"),
        ({"format": "norms"}, "format: expected “recovery-norms”, found “norms”"),
        ({"format_version": 2}, "format_version: expected 1, found 2"),
        ({"format_version": True}, "format_version: expected 1, found true"),
        ({"format_version": "1"}, "format_version: expected 1, found “1”"),
    ],
)
def test_a_document_of_something_else_is_refused_before_its_rows(head, says):
    assert refusal(document(**head, bands=None)) == says


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "line 1, column 1: not JSON (Expecting value)"),
        ('{\n "format": recovery}', "line 2, column 12: not JSON (Expecting value)"),
        ("[]", "expected a document with the key format, found nothing"),
        ('"pen"', "expected a document with the key format, found “pen”"),
        ("{}", "format: expected “recovery-norms”, found no such key"),
        ("[" * 100_000, "not JSON that can be read: a number is too long, or brackets stand too deep"),
        ("9" * 10_000, "not JSON that can be read: a number is too long, or brackets stand too deep"),
    ],
)
def test_what_is_no_document(text, says):
    with pytest.raises(TableError) as refused:
        from_json(text, "pen", PEN)
    assert str(refused.value) == says


@pytest.mark.parametrize("broken, lines, last", [(20, 20, "bands, row 20, low: expected 0 to 4, found 5"), (22, 21, "and 2 more")])
def test_every_problem_is_told_at_once_up_to_twenty(broken, lines, last):
    edited = document()
    for row in edited["bands"][:broken]:
        row["low"] = 5
    found = refusal(edited).split("\n")
    assert (len(found), found[-1]) == (lines, last)
