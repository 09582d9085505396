"""The life of a protocol's versions, by page."""

from dataclasses import replace

import pytest
from django.urls import reverse

from patients import policies
from patients.actions.norms import discard_draft, draft_of, publish_draft, save_draft, start_draft
from patients.actions.protocols import create_protocol, retire_protocol
from patients.exports.versions import pair_of, version_rows, versions_of
from patients.models import AuditEvent, NormVersion, Protocol, Role
from patients.models.norm_values import read_norms
from tests.conftest import TODAY
from tests.factories import a_draft, a_member, a_treatment, publish
from tests.pages import filled_in, page, text

LIST = reverse("norms-versions", args=["pen"])
DIFF = reverse("norms-diff", args=["pen"])
START = reverse("draft-start", args=["pen"])
DISCARD = reverse("draft-discard", args=["pen"])


def restore(number):
    return reverse("norms-restore", args=["pen", number])


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    return start_draft(by=admin, protocol=pen)


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.ADMIN, "Jo Blake")


def renamed(version, name):
    """The norms with another name for the first phase."""
    norms = read_norms(version)
    phases = (replace(norms.course.phases[0], name=name), *norms.course.phases[1:])
    return replace(norms, course=replace(norms.course, phases=phases))


def edit(by, draft, name="First week"):
    return save_draft(by=by, draft=draft, norms=renamed(draft, name), seen=draft.edits)


@pytest.fixture
def second(admin, pen, draft):
    """Version 2 in force; it renames the first phase."""
    edit(admin, draft)
    return publish_draft(by=admin, draft=draft, reason="A clearer name.", seen=1)


class TestStarting:
    def test_a_draft_is_a_copy_of_the_version_in_force(self, as_admin, admin, pen):
        assert as_admin.post(START).url == reverse("draft", args=["pen"])
        draft = draft_of(pen)
        assert (draft.number, draft.started_by) == (2, admin)
        assert replace(read_norms(draft), label="") == replace(read_norms(NormVersion.objects.get(protocol=pen, number=1)), label="")

    def test_the_second_admin_is_told_and_led_to_it(self, as_admin, colleague, pen):
        start_draft(by=colleague, protocol=pen)
        response = as_admin.post(START, follow=True)
        assert response.redirect_chain == [(reverse("draft", args=["pen"]), 302)]
        assert "Jo Blake started a draft of version 2 on 18 March at 12:00. Go on with that draft, or discard it first." in text(response)
        assert NormVersion.objects.drafts().count() == 1

    def test_a_retired_protocol_gets_none(self, as_admin, admin, pen):
        retire_protocol(by=admin, protocol=pen, why="No device any more.")
        response = as_admin.post(START, follow=True)
        assert "Pen 0.5–1.5 mm is retired. Bring it back before you change its norms." in text(response)
        assert draft_of(pen) is None

    def test_where_nothing_is_in_force_another_protocol_is_the_model(self, as_admin, admin, pen):
        made = create_protocol(by=admin, name="Stamp", slug="stamp", description="", like=pen)
        discard_draft(by=admin, draft=made, seen=0)
        url, own = reverse("draft-start", args=["stamp"]), made.protocol
        assert "Choose whose norms its draft starts from." in text(as_admin.post(url, follow=True))
        assert draft_of(own) is None
        deep = Protocol.objects.get(slug="pen-deep")
        assert as_admin.post(url, {"like": deep.pk}).url == reverse("draft", args=["stamp"])
        assert read_norms(draft_of(own)).bands == read_norms(NormVersion.objects.get(protocol=deep)).bands

    @pytest.mark.parametrize("url", [START, restore(1)])
    def test_it_is_sent_only(self, as_admin, url):
        response = as_admin.get(url)
        assert (response.status_code, response["Allow"]) == (405, "POST")


class TestRestoring:
    def test_an_old_version_becomes_a_draft(self, as_admin, pen, second):
        response = as_admin.post(restore(1), follow=True)
        assert response.redirect_chain == [(DIFF, 302)]
        assert "The draft holds what version 1 held." in text(response)
        assert "First week, days 0 to 7 removed" in text(response)
        assert read_norms(draft_of(pen)).course == read_norms(NormVersion.objects.get(protocol=pen, number=1)).course
        assert AuditEvent.objects.filter(action="norm draft started").latest("pk").why == "Restored from version 1."

    def test_the_version_in_force_is_refused(self, as_admin, pen, second):
        assert "Version 2 is in force: what can be done is" in text(as_admin.post(restore(2), follow=True))
        assert draft_of(pen) is None

    def test_a_draft_is_refused(self, as_admin, pen, draft):
        assert "Version 2 is draft: what can be done is" in text(as_admin.post(restore(2), follow=True))
        assert NormVersion.objects.filter(protocol=pen).count() == 2

    def test_a_draft_in_work_is_not_overwritten(self, as_admin, colleague, pen, second):
        draft = start_draft(by=colleague, protocol=pen)
        before = read_norms(draft)
        assert "Jo Blake started a draft of version 3" in text(as_admin.post(restore(1), follow=True))
        assert read_norms(draft_of(pen)) == before

    @pytest.mark.parametrize("number", [9, 10**30])
    def test_what_is_not_there_is_not_found(self, as_admin, number):
        assert as_admin.post(f"/norms/pen/v{number}/restore/").status_code == 404


class TestTheList:
    def test_it_says_state_who_when_why_and_how_many_follow(self, as_admin, admin, clinician, pen):
        a_treatment(clinician, "Ana Ferreira", TODAY)
        a_treatment(clinician, "Mei Chen", TODAY)
        draft = start_draft(by=admin, protocol=pen)
        edit(admin, draft)
        publish_draft(by=admin, draft=draft, reason="A clearer name.", seen=1)
        a_treatment(clinician, "Ben Ode", TODAY)
        start_draft(by=admin, protocol=pen)
        seen = text(as_admin.get(LIST))
        assert "Draft of version 3 draft started 18 Mar 2026, 12:00 by Noor Haddad" in seen
        assert "Version 2 in force 18 Mar 2026, 12:00, Noor Haddad A clearer name. 1 Compare with 1" in seen
        assert "Version 1 retired" in seen
        assert "real use. 2 Download" in seen

    def test_another_clinic_s_recoveries_are_not_counted(self, as_admin, other_treatment):
        assert "real use. 0 Download" in text(as_admin.get(LIST))

    def test_states_are_those_of_the_policy(self, admin, pen, second):
        start_draft(by=admin, protocol=pen)
        for retired in (False, True):
            if retired:
                retire_protocol(by=admin, protocol=pen, why="No device any more.")
                pen.refresh_from_db()
            rows = version_rows(pen, admin)
            assert [row.state for row in rows] == [policies.state_of(row.version) for row in rows]

    def test_the_life_of_a_version_is_printed(self, as_admin):
        seen = text(as_admin.get(LIST))
        missing = [
            (s, step) for s, steps in policies.VERSION_LIFE.items() for step, then in steps.items() if f"{s} {step} {then}" not in seen
        ]
        assert missing == []

    def test_each_state_has_its_buttons(self, as_admin, admin, pen, second):
        start_draft(by=admin, protocol=pen)
        response = as_admin.get(LIST)
        moves = [link for link in page(response).links if link.endswith("/move/")]
        assert moves == [reverse("norms-move", args=["pen", 2])]
        assert text(response).count("Restore as a draft version") == 1
        assert response.content.decode().count(f'action="{restore(1)}"') == 1
        assert {f"{DIFF}?from=2&to=draft", f"{DIFF}?from=1&to=2", DISCARD} <= set(page(response).links)

    def test_clinicians_read_and_change_nothing(self, as_clinician, admin, pen, second):
        start_draft(by=admin, protocol=pen)
        response = as_clinician.get(LIST)
        assert "Version 1 retired" in text(response)
        assert 'type="submit"' not in response.content.decode()
        assert [link for link in page(response).links if "/draft/" in link or link.endswith("/move/")] == []

    def test_it_costs_the_same_for_one_and_three_versions(self, as_admin, django_assert_max_num_queries):
        found = []
        for _ in range(3):
            with django_assert_max_num_queries(12) as captured:
                assert "The life of a version" in text(as_admin.get(LIST))
            found.append(len(captured))
            publish(a_draft("pen"))
        assert len(set(found)) == 1


class TestComparing:
    def test_unless_told_the_draft_is_compared_with_the_version_in_force(self, as_admin, admin, draft):
        edit(admin, draft)
        seen = text(as_admin.get(DIFF))
        assert "Phases: 2 changes" in seen
        assert "First week, days 0 to 7 added – check in every days 1;" in seen
        assert "Initial healing, days 0 to 7 removed check in every days 1;" in seen
        assert "by Starting norms. The norms the product starts with." in seen
        assert "To Draft of version 2, started 18 March 2026, 12:00 by Noor Haddad, edited 18 March 2026, 12:00 by Noor Haddad" in seen

    def test_without_a_draft_the_two_newest_are(self, as_admin, second):
        response = as_admin.get(DIFF)
        assert filled_in(response) == {"from": ["1"], "to": ["2"]}
        assert "by Noor Haddad. A clearer name." in text(response)

    def test_bands_are_grouped_and_go_from_old_to_new(self, as_admin, admin, draft):
        norms = read_norms(draft)
        bands = tuple(replace(b, high=2) if b.symptom == "redness" and b.first_day == 6 else b for b in norms.bands)
        save_draft(by=admin, draft=draft, norms=replace(norms, bands=bands), seen=0)
        seen = text(as_admin.get(DIFF))
        assert "Bands: 1 change" in seen
        assert "Redness, days 6 to" in seen
        assert "high 1 2" in seen

    @pytest.mark.parametrize(
        "query, pair", [("from=2&to=1", ("2", "1")), ("to=1", ("1", "1")), ("from=1", ("1", "2")), ("to=2", ("1", "2"))]
    )
    def test_either_side_can_be_chosen(self, as_admin, second, query, pair):
        response = as_admin.get(f"{DIFF}?{query}")
        assert filled_in(response) == {"from": [pair[0]], "to": [pair[1]]}

    def test_a_version_does_not_differ_from_itself(self, as_admin, second):
        assert "Nothing differs." in text(as_admin.get(f"{DIFF}?from=1&to=1"))

    @pytest.mark.parametrize("name", ["9", "0", "-1", "x", "1_0", "１", "01", "NaN", "draft", "9" * 400, "<b>"])
    def test_a_version_that_is_not_there_is_said(self, as_admin, second, name):
        for side in ("from", "to"):
            response = as_admin.get(DIFF, {side: name})
            assert response.status_code == 200
            assert f"“{name[:40]}” is not a version of this protocol. Choose two from the lists." in text(response)

    def test_one_version_alone_has_nothing_to_compare(self, as_admin):
        assert "There is only one version so far: nothing to compare it with." in text(as_admin.get(DIFF))

    def test_no_version_at_all_is_said(self):
        assert pair_of([], "", "").fault == "There is no version yet."

    def test_newest_first(self, admin, pen, second):
        start_draft(by=admin, protocol=pen)
        assert [(v.number, v.is_draft) for v in versions_of(pen)] == [(3, True), (2, False), (1, False)]


class TestDiscarding:
    def test_it_asks_with_what_would_be_lost(self, as_admin, admin, pen, draft):
        edit(admin, draft)
        seen = text(as_admin.get(DISCARD))
        assert "Discard the draft of version 2?" in seen
        assert "First week, days 0 to 7 added" in seen
        assert draft_of(pen) == draft

    def test_a_draft_like_the_version_in_force_loses_nothing(self, as_admin, draft):
        assert "It does not differ from version 1: nothing is lost." in text(as_admin.get(DISCARD))

    def test_it_is_gone_from_the_tables_and_kept_in_the_audit(self, as_admin, admin, pen, draft):
        edit(admin, draft)
        response = as_admin.post(DISCARD, filled_in(as_admin.get(DISCARD)), follow=True)
        assert response.redirect_chain == [(reverse("norms-of", args=["pen"]), 302)]
        assert "The draft of version 2 is discarded." in text(response)
        assert draft_of(pen) is None
        assert "First week" in AuditEvent.objects.get(action="norm draft discarded").before["document"]

    def test_an_edit_since_the_page_was_shown_stops_it(self, as_admin, colleague, pen, draft):
        opened = filled_in(as_admin.get(DISCARD))
        edit(colleague, draft)
        response = as_admin.post(DISCARD, opened)
        assert "Not discarded. Jo Blake saved another edit of this draft at 12:00." in text(response)
        assert "First week, days 0 to 7 added" in text(response)
        assert draft_of(pen) == draft
        as_admin.post(DISCARD, filled_in(response))
        assert draft_of(pen) is None

    def test_a_draft_started_since_is_not_the_one_that_was_shown(self, as_admin, admin, pen, draft):
        opened = filled_in(as_admin.get(DISCARD))
        discard_draft(by=admin, draft=draft, seen=0)
        start_draft(by=admin, protocol=pen)
        assert "Not discarded." in text(as_admin.post(DISCARD, opened))
        assert draft_of(pen) is not None

    @pytest.mark.parametrize("seen", ["", "x", "-1", "1_0", "９"])
    def test_a_count_that_cannot_be_read_is_taken_as_old(self, as_admin, pen, draft, seen):
        assert "Not discarded." in text(as_admin.post(DISCARD, filled_in(as_admin.get(DISCARD)) | {"seen": seen}))
        assert draft_of(pen) == draft

    def test_without_a_draft_there_is_nothing_to_discard(self, as_admin):
        assert (as_admin.get(DISCARD).status_code, as_admin.post(DISCARD).status_code) == (404, 404)
