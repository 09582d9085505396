"""The timeline norms as staff read them."""

import pytest
from django.urls import reverse

from patients.models import Protocol
from tests.factories import a_draft, publish
from tests.pages import page, text
from tests.timeline.samples import PEN, PROTOCOLS

LIST = reverse("norms")
PEN_URL = reverse("norms-of", args=["pen"])


class TestTheList:
    def test_it_names_each_protocol_with_its_version_in_force(self, as_admin):
        response = as_admin.get(LIST)
        urls = [reverse("norms-of", args=[slug]) for slug in PROTOCOLS]
        assert [link for link in page(response).links if link in urls] == urls
        assert text(response).count("version 1") == 4

    def test_a_newer_version_takes_its_place_and_a_draft_does_not(self, as_admin):
        publish(a_draft("pen"), "A clearer table.")
        a_draft("pen-deep")
        seen = text(as_admin.get(LIST))
        assert (seen.count("version 1"), seen.count("shared by all clinics version 2")) == (3, 1)
        assert "A clearer table." in seen

    def test_it_says_that_a_clinician_must_sign_them_off(self, as_clinician):
        assert "A clinician must sign them off before real use." in text(as_clinician.get(LIST))


class TestAVersion:
    def test_each_band_stands_in_the_grid(self, as_admin):
        seen = text(as_admin.get(PEN_URL))
        first = PEN.band("redness", 0)
        assert f"days 0: {first.low}–{first.typical}–{first.high}" in seen
        assert "Redness: the band and its sources" in seen

    def test_a_symptom_can_be_chosen(self, as_admin):
        seen = text(as_admin.get(PEN_URL, {"symptom": "swelling"}))
        assert "Swelling: the band and its sources" in seen
        assert "Sources differ: the first says it is over by day" in seen

    @pytest.mark.parametrize("symptom", ["", "nonsense", "<b>"])
    def test_an_unknown_symptom_shows_the_first(self, as_admin, symptom):
        assert "Redness: the band and its sources" in text(as_admin.get(PEN_URL, {"symptom": symptom}))

    def test_every_claim_names_its_source(self, as_admin):
        seen = text(as_admin.get(PEN_URL))
        claims = PEN.claims_on("redness")
        assert [c.text for c in claims if c.text not in seen or c.publisher not in seen] == []

    def test_rules_signs_phases_and_guidance_are_there(self, as_admin):
        seen = text(as_admin.get(PEN_URL))
        words = (
            "up 2 from the lowest is urgent",
            "Trouble breathing",
            "breakouts high +1 on days 2 to 14",
            "Phases",
            "Milestones",
            "Guidance",
        )
        assert [word for word in words if word not in seen] == []

    def test_an_older_version_stays_readable(self, as_admin):
        publish(a_draft("pen"))
        assert "Pen 0.5–1.5 mm, version 1" in text(as_admin.get(reverse("norms-version", args=["pen", 1])))
        assert "Pen 0.5–1.5 mm, version 2" in text(as_admin.get(PEN_URL))

    def test_who_published_it_and_why_is_said(self, as_admin):
        assert "by Starting norms. The norms the product starts with." in text(as_admin.get(PEN_URL))

    @pytest.mark.parametrize("name, args", [("norms-of", ["nonsense"]), ("norms-version", ["pen", 9]), ("norms-version", ["nonsense", 1])])
    def test_what_is_not_there_is_not_found(self, as_admin, name, args):
        response = as_admin.get(reverse(name, args=args))
        assert response.status_code == 404
        assert "the band and its sources" not in text(response)

    def test_a_draft_is_not_shown(self, as_admin):
        a_draft("pen")
        assert as_admin.get(reverse("norms-version", args=["pen", 2])).status_code == 404
        assert "Pen 0.5–1.5 mm, version 1" in text(as_admin.get(PEN_URL))

    def test_a_protocol_without_a_version_says_so(self, as_admin):
        Protocol.objects.create(slug="laser", name="New device")
        assert "No version of these norms is published yet." in text(as_admin.get(reverse("norms-of", args=["laser"])))

    def test_it_costs_the_same_for_one_and_three_versions(self, as_admin, django_assert_max_num_queries):
        found = []
        for _ in range(3):
            with django_assert_max_num_queries(16) as captured:
                assert "Versions" in text(as_admin.get(PEN_URL))
            found.append(len(captured))
            publish(a_draft("pen"))
        assert len(set(found)) == 1


@pytest.mark.parametrize("url", [LIST, PEN_URL, reverse("norms-version", args=["pen", 1])])
class TestAccess:
    def test_clinicians_read_them(self, as_clinician, url):
        assert "Timeline norms" in text(as_clinician.get(url))

    def test_patients_do_not(self, as_patient, url):
        response = as_patient.get(url)
        assert response.status_code == 403
        assert "The timeline norms are for staff. Your recovery page shows what is usual for you." in text(response)

    def test_they_are_only_read(self, as_admin, url):
        response = as_admin.post(url)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
