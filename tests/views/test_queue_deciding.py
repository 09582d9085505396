"""What is done about a row of the queue: each ends in the queue as it stood, and each refusal keeps what was typed."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from patients.actions.snoozes import assign_recovery, snooze_recovery
from patients.models import AuditEvent, Review, Role, Treatment, User
from recovery.timeline.scale import Disposition
from tests.conftest import TODAY, TREATED
from tests.factories import a_log, a_member, a_review, a_treatment, open_flags
from tests.pages import filled_in, item, text

URL = reverse("queue")
NOBODYS = "00000000-0000-4000-8000-000000000000"
NAMES = ("Ana Ferreira", "Bo Lind", "Cleo Sand")
TYPED = {"reply": "Keep it moist.", "note": "Calm."}


@pytest.fixture
def three(clinician, frozen):
    """Watch rows in the order of their names."""
    found = [a_treatment(clinician, name, TREATED) for name in NAMES]
    for minutes, treatment in enumerate(found):
        a_log(treatment, 4, redness=3, at=frozen - timedelta(hours=5, minutes=-minutes))
    return found


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


def url_of(name, thing):
    return reverse(name, args=[thing.uuid])


def row_on(response):
    """The name in the row under which one decides."""
    row = item(response, "Reviewed, next")
    return next((name for name in NAMES if name in row), "")


def shown(browser, treatment=None, query=""):
    """What the panel of a row would send."""
    on = f"on={treatment.uuid}" if treatment else ""
    form = filled_in(browser.get(f"{URL}?{'&'.join(filter(None, [query, on]))}"))
    # The panel's form stands before the others that have fields of these names.
    return {name: values[0] for name, values in form.items() if name in ("flags", "next", "back", "here", "reply", "note")}


class TestReviewing:
    def test_the_next_row_is_on_afterwards(self, as_clinician, three):
        form = shown(as_clinician, three[0]) | {"disposition": "expected"}
        response = as_clinician.post(url_of("review", three[0]), form, follow=True)
        assert response.redirect_chain == [(f"{URL}?on={three[1].uuid}", 302)]
        assert row_on(response) == "Bo Lind"
        assert open_flags(three[0]) == []

    def test_the_filters_stay(self, as_clinician, three):
        form = shown(as_clinician, three[1], "urgency=watch") | {"disposition": "expected"}
        response = as_clinician.post(url_of("review", three[1]), form, follow=True)
        assert response.redirect_chain == [(f"{URL}?urgency=watch&on={three[2].uuid}", 302)]
        assert row_on(response) == "Cleo Sand"

    def test_after_the_last_row_of_a_page_comes_the_next_page(self, as_clinician, three, monkeypatch):
        monkeypatch.setattr("patients.exports.queue.PAGE", 2)
        form = shown(as_clinician, three[1]) | {"disposition": "expected"}
        assert row_on(as_clinician.post(url_of("review", three[1]), form, follow=True)) == "Cleo Sand"

    def test_a_stale_form_says_who_decided_and_keeps_the_text(self, as_clinician, three, colleague):
        form = shown(as_clinician, three[0]) | TYPED | {"disposition": "called"}
        a_review(three[0], colleague)
        response = as_clinician.post(url_of("review", three[0]), form)
        assert "Jonas Lind, Dr reviewed this at 12:00: advice given." in text(response)
        assert {name: filled_in(response)[name] for name in TYPED} == {name: [said] for name, said in TYPED.items()}

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "\r\nSet-Cookie: a=b", "x" * 3000])
    def test_what_comes_back_never_leads_elsewhere(self, as_clinician, three, back):
        form = shown(as_clinician, three[0]) | {"disposition": "expected", "back": back}
        assert as_clinician.post(url_of("review", three[0]), form).url == URL


class TestUndo:
    def test_the_bar_stands_on_one_page_and_takes_the_review_back(self, as_clinician, three):
        form = shown(as_clinician, three[0]) | {"disposition": "expected"}
        response = as_clinician.post(url_of("review", three[0]), form, follow=True)
        assert text(response).count("Ana Ferreira: reviewed, expected for this patient.") == 1
        assert reverse("review-undo", args=[Review.objects.get().uuid]) in response.content.decode()
        assert "Undo" not in text(as_clinician.get(URL))
        response = as_clinician.post(url_of("review-undo", Review.objects.get()), {"here": "urgency=watch"}, follow=True)
        assert "Ana Ferreira: the review is taken back. It needs review again." in text(response)
        assert row_on(response) == "Ana Ferreira"
        assert len(open_flags(three[0])) == 1

    def test_a_second_undo_says_who_was_first(self, as_clinician, three, clinician):
        review = a_review(three[0], clinician)
        as_clinician.post(url_of("review-undo", review))
        assert "Mira Osei, nurse undid this on" in text(as_clinician.post(url_of("review-undo", review), follow=True))
        assert AuditEvent.objects.filter(action="review undone").count() == 1

    def test_not_one_of_another_clinic(self, as_clinician, other_treatment, other_clinician):
        a_log(other_treatment, 4, redness=3)
        review = a_review(other_treatment, other_clinician)
        assert as_clinician.post(url_of("review-undo", review)).status_code == 404
        assert Review.objects.get().undone_at is None


class TestSnoozing:
    @pytest.mark.parametrize("field", ["until", "quick"])
    def test_it_is_out_of_sight_and_the_next_row_is_on(self, as_clinician, three, field):
        form = shown(as_clinician, three[0]) | {field: "2026-03-20"}
        response = as_clinician.post(url_of("recovery-snooze", three[0]), form, follow=True)
        assert "Ana Ferreira: snoozed until Fri 20 Mar, or until something new comes in." in text(response)
        assert row_on(response) == "Bo Lind"
        assert Treatment.objects.get(pk=three[0].pk).snoozed_until.isoformat() == "2026-03-20T00:00:00+00:00"

    @pytest.mark.parametrize(
        "until, says",
        [
            ("", "Choose the date until which it is snoozed."),
            ("2026-03-18", "Wednesday 18 March is today. Choose a date from tomorrow on."),
            ("2026-03-17", "Tuesday 17 March is over. Choose a date from tomorrow on."),
            ("2026-06-18", "Thursday 18 June 2026 is more than 60 days ahead. Choose an earlier date."),
            ("20/03/2026", "“20/03/2026” is not a date this page can read."),
            ("２０２６-03-20", "is not a date this page can read."),
        ],
    )
    def test_a_refusal_is_said_in_the_row_and_all_that_was_typed_is_kept(self, as_clinician, three, until, says):
        form = shown(as_clinician, three[1]) | TYPED | {"until": until}
        response = as_clinician.post(url_of("recovery-snooze", three[1]), form)
        assert says in item(response, "Reviewed, next")
        assert row_on(response) == "Bo Lind"
        kept = filled_in(response)
        assert {name: kept[name] for name in (*TYPED, "until")} == {name: [value] for name, value in (TYPED | {"until": until}).items()}
        assert Treatment.objects.get(pk=three[1].pk).snoozed_until is None

    def test_what_is_urgent_is_refused_and_not_offered(self, as_clinician, three):
        form = shown(as_clinician, three[0]) | {"until": "2026-03-20"}
        a_log(three[0], 4, "fever")
        response = as_clinician.post(url_of("recovery-snooze", three[0]), form)
        assert "This is urgent and cannot be snoozed. Review it, or assign it to yourself." in item(response, "Reviewed, next")
        assert "Snooze" not in item(response, "Reviewed, next").split("cannot be snoozed")[1]

    def test_what_nothing_is_open_of_any_more_keeps_the_text(self, as_clinician, three, colleague):
        form = shown(as_clinician, three[0]) | TYPED | {"until": "2026-03-20"}
        a_review(three[0], colleague)
        said = text(as_clinician.post(url_of("recovery-snooze", three[0]), form))
        assert "Nothing is open here, so there is nothing to snooze." in said
        assert "Your reply: Keep it moist." in said

    def test_what_came_in_since_is_not_put_off_unseen(self, as_clinician, three):
        form = shown(as_clinician, three[0]) | {"quick": "2026-03-25"}
        a_log(three[0], 4, redness=3, asked=True)
        said = text(as_clinician.post(url_of("recovery-snooze", three[0]), form))
        assert "Something new came in since this page was made. Look at it, then decide." in said
        assert Treatment.objects.get(pk=three[0].pk).snoozed_until is None

    def test_a_text_that_was_begun_is_shown_again(self, as_clinician, three):
        form = shown(as_clinician, three[0]) | TYPED | {"quick": "2026-03-20"}
        said = text(as_clinician.post(url_of("recovery-snooze", three[0]), form))
        assert ("Your reply: Keep it moist." in said, "snoozed until Fri 20 Mar" in said) == (True, True)

    def test_it_is_woken_again(self, as_clinician, three, clinician):
        snooze_recovery(by=clinician, treatment=three[0], until=TODAY + timedelta(days=2))
        assert "Wake" in item(as_clinician.get(f"{URL}?snoozed=1"), "Reviewed, next")
        as_clinician.post(url_of("recovery-wake", three[0]))
        assert Treatment.objects.get(pk=three[0].pk).snoozed_until is None


class TestWhoseItIs:
    def test_it_is_taken_and_handed_back(self, as_clinician, three, clinician):
        form = shown(as_clinician, three[1])
        response = as_clinician.post(url_of("recovery-assign", three[1]), form, follow=True)
        assert response.redirect_chain == [(f"{URL}?on={three[1].uuid}", 302)]
        assert "Yours" in item(response, "Bo Lind")
        assert "Hand back" in item(response, "Reviewed, next")
        response = as_clinician.post(url_of("recovery-hand-back", three[1]), form, follow=True)
        assert ("Yours" in item(response, "Bo Lind"), Treatment.objects.get(pk=three[1].pk).assigned_to) == (False, None)

    def test_who_comes_second_is_told_who_has_it(self, as_clinician, three, colleague):
        form = shown(as_clinician, three[1]) | TYPED
        assign_recovery(by=colleague, treatment=three[1])
        response = as_clinician.post(url_of("recovery-assign", three[1]), form)
        assert "Jonas Lind, Dr has taken this already." in item(response, "Reviewed, next")
        assert filled_in(response)["reply"] == ["Keep it moist."]

    def test_a_text_that_was_begun_stays(self, as_clinician, three):
        response = as_clinician.post(url_of("recovery-assign", three[1]), shown(as_clinician, three[1]) | TYPED)
        assert filled_in(response)["reply"] == ["Keep it moist."]
        assert "Yours" in item(response, "Bo Lind")


class TestNudging:
    def test_one_mail_and_a_second_click_says_so(self, signed_in, clinician, three, travel_to, mailoutbox):
        travel_to(TODAY + timedelta(days=2))
        browser = signed_in(clinician)
        mailoutbox.clear()
        response = browser.post(url_of("recovery-nudge", three[0]), {"here": "tab=quiet"}, follow=True)
        assert response.redirect_chain == [(f"{URL}?tab=quiet", 302)]
        assert "Ana Ferreira was sent a mail that asks for an entry." in text(response)
        assert "Ana was mailed at 12:00 today." in text(browser.post(url_of("recovery-nudge", three[0]), follow=True))
        assert [mail.to for mail in mailoutbox] == [[three[0].patient.user.email]]


def boxes(browser):
    return filled_in_boxes(browser.get(URL).content.decode())


def filled_in_boxes(content):
    return [part.split('"')[0] for part in content.split('name="row" form="bulk" value="')[1:]]


def send(browser, rows, disposition="expected"):
    return browser.post(reverse("bulk-review"), {"row": rows, "disposition": disposition, "here": "urgency=watch"}, follow=True)


class TestSeveralAtOnce:
    def test_those_that_are_ticked(self, as_clinician, three):
        response = send(as_clinician, boxes(as_clinician)[:2])
        assert response.redirect_chain == [(f"{URL}?urgency=watch", 302)]
        assert "2 rows reviewed: expected for this patient." in text(response)
        assert [len(open_flags(t)) for t in three] == [0, 0, 1]

    def test_only_watch_rows_have_a_box(self, as_clinician, three):
        a_log(three[2], 4, "fever")
        assert [value.partition(":")[0] for value in boxes(as_clinician)] == [str(t.uuid) for t in three[:2]]

    def test_each_refusal_is_said_by_name(self, as_clinician, three, colleague):
        rows = boxes(as_clinician)
        a_review(three[0], colleague)
        a_log(three[1], 4, "fever", redness=3)
        said = text(send(as_clinician, rows))
        assert "Ana Ferreira was not reviewed. Jonas Lind, Dr reviewed this at 12:00: advice given." in said
        assert "Bo Lind was not reviewed. This is urgent now. Open it and review it by itself." in said
        assert "1 row reviewed: expected for this patient." in said
        assert "Your text is kept" not in said

    @pytest.mark.parametrize("which", ["recovery", "flag", "nobody's"])
    def test_a_foreign_id_refuses_all_of_it(self, as_clinician, three, other_treatment, which):
        a_log(other_treatment, 4, redness=3)
        flag, own = open_flags(other_treatment)[0].uuid, boxes(as_clinician)
        foreign = {"recovery": f"{other_treatment.uuid}:{flag}", "flag": f"{three[1].uuid}:{flag}", "nobody's": f"{NOBODYS}:{flag}"}
        response = send(as_clinician, [own[0], foreign[which]])
        assert response.status_code == 403
        assert "One of these rows is not what your page showed. Nothing was reviewed; load the queue again." in text(response)
        assert Review.objects.count() == 0

    @pytest.mark.parametrize(
        "count, disposition, says",
        [
            (0, "expected", "Tick at least one row, then choose the decision."),
            (2, "", "Choose a decision for the rows that are ticked."),
            (2, "ignored", "“ignored” is not a decision. Choose one of the list."),
        ],
    )
    def test_half_a_form_is_said_and_the_ticks_kept(self, as_clinician, three, count, disposition, says):
        response = send(as_clinician, boxes(as_clinician)[:count], disposition)
        assert says in text(response)
        assert response.content.decode().count(" checked aria-label=") == count
        assert Review.objects.count() == 0

    @pytest.mark.parametrize("row", ["x", "x:y", NOBODYS, f"{NOBODYS}:", f"{NOBODYS}:x"])
    def test_what_is_no_box_is_refused(self, as_clinician, three, row):
        assert "This page is out of date." in text(send(as_clinician, [row]))
        assert Review.objects.count() == 0


class TestThePanel:
    def test_it_is_that_of_the_row(self, as_clinician, three):
        seen = open_flags(three[1])[0].uuid
        query = f"here=on%3D{three[1].uuid}&back=on%3D{three[2].uuid}&seen={seen}"
        content = as_clinician.get(f"{url_of('queue-panel', three[1])}?{query}")
        form = filled_in(content)
        assert form["flags"] == [str(open_flags(three[1])[0].uuid)]
        assert (form["here"], form["back"]) == ([f"on={three[1].uuid}"], [f"on={three[2].uuid}"])
        assert "<html" not in content.content.decode()

    def test_the_same_as_that_of_the_page(self, as_clinician, three):
        there = shown(as_clinician, three[1])
        query = urlencode({"here": f"on={three[1].uuid}", "back": f"on={three[2].uuid}", "seen": there["flags"]})
        fragment = filled_in(as_clinician.get(f"{url_of('queue-panel', three[1])}?{query}"))
        assert {name: fragment[name][0] for name in there} == there

    def test_what_came_in_since_the_page_was_made_is_not_answered_unseen(self, as_clinician, three):
        page = as_clinician.get(URL).content.decode()
        seen, read_at = re.search(f'data-row="{three[0].uuid}" data-seen="([^"]+)"', page)[1], re.search('data-read-at="([^"]+)"', page)[1]
        a_log(three[0], 4, "breathing", redness=3)
        query = urlencode({"seen": seen, "read_at": read_at})
        form = {name: value[0] for name, value in filled_in(as_clinician.get(f"{url_of('queue-panel', three[0])}?{query}")).items()}
        as_clinician.post(url_of("review", three[0]), form | {"disposition": "expected"})
        assert "breathing" in {flag.subject for flag in open_flags(three[0])}

    def test_of_a_row_that_is_gone_it_says_who_decided(self, as_clinician, three, colleague):
        a_review(three[0], colleague, Disposition.CALLED)
        said = text(as_clinician.get(url_of("queue-panel", three[0])))
        assert "Ana Ferreira: Jonas Lind, Dr reviewed this on Wednesday 18 March at 12:00, and nothing is open here any more." in said


class TestKeys:
    def test_they_are_on_and_can_be_switched_off_and_on(self, as_clinician, clinician):
        assert "keys.js" in as_clinician.get(URL).content.decode()
        response = as_clinician.post(reverse("keys"), {"keys": "off", "page": f"{URL}?tab=done"}, follow=True)
        assert response.redirect_chain == [(f"{URL}?tab=done", 302)]
        assert "keys.js" not in response.content.decode()
        assert "Switch keys on" in text(response)
        as_clinician.post(reverse("keys"), {"keys": "off"})
        as_clinician.post(reverse("keys"), {"keys": "on"})
        assert User.objects.get(pk=clinician.pk).has_shortcuts is True
        assert list(AuditEvent.objects.filter(action__startswith="shortcuts").order_by("pk").values_list("action", "actor")) == [
            ("shortcuts switched off", clinician.pk), ("shortcuts switched on", clinician.pk),
        ]  # fmt: skip

    @pytest.mark.parametrize("keys", ["", "maybe"])
    def test_neither_is_refused(self, as_clinician, clinician, keys):
        assert as_clinician.post(reverse("keys"), {"keys": keys}).status_code == 400
        assert User.objects.get(pk=clinician.pk).has_shortcuts is True

    @pytest.mark.parametrize("back", ["", "https://evil.example/clinic/", "//evil.example/", "/accounts/logout/", "javascript:1"])
    def test_it_never_leads_elsewhere(self, as_clinician, back):
        assert as_clinician.post(reverse("keys"), {"keys": "off", "page": back}).url == URL
