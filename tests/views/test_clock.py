"""Hours, promises, holidays and who is on call: admins change them, clinicians read them, nobody's words are lost."""

import re
from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from patients.actions.alerts import set_on_call
from patients.models import AuditEvent, Clinic, Holiday, Role, User
from tests.conftest import TODAY
from tests.factories import a_member
from tests.pages import filled_in, item, items, page, text

CLOCK = reverse("clock")
FRIDAY, LAST_WEEK = TODAY + timedelta(days=2), TODAY - timedelta(days=7)
KEPT = {"opens_at": "08:30", "closes_at": "17:00", "weekdays": ["1", "2", "3", "4", "6"], "watch_days": "3", "urgent_hours": "4"}


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.CLINICIAN, "Jonas Lind", title="Dr")


def typed(browser, **changes):
    """What a browser would send from the page, with some fields typed over; holidays as rows of date and name."""
    return filled_in(browser.get(CLOCK)) | changes


def row(number, day, name=""):
    return {f"holidays-{number}-day": str(day), f"holidays-{number}-name": name}


def clock_of(clinic):
    fresh = Clinic.objects.get(pk=clinic.pk)
    return fresh.opens_at, fresh.closes_at, fresh.weekdays, fresh.watch_days, fresh.urgent_hours


class TestSaving:
    def test_all_of_it_is_saved_and_shown(self, as_admin, clinic):
        sent = typed(as_admin, **KEPT, **row(0, FRIDAY, "Founders’ day"), **row(2, LAST_WEEK, "Fair"))
        answer = as_admin.post(CLOCK, sent, follow=True)
        assert "Saved. Promises made from now on follow these hours." in text(answer)
        assert clock_of(clinic) == (time(8, 30), time(17), "12346", 3, 4)
        assert list(Holiday.objects.values_list("day", "name")) == [(LAST_WEEK, "Fair"), (FRIDAY, "Founders’ day")]
        shown = filled_in(answer)
        assert {name: shown[name] for name in ("opens_at", "weekdays", "urgent_hours")} == {
            **{"opens_at": ["08:30"], "weekdays": KEPT["weekdays"], "urgent_hours": ["4"]}
        }
        assert shown["holidays-1-day"] == [FRIDAY.isoformat()]

    def test_unchanged_it_stores_nothing(self, as_admin, clinic):
        Holiday.objects.create(clinic=clinic, day=FRIDAY, name="Founders’ day")
        before = clock_of(clinic)
        as_admin.post(CLOCK, typed(as_admin))
        assert (clock_of(clinic), Holiday.objects.count(), AuditEvent.objects.filter(action="clock set").count()) == (before, 1, 0)

    @pytest.mark.parametrize("how", [{"holidays-0-DELETE": "on"}, row(0, "", "")])
    def test_a_holiday_goes_when_it_is_ticked_or_cleared(self, as_admin, clinic, how):
        Holiday.objects.create(clinic=clinic, day=FRIDAY, name="Founders’ day")
        as_admin.post(CLOCK, typed(as_admin, **how))
        assert not Holiday.objects.exists()

    def test_those_that_are_over_are_folded_away_and_stay(self, as_admin, clinic):
        for day, name in ((date(2020, 1, 1), "Long ago"), (LAST_WEEK, "Fair"), (FRIDAY, "Founders’ day")):
            Holiday.objects.create(clinic=clinic, day=day, name=name)
        answer = as_admin.get(CLOCK)
        folded = answer.content.decode().split("<details")[1]
        assert ("Those that are over (2)" in folded, "Long ago" in folded, "Founders" in folded) == (True, True, False)
        as_admin.post(CLOCK, filled_in(answer))
        assert Holiday.objects.count() == 3


BAD = [
    ({"opens_at": "18:00"}, "The clinic must open before it closes: 18:00 is not before 18:00."),
    ({"opens_at": ""}, "Say when the clinic opens, such as 09:00."),
    ({"closes_at": "half six"}, "“half six” is not a time this page can read. Write it as 09:00."),
    ({"closes_at": "１８:00"}, "“１８:00” is not a time this page can read. Write it as 09:00."),
    ({"closes_at": "24:00"}, "“24:00” is not a time this page can read. Write it as 09:00."),
    ({"weekdays": []}, "Choose at least one working day."),
    ({"weekdays": ["1", "8"]}, "“8” is no day of the week."),
    ({"watch_days": "6"}, "“6” is not in the list. Choose one that is."),
    ({"watch_days": ""}, "Choose one of the list."),
    ({"urgent_hours": "25"}, "“25” is not in the list. Choose one that is."),
    (row(0, "20/03/2026", "x"), "“20/03/2026” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
    (row(0, "2026-02-30", "x"), "“2026-02-30” is not a date this page can read. Choose the day, or write it as 2026-11-20."),
    (row(0, "1999-04-02", "x"), "Friday 2 April 1999 is more than a year back. Check the year."),
    (row(0, "2062-04-07", "x"), "Friday 7 April 2062 is more than five years ahead. Check the year."),
    (row(1, FRIDAY), "Give it a name, such as “Good Friday”."),
    (row(1, "", "Good Friday"), "Choose the date, or remove the row."),
    (row(1, FRIDAY, "x" * 81), "This has 81 characters; 80 fit. Shorten it."),
    (row(0, FRIDAY, "x") | row(1, FRIDAY, "y"), "Row 1 has this date too. Clear one of the two."),
    ({"holidays-TOTAL_FORMS": "0"}, "This page did not arrive whole. Load it again."),
    ({"holidays-TOTAL_FORMS": "x"}, "This page did not arrive whole. Load it again."),
    ({"holidays-TOTAL_FORMS": "5000"}, "At most 403 rows fit. Remove some that are over."),
]


class TestWhatIsRefused:
    @pytest.mark.parametrize("changes, says", BAD)
    def test_it_says_so_at_the_top_and_at_the_field_and_stores_nothing(self, as_admin, clinic, changes, says):
        before = clock_of(clinic)
        answer = as_admin.post(CLOCK, typed(as_admin, **changes))
        assert item(answer, says)
        assert "Everything you typed is still here." in text(answer)
        assert (clock_of(clinic), Holiday.objects.count()) == (before, 0)

    def test_everything_typed_is_still_there(self, as_admin):
        sent = typed(as_admin, **KEPT | {"opens_at": "19:00"}, **row(0, "20/03/2026", "Founders’ day"), **row(2, FRIDAY, "Fair"))
        shown = filled_in(as_admin.post(CLOCK, sent))
        sent = {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
        assert shown == sent

    def test_too_many_holidays(self, as_admin, clinic):
        days = [TODAY + timedelta(days=number) for number in range(401)]
        Holiday.objects.bulk_create(Holiday(clinic=clinic, day=day, name="Fair") for day in days[:400])
        answer = as_admin.post(CLOCK, typed(as_admin, **row(400, days[400], "One more")))
        assert "401 holidays are too many: 400 can be kept. Leave out those that are over." in text(answer)
        assert filled_in(answer)["holidays-400-name"] == ["One more"]
        assert Holiday.objects.count() == 400

    def test_a_clinician_may_not_send_it(self, as_clinician, as_admin, clinic):
        before = clock_of(clinic)
        assert as_clinician.post(CLOCK, typed(as_admin, **KEPT)).status_code == 403
        assert clock_of(clinic) == before


class TestTwoAdmins:
    @pytest.fixture
    def second(self, signed_in, clinic):
        return signed_in(a_member(clinic, Role.ADMIN, "Jo Blake"))

    def test_the_second_is_told_who_was_first_and_keeps_the_text(self, as_admin, second, clinic):
        late = typed(second, **KEPT, **row(0, FRIDAY, "Founders’ day"))
        as_admin.post(CLOCK, typed(as_admin, closes_at="19:00"))
        answer = second.post(CLOCK, late)
        # The audit's own clock, which no test stops.
        assert re.search(r"Noor Haddad \(admin\) changed the hours (on [\w ]+ )?at \d\d:\d\d while this page was open\.", text(answer))
        assert "Nothing of yours is saved; what you typed is below." in text(answer)
        assert clock_of(clinic)[1] == time(19)
        assert item(answer, "Closes:") == "Closes: 19:00 becomes 17:00"
        assert item(answer, "Friday 20 March 2026:") == "Friday 20 March 2026: no holiday becomes Founders’ day"
        shown = filled_in(answer)
        assert (shown["opens_at"], shown["holidays-0-name"]) == (["08:30"], ["Founders’ day"])
        # Having seen it, they may.
        second.post(CLOCK, shown)
        assert (clock_of(clinic)[1], Holiday.objects.get().name) == (time(17), "Founders’ day")

    def test_a_change_of_a_holiday_counts_too(self, as_admin, second, clinic):
        late = typed(second)
        as_admin.post(CLOCK, typed(as_admin, **row(0, FRIDAY, "Founders’ day")))
        assert "changed the hours" not in text(second.get(CLOCK))
        assert "Noor Haddad (admin) changed the hours" in text(second.post(CLOCK, late))
        assert Holiday.objects.get().name == "Founders’ day"

    def test_a_mistake_in_between_does_not_hide_it(self, as_admin, second, clinic):
        late = typed(second, opens_at="")
        as_admin.post(CLOCK, typed(as_admin, closes_at="19:00"))
        shown = filled_in(second.post(CLOCK, late)) | {"opens_at": "08:00"}
        assert "Noor Haddad (admin) changed the hours" in text(second.post(CLOCK, shown))
        assert clock_of(clinic)[:2] == (time(9), time(19))


class TestWhatItMeans:
    def test_examples_of_what_is_stored(self, as_clinician):
        said = [line for line in items(as_clinician.get(CLOCK)) if "promised by" in line]
        assert said == [
            "A watch that comes in on Friday 20 March, 16:00 is promised by Tuesday 24 March, 18:00.",
            "Something urgent that comes in on Friday 20 March, 16:00 is promised by Friday 20 March, 18:00.",
            "Something urgent that comes in on Friday 20 March, 19:00 is promised by Monday 23 March, 18:00.",
        ]

    def test_of_what_is_typed_before_it_is_saved(self, as_admin, clinic):
        sent = typed(as_admin, preview="1", watch_days="1", **row(0, TODAY + timedelta(days=5), "Founders’ day"))
        answer = as_admin.post(CLOCK, sent)
        assert "For what is typed, which is not saved yet." in text(answer)
        said = [line for line in items(answer) if "promised by" in line]
        assert said[0] == "A watch that comes in on Friday 20 March, 16:00 is promised by Tuesday 24 March, 18:00."
        assert said[3] == "A watch that comes in on Sunday 22 March, 12:00 is promised by Tuesday 24 March, 18:00."
        assert (filled_in(answer)["watch_days"], Holiday.objects.count(), clock_of(clinic)[3]) == (["1"], 0, 2)


class TestReading:
    def test_a_clinician_reads_the_same_without_a_form(self, as_clinician, clinic):
        Holiday.objects.create(clinic=clinic, day=FRIDAY, name="Founders’ day")
        Holiday.objects.create(clinic=clinic, day=LAST_WEEK, name="Fair")
        answer = as_clinician.get(CLOCK)
        words = text(answer)
        assert "Monday to Friday, 9:00 to 18:00" in words
        assert "by closing time, 2 working days later" in words
        assert "by closing time, the same working day" in words
        assert ("Friday 20 March 2026: Founders’ day" in words, "Fair" in words) == (True, False)
        assert set(filled_in(answer)) == set()

    def test_nothing_of_another_clinic(self, as_admin, other_clinic, other_clinician):
        Holiday.objects.create(clinic=other_clinic, day=FRIDAY, name="Theirs")
        content = as_admin.get(CLOCK).content.decode()
        assert ("Theirs" in content, other_clinician.name in content) == (False, False)

    @pytest.mark.parametrize("browser", ["as_admin", "as_clinician"])
    def test_the_navigation_leads_there(self, browser, request):
        assert CLOCK in page(request.getfixturevalue(browser).get(reverse("norms"))).links

    def test_the_installations_own_account_has_no_clinic_to_go_to(self, signed_in, superuser):
        assert CLOCK not in page(signed_in(superuser).get(reverse("norms"))).links

    def test_its_queries_do_not_grow(self, as_admin, clinic, clinician, django_assert_num_queries):
        def rows(count):
            Holiday.objects.bulk_create(Holiday(clinic=clinic, day=TODAY + timedelta(days=100 * count + n), name="x") for n in range(count))
            a_member(clinic, Role.CLINICIAN, f"C{count} Member")

        for count in (1, 3):
            rows(count)
            with django_assert_num_queries(6):
                as_admin.get(CLOCK)


class TestOnCall:
    def send(self, browser, person, **data):
        return browser.post(reverse("on-call", args=[person.uuid]), data, follow=True)

    def test_an_admin_switches_everybody(self, as_admin, clinician, colleague):
        answer = self.send(as_admin, colleague, on_call="yes")
        assert "Jonas Lind, Dr is on call now." in text(answer)
        assert list(User.objects.filter(is_on_call=True)) == [colleague]
        self.send(as_admin, colleague, on_call="no")
        assert not User.objects.filter(is_on_call=True).exists()

    def test_a_clinician_switches_themselves_and_nobody_else(self, as_clinician, clinician, colleague):
        answer = self.send(as_clinician, clinician, on_call="yes")
        assert "Mira Osei, nurse On call; this is you Take off call" in item(answer, "Mira Osei")
        assert item(answer, "Jonas Lind") == "Jonas Lind, Dr Not on call"
        assert as_clinician.post(reverse("on-call", args=[colleague.uuid]), {"on_call": "yes"}).status_code == 403
        assert list(User.objects.filter(is_on_call=True)) == [clinician]

    def test_when_nobody_is_all_are_mailed_and_the_page_says_so(self, as_admin, admin, clinician):
        says = "Nobody is on call, so every clinician is mailed."
        assert says in text(as_admin.get(CLOCK))
        set_on_call(by=admin, clinician=clinician, is_on_call=True)
        assert says not in text(as_admin.get(CLOCK))

    def test_a_clinic_without_clinicians_is_told(self, as_admin):
        assert "The clinic has no clinician who can sign in, so nobody is mailed." in text(as_admin.get(CLOCK))

    @pytest.mark.parametrize("sent", [{}, {"on_call": ""}, {"on_call": "maybe"}])
    def test_what_is_no_answer_changes_nothing(self, as_admin, admin, clinician, sent):
        set_on_call(by=admin, clinician=clinician, is_on_call=True)
        assert "This did not arrive whole. Press the button again." in text(self.send(as_admin, clinician, **sent))
        assert User.objects.get(pk=clinician.pk).is_on_call is True

    @pytest.mark.parametrize("who", ["other_clinician", "admin", "patient", "gone"])
    def test_who_is_no_clinician_of_the_clinic_is_not_found(self, as_admin, request, clinic, who):
        found = a_member(clinic, Role.CLINICIAN, "Gone Away", is_active=False) if who == "gone" else request.getfixturevalue(who)
        person = getattr(found, "user", found)
        assert as_admin.post(reverse("on-call", args=[person.uuid]), {"on_call": "yes"}).status_code == 404
        assert User.objects.get(pk=person.pk).is_on_call is False
