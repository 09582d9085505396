"""Which draft a page showed, why it is published, and how far back a preview looks."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import QueryDict

from patients.forms.publishing import ANOTHER, PeriodForm, PublishForm
from patients.models import NormVersion, User

DRAFT = NormVersion(pk=UUID(int=7), number=2, edits=3)
SEEN = f"{UUID(int=7)}/3"
BLANK = "Write why these norms change. The reason is kept with the version."


def sent(**fields):
    data = QueryDict(mutable=True)
    data.update({"reason": "Tried.", "seen": SEEN} | fields)
    return data


@pytest.mark.parametrize("move", [True, False])
def test_a_page_that_shows_the_draft_as_it_is_publishes_it(move):
    form = PublishForm(sent(**{"move": "on"} if move else {}), draft=DRAFT)
    assert form.errors == {}
    assert (form.cleaned_data["reason"], form.cleaned_data["move"]) == ("Tried.", move)


def test_an_open_page_carries_what_it_shows():
    form = PublishForm(None, draft=DRAFT)
    assert (form["seen"].value(), form["reason"].value(), form["move"].value()) == (SEEN, None, None)


@pytest.mark.parametrize(
    "reason, says",
    [
        ("", BLANK),
        (" \n\t", BLANK),
        ("x" * 501, "The reason has 501 characters; 500 fit. Shorten it."),
        ("\x00", "Null characters are not allowed."),
    ],
)
def test_the_reason_is_needed_and_fits(reason, says):
    assert PublishForm(sent(reason=reason), draft=DRAFT).errors == {"reason": [says]}


@pytest.mark.parametrize("reason", ["x" * 500, " Tried. ", "=1+1", "Zwölf Fälle: <b>"])
def test_every_other_reason_is_taken(reason):
    form = PublishForm(sent(reason=reason), draft=DRAFT)
    assert (form.is_valid(), form.cleaned_data["reason"]) == (True, reason.strip())


@pytest.mark.parametrize("seen", ["", "3", "/3", f"{UUID(int=8)}/3", UUID(int=7).hex + "/3", "\x00", "x" * 5000])
def test_another_draft_than_the_one_shown_is_refused(seen):
    form = PublishForm(sent(seen=seen), draft=DRAFT)
    assert ANOTHER in form.non_field_errors()
    assert form["seen"].value() == SEEN


@pytest.mark.parametrize("count", ["2", "4", "", "03", "３", "-3", "3/3"])
def test_another_state_of_the_draft_is_refused(count):
    form = PublishForm(sent(seen=f"{UUID(int=7)}/{count}"), draft=DRAFT)
    assert form.non_field_errors() == [
        "Somebody saved another edit of this draft. Nothing is published. Look at the changes, then publish."
    ]
    assert form["seen"].value() == SEEN


def test_who_edited_it_and_when_is_said():
    draft = NormVersion(
        pk=UUID(int=7), edits=4, edited_by=User(name="Jo Blake", title="Dr"), edited_at=datetime(2026, 3, 18, 9, 5, tzinfo=UTC)
    )
    says = "Jo Blake, Dr saved another edit of this draft at 09:05. Nothing is published. Look at the changes, then publish."
    assert PublishForm(sent(), draft=draft).non_field_errors() == [says]


def test_what_was_typed_stays_when_it_is_refused():
    form = PublishForm(sent(seen="", reason="Because.", move="on"), draft=DRAFT)
    form.is_valid()
    assert (form["reason"].value(), form["move"].value()) == ("Because.", True)


@pytest.mark.parametrize("days", [30, 90, 365, 3650])
def test_a_period_of_the_list(days):
    form = PeriodForm(QueryDict(f"days={days}"))
    assert (form.is_valid(), form.cleaned_data["days"]) == (True, days)


def test_without_a_period_it_is_90_days():
    form = PeriodForm(QueryDict("format=csv"))
    assert (form.is_valid(), form.cleaned_data["days"]) == (True, 90)


@pytest.mark.parametrize("days", ["91", "0", "-30", "30.0", "3_0", "３０", "NaN", "%s", "%(value)d", "\x00", "x" * 400])
def test_another_period_is_refused_in_words(days):
    form = PeriodForm({"days": days})
    assert form.errors == {"days": [f"“{days[:40]}” is not a period. Choose one of the list."]}


def test_an_empty_period_is_refused_in_words():
    assert PeriodForm({"days": ""}).errors == {"days": ["Choose a period."]}
