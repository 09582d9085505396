"""What the log form takes, what it refuses with which sentence, and what it hands over."""

from datetime import date

import pytest

from patients.actions.logs import Said
from patients.forms.logs import LONGEST_NOTE, LogForm, initial_from
from tests.timeline.samples import PEN

DAY = {"date": "2026-01-05", "redness": "2", "swelling": "1", "flaking": "0", "breakouts": "0", "any_sign": "none"}
NOT_A_DATE = "“{}” is not a date this page can read. Choose the day, or write it as 2026-11-20."
NOT_A_GRADE = "Redness: “{}” is not an answer. Choose one of the five, 0 to 4."
TICK = "Tick the signs you have. If none fits but you are worried, ask the clinic to look below."
WHICH = "You chose “None of these” and ticked a sign as well. Which is right?"
ANY = "Any of these today? Choose “None of these”, or tick what you have."


def form_of(day=4, **changes):
    return LogForm({**DAY, **changes}, norms=PEN, day=day)


def errors(form):
    return {name: list(says) for name, says in form.errors.items()}


def test_a_usual_day_is_taken():
    form = form_of()
    assert errors(form) == {}
    assert form.said() == Said({"redness": 2, "swelling": 1, "flaking": 0, "breakouts": 0})


def test_everything_said_is_handed_over():
    form = form_of(day=30, pain="4", any_sign="some", signs=["fever", "pus"], look="on", note=" Warm. ", improvement="2")
    assert errors(form) == {}
    assert form.said() == Said(
        {"redness": 2, "swelling": 1, "flaking": 0, "breakouts": 0, "pain": 4}, frozenset({"fever", "pus"}), "Warm.", True, 2
    )
    assert form.cleaned_data["date"] == date(2026, 1, 5)


@pytest.mark.parametrize(
    "value", ["-1", "5", "1_0", "３", "NaN", "nan", "inf", "2.0", "2,0", "+2", " 2", "two", "0x2", "²", "٢", "null", "true"]
)
def test_a_grade_is_one_of_five_and_nothing_that_looks_like_it(value):
    assert errors(form_of(redness=value)) == {"redness": [NOT_A_GRADE.format(value)]}


@pytest.mark.parametrize("grade", range(5))
def test_each_grade_is_taken(grade):
    form = form_of(redness=str(grade))
    assert form.is_valid()
    assert form.said().ratings["redness"] == grade


@pytest.mark.parametrize("code, name", [(s.code, s.name) for s in PEN.symptoms.values() if s.core])
@pytest.mark.parametrize("missing", [True, False])
def test_a_core_symptom_is_asked_for(code, name, missing):
    data = {key: value for key, value in DAY.items() if key != code} if missing else DAY | {code: ""}
    assert errors(LogForm(data, norms=PEN, day=4)) == {code: [f"{name}: choose one of the five answers."]}


@pytest.mark.parametrize("value", ["", None])
def test_the_other_symptoms_may_be_left_out(value):
    form = form_of(**({"itching": value} if value is not None else {}))
    assert form.is_valid()
    assert "itching" not in form.said().ratings


def test_a_wrong_grade_of_another_symptom_is_refused_too():
    assert errors(form_of(itching="7")) == {"itching": ["Itching: “7” is not an answer. Choose one of the five, 0 to 4."]}


@pytest.mark.parametrize(
    "any_sign, signs, says",
    [
        ("none", [], []),
        ("some", ["fever"], []),
        ("", ["fever"], []),  # ticked without the button before it
        ("none", ["fever"], [WHICH]),
        ("some", [], [TICK]),
        ("", [], [ANY]),
        ("some", ["vampire"], ["“vampire” is not one of the warning signs. Tick the ones in the list."]),
        ("some", ["fever", "vampire"], ["“vampire” is not one of the warning signs. Tick the ones in the list."]),
    ],
)
def test_the_button_and_the_signs_agree(any_sign, signs, says):
    assert errors(form_of(any_sign=any_sign, signs=signs)).get("signs", []) == says


def test_an_answer_that_is_no_button_is_refused():
    assert errors(form_of(any_sign="maybe")) == {"any_sign": ["Select a valid choice. maybe is not one of the available choices."]}


@pytest.mark.parametrize(
    "value, says",
    [
        ("", "Choose the day this log is about."),
        *[(v, NOT_A_DATE.format(v)) for v in ("05/01/2026", "2026-13-01", "2026-02-30", "２０２６-01-05", "2026-W01-1", "20260105")],
        *[(v, NOT_A_DATE.format(v)) for v in ("2026-1-5", "2026-01-05T00:00", "0000-01-01", "-026-01-05", "2026_01_05", "1e10")],
    ],
)
def test_a_date_is_iso_or_refused(value, says):
    assert errors(form_of(date=value)) == {"date": [says]}


@pytest.mark.parametrize("length, taken", [(0, True), (LONGEST_NOTE, True), (LONGEST_NOTE + 1, False)])
def test_a_note_has_a_limit(length, taken):
    says = f"The note is longer than {LONGEST_NOTE} characters. Shorten it; nothing of it is lost yet."
    assert errors(form_of(note="x" * length)) == ({} if taken else {"note": [says]})


@pytest.mark.parametrize("note", ["Ana's skin 🙂", "<b>hot</b>", "روز", "a\nb"])
def test_a_note_is_kept_as_typed(note):
    form = form_of(note=note)
    assert form.is_valid()
    assert form.said().note == note


@pytest.mark.parametrize("day, value, taken", [(14, "1", 1), (14, "5", 5), (14, "", None), (13, "1", None)])
def test_the_result_counts_from_day_14(day, value, taken):
    form = form_of(day=day, improvement=value)
    assert form.is_valid()
    assert form.said().improvement == taken


@pytest.mark.parametrize("value", ["0", "6", "x"])
def test_a_result_that_is_none_is_refused(value):
    says = f"Select a valid choice. {value} is not one of the available choices."
    assert errors(form_of(day=14, improvement=value)) == {"improvement": [says]}


def test_several_mistakes_are_all_said():
    assert set(LogForm({"date": "x"}, norms=PEN, day=4).errors) == {"date", "redness", "swelling", "flaking", "breakouts", "signs"}


@pytest.mark.parametrize(
    "said",
    [
        Said({"redness": 0, "swelling": 0, "flaking": 0, "breakouts": 0}),
        Said({"redness": 4, "swelling": 1, "flaking": 2, "breakouts": 3, "pain": 0}, frozenset({"pus", "fever"}), "Hot.", True, 5),
    ],
)
def test_what_was_said_fills_the_form_and_comes_back_the_same(said):
    data = {name: value for name, value in initial_from(said, date(2026, 1, 5)).items() if value is not False}
    form = LogForm(data, norms=PEN, day=30)
    assert errors(form) == {}
    assert form.said() == said


@pytest.mark.parametrize(
    "sent, saved",
    [
        ({"itching": "2"}, True),
        ({"itching": "2", "chips": "1"}, False),
        ({"itching": "2", "chips": "1", "add": ["pain"]}, False),
        ({"itching": "2", "chips": "1", "add": ["pain", "itching"]}, True),
    ],
)
def test_what_was_closed_again_is_not_saved(sent, saved):
    form = form_of(**sent)
    assert form.is_valid()
    assert ("itching" in form.said().ratings) is saved


def test_a_core_symptom_cannot_be_closed():
    form = form_of(chips="1")
    assert form.is_valid()
    assert form.said().ratings["redness"] == 2
