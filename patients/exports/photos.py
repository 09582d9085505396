"""Photos as pages show them: the slots of the log form, and two days beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.utils.translation import gettext, gettext_noop

from patients.exports import words
from patients.models import Photo, Treatment

NOTHING_YET = gettext_noop("There are no photos of this recovery yet.")


class Slot(NamedTuple):
    """A view of the log form with the photo that is there already."""

    view: Photo.View
    photo: Photo | None


def slots(photos: Iterable[Photo]) -> list[Slot]:
    there = {photo.view: photo for photo in photos}
    return [Slot(view, there.get(view.value)) for view in Photo.View]


@dataclass(frozen=True, slots=True)
class PhotoDay:
    """A day with photos, by view; `is_own` says whether it is of the recovery that the page is about."""

    session: int
    day: int
    date: date
    is_own: bool
    photos: dict[str, Photo] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return f"{self.session}-{self.day}"

    @property
    def name(self) -> str:
        pattern = gettext("Day {day}") if self.is_own else gettext("Session {session}, day {day}")
        return pattern.format(day=self.day, session=self.session)

    @property
    def words(self) -> str:
        return f"{self.name}, {words.short_date(self.date)}"


@dataclass(frozen=True, slots=True)
class Side:
    """One half of the comparison: a day, and its photo in the chosen view if there is one."""

    day: PhotoDay
    view: Photo.View

    @property
    def photo(self) -> Photo | None:
        return self.day.photos.get(self.view.value)

    @property
    def alt(self) -> str:
        return f"{self.view.label}, {words.mid_sentence(self.day.name)}"

    @property
    def missing(self) -> str:
        return gettext("{day} has no photo of this view: {view}.").format(day=self.day.name, view=self.view.label.lower())


class Comparison:
    """Two days of one view. `fault` says why there are not two; nothing that was asked for is replaced by something else."""

    def __init__(self, album: Album, view: Photo.View, chosen: Iterable[PhotoDay], fault: str = "") -> None:
        self.album, self.view, self.fault = album, view, fault
        self.sides = [Side(day, view) for day in chosen]

    @property
    def is_whole(self) -> bool:
        """Both photos are there, so one can lie over the other."""
        return len(self.sides) == 2 and all(side.photo for side in self.sides)

    @property
    def is_wide(self) -> bool:
        return all(side.photo is None or side.photo.width > side.photo.height for side in self.sides)

    @property
    def lists(self) -> list[tuple[str, str, str]]:
        """Name, label and chosen key of the two lists of days."""
        first, second, *_ = [*(side.day.key for side in self.sides), "", ""]
        return [("first", gettext("First day"), first), ("second", gettext("Second day"), second)]


class Album:
    """The photos of a recovery and of the patient's sessions before it, read in one query."""

    views = list(Photo.View)

    def __init__(self, treatment: Treatment) -> None:
        self.treatment = treatment

    @cached_property
    def days(self) -> dict[str, PhotoDay]:
        """By key, earlier sessions first."""
        found: dict[str, PhotoDay] = {}
        for photo in Photo.objects.of_series(self.treatment).for_comparing():
            day, of = photo.log.day, photo.log.treatment
            new = PhotoDay(of.session_number, day, of.date_of(day), of.pk == self.treatment.pk)
            found.setdefault(new.key, new).photos[photo.view] = photo
        return found

    def compared(self, asked: Mapping[str, str]) -> Comparison:
        """What the address asks for; what it leaves open is the view with most photos, the first day and the last."""
        view, first, second = (asked.get(name, "") for name in ("view", "first", "second"))
        fault = self._unknown(view, first, second)
        shown = Photo.View(view) if view in Photo.View.values else self._usual_view()
        if fault:
            return Comparison(self, shown, [], fault)
        chosen = self._chosen(shown, self.days.get(first), self.days.get(second))
        if len(chosen) == 2 and chosen[0] is chosen[1]:
            fault = gettext("This is the same day twice. Choose two different days.")
        elif len(chosen) == 1:
            fault = gettext("{view}: there is only one day with a photo so far. Two are needed to compare.").format(view=shown.label)
        elif not chosen:
            fault = gettext("{view}: there is no photo of this view yet.").format(view=shown.label) if self.days else gettext(NOTHING_YET)
        return Comparison(self, shown, chosen, fault)

    def _unknown(self, view: str, *keys: str) -> str:
        # Cut: it comes from the address, and may be as long as somebody likes.
        if view and view not in Photo.View.values:
            return gettext("“{view}” is not a view. Choose front, left side or right side.").format(view=view[:40])
        for key in keys:
            if key and key not in self.days:
                return gettext("“{day}” is not a day with photos. Choose two from the lists.").format(day=key[:40])
        return ""

    def _usual_view(self) -> Photo.View:
        own = [day for day in self.days.values() if day.is_own]
        return max(Photo.View, key=lambda view: sum(view.value in day.photos for day in own))

    def _chosen(self, view: Photo.View, first: PhotoDay | None, second: PhotoDay | None) -> list[PhotoDay]:
        if first and second:
            return [first, second]
        there = [day for day in self.days.values() if view.value in day.photos]
        given = first or second or next(reversed(there), None)
        if given is None:
            return []
        beside = _beside(given, [day for day in there if day is not given])
        # Time runs from left to right where the order was not chosen.
        return sorted([given, beside], key=lambda day: day.date) if beside else [given]


def _beside(given: PhotoDay, others: list[PhotoDay]) -> PhotoDay | None:
    """What a day is best compared with: the first of the same session, else the same day of the last session before, else the first."""
    same_session = [day for day in others if day.session == given.session]
    same_day = [day for day in reversed(others) if day.day == given.day]
    return next(iter(same_session or same_day or others), None)
