"""Photos on the pages of a recovery, and two days compared: for the patient and for the clinic."""

import re

import pytest
from django.urls import reverse

from patients.exports.photos import NOTHING_YET
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_photo, a_treatment, next_session
from tests.pages import filled_in, items, page, text

RECOVERY = reverse("recovery")
ONE_DAY = "Front: there is only one day with a photo so far. Two are needed to compare."


def album_of(treatment, **asked):
    return reverse("photos-of", args=[treatment.uuid], query=asked)


def photographed(treatment, *days, views=("front",)):
    """A log with photos on each of these days; the photos in that order."""
    logs = [a_log(treatment, day).log for day in days]
    return [a_photo(log, view) for log in logs for view in views]


def pictures(response, kind="photo"):
    """The addresses of the pictures on a page, as the ids in them."""
    path = "/thumb/" if kind == "thumb" else "/"
    return re.findall(rf'<img src="/photos/([0-9a-f-]+){path}"', response.content.decode())


def ids(*photos):
    return [str(photo.uuid) for photo in photos]


class TestStrip:
    def test_each_photo_stands_there_by_day_and_leads_to_its_comparison(self, as_patient, treatment):
        photos = photographed(treatment, 1, 3, views=("left", "front"))
        response = as_patient.get(RECOVERY)
        assert pictures(response, "thumb") == ids(photos[1], photos[0], photos[3], photos[2])
        assert [said for said in items(response) if said.startswith("Day 1,")] == ["Day 1, front", "Day 1, left side"]
        assert f"{album_of(treatment)}?view=left&second=1-3" in page(response).links

    def test_nothing_moves_when_they_arrive(self, as_patient, treatment):
        photographed(treatment, 1)
        markup = as_patient.get(RECOVERY).content.decode()
        assert 'width="80" height="96" alt="" loading="lazy"' in markup

    def test_the_last_eight_are_in_sight(self, as_patient, treatment):
        photos = photographed(treatment, 0, 1, 2, 3, views=("front", "left", "right"))
        response = as_patient.get(RECOVERY)
        assert "4 earlier photos Day 0, front" in text(response)
        assert pictures(response, "thumb") == ids(*photos)

    def test_without_any_it_says_so(self, as_patient, as_clinician, treatment):
        assert "No photos yet. Each day’s log takes up to three." in text(as_patient.get(RECOVERY))
        assert "No photos yet." in text(as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid])))

    def test_the_clinic_sees_the_same(self, as_clinician, treatment):
        photos = photographed(treatment, 1, 3)
        response = as_clinician.get(reverse("clinic-recovery", args=[treatment.uuid]))
        assert pictures(response, "thumb") == ids(*photos)
        assert reverse("clinic-photos", args=[treatment.uuid], query={"view": "front", "second": "1-3"}) in page(response).links


class TestCompared:
    def test_first_and_last_day_of_the_view_with_most_photos(self, as_patient, treatment):
        photographed(treatment, 1, views=("left", "front"))
        middle, last = photographed(treatment, 2, 4, views=("left",))
        response = as_patient.get(album_of(treatment))
        first = treatment.logs.get(day=1).photos.get(view="left")
        assert pictures(response) == ids(first, last)
        assert filled_in(response) == {"view": ["left"], "first": ["1-1"], "second": ["1-4"]}
        assert 'id="slide"' in response.content.decode()

    def test_what_is_asked_for_is_shown_in_that_order(self, as_patient, treatment):
        photos = photographed(treatment, 0, 2, 4)
        response = as_patient.get(album_of(treatment, view="front", first="1-4", second="1-2"))
        assert pictures(response) == ids(photos[2], photos[1])
        assert "Day 4, Wed 18 Mar Day 2, Mon 16 Mar" in text(response)

    @pytest.mark.parametrize("second, shown", [("1-4", (0, 2)), ("1-2", (0, 1)), ("1-0", (0, 1))])
    def test_one_day_is_compared_with_the_first_of_the_others(self, as_patient, treatment, second, shown):
        photos = photographed(treatment, 0, 2, 4)
        response = as_patient.get(album_of(treatment, view="front", second=second))
        assert pictures(response) == ids(*(photos[place] for place in shown))

    def test_its_size_is_known_before_it_arrives(self, as_patient, treatment):
        photo, _ = photographed(treatment, 0, 1)
        markup = as_patient.get(album_of(treatment)).content.decode()
        assert f'width="{photo.width}" height="{photo.height}" alt="Front, day 0"' in markup

    def test_a_day_without_that_view_says_so(self, as_patient, treatment):
        photographed(treatment, 0, views=("front",))
        (left,) = photographed(treatment, 2, views=("left",))
        response = as_patient.get(album_of(treatment, view="left", first="1-0", second="1-2"))
        assert "Day 0 has no photo of this view: left side." in text(response)
        assert pictures(response) == ids(left)
        assert 'id="slide"' not in response.content.decode()

    @pytest.mark.parametrize(
        "asked, says",
        [
            ({"view": "back"}, "“back” is not a view. Choose front, left side or right side."),
            ({"view": "FRONT"}, "“FRONT” is not a view. Choose front, left side or right side."),
            ({"view": "x" * 900}, f"“{'x' * 40}” is not a view."),
            ({"first": "1-3"}, "“1-3” is not a day with photos. Choose two from the lists."),
            ({"second": "2-0"}, "“2-0” is not a day with photos. Choose two from the lists."),
            ({"first": "\0"}, "is not a day with photos."),
            ({"first": "<b>", "second": "1-0"}, "“<b>” is not a day with photos."),
            ({"first": "1-0", "second": "1-0"}, "This is the same day twice. Choose two different days."),
            ({"view": "right"}, "Right side: there is no photo of this view yet."),
        ],
    )
    def test_what_cannot_be_compared_is_said_and_nothing_else_is_shown_instead(self, as_patient, treatment, asked, says):
        photographed(treatment, 0, 2)
        response = as_patient.get(album_of(treatment, **asked))
        assert says in text(response)
        assert len(set(pictures(response))) == (1 if "twice" in says else 0)

    def test_before_the_first_and_the_second_it_says_what_is_missing(self, as_patient, treatment):
        assert NOTHING_YET in text(as_patient.get(album_of(treatment)))
        (photo,) = photographed(treatment, 2)
        response = as_patient.get(album_of(treatment))
        assert ONE_DAY in text(response)
        assert pictures(response) == ids(photo)

    def test_the_clinic_compares_too(self, as_clinician, treatment):
        photos = photographed(treatment, 0, 2)
        response = as_clinician.get(reverse("clinic-photos", args=[treatment.uuid]))
        assert "Ana Ferreira: two days compared" in text(response)
        assert pictures(response) == ids(*photos)


class TestSessions:
    @pytest.fixture
    def second(self, treatment, clinician, travel_to):
        photographed(treatment, 0, 3)
        travel_to(TODAY)
        return next_session(clinician, treatment.patient, TODAY)

    def test_an_earlier_session_can_be_chosen(self, as_patient, treatment, second):
        (new,) = photographed(second, 0)
        response = as_patient.get(album_of(second, view="front", first="1-3", second="2-0"))
        assert pictures(response) == ids(treatment.logs.get(day=3).photos.get(), new)
        assert "Session 1, day 3, Tue 17 Mar Day 0, Wed 18 Mar" in text(response)

    @pytest.mark.parametrize("day, beside", [(0, 0), (3, 3), (1, 0)])
    def test_the_same_day_of_it_stands_beside_the_only_photo(self, signed_in, treatment, second, travel_to, day, beside):
        travel_to(second.date_of(day))
        (new,) = photographed(second, day)
        response = signed_in(treatment.patient.user).get(album_of(second))
        assert pictures(response) == ids(treatment.logs.get(day=beside).photos.get(), new)

    def test_a_later_one_is_none_of_an_earlier_ones_business(self, as_patient, treatment, second):
        photographed(second, 0)
        seen = text(as_patient.get(album_of(treatment)))
        assert "Session 2" not in seen
        assert "“2-0” is not a day with photos." in text(as_patient.get(album_of(treatment, first="2-0")))

    def test_nobody_elses_are_there(self, as_patient, clinician, treatment, other_treatment):
        photographed(a_treatment(clinician, "Mei Chen", TREATED), 0, 1)
        photographed(other_treatment, 0, 1)
        response = as_patient.get(album_of(treatment))
        assert (pictures(response), NOTHING_YET in text(response)) == ([], True)


@pytest.mark.parametrize("whose", ["other", "clinic-mate"])
def test_another_patients_are_not_found(as_patient, clinician, other_treatment, whose):
    theirs = other_treatment if whose == "other" else a_treatment(clinician, "Mei Chen", TREATED)
    photographed(theirs, 0, 1)
    response = as_patient.get(album_of(theirs))
    assert (response.status_code, pictures(response)) == (404, [])


@pytest.mark.parametrize("name", ["photos-of", "clinic-photos"])
def test_it_is_only_read(as_patient, as_clinician, treatment, name):
    browser = as_patient if name == "photos-of" else as_clinician
    response = browser.post(reverse(name, args=[treatment.uuid]))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("name", ["recovery-of", "photos-of", "clinic-recovery", "clinic-photos"])
def test_a_page_costs_the_same_with_1_and_3_days_of_photos(signed_in, clinician, treatment, django_assert_max_num_queries, name):
    browser = signed_in(clinician if name.startswith("clinic") else treatment.patient.user)
    found = []
    browser.get(reverse(name, args=[treatment.uuid]))  # the first look of staff is written down
    for day in range(3):
        photographed(treatment, day, views=("front", "left"))
        with django_assert_max_num_queries(20) as captured:
            assert pictures(browser.get(reverse(name, args=[treatment.uuid])), "thumb" if "recovery" in name else "photo") != []
        found.append(len(captured))
    assert len(set(found)) == 1
