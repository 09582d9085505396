"""The parts of a draft around its bands, as an admin edits them."""

from dataclasses import replace

import pytest
from django.urls import reverse

from patients.actions.norms import discard_draft, draft_of, publish_draft, save_draft, start_draft
from patients.forms.parts import PARTS
from patients.models import NormVersion, Protocol, Role
from patients.models.norm_values import read_norms
from recovery.timeline.course import Phase
from recovery.timeline.difference import differences
from tests.factories import a_member
from tests.pages import filled_in, item, items, page, text

GONE = "The draft you edited was published or discarded. Nothing is saved; what you typed is below."
LONG = "x" * 201


def url(part):
    return reverse("draft-part", args=["pen", part])


@pytest.fixture
def pen(admin):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    return start_draft(by=admin, protocol=pen)


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.ADMIN, "Jo Blake")


@pytest.fixture
def send(as_admin, draft):
    """Opens a part, changes fields of the form and sends it."""

    def send(part, opened=None, **changes):
        return as_admin.post(url(part), (opened or filled_in(as_admin.get(url(part)))) | changes)

    return send


def held(draft):
    return read_norms(NormVersion.objects.get(pk=draft.pk))


def changes(draft, before):
    return [str(change) for change in differences(before, held(draft))]


def rows_of(fields):
    return int(fields["rows-TOTAL_FORMS"][0])


def row(number, **cells):
    """The fields of a row, counted from 1 as the page counts."""
    return {f"rows-{number - 1}-{name}": value for name, value in cells.items()}


NEW = {
    "phases": {"name": "Later", "first_day": "366", "last_day": "400", "check_in_every_days": "30", "what_to_expect": "Nothing new."},
    "milestones": {"title": "A walk outside", "first_day": "-1", "last_day": "3650", "sources": ["chu-2021", "dusanic"]},
    "guidance": {"kind": "do", "text": "Drink water.", "first_day": "-366", "last_day": "0", "sources_differ": "Some say two litres."},
    "signs": {
        "label": "A Tingling scalp!", "urgency": "watch", "first_usual_day": "0", "last_usual_day": "5",
        "advice": "Tell us.", "basis": "team judgement",
    },
    "adjustments": {"label": "Rosacea", "symptom": "redness", "first_day": "0", "last_day": "14", "high_by": "+1"},
}  # fmt: skip
ADDED = {
    "phases": "Later, days 366–400: added (check in every days 30; what to expect Nothing new.)",
    "milestones": "A walk outside, days -1 to 3650: added (sources chu-2021; dusanic)",
    "guidance": "Do: Drink water., days -366 to 0: added (sources differ Some say two litres.)",
    "signs": "A Tingling scalp!, days 0–5: added (urgency watch; advice Tell us.; basis team judgement)",
    "adjustments": "Rosacea, redness, days 0–14: added (high by 1)",
}
EDITS = [
    ("phases", row(1, last_day="9"), "Initial healing, days 0–9: last day 7 → 9"),
    ("phases", row(2, what_to_expect="Two\r\nlines"), "Skin renewal, days 8–28: what to expect {} → Two\nlines"),
    ("milestones", row(4, sources=["chu-2021"]), "Surface healed, day 7: sources chu-2021; clinic-handouts → chu-2021"),
    (
        "guidance",
        row(5, sources_differ=""),
        "Do: Rinse with lukewarm water only tonight, with clean hands., day 0: sources differ {} → blank",
    ),
    ("signs", row(3, label="Fever"), "Fever or chills, days 1–10: label Fever or chills → Fever"),
    ("signs", row(3, urgency="watch"), "Fever or chills, days 1–10: urgency urgent → watch"),
    ("rules", {"cluster_size": "3"}, "Settings: cluster size 2 → 3"),
    ("rules", {"worsening_symptoms": ["redness"]}, "Settings: worsening symptoms redness; swelling; pain → redness"),
    ("rules", {"worsening_symptoms": []}, "Settings: worsening symptoms redness; swelling; pain → blank"),
    ("adjustments", row(1, high_by="-2"), "Acne-prone skin, breakouts, days 2–14: high by 1 → -2"),
]


class TestSaving:
    @pytest.mark.parametrize("part", PARTS)
    def test_what_is_sent_back_as_shown_changes_nothing(self, as_admin, draft, send, part):
        before = held(draft)
        response = send(part)
        assert (response.status_code, response.url) == (302, url(part))
        assert "Nothing has changed." in text(as_admin.get(url(part)))
        assert (held(draft), NormVersion.objects.get(pk=draft.pk).edits) == (before, 0)

    @pytest.mark.parametrize("part, fields, change", EDITS)
    def test_one_field_changes_one_thing(self, as_admin, admin, draft, send, part, fields, change):
        before = held(draft)
        assert send(part, **fields).url == url(part)
        assert "Saved: 1 change." in text(as_admin.get(url(part)))
        (found,) = changes(draft, before)
        start, _, end = change.partition("{}")
        assert (found.startswith(start), found.endswith(end)) == (True, True)
        stored = NormVersion.objects.get(pk=draft.pk)
        assert (stored.edits, stored.edited_by) == (1, admin)

    @pytest.mark.parametrize("part", NEW)
    def test_the_empty_row_adds_one(self, as_admin, draft, send, part):
        before, opened = held(draft), filled_in(as_admin.get(url(part)))
        assert send(part, opened, **row(rows_of(opened), **NEW[part])).url == url(part)
        assert changes(draft, before) == [ADDED[part]]
        assert rows_of(filled_in(as_admin.get(url(part)))) == rows_of(opened) + 1

    @pytest.mark.parametrize("part", ["phases", "milestones", "guidance", "adjustments"])
    def test_a_ticked_row_goes_whatever_stands_in_it(self, draft, send, part):
        before = held(draft)
        assert send(part, **row(2, DELETE="on", first_day="nonsense")).url == url(part)
        (found,) = changes(draft, before)
        assert ": removed (" in found

    def test_a_published_version_is_never_touched(self, admin, pen, draft, send):
        before = read_norms(NormVersion.objects.in_force().get(protocol=pen))
        send("phases", **row(1, last_day="9"))
        assert read_norms(NormVersion.objects.in_force().get(protocol=pen)) == before


class TestSigns:
    def test_the_code_is_made_from_the_label(self, as_admin, draft, send):
        opened = filled_in(as_admin.get(url("signs")))
        send("signs", opened, **row(rows_of(opened), **NEW["signs"]))
        assert held(draft).signs["a_tingling_scalp"].label == "A Tingling scalp!"

    @pytest.mark.parametrize("label, code", [("Pus", "pus_2"), ("発熱", "sign"), ("Ä" * 40, "a" * 30)])
    def test_the_code_is_free_and_fits(self, as_admin, draft, send, label, code):
        known, opened = set(held(draft).signs), filled_in(as_admin.get(url("signs")))
        send("signs", opened, **row(rows_of(opened), **NEW["signs"] | {"label": label}))
        assert set(held(draft).signs) - known == {code}

    def test_the_code_stays_when_the_label_changes(self, draft, send):
        known = set(held(draft).signs)
        send("signs", **row(3, label="Shivering"))
        assert (set(held(draft).signs), held(draft).signs["fever"].label) == (known, "Shivering")

    def test_a_sign_of_the_version_in_force_cannot_be_removed(self, as_admin, draft, send):
        response = as_admin.get(url("signs"))
        assert "A sign that version 1 has cannot be removed, since logs may hold it: reword it instead." in text(response)
        assert [name for name in page(response).types if name.endswith("DELETE")] == []
        known = set(held(draft).signs)
        send("signs", **row(3, DELETE="on"))
        assert set(held(draft).signs) == known

    def test_a_new_one_can(self, as_admin, draft, send):
        opened = filled_in(as_admin.get(url("signs")))
        number = rows_of(opened)
        send("signs", opened, **row(number, **NEW["signs"] | {"urgency": "emergency"}))
        fields = page(as_admin.get(url("signs"))).types
        (tick,) = [name for name in fields if name.endswith("DELETE")]
        send("signs", **{tick: "on"})
        assert "a_tingling_scalp" not in held(draft).signs

    def test_one_that_the_draft_lost_comes_back(self, as_admin, admin, draft, send):
        before = held(draft)
        lost = replace(before, signs={code: s for code, s in before.signs.items() if code != "fever"})
        save_draft(by=admin, draft=draft, norms=lost, seen=0)
        shown = text(as_admin.get(url("signs")))
        assert "missing here; saving brings it back" in shown
        assert "Fever or chills: was removed; logs may hold it, so reword it instead" in shown
        send("signs")
        assert held(draft) == before


class TestAdjustments:
    def test_a_second_row_with_the_same_words_is_the_same_factor(self, as_admin, draft, send):
        opened = filled_in(as_admin.get(url("adjustments")))
        send("adjustments", opened, **row(rows_of(opened), **NEW["adjustments"] | {"label": "Acne-prone skin"}))
        assert [(a.factor, a.shift.symptom) for a in held(draft).adjustments][:2] == [
            ("acne_prone", "redness"),
            ("acne_prone", "breakouts"),
        ]

    def test_a_new_one_gets_a_code_that_stays(self, as_admin, draft, send):
        opened = filled_in(as_admin.get(url("adjustments")))
        send("adjustments", opened, **row(rows_of(opened), **NEW["adjustments"]))
        send("adjustments", **row(3, label="Rosacea or flushing"))
        assert [(a.factor, a.label) for a in held(draft).adjustments][2] == ("rosacea", "Rosacea or flushing")

    def test_one_factor_cannot_have_two_labels(self, as_admin, draft, send):
        opened = filled_in(as_admin.get(url("adjustments")))
        send("adjustments", opened, **row(rows_of(opened), **NEW["adjustments"] | {"label": "Acne-prone skin"}))
        before = held(draft)
        response = send("adjustments", **row(2, label="Oily skin"))
        says = "Row 2, what is known of the patient: Row 1 has the same factor and says “Acne-prone skin”. Give both the same words."
        assert item(response, "Row 2") == says
        assert held(draft) == before


NOT_TO_CHOOSE = {"maybe", "note", "warts", "nobody", "nobody-2020"}  # lists and tick boxes show what can be chosen only
NOT_WHOLE = "“{}” is not a whole number. Write {} to {}."
BAD = [
    ("phases", "last_day", "6", row(2, first_day="8"), "Row 2, last day: Day 6 is before the first day, 8."),
    ("phases", "last_day", "3651", {}, "Row 2, last day: 3651 does not fit. Write 0 to 3650."),
    ("phases", "first_day", "-1", {}, "Row 2, first day: -1 does not fit. Write 0 to 3650."),
    *(
        ("phases", "first_day", value, {}, f"Row 2, first day: {NOT_WHOLE.format(value, 0, 3650)}")
        for value in ("NaN", "one", "1_0", "１", "1.0", "1e1", "0x1", "- 1", "9" * 10)
    ),
    ("phases", "first_day", "", {}, "Row 2, first day: This is blank. Fill it in, or remove the row."),
    ("phases", "check_in_every_days", "0", {}, "Row 2, check-in every (days): 0 does not fit. Write 1 to 3650."),
    ("phases", "name", "", {}, "Row 2, name: This is blank. Fill it in, or remove the row."),
    ("phases", "name", "   ", {}, "Row 2, name: This is blank. Fill it in, or remove the row."),
    ("phases", "name", "x" * 81, {}, "Row 2, name: This has 81 characters; 80 fit. Shorten it."),
    ("phases", "name", "a\0b", {}, "Row 2, name: Null characters are not allowed."),
    ("phases", "what_to_expect", "", {}, "Row 2, what to expect: This is blank. Fill it in, or remove the row."),
    ("milestones", "title", "x" * 121, {}, "Row 2, title: This has 121 characters; 120 fit. Shorten it."),
    ("milestones", "first_day", "-367", {}, "Row 2, first day: -367 does not fit. Write -366 to 3650."),
    ("milestones", "sources", ["nobody"], {}, "Row 2, sources: There is no source “nobody”. Choose from the list."),
    ("guidance", "sources", ["dusanic", "nobody-2020"], {}, "Row 2, sources: There is no source “nobody-2020”. Choose from the list."),
    ("guidance", "kind", "maybe", {}, "Row 2, do or avoid: “maybe” is not in the list. Choose one that is."),
    ("guidance", "kind", "", {}, "Row 2, do or avoid: This is blank. Fill it in, or remove the row."),
    ("guidance", "last_day", "-15", {}, "Row 2, last day: Day -15 is before the first day, -14."),
    ("guidance", "text", "", {}, "Row 2, text: This is blank. Fill it in, or remove the row."),
    ("signs", "label", LONG, {}, "Row 2, sign: This has 201 characters; 200 fit. Shorten it."),
    ("signs", "basis", LONG, {}, "Row 2, where it comes from: This has 201 characters; 200 fit. Shorten it."),
    ("signs", "urgency", "note", {}, "Row 2, urgency: “note” is not in the list. Choose one that is."),
    ("signs", "advice", "", {}, "Row 2, advice: This is blank. Fill it in, or remove the row."),
    ("signs", "first_usual_day", "8", {}, "Row 2, last usual day: Day 7 is before the first day, 8."),
    ("adjustments", "high_by", "0", {}, "Row 2, high by (grades): 0 moves nothing. Write -4 to -1, or 1 to 4."),
    ("adjustments", "high_by", "5", {}, "Row 2, high by (grades): 5 does not fit. Write -4 to 4."),
    ("adjustments", "high_by", "−1", {}, f"Row 2, high by (grades): {NOT_WHOLE.format('−1', -4, 4)}"),
    ("adjustments", "symptom", "warts", {}, "Row 2, symptom: “warts” is not in the list. Choose one that is."),
    ("adjustments", "label", "x" * 81, {}, "Row 2, what is known of the patient: This has 81 characters; 80 fit. Shorten it."),
    ("rules", "cluster_size", "1", {}, "Cluster (symptoms): 1 does not fit. Write 2 to 11."),
    ("rules", "cluster_size", "12", {}, "Cluster (symptoms): 12 does not fit. Write 2 to 11."),
    ("rules", "last_session_step", "5", {}, "Above last session (grades): 5 does not fit. Write 1 to 4."),
    ("rules", "worsening_from_day", "366", {}, "Worsening counts from (day): 366 does not fit. Write 0 to 365."),
    ("rules", "baseline_from_day", "", {}, "Baseline counts from (day): This is blank. Write a number."),
    ("rules", "worsening_watch_step", "3", {}, "Rise that is watch (grades): 3 is more than the rise that is urgent, 2."),
    ("rules", "worsening_symptoms", ["warts"], {}, "Symptoms whose worsening counts: There is no symptom “warts”. Choose from the list."),
]  # fmt: skip


class TestBadInput:
    @pytest.mark.parametrize("part, field, value, more, says", BAD)
    def test_it_is_refused_by_row_and_field_and_kept(self, as_admin, draft, send, part, field, value, more, says):
        before, name = held(draft), field if part == "rules" else f"rows-1-{field}"
        response = send(part, **more, **{name: value})
        assert response.status_code == 200
        assert items(response).count(says) == 1
        typed = value if isinstance(value, list) else [value]
        kept = [text.removeprefix("\n") for text in filled_in(response).get(name, [])]
        assert kept == [text for text in typed if text not in NOT_TO_CHOOSE]
        assert (held(draft), NormVersion.objects.get(pk=draft.pk).edits) == (before, 0)

    def test_every_row_that_is_wrong_is_named(self, draft, send):
        response = send("phases", **row(1, last_day="x"), **row(3, name=""), **row(6, first_day="1"))
        found = [line for line in items(response) if line.startswith("Row ")]
        assert [line.split(":")[0] for line in found] == [
            "Row 1, last day", "Row 3, name", "Row 6, name", "Row 6, last day", "Row 6, check-in every (days)", "Row 6, what to expect",
        ]  # fmt: skip
        assert "6 answers are missing or cannot be read. Everything you typed is still here." in text(response)

    def test_phases_that_overlap_are_saved_and_named(self, as_admin, draft, send):
        assert send("phases", **row(1, last_day="9")).url == url("phases")
        shown = text(as_admin.get(url("phases")))
        assert "1 problem here" in shown
        assert "Day 8: overlap: two phases from day 8" in shown
        assert "In other parts Day 8: overlap: two phases from day 8" in text(as_admin.get(url("rules")))

    @pytest.mark.parametrize("total", ["", "nonsense", "-1", "0", "3"])
    def test_a_page_that_did_not_arrive_whole_is_refused(self, draft, send, total):
        before = held(draft)
        response = send("phases", **{"rows-TOTAL_FORMS": total})
        assert "This page did not arrive whole. Load it again." in text(response)
        assert held(draft) == before

    def test_more_rows_than_fit_are_refused(self, draft, send):
        extra = {name: value for number in range(6, 102) for name, value in row(number, **NEW["phases"]).items()}
        before = held(draft)
        assert "At most 100 rows fit. Remove some." in text(send("phases", **extra, **{"rows-TOTAL_FORMS": "101"}))
        assert held(draft) == before

    def test_a_source_that_a_draft_names_and_nobody_knows_is_not_dropped(self, as_admin, admin, draft, send):
        norms = held(draft)
        first = replace(norms.course.milestones[0], sources=("lost-2020",))
        odd = replace(norms, course=replace(norms.course, milestones=(first, *norms.course.milestones[1:])))
        save_draft(by=admin, draft=draft, norms=odd, seen=0)
        send("milestones", **row(2, title="Redness is gone"))
        assert [m.sources for m in held(draft).course.milestones][0] == ("lost-2020",)
        assert "Treatment day: there is no source “lost-2020”" in text(as_admin.get(url("milestones")))


class TestTwoAdmins:
    SAID = "Jo Blake saved another edit of this draft at 12:00. Yours is not saved; it is kept below."

    @pytest.fixture
    def opened(self, as_admin, draft, colleague):
        """The page as it was before the colleague moved the first phase's end."""
        opened = filled_in(as_admin.get(url("phases")))
        norms = held(draft)
        phases = (replace(norms.course.phases[0], last_day=10), *norms.course.phases[1:])
        save_draft(by=colleague, draft=draft, norms=replace(norms, course=replace(norms.course, phases=phases)), seen=0)
        return opened

    def test_the_second_is_told_and_loses_nothing(self, draft, send, opened):
        before = held(draft)
        response = send("phases", opened, **row(2, name="Renewal"))
        assert self.SAID in text(response)
        assert filled_in(response)["rows-1-name"] == ["Renewal"]
        assert held(draft) == before

    def test_what_saving_again_would_change_is_listed(self, send, opened):
        response = send("phases", opened, **row(2, name="Renewal"))
        assert items(response)[0] == "Initial healing, days 0–7: last day 10 → 7"
        assert [line.split(":")[0] for line in items(response)[1:3]] == ["Renewal, days 8–28", "Skin renewal, days 8–28"]
        assert "Save over it" in text(response)

    def test_saving_again_is_a_choice_that_works_once(self, draft, send, opened):
        response = send("phases", opened, **row(2, name="Renewal"))
        assert filled_in(response)["seen"] == ["1"]
        assert send("phases", filled_in(response)).url == url("phases")
        assert [(p.name, p.last_day) for p in held(draft).course.phases[:2]] == [("Initial healing", 7), ("Renewal", 28)]
        assert "saved another edit" in text(send("phases", filled_in(response), **row(2, name="Again")))

    def test_an_edit_of_another_part_survives(self, draft, send, opened):
        response = send("rules", seen="0", cluster_size="3")
        assert items(response)[0] == "Settings: cluster size 2 → 3"
        send("rules", filled_in(response))
        assert (held(draft).course.phases[0].last_day, held(draft).settings.cluster_size) == (10, 3)

    @pytest.mark.parametrize("seen", ["", "x", "-1", "９", "9" * 30])
    def test_a_count_that_cannot_be_read_is_taken_as_old(self, draft, send, seen):
        before = held(draft)
        assert "Not saved yet." in text(send("phases", seen=seen, **row(2, name="Renewal")))
        assert held(draft) == before

    def test_a_draft_that_is_gone_keeps_what_was_typed(self, as_admin, admin, pen, draft, send):
        opened = filled_in(as_admin.get(url("phases")))
        discard_draft(by=admin, draft=draft, seen=0)
        response = send("phases", opened, **row(2, name="Renewal"))
        assert GONE in text(response)
        assert filled_in(response)["rows-1-name"] == ["Renewal"]
        assert draft_of(pen) is None

    def test_a_new_draft_is_not_taken_for_the_old_one(self, as_admin, admin, pen, draft, send):
        opened = filled_in(as_admin.get(url("phases")))
        discard_draft(by=admin, draft=draft, seen=0)
        new = start_draft(by=admin, protocol=pen)
        before = held(new)
        response = send("phases", opened, **row(2, name="Renewal"))
        assert "and this is a new one. Nothing is saved; what you typed is below." in text(response)
        assert held(new) == before
        assert send("phases", filled_in(response)).url == url("phases")
        assert held(new).course.phases[1].name == "Renewal"

    def test_a_draft_that_was_published_meanwhile_is_not_changed(self, as_admin, admin, draft, send):
        send("phases", **row(2, name="Renewal"))
        opened = filled_in(as_admin.get(url("phases")))
        publish_draft(by=admin, draft=draft, reason="A clearer name.", seen=1)
        before = held(draft)
        assert GONE in text(send("phases", opened, **row(2, name="Newer")))
        assert held(draft) == before


class TestThePage:
    @pytest.mark.parametrize("part", ["bands", "nonsense", "settings", "warning_signs"])
    def test_another_part_is_not_found(self, as_admin, draft, part):
        assert (as_admin.get(url(part)).status_code, as_admin.post(url(part)).status_code) == (404, 404)

    def test_without_a_draft_there_is_nothing_to_edit(self, as_admin):
        assert as_admin.get(url("phases")).status_code == 404

    def test_it_is_opened_and_sent_only(self, as_admin, draft):
        response = as_admin.put(url("phases"))
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")

    def test_what_is_typed_is_text_and_not_markup(self, as_admin, draft, send):
        send("phases", **row(1, name="<script>x</script>"))
        assert "<script>x" not in as_admin.get(url("phases")).content.decode()

    def test_it_costs_the_same_for_one_and_three_rows(self, as_admin, admin, draft, django_assert_max_num_queries):
        found = []
        for count in (1, 3):
            norms = held(draft)
            phases = tuple(Phase(f"Phase {n}", n, n, 1, "Wait.") for n in range(count))
            draft = save_draft(by=admin, draft=draft, norms=replace(norms, course=replace(norms.course, phases=phases)), seen=draft.edits)
            with django_assert_max_num_queries(40) as captured:
                assert f"Phase {count - 1}" in as_admin.get(url("phases")).content.decode()
            found.append(len(captured))
        assert len(set(found)) == 1
