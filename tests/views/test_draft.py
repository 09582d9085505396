"""The page on which a draft's bands are edited."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from patients.actions.norms import discard_draft, draft_of, publish_draft, save_draft, start_draft
from patients.models import AuditEvent, NormVersion, Protocol
from patients.models.norm_values import read_norms
from recovery.timeline.course import Course
from recovery.timeline.editing import LINES, with_bands
from tests.factories import a_clinic, a_draft, a_log, a_member, publish
from tests.pages import filled_in, page, text
from tests.timeline.samples import PEN, band

URL = reverse("draft", args=["pen"])
CHECK = reverse("draft-check", args=["pen"])
SAVED_ONCE = "norm draft edited"


@pytest.fixture
def draft(admin):
    return start_draft(by=admin, protocol=Protocol.objects.get(slug="pen"))


@pytest.fixture
def other_admin(clinic):
    return a_member(clinic, "admin", "Kit Lamb")


def sent(response):
    """What the browser would send from a page."""
    return {name: values[-1].removeprefix("\n") for name, values in filled_in(response).items()}


def form_of(browser, symptom="redness", **changes):
    return sent(browser.get(URL, {"symptom": symptom})) | {"do": "save"} | {name.replace("__", "-"): v for name, v in changes.items()}


def bands(draft, symptom="redness"):
    """As (first day, last day, low, typical, high, urgent above)."""
    found = read_norms(draft).bands_of(symptom)
    return [(b.first_day, b.last_day, b.low, b.typical, b.high, b.urgent_above) for b in found]


def edits(draft):
    return NormVersion.objects.get(pk=draft.pk).edits


def errors(response):
    """The lines of the summary, and the fields they lead to."""
    markup = response.content.decode()
    summary = re.search(r'id="errors".*?</ul>', markup, re.DOTALL)
    return re.findall(r'href="#([^"]+)"', summary[0]) if summary else []


def chart_of(response):
    """The paths of the chart by class, and its markup."""
    markup = re.search(r'id="chart">(.*?)</svg>', response.content.decode(), re.DOTALL)[1]
    return dict(re.findall(r'<path class="([a-z-]+)" d="([^"]*)"', markup)) | {"all": markup}


class TestThePage:
    def test_it_says_whose_draft_it_is_and_what_is_in_force(self, as_admin, draft):
        seen = text(as_admin.get(URL))
        assert (
            "Pen 0.5–1.5 mm, draft of version 2 Timeline norms Started 18 March, 12:00 by Noor Haddad. Version 1 is in force since" in seen
        )

    def test_it_leads_to_every_part(self, as_admin, draft):
        links = page(as_admin.get(URL)).links
        parts = [reverse("draft-part", args=["pen", p]) for p in ("phases", "milestones", "guidance", "signs", "rules", "adjustments")]
        others = [
            reverse(name, args=["pen"]) for name in ("norms-versions", "norms-diff", "draft-discard", "norms-import", "norms-publish")
        ]
        assert [link for link in [*parts, *others] if link not in links] == []

    def test_each_closed_row_says_its_bands(self, as_admin, draft):
        seen = text(as_admin.get(URL))
        assert "Itching days 0 to 3: 0–1–2 urgent above 3 day 4: 0–1–2 urgent above 2" in seen
        assert "days 6 to 28: 0–0–1 urgent above 2 days 29 to 365: 0–0–0 urgent above 2" in seen

    @pytest.mark.parametrize("symptom", list(PEN.symptoms))
    def test_the_open_row_holds_every_value(self, as_admin, draft, symptom):
        fields = form_of(as_admin, symptom)
        wrong = [
            (line, day)
            for line in LINES
            for day in (*range(15), 29, 181)
            if fields[f"{line}-{day}"] != str("" if (v := getattr(PEN.band(symptom, day), line)) is None else v)
        ]
        assert wrong == []
        assert {n for n in fields if n.startswith("starts-")} == {f"starts-{b.first_day}" for b in PEN.bands_of(symptom)}

    def test_cells_are_named_and_say_what_was(self, as_admin, draft, admin):
        save_draft(by=admin, draft=draft, norms=with_redness(read_norms(draft), 6, high=2), seen=0)
        markup = as_admin.get(URL).content.decode()
        assert 'aria-label="Redness, day 6, high, was 1"' in markup
        assert 'aria-label="Redness, day 5, high"' in markup
        assert markup.count('class="cellin changed"') == markup.count(', was 1"') == 12  # days 6 to 14 and three later runs

    @pytest.mark.parametrize("symptom", ["", "nonsense", "<b>"])
    def test_an_unknown_symptom_opens_the_first(self, as_admin, draft, symptom):
        assert "Redness: the band and its sources" in text(as_admin.get(URL, {"symptom": symptom}))

    def test_the_claims_of_every_source_stand_beside_it(self, as_admin, draft):
        seen = text(as_admin.get(URL))
        assert [c.text for c in PEN.claims_on("redness") if c.text not in seen] == []
        assert "8 more claims, all ending by day 3" in seen

    @pytest.mark.parametrize(
        "day, says",
        [
            (
                "6",
                "Sources differ on day 6. Of 17 claims on redness, 3 still expect it (1 A, 1 B, 1 C), 13 end earlier and 1 warns of it",
            ),
            ("200", "No source expects it on day 200. Of 17 claims on redness, none expects it and 17 end earlier."),
            ("x", "Sources differ: the first says it is over by day 0, the last by day 10."),
        ],
    )
    def test_what_the_sources_say_of_a_day(self, as_admin, draft, day, says):
        assert says in text(as_admin.get(URL, {"day": day}))

    def test_the_chart_has_the_edge_in_force_and_the_chosen_days(self, as_admin, draft):
        chart = chart_of(as_admin.get(URL, {"day": "6"}))
        assert chart["was"] == "M18.0 2.0H40.5V32.0H63.1V32.0H85.6V62.0H130.7V62.0H153.2V92.0H356.0"
        assert '<rect class="sel" x="153.2" y="2" width="22.5" height="150"/>' in chart["all"]
        assert 'class="sel"' not in chart_of(as_admin.get(URL))["all"]

    def test_the_chart_leaves_days_without_a_band_empty(self, as_admin, draft):
        as_admin.post(URL, form_of(as_admin) | {f"{line}-6": "" for line in LINES})
        chart = chart_of(as_admin.get(URL))
        assert [chart[path].count("M") for path in ("band", "typ", "urg-line", "was")] == [2, 2, 2, 1]

    def test_a_draft_without_a_version_in_force(self, as_admin, admin):
        protocol = Protocol.objects.create(slug="own", name="Own", clinic=admin.clinic)
        start_draft(by=admin, protocol=protocol, norms=PEN)
        seen = text(as_admin.get(reverse("draft", args=["own"])))
        assert "Own, draft Timeline norms" in seen
        assert "No version is in force yet." in seen
        assert "As published" not in seen

    def test_it_costs_the_same_for_few_and_many_bands(self, as_admin, draft, admin, django_assert_max_num_queries):
        as_admin.get(URL)  # published norms are read once and kept
        found = []
        for symptom in ("redness", "dark_spots"):
            with django_assert_max_num_queries(30) as captured:
                assert "Bands of the draft" in text(as_admin.get(URL, {"symptom": symptom}))
            found.append(len(captured))
        many = tuple(band(first_day=day, last_day=day if day < 29 else 365, high=day % 2, urgent_above=None) for day in range(30))
        save_draft(by=admin, draft=draft, norms=with_bands(read_norms(draft), "redness", many), seen=0)
        with django_assert_max_num_queries(30) as captured:
            as_admin.get(URL)
        assert {*found, len(captured)} == {found[0]}


def with_redness(norms, day, **values):
    """The band of redness on a day with other values."""
    changed = tuple(replace(b, **values) if b.first_day <= day <= b.last_day else b for b in norms.bands_of("redness"))
    return with_bands(norms, "redness", changed)


class TestWithoutADraft:
    def test_it_says_so_and_offers_to_start_one(self, as_admin):
        response = as_admin.get(URL)
        assert "No draft of Pen 0.5–1.5 mm" in text(response)
        assert f'action="{reverse("draft-start", args=["pen"])}"' in response.content.decode()

    def test_what_was_typed_before_it_was_discarded_is_kept(self, as_admin, draft, admin):
        data = form_of(as_admin, high__6="2")
        discard_draft(by=admin, draft=draft, seen=0)
        response = as_admin.post(URL, data)
        assert "Not saved. The draft you edited was published or discarded by somebody else." in text(response)
        assert "4\t3\t3\t2\t2\t2\t2\t1" in response.content.decode()
        assert NormVersion.objects.drafts().count() == 0

    def test_what_was_typed_is_not_put_into_another_draft(self, as_admin, draft, admin):
        data = form_of(as_admin, high__6="2")
        discard_draft(by=admin, draft=draft, seen=0)
        new = start_draft(by=admin, protocol=draft.protocol)
        response = as_admin.post(URL, data)
        assert "The draft you edited was published or discarded, and this is a new one." in text(response)
        assert sent(response)["high-6"] == "2"
        assert edits(new) == 0
        assert as_admin.post(URL, sent(response) | {"do": "save"}).status_code == 302
        assert bands(new)[-2] == (6, 6, 0, 0, 2, 2)


class TestSaving:
    def test_a_typed_value_is_stored_and_audited(self, as_admin, draft):
        response = as_admin.post(URL, form_of(as_admin, high__6="2", high__7="2"))
        assert response.url == f"{URL}?symptom=redness"
        assert bands(draft)[-2:] == [(6, 7, 0, 0, 2, 2), (8, 365, 0, 0, 1, 2)]
        assert AuditEvent.objects.get(action=SAVED_ONCE).after["changes"] == ["Redness, days 6–7: high 1 → 2"]
        assert "Redness: saved. " in text(as_admin.get(response.url))

    def test_the_other_symptoms_stay_as_they_were(self, as_admin, draft):
        as_admin.post(URL, form_of(as_admin, "swelling", high__6="2"))
        after = read_norms(draft)
        assert [code for code in PEN.symptoms if after.bands_of(code) != PEN.bands_of(code)] == ["swelling"]

    def test_the_day_looked_at_is_kept(self, as_admin, draft):
        assert as_admin.post(URL, form_of(as_admin, day="6", high__6="2")).url == f"{URL}?symptom=redness&day=6"

    def test_an_untouched_page_stores_nothing(self, as_admin, draft):
        response = as_admin.post(URL, form_of(as_admin))
        assert edits(draft) == 0
        assert "Redness: nothing has changed." in text(as_admin.get(response.url))

    def test_a_rationale_is_stored(self, as_admin, draft):
        as_admin.post(URL, form_of(as_admin, rationale__6="As in our own figures."))
        assert read_norms(draft).band("redness", 6).rationale == "As in our own figures."

    def test_no_band_is_stored_and_named_as_a_gap(self, as_admin, draft):
        blank = {f"{line}-6": "" for line in LINES}
        response = as_admin.post(URL, form_of(as_admin) | blank)
        assert [b[:2] for b in bands(draft)][-2:] == [(5, 5), (7, 365)]
        seen = text(as_admin.get(response.url))
        assert "1 problem Redness, day 6: gap: no band for day 6." in seen
        assert "Solve the problems above first." in seen
        assert reverse("norms-publish", args=["pen"]) not in page(as_admin.get(response.url)).links

    def test_a_whole_table_can_be_published(self, as_admin, draft, admin):
        as_admin.post(URL, form_of(as_admin, high__6="2"))
        seen = as_admin.get(URL)
        assert "No problems" in text(seen)
        assert reverse("norms-publish", args=["pen"]) in page(seen).links
        publish_draft(by=admin, draft=draft, reason="Tested.", seen=1)


class TestTools:
    def test_split_offers_a_column_from_that_day(self, as_admin, draft):
        response = as_admin.post(URL, form_of(as_admin, do="split", n="60", high__6="2"))
        assert [b[:2] for b in bands(draft)][-3:] == [(6, 6), (7, 59), (60, 365)]
        shown = as_admin.get(response.url)
        assert "Redness: a band now begins on day 60." in text(shown)
        as_admin.post(URL, sent(shown) | {"do": "save", "high-60": "2", "high-181": "2"})
        assert bands(draft)[-3:] == [(6, 6, 0, 0, 2, 2), (7, 59, 0, 0, 1, 2), (60, 365, 0, 0, 2, 2)]

    def test_merge_stretch_and_as_published(self, as_admin, draft):
        as_admin.post(URL, form_of(as_admin, do="merge", n="5"))
        assert bands(draft)[-1] == (5, 365, 0, 0, 2, 2)
        as_admin.post(URL, form_of(as_admin, do="stretch", n="3", m="9"))
        assert bands(draft)[-2:] == [(3, 9, 0, 1, 2, 3), (10, 365, 0, 0, 2, 2)]
        as_admin.post(URL, form_of(as_admin, do="published"))
        assert read_norms(draft).bands == PEN.bands
        assert edits(draft) == 3

    @pytest.mark.parametrize(
        "n, says", [("", "“” is not a day."), ("3651", "Day 3651 is past day 3650"), ("6", "A band begins on day 6 already.")]
    )
    def test_a_day_that_cannot_be_is_refused_and_kept(self, as_admin, draft, n, says):
        response = as_admin.post(URL, form_of(as_admin, do="split", n=n, high__7="2"))
        assert says in text(response)
        assert (sent(response)["n"], sent(response)["high-7"], errors(response)) == (n, "2", ["n"])
        assert edits(draft) == 0

    def test_a_pasted_block_is_shown_before_it_is_stored(self, as_admin, draft):
        response = as_admin.post(URL, form_of(as_admin, do="paste", block="3\t3\n2\t2\n1\t1\n0\t0", block_day="6"))
        assert "The block is filled in on days 6 to 7. Look at it, then save." in text(response)
        assert edits(draft) == 0
        as_admin.post(URL, sent(response) | {"do": "save"})
        assert bands(draft)[-2:] == [(6, 7, 0, 1, 2, 3), (8, 365, 0, 0, 1, 2)]

    def test_a_block_that_does_not_fit_is_kept_as_text(self, as_admin, draft):
        response = as_admin.post(URL, form_of(as_admin, do="paste", block="\t1\n1", block_day="6", high__7="2"))
        assert "The block has 2 rows; it needs 4" in text(response)
        assert (sent(response)["block"], sent(response)["high-7"], errors(response)) == ("\t1\n1", "2", ["block"])
        assert edits(draft) == 0


class TestRefusals:
    @pytest.mark.parametrize("typed", ["5", "−1", "-1", "text", "NaN", "1.5", "３", "1_0", "<script>"])
    def test_a_cell_is_named_everything_is_kept_and_nothing_stored(self, as_admin, draft, typed):
        response = as_admin.post(URL, form_of(as_admin, high__6=typed, low__0="0", rationale__0="Mine.", m="9"))
        assert f"Not saved yet. Everything you typed is still here. Redness, day 6, high: “{typed}” is not a grade. Type 0 to 4." in text(
            response
        )
        again = sent(response)
        assert (again["high-6"], again["low-0"], again["rationale-0"], again["m"]) == (typed, "0", "Mine.", "9")
        assert errors(response) == ["high-6"]
        assert (edits(draft), AuditEvent.objects.filter(action=SAVED_ONCE).count()) == (0, 0)

    def test_each_bad_cell_is_marked_and_points_to_its_line(self, as_admin, draft):
        response = as_admin.post(URL, form_of(as_admin, high__6="5", low__7="x"))
        markup = response.content.decode()
        for number, cell in enumerate(("high-6", "low-7"), 1):
            assert re.search(rf'id="{cell}"[^>]* aria-invalid="true" aria-describedby="fault-{number}"', markup)
            assert f'<li id="fault-{number}"><a href="#{cell}">' in markup
        assert markup.count("aria-invalid") == 2

    def test_a_cell_that_was_not_sent_is_never_guessed(self, as_admin, draft):
        data = form_of(as_admin, high__7="2")
        del data["high-6"]
        response = as_admin.post(URL, data)
        assert "What was sent does not fit the table: Redness, day 6, high is missing. Nothing is saved." in text(response)
        assert (sent(response)["high-6"], sent(response)["high-7"], edits(draft)) == ("1", "2", 0)

    @pytest.mark.parametrize("data", [{}, {"symptom": "redness"}, {"do": "published"}, {"columns": "0,1", "high-0": "4"}])
    def test_an_empty_or_foreign_form_is_a_sentence(self, as_admin, draft, data):
        assert "Not saved yet." in text(as_admin.post(URL, data))
        assert (edits(draft), read_norms(draft).bands) == (0, PEN.bands)

    def test_the_loser_of_a_race_keeps_what_was_typed_and_sees_who_won(self, as_admin, draft, other_admin):
        data = form_of(as_admin, high__6="3", urgent_above__6="3")
        theirs = with_redness(read_norms(draft), 6, high=2)
        save_draft(by=other_admin, draft=draft, norms=theirs, seen=0)
        response = as_admin.post(URL, data)
        seen = text(response)
        assert "Kit Lamb saved another edit of this draft at 12:00. Yours is not saved" in seen
        assert "yours takes the place of theirs: Redness, day 6: high 2 → 3" in seen
        assert (read_norms(draft).bands, edits(draft)) == (theirs.bands, 1)
        assert as_admin.post(URL, sent(response) | {"do": "save"}).status_code == 302
        assert bands(draft)[-2:] == [(6, 6, 0, 0, 3, 3), (7, 365, 0, 0, 1, 2)]

    def test_another_layout_made_in_between_loses_nothing_that_was_typed(self, as_admin, draft, other_admin):
        data = form_of(as_admin, high__29="2")
        days = tuple(replace(b, first_day=60) if b.first_day == 29 else b for b in PEN.bands_of("itching"))
        theirs = with_bands(read_norms(draft), "itching", (*days[:-2], replace(days[-2], last_day=59), days[-1]))
        save_draft(by=other_admin, draft=draft, norms=theirs, seen=0)
        response = as_admin.post(URL, data)
        assert "Kit Lamb saved another edit of this draft" in text(response)
        again = sent(response)
        assert (again["high-29"], again["high-60"]) == ("2", "2")
        as_admin.post(URL, again | {"do": "save"})
        assert bands(draft)[-2:] == [(29, 180, 0, 0, 2, 2), (181, 365, 0, 0, 1, 2)]


class TestTheCheck:
    def test_it_stores_nothing(self, as_admin, draft):
        as_admin.post(CHECK, form_of(as_admin, high__6="2"))
        assert (edits(draft), read_norms(draft).bands) == (0, PEN.bands)

    def test_it_answers_for_what_is_typed(self, as_admin, draft):
        seen = text(as_admin.post(CHECK, form_of(as_admin, high__6="2", high__7="2")))
        assert "Days 6 to 7 changed." in seen
        assert "Sources differ on days 6 to 7." in seen
        assert "Rationale of days 6 to 7 changed" in seen
        assert "No problems" in seen

    def test_it_names_cells_and_what_the_proof_finds(self, as_admin, draft):
        data = form_of(as_admin, high__6="x") | {f"{line}-9": "" for line in LINES}
        response = as_admin.post(CHECK, data)
        seen = text(response)
        assert "2 problems Redness, day 6, high: “x” is not a grade. Type 0 to 4. Redness, day 9: gap: no band for day 9." in seen
        assert {"#high-6", "#high-9"} <= set(page(response).links)
        assert "Solve the problems above first." in seen

    def test_it_says_what_publishing_would_change(self, as_admin, draft, treatment):
        a_log(treatment, 3, redness=3)
        before, after = (text(as_admin.post(CHECK, form_of(as_admin, high__3=high))) for high in "23")
        assert "1 becomes 1 flagged logs none more, none fewer" in before
        assert "1 becomes 0 flagged logs 1 fewer, none more" in after
        assert reverse("norms-impact", args=["pen"]) in page(as_admin.get(URL)).links

    def test_rationales_come_only_when_the_bands_begin_elsewhere(self, as_admin, draft):
        data = form_of(as_admin)
        assert 'id="whys"' not in as_admin.post(CHECK, data).content.decode()
        assert 'id="whys"' in as_admin.post(CHECK, data | {"high-6": "2", "high-7": "2"}).content.decode()

    def test_a_problem_elsewhere_leads_to_where_it_is_mended(self, as_admin, draft, admin):
        norms = with_bands(replace(read_norms(draft), course=Course()), "pain", ())
        save_draft(by=admin, draft=draft, norms=norms, seen=0)
        response = as_admin.post(CHECK, form_of(as_admin))
        assert {reverse("draft-part", args=["pen", "phases"]), "?symptom=pain&day=0"} <= set(page(response).links)
        assert "Pain or tenderness, day 0: gap: no band for days 0 to 365." in text(response)

    def test_without_a_draft_there_is_nothing_to_check(self, as_admin):
        assert as_admin.post(CHECK, {}).status_code == 404

    def test_it_is_only_asked_by_post(self, as_admin, draft):
        response = as_admin.get(CHECK)
        assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize("method, url", [("get", URL), ("post", URL), ("post", CHECK)])
class TestAccess:
    def test_clinicians_do_not_edit(self, as_clinician, draft, method, url):
        response = getattr(as_clinician, method)(url)
        assert response.status_code == 403
        assert "Only admins change the timeline norms." in text(response)

    def test_nor_admins_who_share_them_with_other_clinics(self, as_admin, draft, method, url):
        a_clinic("Harbour Skin Clinic")
        response = getattr(as_admin, method)(url)
        assert response.status_code == 403
        assert "Other clinics share these norms. Make your clinic’s own copy to change them." in text(response)

    def test_patients_do_not_see_it(self, as_patient, draft, method, url):
        assert getattr(as_patient, method)(url).status_code == 403

    def test_an_unknown_protocol_is_not_found(self, as_admin, method, url):
        assert getattr(as_admin, method)(url.replace("pen", "nonsense")).status_code == 404


def test_another_verb_is_refused(as_admin, draft):
    response = as_admin.put(URL)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")


def test_a_published_version_takes_its_place(as_admin, admin, draft):
    """What is in force is what the draft is compared with."""
    NormVersion.objects.filter(pk=draft.pk).delete()
    publish(a_draft("pen"))
    start_draft(by=admin, protocol=Protocol.objects.get(slug="pen"))
    assert "draft of version 3" in text(as_admin.get(URL))
    assert "As in version 2." in text(as_admin.get(URL))
    assert draft_of(Protocol.objects.get(slug="pen")).number == 3
