"""What a draft would change, log by log, and putting it in force."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from patients.actions.moves import move_batch
from patients.actions.norms import discard_draft, in_force, publish_draft, save_draft, start_draft
from patients.actions.protocols import create_protocol, retire_protocol
from patients.models import AuditEvent, Flag, Log, NormVersion, Protocol, Rating, Role, Treatment
from patients.models.norm_values import read_norms
from recovery.timeline.scale import Urgency
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_treatment, a_version, an_edit, with_band
from tests.pages import filled_in, page, text

IMPACT = reverse("norms-impact", args=["pen"])
PUBLISH = reverse("norms-publish", args=["pen"])
WHY = "Redness of grade 3 on days 3 and 4 turned out harmless."


def log_url(log):
    return reverse("norms-impact-log", args=["pen", log.uuid])


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    """Redness may be 3, not 2, on days 3 and 4."""
    return edit(admin, start_draft(by=admin, protocol=pen), high=3)


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.ADMIN, "Jo Blake")


@pytest.fixture
def flagged(treatment):
    """Ana's log of today: redness 3, a watch that the draft would not raise."""
    return a_log(treatment, 4, redness=3).log


def edit(by, draft, day=3, symptom="redness", **values):
    return an_edit(by, draft, lambda norms: with_band(norms, symptom, day, **values))


def stored():
    """All that a preview or a refused publish must leave as it was."""
    tables = [NormVersion, Treatment, Log, Rating, Flag, AuditEvent]
    return [list(table.objects.order_by("pk").values()) for table in tables]


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode())))


class TestTheImpactPage:
    def test_it_counts_and_leads_to_every_log_that_changes(self, as_admin, draft, flagged):
        response = as_admin.get(IMPACT)
        seen = text(response)
        assert "1 log of the last 90 days, judged again by the same rules." in seen
        assert "1 becomes 0 flagged logs 1 fewer, none more" in seen
        assert "Redness 3, day 4 Watch becomes Expected 1" in seen
        assert "0 would gain an open flag, 1 would lose one" in seen
        assert log_url(flagged) in page(response).links

    def test_nothing_is_written(self, as_admin, draft, flagged):
        before = stored()
        for query in ("", "?days=3650", "?format=csv"):
            as_admin.get(IMPACT + query)
        as_admin.get(log_url(flagged))
        as_admin.get(PUBLISH)
        *tables, events = stored()
        assert tables == before[:-1]
        # But for that somebody looked at a log.
        assert [event["action"] for event in events[len(before[-1]) :]] == ["log seen"]

    def test_another_clinics_logs_are_not_judged(self, as_admin, admin, pen, flagged, other_treatment):
        """Two clinics share the protocol; the superuser's draft would change a log of each."""
        admin.is_superuser = True
        admin.save()
        theirs = a_log(other_treatment, 4, redness=3).log
        edit(admin, start_draft(by=admin, protocol=pen), high=3)
        response = as_admin.get(IMPACT)
        assert "1 log of the last 90 days" in text(response)
        assert [link for link in page(response).links if link.startswith(f"{IMPACT}{str(theirs.uuid)[:8]}")] == []
        assert [row[0] for row in rows_of(as_admin.get(f"{IMPACT}?format=csv"))[1:]] == [str(flagged.uuid)]

    @pytest.mark.parametrize("days, logs", [("", 1), ("?days=30", 1), ("?days=90", 1), ("?days=365", 2), ("?days=3650", 3)])
    def test_a_period_can_be_chosen(self, as_admin, clinician, draft, flagged, days, logs):
        for name, back in (("Bo Lind", 200), ("Cy Wood", 500)):
            a_log(a_treatment(clinician, name, TODAY - timedelta(days=back)), 4, redness=3)
        response = as_admin.get(IMPACT + days)
        assert f"{logs} log{'s' if logs > 1 else ''} of the last" in text(response)
        assert len({link for link in page(response).links if link.startswith(IMPACT) and len(link) > len(IMPACT) + 30}) == logs

    @pytest.mark.parametrize(
        "days, says",
        [
            *[(d, f"“{d}” is not a period. Choose one of the list.") for d in ("91", "-90", "x", "NaN", "9_0", "９０", "<b>", "1e2")],
            ("\x00", "is not a period."),
            ("9" * 500, f"“{'9' * 40}” is not a period."),
            ("%(value)s%s", "“%(value)s%s” is not a period."),
            ("", "Choose a period."),
        ],
    )
    def test_another_period_is_refused_in_words(self, as_admin, draft, flagged, days, says):
        for more in ({}, {"format": "csv"}):
            response = as_admin.get(IMPACT, {"days": days, **more})
            assert response.status_code == 200
            assert says in text(response)
            assert "flagged logs" not in text(response)

    def test_where_nothing_changes_it_says_so(self, as_admin, draft, treatment):
        a_log(treatment, 4)
        assert "No log of this time would be judged differently." in text(as_admin.get(IMPACT))
        assert rows_of(as_admin.get(f"{IMPACT}?format=csv")) == [["log", "recovery", "day", "what", "old", "new", "link"]]

    def test_without_a_draft_there_is_nothing_to_show(self, as_admin, pen, flagged):
        urls = (IMPACT, log_url(flagged), PUBLISH)
        assert [as_admin.get(url).status_code for url in urls] == [404, 404, 404]

    @pytest.mark.parametrize("url", [IMPACT, reverse("norms-impact-log", args=["pen", UUID(int=1)])])
    def test_it_is_only_read(self, as_admin, draft, url):
        assert [as_admin.generic(verb, url).status_code for verb in ("POST", "PUT", "DELETE", "PATCH")] == [405] * 4

    def test_it_costs_the_same_for_one_and_three_logs(self, as_admin, clinician, draft, django_assert_max_num_queries):
        found = []
        for count, name in enumerate(("Bo Lind", "Cy Wood", "Di Marsh"), 1):
            a_log(a_treatment(clinician, name, TREATED), 4, redness=3)
            as_admin.get(IMPACT)  # norms of the version in force are remembered from the second time on
            with django_assert_max_num_queries(45) as captured:
                assert f"{count} log{'s' if count > 1 else ''} of the last" in text(as_admin.get(IMPACT))
            found.append(len(captured))
        assert found == [found[0]] * 3


class TestTheFile:
    def test_it_has_every_changed_log_with_its_link(self, as_admin, clinician, draft, flagged):
        urgent = a_log(a_treatment(clinician, "Bo Lind", TREATED), 4, redness=3, swelling=2).log
        response = as_admin.get(f"{IMPACT}?format=csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == 'attachment; filename="impact-pen-v2.csv"'
        address = "http://testserver/norms/pen/impact/"
        assert rows_of(response) == [
            ["log", "recovery", "day", "what", "old", "new", "link"],
            [str(flagged.uuid), str(flagged.treatment.uuid), "4", "Redness 3", "watch", "expected", f"{address}{flagged.uuid}/"],
            [str(urgent.uuid), str(urgent.treatment.uuid), "4", "Redness 3, Swelling 2", "urgent", "watch", f"{address}{urgent.uuid}/"],
        ]

    def test_it_names_no_patient(self, as_admin, draft, flagged):
        assert "Ana" not in as_admin.get(f"{IMPACT}?format=csv").content.decode()

    @pytest.mark.parametrize("label", ['=HYPERLINK("https://example.org")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
    def test_a_label_is_no_formula(self, as_admin, admin, pen, treatment, label):
        log = a_log(treatment, 4, "fever").log
        draft = start_draft(by=admin, protocol=pen)
        norms = read_norms(draft)
        signs = {**norms.signs, "fever": replace(norms.signs["fever"], label=label, urgency=Urgency.WATCH)}
        save_draft(by=admin, draft=draft, norms=replace(norms, signs=signs), seen=0)
        text_of = as_admin.get(f"{IMPACT}?format=csv").content.decode()
        row = list(csv.reader(io.StringIO(text_of, newline="")))[1]
        assert (row[0], row[3]) == (str(log.uuid), f"'{label}")

    def test_it_holds_more_than_the_page_shows(self, as_admin, clinician, draft, monkeypatch):
        monkeypatch.setattr("patients.exports.effects.SHOWN_LOGS", 1)
        logs = [a_log(a_treatment(clinician, name, TREATED), 4, redness=3).log for name in ("Bo Lind", "Cy Wood", "Di Marsh")]
        response = as_admin.get(IMPACT)
        assert [link for link in page(response).links if link.startswith(IMPACT) and link != IMPACT] == [log_url(logs[0])]
        assert "and 2 more in the file" in text(response)
        assert [row[0] for row in rows_of(as_admin.get(f"{IMPACT}?format=csv"))[1:]] == [str(log.uuid) for log in logs]


class TestOneLog:
    def test_both_verdicts_stand_beside_each_other(self, as_admin, draft, flagged):
        seen = text(as_admin.get(log_url(flagged)))
        assert "Day 4 of a recovery since 14 March 2026" in seen
        assert "Pen 0.5–1.5 mm, version 1 Watch" in seen
        assert "Pen 0.5–1.5 mm, version 2, draft Expected Everything is as expected." in seen
        assert "Redness 3 0 to 2, urgent above 3 0 to 3, urgent above 3" in seen.replace("–", " to ")

    def test_the_patient_is_not_named(self, as_admin, draft, flagged):
        a_log(flagged.treatment, 4, redness=3, note="Call me Ana, please.")
        shown = as_admin.get(log_url(flagged)).content.decode()
        assert [word for word in ("Ana", "Ferreira", "example.org", "Call me") if word in shown] == []

    def test_what_is_adjusted_for_the_patient_is_adjusted_in_both(self, as_admin, admin, clinician, pen):
        acne = a_log(a_treatment(clinician, "Bo Lind", TREATED, factors=("acne_prone",)), 4, breakouts=4).log
        edit(admin, start_draft(by=admin, protocol=pen), symptom="breakouts", high=3)
        # High 2 and 3 in the tables, each one more for skin that breaks out.
        assert "Breakouts 4 0–3, urgent above 3 0–4, urgent above 4" in text(as_admin.get(log_url(acne)))

    def test_another_clinics_log_is_not_found(self, as_admin, admin, pen, other_treatment):
        admin.is_superuser = True
        admin.save()
        start_draft(by=admin, protocol=pen)
        theirs = a_log(other_treatment, 4, redness=3).log
        assert as_admin.get(log_url(theirs)).status_code == 404

    def test_nor_one_of_another_protocol_or_none(self, as_admin, draft, clinician):
        other = a_log(a_treatment(clinician, "Bo Lind", TREATED, "pen-deep"), 4, redness=3).log
        assert as_admin.get(log_url(other)).status_code == 404
        assert as_admin.get(reverse("norms-impact-log", args=["pen", uuid4()])).status_code == 404


class TestThePublishPage:
    def test_it_says_what_would_change_once_more(self, as_admin, draft, flagged):
        seen = text(as_admin.get(PUBLISH))
        assert "1 change to version 1" in seen
        assert "high 2 → 3" in seen
        assert "1 becomes 0 flagged logs" in seen
        assert "No problems" in seen
        assert "Move 1 running recovery too" in seen

    def test_a_move_is_offered_and_not_chosen(self, as_admin, draft, flagged):
        assert 'id="id_move"' in as_admin.get(PUBLISH).content.decode()
        assert filled_in(as_admin.get(PUBLISH)) == {"seen": [f"{draft.pk}/1"], "reason": [""]}

    def test_without_running_recoveries_no_move_is_offered(self, as_admin, draft):
        assert "running recover" not in text(as_admin.get(PUBLISH)).replace("If 0 running recoveries moved", "")

    def test_problems_are_listed_and_lead_to_their_cell(self, as_admin, admin, draft):
        norms = read_norms(draft)
        save_draft(by=admin, draft=draft, norms=replace(norms, bands=norms.bands[1:]), seen=1)
        response = as_admin.get(PUBLISH)
        assert "1 problem" in text(response)
        assert f"{reverse('draft', args=['pen'])}?symptom=redness&day=0" in page(response).links


class TestPublishing:
    def send(self, browser, **typed):
        opened = {name: values[-1] for name, values in filled_in(browser.get(PUBLISH)).items()}
        return browser.post(PUBLISH, opened | {"reason": WHY} | typed)

    def test_the_draft_is_in_force_with_its_reason(self, as_admin, admin, pen, draft):
        response = self.send(as_admin)
        assert response.url == reverse("norms-of", args=["pen"])
        assert "Version 2 is in force for new treatments." in text(as_admin.get(response.url))
        version = in_force(pen)
        assert (version.pk, version.number, version.reason, version.published_by) == (draft.pk, 2, WHY, admin)
        assert AuditEvent.objects.get(action="norms published").why == WHY

    def test_nobody_is_moved_unless_it_is_chosen(self, as_admin, pen, draft, flagged):
        version_1, before = in_force(pen), list(Flag.objects.values())
        self.send(as_admin)
        assert set(Treatment.objects.values_list("norm_version", flat=True)) == {version_1.pk}
        assert list(Flag.objects.values()) == before
        assert not AuditEvent.objects.filter(action="recovery moved").exists()

    def test_a_choice_to_move_moves_all_that_fit_a_batch(self, as_admin, pen, draft, flagged):
        response = self.send(as_admin, move="on")
        assert response.url == reverse("norms-of", args=["pen"])
        assert list(Treatment.objects.values_list("norm_version", flat=True)) == [draft.pk]
        assert not Flag.objects.open().exists()
        moved = AuditEvent.objects.get(action="recovery moved")
        assert (moved.why, moved.actor_label) == (WHY, "Noor Haddad (admin)")

    def test_what_is_replaced_before_its_move_stays_published_and_moves_nobody(self, as_admin, colleague, pen, draft, flagged, monkeypatch):
        def too_late(**asked):
            a_version(colleague, pen, lambda norms: with_band(norms, "redness", 3, high=4, urgent_above=4), reason="Again.")
            return move_batch(**asked)

        monkeypatch.setattr("patients.views.publishing.move_batch", too_late)
        response = self.send(as_admin, move="on")
        assert response.url == reverse("norms-versions", args=["pen"])
        seen = text(as_admin.get(response.url))
        assert "Version 2 is in force for new treatments." in seen
        assert "Version 2 is retired: what can be done is" in seen
        assert NormVersion.objects.get(pk=draft.pk).reason == WHY
        assert not Treatment.objects.filter(norm_version=draft.pk).exists()

    def test_the_rest_goes_on_on_a_page_of_its_own(self, as_admin, clinician, draft, flagged, monkeypatch):
        monkeypatch.setattr("patients.views.publishing.move_batch", partial(move_batch, most=1))
        a_treatment(clinician, "Bo Lind", TREATED)
        response = self.send(as_admin, move="on")
        assert response.url == reverse("norms-move", args=["pen", 2])
        assert Treatment.objects.filter(norm_version=draft.pk).count() == 1
        shown = as_admin.get(response.url)
        assert "1 of 2 follow version 2" in text(shown)
        assert "data-going" in shown.content.decode()

    @pytest.mark.parametrize(
        "reason, says",
        [
            ("", "Write why these norms change. The reason is kept with the version."),
            ("  \r\n ", "Write why these norms change. The reason is kept with the version."),
            ("x" * 501, "The reason has 501 characters; 500 fit. Shorten it."),
            ("a\x00b", "Null characters are not allowed."),
        ],
    )
    def test_a_reason_is_needed(self, as_admin, draft, flagged, reason, says):
        before = stored()
        response = self.send(as_admin, reason=reason, move="on")
        assert response.status_code == 200
        assert says in text(response)
        assert stored() == before
        again = filled_in(response)
        assert (again["reason"][0].strip(), again["move"], again["seen"]) == (reason.strip(), ["on"], [f"{draft.pk}/1"])

    def test_what_is_typed_is_text_and_not_markup(self, as_admin, draft):
        assert "&lt;/textarea&gt;&lt;b&gt;" in self.send(as_admin, reason="</textarea><b>" * 40).content.decode()

    def test_a_table_that_is_not_whole_is_refused(self, as_admin, admin, pen, draft):
        norms = read_norms(draft)
        save_draft(by=admin, draft=draft, norms=replace(norms, bands=norms.bands[1:]), seen=1)
        before = stored()
        response = self.send(as_admin)
        assert "1 problem must be solved before this can be published: redness, day 0" in text(response)
        assert WHY in text(response)
        assert stored() == before

    def test_a_draft_without_a_difference_is_refused(self, as_admin, admin, pen):
        start_draft(by=admin, protocol=pen)
        response = self.send(as_admin)
        assert "Nothing differs from version 1. Change something, or discard the draft." in text(response)
        assert in_force(pen).number == 1

    def test_a_retired_protocol_is_refused(self, as_admin, admin, pen, draft):
        retire_protocol(by=admin, protocol=pen, why="No device any more.")
        assert "Pen 0.5–1.5 mm is retired." in text(self.send(as_admin))
        assert in_force(pen).number == 1

    def test_the_first_version_of_a_new_protocol_needs_no_difference(self, as_admin, admin, pen):
        made = create_protocol(by=admin, name="Stamp", slug="stamp", description="", like=pen)
        url = reverse("norms-publish", args=["stamp"])
        response = as_admin.get(url)
        assert "The first version" in text(response)
        as_admin.post(url, {"seen": filled_in(response)["seen"][0], "reason": "Ours."})
        assert in_force(made.protocol).reason == "Ours."


class TestTwoTabs:
    @pytest.fixture
    def opened(self, as_admin, draft):
        return {name: values[-1] for name, values in filled_in(as_admin.get(PUBLISH)).items()} | {"reason": WHY}

    def test_an_edit_since_then_stops_it(self, as_admin, colleague, pen, draft, flagged, opened):
        edit(colleague, draft, high=2, typical=2)
        response = as_admin.post(PUBLISH, opened | {"move": "on"})
        assert response.status_code == 200
        assert "Jo Blake saved another edit of this draft at 12:00. Nothing is published." in text(response)
        assert "typical 1 → 2" in text(response)
        again = filled_in(response)
        assert (again["reason"][0].strip(), again["move"]) == (WHY, ["on"])
        assert in_force(pen).number == 1
        # What is shown now can be published as it stands.
        as_admin.post(PUBLISH, {name: values[-1] for name, values in again.items()})
        assert in_force(pen).number == 2

    def test_an_edit_at_the_last_moment_stops_it_too(self, as_admin, colleague, pen, draft, opened, monkeypatch):
        """Saved after the form was read and before the draft is held."""

        def late(**asked):
            edit(colleague, draft, high=2, typical=2)
            return publish_draft(**asked)

        monkeypatch.setattr("patients.views.publishing.publish_draft", late)
        response = as_admin.post(PUBLISH, opened)
        assert "Jo Blake saved another edit of this draft at 12:00." in text(response)
        assert filled_in(response)["seen"] == [f"{draft.pk}/2"]
        assert in_force(pen).number == 1

    def test_the_second_click_says_that_it_is_done(self, as_admin, admin, pen, draft, opened):
        as_admin.post(PUBLISH, opened)
        before = stored()
        response = as_admin.post(PUBLISH, opened)
        assert response.status_code == 200
        assert "Noor Haddad published this draft as version 2 on 18 March 2026, 12:00. It was not published again." in text(response)
        assert stored() == before

    def test_the_loser_is_told_who_won_and_keeps_the_reason(self, as_admin, colleague, pen, draft, opened):
        publish_draft(by=colleague, draft=draft, reason="Agreed on Monday.", seen=1)
        response = as_admin.post(PUBLISH, opened)
        assert "Jo Blake published this draft as version 2" in text(response)
        assert "The reason it was published with: Agreed on Monday." in text(response)
        assert WHY in text(response)
        assert in_force(pen).reason == "Agreed on Monday."

    def test_a_draft_published_at_the_last_moment_is_said_too(self, as_admin, colleague, pen, draft, opened, monkeypatch):
        def late(**asked):
            publish_draft(by=colleague, draft=draft, reason="Agreed on Monday.", seen=1)
            return publish_draft(**asked)

        monkeypatch.setattr("patients.views.publishing.publish_draft", late)
        assert "Jo Blake published this draft as version 2" in text(as_admin.post(PUBLISH, opened))

    def test_a_discarded_draft_is_said(self, as_admin, colleague, pen, draft, opened):
        discard_draft(by=colleague, draft=draft, seen=1)
        response = as_admin.post(PUBLISH, opened)
        assert "The draft you looked at was published or discarded. You published nothing." in text(response)
        assert WHY in text(response)
        assert in_force(pen).number == 1

    def test_a_new_draft_is_not_taken_for_the_one_that_was_shown(self, as_admin, colleague, pen, draft, opened):
        discard_draft(by=colleague, draft=draft, seen=1)
        edit(colleague, start_draft(by=colleague, protocol=pen), high=4, urgent_above=4)
        response = as_admin.post(PUBLISH, opened)
        assert "The draft you looked at was published or discarded, and this is another one. Nothing is published." in text(response)
        assert in_force(pen).number == 1

    @pytest.mark.parametrize("seen", ["", "1", "x/1", "/1", "\x00", "9" * 5000])
    def test_a_page_that_does_not_say_what_it_showed_is_taken_as_old(self, as_admin, pen, draft, opened, seen):
        for sent in (opened | {"seen": seen}, {"reason": WHY}):
            response = as_admin.post(PUBLISH, sent)
            assert "Nothing is published." in text(response)
        assert in_force(pen).number == 1

    @pytest.mark.parametrize("count", ["", "x", "-1", "01", "1_0", "１"])
    def test_nor_is_a_count_guessed(self, as_admin, pen, draft, opened, count):
        assert "Nothing is published." in text(as_admin.post(PUBLISH, opened | {"seen": f"{draft.pk}/{count}"}))
        assert in_force(pen).number == 1


class TestWithoutAClinic:
    """The installation's own account: it edits shared norms and sees no patient."""

    @pytest.fixture
    def as_root(self, superuser, signed_in):
        return signed_in(superuser)

    @pytest.fixture
    def draft(self, superuser, flagged):
        return edit(superuser, start_draft(by=superuser, protocol=Protocol.objects.get(slug="pen")), high=3)

    def test_the_preview_judges_no_logs_and_says_so(self, as_root, draft):
        for query in ("", "?days=30", "?format=csv"):
            seen = text(as_root.get(IMPACT + query))
            assert "You belong to no clinic, so no patient’s logs are judged here." in seen
            assert "flagged logs" not in seen

    def test_no_log_can_be_opened(self, as_root, draft, flagged):
        assert as_root.get(log_url(flagged)).status_code == 404

    def test_publishing_moves_nobody_whatever_is_sent(self, as_root, draft):
        assert "Move" not in text(as_root.get(PUBLISH))
        response = as_root.post(PUBLISH, {"seen": f"{draft.pk}/1", "reason": WHY, "move": "on"}, follow=True)
        assert response.redirect_chain == [(reverse("norms-of", args=["pen"]), 302)]
        assert in_force(draft.protocol).pk == draft.pk
        assert not Treatment.objects.filter(norm_version=draft.pk).exists()
