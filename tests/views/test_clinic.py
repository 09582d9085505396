"""One recovery as the clinic sees it, and its review."""

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from patients.actions.outbox import send
from patients.actions.photos import note_photo_seen, note_thumbnails_seen
from patients.actions.reviews import ANNOUNCE_AFTER, UNDO_FOR, undo_review
from patients.actions.seen import note_record_seen
from patients.actions.snoozes import snooze_recovery
from patients.models import Review, Role
from tests.conftest import EVENT_MORE, TODAY, TREATED
from tests.factories import a_log, a_member, a_photo, a_reply_text, a_review, a_treatment, a_version, next_session, open_flags
from tests.pages import filled_in, items, page, text


def url_of(treatment, name="clinic-recovery"):
    return reverse(name, args=[treatment.uuid])


@pytest.fixture
def flagged(treatment):
    a_log(treatment, 3, redness=2)
    a_log(treatment, 4, "fever", note="Hot since <noon>.", redness=3)
    return treatment


class TestThePage:
    def test_each_open_flag_says_what_why_and_by_which_rule(self, as_clinician, flagged):
        seen = text(as_clinician.get(url_of(flagged)))
        assert "2 open flags" in seen
        assert "Redness 3 on day 4, expected 0–2; 2 or less would not have been flagged;" in seen
        assert "Warning sign on day 4: Fever or chills" in seen

    def test_a_flag_shows_its_band_and_its_norms(self, as_clinician, flagged):
        response = as_clinician.get(url_of(flagged))
        assert "low 0, typical 1, high 2" in text(response)
        assert "/norms/pen/v1/?symptom=redness" in page(response).links

    def test_every_log_is_in_the_table_with_signs_and_notes(self, as_clinician, flagged):
        seen = text(as_clinician.get(url_of(flagged)))
        assert "Redness 2 0–2 3 watch 0–2" in seen
        assert "Warning signs none Fever or chills" in seen
        assert "Hot since <noon>." in seen

    def test_a_late_and_an_amended_entry_say_so(self, as_clinician, treatment):
        a_log(treatment, 1, late=2)
        a_log(treatment, 1, late=3, redness=2)
        seen = text(as_clinician.get(url_of(treatment)))
        assert "2 days late" in seen
        assert "Day 1 changed today, 19:00: redness 2, was 1" in seen

    def test_a_reviewed_flag_is_open_no_longer(self, as_clinician, flagged, clinician):
        a_review(flagged, clinician, note="Called.", reply="All well.")
        seen = text(as_clinician.get(url_of(flagged)))
        assert "Nothing is open." in seen
        assert "“All well.”" in seen
        assert "Note: Called." in seen

    def test_an_undone_review_says_so(self, as_clinician, flagged, clinician, clinic):
        colleague = a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")
        undo_review(by=colleague, review=a_review(flagged, clinician, reply="All well."), now=datetime(2026, 3, 18, 12, 5, tzinfo=UTC))
        seen = text(as_clinician.get(url_of(flagged)))
        assert "Advice given. Undone Wed 18 Mar, 12:05 by Jonas Lind, Dr" in seen
        assert "2 open flags" in seen

    def test_nothing_open_offers_no_review(self, as_clinician, treatment):
        assert "disposition" not in page(as_clinician.get(url_of(treatment))).types

    def test_it_shows_what_is_known_of_the_patient(self, as_clinician, clinician):
        known = {"factors": ("acne_prone",), "baseline": {"redness": 2}, "device": "SkinPen"}
        treatment = a_treatment(clinician, "Mei Chen", TREATED, "pen-deep", **known)
        seen = text(as_clinician.get(url_of(treatment)))
        assert "Acne-prone skin" in seen
        assert "Redness 2" in seen
        assert "SkinPen" in seen

    def test_the_session_before_is_a_link(self, as_clinician, flagged, clinician):
        second = next_session(clinician, flagged.patient, TODAY)
        assert url_of(flagged) in page(as_clinician.get(url_of(second))).links

    def test_times_are_of_the_clinics_clock(self, clinician, signed_in, travel_to):
        summer = date(2026, 7, 15)
        travel_to(summer, time(20))
        treatment = a_treatment(clinician, "Ana Ferreira", summer)
        a_log(treatment, 0, "fever", at=datetime(2026, 7, 15, 7, 10, tzinfo=UTC))
        a_review(treatment, clinician, at=datetime(2026, 7, 15, 8, 5, tzinfo=UTC))
        seen = text(signed_in(clinician).get(url_of(treatment)))
        assert "08:10" in seen
        assert "Wed 15 Jul, 09:05" in seen

    @pytest.mark.parametrize("is_open, most", [(False, 18 + EVENT_MORE), (True, 26 + EVENT_MORE)])
    def test_it_costs_the_same_after_1_3_and_30_logs(self, clinician, signed_in, travel_to, is_open, most, django_assert_max_num_queries):
        found = {}
        for name in ("Mei Chen", "Noa Levi"):
            a_log(a_treatment(clinician, name, TREATED), 3, "fever")  # so that there are neighbours
        for logs in (1, 3, 30):
            travel_to(TODAY)
            treatment = a_treatment(clinician, "Ana Ferreira", TREATED)
            for day in range(logs):
                a_log(treatment, day, "fever", redness=4)
                a_review(treatment, clinician, reply="All well.")
            if is_open:
                a_log(treatment, logs, "fever", redness=4)
            travel_to(treatment.date_of(logs))
            browser = signed_in(clinician)
            with django_assert_max_num_queries(most) as captured:
                assert browser.get(url_of(treatment)).status_code == 200
            found[logs] = len(captured)
        # The way to the neighbours takes a step or two more where a row is the last of its kind in the queue.
        assert max(found.values()) - min(found.values()) <= (4 if is_open else 0)


class TestTheWayThroughTheQueue:
    @pytest.fixture
    def queue(self, clinician):
        """Most urgent first: an emergency, an urgent row, two watches."""
        found = []
        for name, sign, redness in [("Una One", "breathing", 1), ("Tia Two", "fever", 1), ("Eva Three", "", 3), ("Ida Four", "", 3)]:
            found.append(a_treatment(clinician, name, TREATED))
            a_log(found[-1], 4, sign, redness=redness, at=datetime(2026, 3, 18, 8 + len(found), tzinfo=UTC))
        return found

    def links(self, browser, treatment, query=""):
        return [
            link
            for link in page(browser.get(url_of(treatment) + query)).links
            if "/clinic/recoveries/" in link and str(treatment.uuid) not in link
        ]

    def test_it_says_the_place_and_who_is_before_and_after(self, as_clinician, queue):
        response = as_clinician.get(url_of(queue[1]))
        assert "2 of 4 k Previous: Una One j Next: Eva Three" in text(response)
        assert self.links(as_clinician, queue[1]) == [url_of(queue[0]), url_of(queue[2])]

    def test_the_ends_have_one_neighbour(self, as_clinician, queue):
        assert self.links(as_clinician, queue[0]) == [url_of(queue[1])]
        assert self.links(as_clinician, queue[3]) == [url_of(queue[2])]

    def test_the_filters_of_the_queue_go_along(self, as_clinician, queue):
        response = as_clinician.get(url_of(queue[2]) + "?urgency=watch")
        assert "1 of 2" in text(response)
        assert self.links(as_clinician, queue[2], "?urgency=watch") == [url_of(queue[3]) + "?urgency=watch"]
        assert "/clinic/?urgency=watch" in page(response).links
        assert filled_in(response)["back"] == ["urgency=watch"]

    def test_an_unknown_filter_is_an_error(self, as_clinician, queue):
        response = as_clinician.get(url_of(queue[2]) + "?urgency=huge")
        assert (response.status_code, "“huge” is no urgency. Choose one of the list, or clear the filter." in text(response)) == (400, True)

    def test_what_the_queue_does_not_hold_has_no_place(self, as_clinician, queue, treatment):
        a_log(treatment, 4)
        assert self.links(as_clinician, treatment) == []

    def test_another_clinics_rows_are_no_neighbours(self, as_clinician, queue, other_treatment):
        a_log(other_treatment, 4, "breathing")
        assert "1 of 4" in text(as_clinician.get(url_of(queue[0])))
        assert self.links(as_clinician, queue[0]) == [url_of(queue[1])]

    def test_a_snoozed_row_has_neighbours_and_no_number(self, as_clinician, clinician, queue):
        snooze_recovery(by=clinician, treatment=queue[2], until=TODAY + timedelta(days=2))
        assert " of 3" not in text(as_clinician.get(url_of(queue[2])))
        assert self.links(as_clinician, queue[2]) == [url_of(queue[1]), url_of(queue[3])]


class TestFlags:
    def test_it_lists_what_the_sources_say_with_their_grade(self, as_clinician, treatment):
        a_log(treatment, 4, redness=3)
        found = items(as_clinician.get(url_of(treatment)))
        assert "A Dermatologic Surgery 2021, days 0–7 (speaks of this day): Expected effects last up to 7 days" in found
        grades = [item[0] for item in found if re.match("[ABC] .*, days? ", item)]
        assert grades == sorted(grades)
        assert "A JAAD Case Reports 2021, days 0–3: Mild redness, local oedema and flaking resolve within 72 hours" in found

    def test_a_warning_sign_says_what_the_patient_was_told(self, as_clinician, flagged):
        told = flagged.norm_version.signs.get(code="fever").advice
        assert f"Told {told}" in text(as_clinician.get(url_of(flagged)))

    def test_an_answered_flag_stands_under_its_review_with_its_reasons(self, as_clinician, flagged, clinician):
        a_review(flagged, clinician, at=datetime(2026, 3, 18, 20, tzinfo=UTC))
        seen = text(as_clinician.get(url_of(flagged))).split("Reviews and replies")[1]
        assert "Watch Redness 3 on day 4, expected 0–2 (above range)" in seen
        assert "Rule above range Observed 3 Band low 0, typical 1, high 2 Urgent above 3 Distance 1 Norms Pen 0.5–1.5 mm, version 1" in seen

    def test_one_that_came_later_and_one_withdrawn_since_say_so(self, as_clinician, treatment, clinician):
        a_log(treatment, 3, redness=3)
        a_review(treatment, clinician, at=datetime(2026, 3, 17, 20, tzinfo=UTC))
        a_log(treatment, 4, redness=3)
        a_log(treatment, 3, redness=1, late=1)
        seen = text(as_clinician.get(url_of(treatment)))
        assert "Redness 3 on day 4, expected 0–2 (above range; came later and no worse)" in seen
        assert "Redness 3 on day 3, expected 0–2 (above range; withdrawn since)" in seen

    def test_it_names_the_norms_it_was_raised_under(self, as_clinician, flagged, clinician, admin):
        a_review(flagged, clinician)
        flagged.norm_version = a_version(admin, flagged.protocol)
        flagged.save()
        assert "/norms/pen/v1/?symptom=redness" in page(as_clinician.get(url_of(flagged))).links


class TestALogThatWasChanged:
    def test_the_flag_says_what_the_log_said_before(self, as_clinician, treatment):
        a_log(treatment, 4, redness=3, at=datetime(2026, 3, 18, 9, tzinfo=UTC))
        a_log(treatment, 4, redness=3, swelling=1, at=datetime(2026, 3, 18, 10, 42, tzinfo=UTC))
        seen = text(as_clinician.get(url_of(treatment)))
        assert "The log was changed today, 10:42: swelling 1, was 0." in seen
        assert "09:00 changed today, 10:42" in seen

    def test_a_flag_that_the_change_raised_says_so(self, as_clinician, treatment):
        a_log(treatment, 4, at=datetime(2026, 3, 18, 9, tzinfo=UTC))
        a_log(treatment, 4, redness=3, at=datetime(2026, 3, 18, 10, 42, tzinfo=UTC))
        assert "Raised when the log was changed today, 10:42: redness 3, was 1." in text(as_clinician.get(url_of(treatment)))


class TestWhatElseIsKnown:
    def test_the_session_before_is_drawn_in_the_charts(self, as_clinician, flagged, clinician):
        second = next_session(clinician, flagged.patient, TODAY)
        a_log(second, 0, redness=2)
        response = as_clinician.get(url_of(second))
        assert "Session 1, day 3: 2 mild" in response.content.decode()
        assert "session 1, same day" in text(response)

    def test_the_other_sessions_are_listed_with_links(self, as_clinician, flagged, clinician):
        second = next_session(clinician, flagged.patient, TODAY)
        third = next_session(clinician, flagged.patient, TODAY + timedelta(days=30))
        response = as_clinician.get(url_of(second))
        other = text(response).split("Other sessions")[1]
        assert "Session 3, planned for Fri 17 Apr 2026, Pen 0.5–1.5 mm" in other
        assert "Session 1, treated Sat 14 Mar 2026, Pen 0.5–1.5 mm needs review" in other
        assert {url_of(flagged), url_of(third)} <= set(page(response).links)

    def test_one_session_lists_no_others(self, as_clinician, flagged):
        assert "Other sessions" not in text(as_clinician.get(url_of(flagged)))

    def test_the_photos_lead_to_the_first_day_against_the_latest(self, as_clinician, treatment):
        for day in (0, 2, 4):
            a_photo(a_log(treatment, day).log)
        response = as_clinician.get(url_of(treatment))
        assert "Compare day 0 with day 4" in text(response)
        link = url_of(treatment, "clinic-photos") + "?view=front&first=1-0&second=1-4"
        assert link in page(response).links
        assert as_clinician.get(link).context["c"].is_whole

    def test_one_photo_cannot_be_compared_yet(self, as_clinician, treatment):
        a_photo(a_log(treatment, 0).log)
        response = as_clinician.get(url_of(treatment))
        assert ("Compare two days" in text(response), url_of(treatment, "clinic-photos") in page(response).links) == (True, True)


class TestWhoLooked:
    @pytest.fixture
    def looked(self, treatment, clinician, clinic):
        """Everybody who may: a colleague opens page and photos; the patient looks at the own photo."""
        photo = a_photo(a_log(treatment, 4).log)
        colleague = a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")
        note_record_seen(by=colleague, subject=treatment)
        note_record_seen(by=colleague, subject=treatment.patient)
        note_thumbnails_seen(by=colleague, treatment=treatment)
        note_photo_seen(by=colleague, photo=photo)
        note_photo_seen(by=treatment.patient.user, photo=photo)
        return treatment

    def test_it_says_who_in_which_role_and_what(self, as_clinician, looked):
        seen = [item for item in items(as_clinician.get(url_of(looked))) if re.search(r"\((clinician|patient)\)", item)]
        assert [re.sub("^.*, [0-9:]{5} ", "", item) for item in seen] == [
            "Mira Osei, nurse (clinician) opened the recovery",
            "Jonas Lind, Dr (clinician) looked at a photo in full, day 4, front",
            "Jonas Lind, Dr (clinician) looked at the photos",
            "Jonas Lind, Dr (clinician) opened the patient’s page",
            "Jonas Lind, Dr (clinician) opened the recovery",
        ]

    def test_another_session_of_the_patient_has_its_own_list(self, as_clinician, looked, clinician):
        second = next_session(clinician, looked.patient, TODAY)
        a_log(second, 0)
        seen = text(as_clinician.get(url_of(second))).split("Who looked at this record")[1]
        assert ("opened the patient’s page" in seen, "looked at the photos" in seen) == (True, False)


def decided(browser, treatment, **changes):
    """What the page's own form would send, with a decision."""
    form = filled_in(browser.get(url_of(treatment)))
    return {**form, "disposition": "advice", "reply": "Keep it moist.", "note": "Calm.", **changes}


class TestReviewing:
    def test_it_answers_what_was_seen_and_goes_back_to_the_queue(self, as_clinician, flagged, clinician):
        response = as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged), follow=True)
        assert response.redirect_chain == [(reverse("queue"), 302)]
        assert "Ana Ferreira: reviewed, advice given." in text(response)
        review = Review.objects.get()
        assert (review.disposition, review.reply, review.note, review.reviewed_by) == ("advice", "Keep it moist.", "Calm.", clinician)
        assert open_flags(flagged) == []

    def test_the_patient_reads_the_reply(self, as_clinician, flagged, signed_in):
        as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged))
        seen = text(signed_in(flagged.patient.user).get(reverse("recovery")))
        assert "Keep it moist." in seen
        assert "Calm." not in seen

    def test_the_patient_gets_a_mail_once_it_cannot_be_undone_any_more(self, as_clinician, flagged, mailoutbox, frozen):
        as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged))
        send(now=frozen + UNDO_FOR)
        assert mailoutbox == []
        send(now=frozen + ANNOUNCE_AFTER)
        assert [mail.to for mail in mailoutbox if "answered" in mail.subject] == [[flagged.patient.user.email]]

    def test_a_flag_raised_after_the_page_was_opened_stays_open(self, as_clinician, flagged):
        form = decided(as_clinician, flagged)
        a_log(flagged, 5, "pus")
        as_clinician.post(url_of(flagged, "review"), form)
        assert [flag.subject for flag in open_flags(flagged)] == ["pus"]

    def test_the_loser_of_a_race_is_told_who_won_and_keeps_the_text(self, as_clinician, flagged, clinic):
        form = decided(as_clinician, flagged)
        a_review(flagged, a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr"))
        response = as_clinician.post(url_of(flagged, "review"), form)
        assert "Jonas Lind, Dr reviewed this at 12:00: advice given. Your text is kept below." in text(response)
        assert {name: filled_in(response)[name] for name in ("reply", "note", "disposition")} == {
            "reply": ["Keep it moist."], "note": ["Calm."], "disposition": ["advice"],
        }  # fmt: skip
        assert Review.objects.count() == 1

    def test_a_log_changed_meanwhile_is_said_and_the_text_kept(self, as_clinician, flagged):
        form = decided(as_clinician, flagged)
        a_log(flagged, 4)
        response = as_clinician.post(url_of(flagged, "review"), form)
        says = "Ana changed day 4 at 19:00 while you were reading. Nothing of this is open any more. Your text is kept below."
        assert says in text(response)
        assert filled_in(response)["reply"] == ["Keep it moist."]

    @pytest.mark.parametrize(
        "change, says",
        [
            ({"disposition": ""}, "Choose a decision."),
            ({"disposition": "ignored"}, "“ignored” is not a decision. Choose one of the list."),
            ({"flags": ""}, "This page is out of date. Load it again; your text is kept below."),
            ({"flags": "1,2"}, "This page is out of date. Load it again; your text is kept below."),
            ({"flags": str(uuid4())}, "Nothing of this is open any more"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_text_kept(self, as_clinician, flagged, change, says):
        response = as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged, **change))
        assert says in text(response)
        assert (filled_in(response)["reply"], filled_in(response)["note"], Review.objects.count()) == (["Keep it moist."], ["Calm."], 0)

    def test_a_reply_that_is_too_long_is_said_and_kept(self, as_clinician, flagged):
        response = as_clinician.post(url_of(flagged, "review"), decided(as_clinician, flagged, reply="x" * 4001))
        assert "at most 4000 characters (it has 4001)" in text(response)
        assert filled_in(response)["reply"] == ["x" * 4001]

    def test_it_is_sent_not_opened(self, as_clinician, flagged):
        response = as_clinician.get(url_of(flagged, "review"))
        assert (response.status_code, response["Allow"]) == (405, "POST")


class TestAfterReviewing:
    @pytest.fixture
    def following(self, clinician, flagged):
        """Two more rows, less urgent than the flagged one."""
        found = [a_treatment(clinician, name, TREATED) for name in ("Mei Chen", "Noa Levi")]
        for hour, treatment in enumerate(found, 8):
            a_log(treatment, 4, redness=3, at=datetime(2026, 3, 18, hour, tzinfo=UTC))
        return found

    def reviewed(self, browser, treatment, **changes):
        return browser.post(url_of(treatment, "review"), decided(browser, treatment, **changes))

    def test_it_goes_on_to_the_next_of_the_queue(self, as_clinician, flagged, following):
        response = self.reviewed(as_clinician, flagged)
        assert (response.status_code, response.url) == (302, url_of(following[0]))
        assert "Ana Ferreira: reviewed, advice given." in text(as_clinician.get(response.url))

    def test_from_the_middle_it_goes_on_and_not_back(self, as_clinician, flagged, following):
        assert self.reviewed(as_clinician, following[0]).url == url_of(following[1])

    def test_after_the_last_one_comes_the_queue(self, as_clinician, flagged, following):
        assert self.reviewed(as_clinician, following[1]).url == reverse("queue")

    def test_the_filters_go_along(self, as_clinician, flagged, following):
        assert self.reviewed(as_clinician, following[0], back="urgency=watch").url == url_of(following[1]) + "?urgency=watch"
        assert self.reviewed(as_clinician, flagged, back="urgency=urgent").url == reverse("queue") + "?urgency=urgent"

    def test_with_unknown_filters_the_queue_is_asked_which_says_so(self, as_clinician, flagged, following):
        assert self.reviewed(as_clinician, flagged, back="urgency=huge").url == reverse("queue") + "?urgency=huge"

    @pytest.mark.parametrize(
        "back, query",
        [
            ("", ""),
            ("urgency=watch&text=Ana+F", "?urgency=watch&text=Ana+F"),
            ("tab=done&after=1_x", "?tab=done&after=1_x"),
            ("next=//evil.example/&urgency=watch", "?urgency=watch"),
            ("//evil.example/", ""),
            ("https://evil.example/?text=x", ""),
            ("text=%0d%0aLocation:%20x", "?text=%0D%0ALocation%3A+x"),
            ("&".join(f"text={n}" for n in range(50)), ""),
        ],
    )
    def test_from_the_queue_it_goes_back_there_and_nowhere_else(self, as_clinician, flagged, following, back, query):
        assert self.reviewed(as_clinician, flagged, next="queue", back=back).url == reverse("queue") + query

    def test_a_refused_one_still_knows_where_it_was_sent_from(self, as_clinician, flagged, following):
        response = self.reviewed(as_clinician, flagged, next="queue", back="text=a", disposition="")
        assert {name: filled_in(response)[name] for name in ("next", "back")} == {"next": ["queue"], "back": ["text=a"]}

    @pytest.mark.parametrize("sent_from", ["", "queue"])
    def test_the_page_after_it_offers_to_undo_it_once(self, as_clinician, flagged, following, sent_from):
        address = self.reviewed(as_clinician, flagged, next=sent_from).url
        undo = reverse("review-undo", args=[Review.objects.get().uuid])
        first, second = (as_clinician.get(address).content.decode() for _ in range(2))
        assert ('id="undo"' in first, undo in first, 'id="undo"' in second) == (True, True, False)
        assert "Ana Ferreira: reviewed, advice given." in first

    def test_a_refused_one_leaves_nothing_to_undo(self, as_clinician, flagged):
        self.reviewed(as_clinician, flagged, disposition="")
        assert 'id="undo"' not in as_clinician.get(reverse("queue")).content.decode()

    def test_a_log_that_says_something_else_since_is_shown_before_it_is_reviewed(self, as_clinician, flagged):
        form = decided(as_clinician, flagged)
        a_log(flagged, 4, "fever", note="It is worse than I said.", redness=3)
        response = as_clinician.post(url_of(flagged, "review"), form)
        assert "Ana changed day 4 at 19:00 while you were reading. Look at what it says now and decide again." in text(response)
        assert "It is worse than I said." in text(response)
        assert (filled_in(response)["reply"], Review.objects.count()) == (["Keep it moist."], 0)


class TestTexts:
    """A text of the clinic put into the reply by the button, without a script."""

    @pytest.fixture
    def template(self, clinician):
        return a_reply_text(clinician, text="Hello {name}, call {clinic} on {phone}.")

    def used(self, browser, treatment, **changes):
        return browser.post(url_of(treatment, "review"), {**decided(browser, treatment), "use": "1", **changes})

    def test_it_stands_behind_what_was_typed_and_nothing_else_is_lost(self, as_clinician, flagged, template):
        response = self.used(as_clinician, flagged, template=str(template.uuid), next="queue", back="text=a")
        assert {name: filled_in(response)[name] for name in ("reply", "note", "disposition", "next", "back")} == {
            "reply": ["Keep it moist.\n\nHello Ana, call Linden Skin Clinic on 020 7946 0145."],
            "note": ["Calm."], "disposition": ["advice"], "next": ["queue"], "back": ["text=a"],
        }  # fmt: skip
        assert (Review.objects.count(), len(open_flags(flagged))) == (0, 2)

    def test_nothing_is_asked_for_before_it_is_sent(self, as_clinician, flagged, template):
        seen = text(self.used(as_clinician, flagged, disposition="", template=str(template.uuid)))
        assert "Choose a decision." not in seen

    @pytest.mark.parametrize(
        "chosen, says",
        [
            ("", "Choose a text from the list first."),
            ("nonsense", "This text is not in the list any more. Choose another."),
            ("00000000-0000-4000-8000-000000000000", "This text is not in the list any more. Choose another."),
        ],
    )
    def test_what_is_not_there_is_said_and_the_text_kept(self, as_clinician, flagged, template, chosen, says):
        response = self.used(as_clinician, flagged, template=chosen)
        assert (says in text(response), filled_in(response)["reply"]) == (True, ["Keep it moist."])

    def test_another_clinics_text_is_not_there(self, as_clinician, flagged, other_clinician):
        template = a_reply_text(other_clinician, text="Secret.")
        response = self.used(as_clinician, flagged, template=str(template.uuid))
        assert ("Secret." in text(response), filled_in(response)["reply"]) == (False, ["Keep it moist."])

    def test_the_list_offers_the_clinics_own_ready_to_read(self, as_clinician, flagged, template, other_clinician):
        a_reply_text(other_clinician, "Theirs")
        markup = as_clinician.get(url_of(flagged)).content.decode()
        assert 'data-text="Hello Ana, call Linden Skin Clinic on 020 7946 0145."' in markup
        assert ("Keep it moist</option>" in markup, "Theirs" in markup) == (True, False)

    def test_without_texts_nothing_is_offered_but_the_way_to_keep_some(self, as_clinician, flagged):
        response = as_clinician.get(url_of(flagged))
        assert ("Use this text" in text(response), "replies.js" in response.content.decode()) == (False, False)
        assert reverse("replies") in page(response).links

    def test_a_name_is_never_read_as_markup(self, as_clinician, clinician, template):
        treatment = a_treatment(clinician, '"><script>x</script>', TREATED)
        a_log(treatment, 4, redness=3)
        assert "<script>x" not in as_clinician.get(url_of(treatment)).content.decode()


class TestUndoing:
    def test_the_newest_standing_review_can_be_undone(self, as_clinician, flagged, clinician):
        first = a_review(flagged, clinician, at=datetime(2026, 3, 18, 8, tzinfo=UTC))
        a_log(flagged, 4, "pus")
        second = a_review(flagged, clinician, at=datetime(2026, 3, 18, 9, tzinfo=UTC))
        found = re.findall('action="/clinic/reviews/([^"]+)/undo/"', as_clinician.get(url_of(flagged)).content.decode())
        assert found == [str(second.uuid)]
        undo_review(by=clinician, review=second)
        found = re.findall('action="/clinic/reviews/([^"]+)/undo/"', as_clinician.get(url_of(flagged)).content.decode())
        assert found == [str(first.uuid)]


def test_the_page_itself_is_only_read(as_clinician, flagged):
    response = as_clinician.post(url_of(flagged))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("name, method", [("clinic-recovery", "get"), ("review", "post")])
class TestOthers:
    def test_a_recovery_of_another_clinic_is_not_found(self, as_clinician, other_treatment, name, method):
        a_log(other_treatment, 4, "fever")
        response = getattr(as_clinician, method)(url_of(other_treatment, name))
        assert response.status_code == 404
        assert "Lea Krog" not in text(response)

    @pytest.mark.parametrize("browser", ["as_patient", "as_admin"])
    def test_it_is_for_clinicians(self, request, flagged, browser, name, method):
        response = getattr(request.getfixturevalue(browser), method)(url_of(flagged, name))
        assert response.status_code == 403
        assert "This page belongs to the clinicians of a clinic." in text(response)
