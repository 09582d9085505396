"""What is news in an episode, and what is worth another mail."""

from dataclasses import dataclass

import pytest

from recovery.timeline.episode import covers, is_worth_a_mail, news


@dataclass(frozen=True)
class Found:
    rule: str = "above_range"
    subject: str = "redness"
    urgency: int = 2
    observed: int | None = 3
    distance: int = 1


@pytest.mark.parametrize(
    "new, covered",
    [
        (Found(), True),
        (Found(observed=2), True),
        (Found(observed=4, distance=1), False),
        (Found(distance=2), False),
        (Found(urgency=3), False),
        (Found(subject="pain"), False),
        (Found(rule="worsening"), False),
    ],
)
def test_what_an_earlier_watch_covers(new, covered):
    assert covers(Found(), new) is covered
    assert news([Found(subject="swelling"), Found()], [new]) == ([] if covered else [new])


def test_a_request_and_what_is_urgent_are_always_news():
    asked, urgent = Found("asked_for_review", "log", 2, None, 0), Found(urgency=3)
    assert news([asked, urgent], [asked, urgent]) == [asked, urgent]


@pytest.mark.parametrize(
    "state, mailed, worth",
    [
        ((2, 3), (0, 0), False),  # a watch, however far out
        ((3, 0), (0, 0), True),
        ((3, 1), (3, 1), False),
        ((3, 1), (3, 2), False),
        ((3, 2), (3, 1), True),
        ((4, 0), (3, 2), True),
        ((3, 2), (4, 2), False),
        ((4, 2), (4, 2), False),
    ],
)
def test_a_mail_goes_out_once_and_again_only_on_worsening(state, mailed, worth):
    assert is_worth_a_mail(*state, *mailed) is worth
