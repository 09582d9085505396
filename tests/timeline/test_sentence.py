"""Sentences are English strings that know what they are made of."""

from dataclasses import replace

import pytest

from recovery.timeline.course import Course, Guidance, Milestone, Phase
from recovery.timeline.norms import UNKNOWN_SIGN
from recovery.timeline.sentence import Names, Sentence, Text, Texts, joined
from recovery.timeline.translated import translated
from tests.timeline.samples import PEN


def test_a_sentence_is_its_english():
    sentence = Sentence("Day {day}: {name}.", day=3, name="Redness")
    assert sentence == "Day 3: Redness."
    assert (sentence.pattern, sentence.values) == ("Day {day}: {name}.", {"day": 3, "name": "Redness"})


def test_joined_sentences_keep_their_parts():
    parts = [Sentence("One {number}.", number=1), Sentence("Two.")]
    both = joined(parts)
    assert both == "One 1. Two."
    assert list(both.values.values()) == parts


@pytest.mark.parametrize(
    "names, said, is_one",
    [
        (["Redness"], "Redness", True),
        (["Breakouts"], "Breakouts", False),
        (["Dryness and tightness"], "Dryness and tightness", False),
        (["Redness", "Swelling"], "Redness and swelling", False),
        (["Redness", "Swelling", "Itching"], "Redness, swelling and itching", False),
    ],
)
def test_names_follow_english_grammar(names, said, is_one):
    found = Names(tuple(names))
    assert (f"{found}", found.is_one) == (said, is_one)


def test_other_texts_stand_one_after_the_other():
    assert str(Texts(("Fever or chills", "Eye pain"), "; ")) == "fever or chills; eye pain"
    assert Text("Redness") == "Redness"


def test_translated_norms_change_every_text_for_patients_and_nothing_else():
    whole = replace(PEN, course=COURSE)
    loud = translated(whole, str.upper)
    assert (loud.bands, loud.settings, loud.adjustments) == (whole.bands, whole.settings, whole.adjustments)
    redness, fever = loud.symptoms["redness"], loud.signs["fever"]
    assert (redness.name, redness.grades[0], redness.clinical_name) == ("REDNESS", "NO REDNESS", "Erythema")
    assert (fever.label, fever.urgency, fever.basis) == ("FEVER OR CHILLS", whole.signs["fever"].urgency, whole.signs["fever"].basis)
    assert loud.course.phases == [Phase("HEALING", 0, 7, 1, "IT SETTLES")]
    assert loud.course.milestones == [Milestone(2, 3, "CALMER", "", ("faq",))]
    assert loud.course.guidance == [Guidance(0, 7, "do", "WASH", ("faq",), "OR NOT")]
    assert loud.sign("unheard_of").advice == UNKNOWN_SIGN


COURSE = Course(
    [Phase("Healing", 0, 7, 1, "It settles")], [Milestone(2, 3, "Calmer", "", ("faq",))], [Guidance(0, 7, "do", "Wash", ("faq",), "Or not")]
)
