"""What the flags were worth: the page, the rows behind each figure, the files, and what is asked wrongly."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from patients.actions.people import Session
from patients.actions.protocols import copy_protocol
from patients.models import Flag, Protocol, Role, Treatment
from recovery.timeline.norms import WarningSign
from recovery.timeline.scale import Disposition, Urgency
from tests.conftest import TODAY
from tests.factories import a_log, a_member, a_patient, a_review, a_treatment, a_version
from tests.pages import filled_in, page, text

URL, FLAGS, CHECK_INS = reverse("insights"), reverse("insight-flags"), reverse("insight-check-ins")
DAY_0 = TODAY - timedelta(days=10)
ALL = [URL, FLAGS, f"{CHECK_INS}?step=day-3"]


def on(day, hour=12):
    return datetime.combine(DAY_0 + timedelta(days=day), time(hour), UTC)


@pytest.fixture
def ana(clinician):
    """Fever answered late by a call, redness 3 answered in time by advice, a request that waits."""
    treatment = a_treatment(clinician, "Ana Ferreira", DAY_0)
    a_log(treatment, 1, "fever", redness=3, at=on(1))
    a_review(treatment, clinician, Disposition.CALLED, at=on(3))
    a_log(treatment, 3, redness=3, at=on(3))
    a_review(treatment, clinician, Disposition.EXPECTED, at=on(4))
    a_log(treatment, 9, asked=True, at=on(9))
    return treatment


def many(clinician, number):
    """Recoveries of one urgent flag each, answered; every second one called."""
    for n in range(number):
        treatment = a_treatment(clinician, f"Patient {n:03}", DAY_0)
        a_log(treatment, 2, "fever", at=on(2))
        a_review(treatment, clinician, Disposition.CALLED if n % 2 else Disposition.EXPECTED, at=on(2, 13))


def lines(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def total(response):
    """The number that the heading of a list says."""
    return int(text(response).split("Insights ")[2].split()[0])


class TestThePage:
    def test_it_says_first_what_the_flags_were_worth(self, as_clinician, clinician):
        many(clinician, 20)
        seen = text(as_clinician.get(URL))
        assert "In the last 90 days 20 flags were raised on 20 logs; 5 in 10 reviewed flags led to action." in seen
        assert "Warning sign 20 0 0 20 10 50 % (29–71 %)" in seen
        assert "Fever or chills 20 0 0 20 10 50 % (29–71 %)" in seen
        assert "Days 0 to 3 20 0 0 20 10 50 % (29–71 %)" in seen
        assert "Urgent 20 1 h 1 h 20 of 20, 100 % 0" in seen

    def test_under_twenty_no_share_is_shown(self, as_clinician, clinician):
        many(clinician, 19)
        seen = text(as_clinician.get(URL))
        assert "Warning sign 19 0 0 19 9 too few: 19 of 20" in seen
        assert "19 of 19 0" in seen
        assert ("(24–" in seen, "9 in 10 reviewed" in seen) == (False, False)

    def test_it_says_how_it_counts(self, as_clinician, ana):
        seen = text(as_clinician.get(URL))
        for said in (
            "Led to action: advice given",
            "Covered: the same finding",
            "Taken back: the patient changed the log",
            "None in this period.",
        ):
            assert said in seen
        assert "the clinic’s hours as they are now: Monday to Friday, 9:00 to 18:00." in seen

    def test_a_clinic_without_logs_is_told_so(self, as_clinician):
        seen = text(as_clinician.get(URL))
        assert "In the last 90 days no log was entered." in seen
        assert "By rule" not in seen

    def test_a_period_is_chosen_in_the_address(self, as_clinician, clinician):
        a_log(a_treatment(clinician, "Old Patient", TODAY - timedelta(days=60)), 0, "fever")
        assert "In the last 30 days no log was entered." in text(as_clinician.get(URL, {"period": "30"}))
        assert "Up to now 1 flag was raised on 1 log;" in text(as_clinician.get(URL, {"period": "all"}))

    def test_every_figure_leads_to_as_many_rows(self, as_clinician, ana, clinician):
        many(clinician, 3)
        a_log(ana, 9, at=on(10, 9))  # takes the request back
        response = as_clinician.get(URL)
        anchors = [part.split("</a>")[0].split('">') for part in response.content.decode().split('<a href="')[1:]]
        figures = {href.replace("&amp;", "&"): words for href, words, *_ in anchors if "/flags/?" in href or "/check-ins/?" in href}
        assert len(figures) > 35
        for href, words in figures.items():
            assert total(as_clinician.get(href)) == int(words.split()[0]), href

    def test_another_clinics_flags_are_not_counted(self, as_clinician, other_treatment):
        a_log(other_treatment, 4, "fever")
        assert "no log was entered" in text(as_clinician.get(URL))

    def test_it_stands_in_the_navigation(self, as_clinician, as_admin, ana):
        assert URL in page(as_clinician.get(reverse("queue"))).links
        assert URL not in page(as_admin.get(reverse("norms"))).links


class TestTheFlags:
    def names(self, browser, **filters):
        return [row["rule"] for row in lines(browser.get(FLAGS, {**filters, "format": "csv"}))]

    def test_a_row_says_what_became_of_the_flag(self, as_clinician, ana):
        response = as_clinician.get(FLAGS)
        seen = text(response)
        assert "3 flags" in seen
        assert "Ana Ferreira 9 The log as a whole asked for review Watch 17 Mar 2026, 12:00 Still open –" in seen
        assert "Ana Ferreira 3 Redness 3, expected 0–2 above range Watch 11 Mar 2026, 12:00 Expected for this patient in time" in seen
        assert "Ana Ferreira 1 Fever or chills warning sign Urgent 9 Mar 2026, 12:00 Called late" in seen
        assert page(response).links.count(reverse("clinic-recovery", args=[ana.uuid])) == 3

    @pytest.mark.parametrize(
        "filters, rules",
        [
            ({}, ["asked_for_review", "above_range", "warning_sign"]),
            ({"rule": "above_range"}, ["above_range"]),
            ({"symptom": "fever"}, ["warning_sign"]),
            ({"symptom": "log"}, ["asked_for_review"]),
            ({"symptom": "swelling"}, []),
            ({"days": "0-3"}, ["above_range", "warning_sign"]),
            ({"days": "8-28"}, ["asked_for_review"]),
            ({"urgency": "3"}, ["warning_sign"]),
            ({"state": "open"}, ["asked_for_review"]),
            ({"state": "reviewed"}, ["above_range", "warning_sign"]),
            ({"state": "action"}, ["warning_sign"]),
            ({"state": "no-action"}, ["above_range"]),
            ({"state": "in-time"}, ["above_range"]),
            ({"state": "late"}, ["warning_sign"]),
            ({"state": "overdue"}, []),
            ({"state": "withdrawn"}, []),
            ({"state": "reviewed", "days": "0-3", "urgency": "2"}, ["above_range"]),
            ({"period": "30", "rule": ""}, ["asked_for_review", "above_range", "warning_sign"]),
        ],
    )
    def test_filters(self, as_clinician, ana, filters, rules):
        assert self.names(as_clinician, **filters) == rules
        assert total(as_clinician.get(FLAGS, filters)) == len(rules)

    def test_the_choices_stay_and_are_said(self, as_clinician, ana):
        response = as_clinician.get(FLAGS, {"rule": "warning_sign", "symptom": "fever", "days": "0-3", "state": "action", "period": "30"})
        assert "Warning sign, Fever or chills, days 0-3, reviewed, led to action, the last 30 days" in text(response)
        assert filled_in(response) == {
            "period": ["30"], "rule": ["warning_sign"], "symptom": ["fever"], "days": ["0-3"], "urgency": [""], "state": ["action"],
        }  # fmt: skip

    def test_nothing_found_says_so(self, as_clinician, ana):
        assert "No flag fits these choices." in text(as_clinician.get(FLAGS, {"symptom": "swelling"}))

    def test_fifty_a_page(self, as_clinician, clinician, monkeypatch):
        monkeypatch.setattr("patients.views.insights.PAGE", 2)
        many(clinician, 5)
        first, last, past = (as_clinician.get(FLAGS, {"page": number, "rule": "warning_sign"}) for number in (1, 3, 9))
        assert [text(response).count("Fever or chills warning sign") for response in (first, last, past)] == [2, 1, 0]
        assert ("Page 1 of 3 Next" in text(first), "Previous Page 3 of 3" in text(last)) == (True, True)
        nexts = [parse_qs(urlsplit(link).query) for link in page(first).links if "page=" in link]
        assert nexts == [{"page": ["2"], "period": ["90"], "rule": ["warning_sign"]}]
        assert "No more rows on this page." in text(past)
        assert any(link.endswith("page=3") for link in page(past).links)

    def test_another_clinics_flags_are_not_listed(self, as_clinician, ana, other_treatment):
        a_log(other_treatment, 4, "fever")
        assert "Lea Krog" not in text(as_clinician.get(FLAGS, {"period": "all"}))
        assert len(self.names(as_clinician, period="all")) == 3


class TestCheckIns:
    @pytest.mark.parametrize("logged, names", [("", ["Bo Lind", "Ana Ferreira"]), ("yes", ["Ana Ferreira"]), ("no", ["Bo Lind"])])
    def test_who_logged_on_a_day(self, as_clinician, clinician, ana, logged, names):
        a_treatment(clinician, "Bo Lind", DAY_0 + timedelta(days=1))
        response = as_clinician.get(CHECK_INS, {"step": "day-3", "logged": logged})
        seen = text(response)
        assert [name for name in ("Bo Lind", "Ana Ferreira") if name in seen] == names
        assert f"{len(names)} recover" in seen
        assert filled_in(response) == {"period": ["90"], "step": ["day-3"], "logged": [logged]}

    def test_nobody_of_another_clinic(self, as_clinician, other_clinician):
        a_treatment(other_clinician, "Lea Krog", DAY_0)
        assert "No recovery fits these choices." in text(as_clinician.get(CHECK_INS, {"step": "day-3"}))


BAD = [
    (URL, {"period": "7"}, "“7” is not a period of this page. Choose one of the list."),
    (URL, {"period": ""}, "Choose a period."),
    (URL, {"period": "x" * 99}, f"“{'x' * 40}” is not a period of this page."),
    (URL, {"rule": "above_range"}, "“rule” is not a filter of this page. Take it out of the address."),
    (URL, {"format": "pdf"}, "“pdf” is not a file format of this page."),
    (FLAGS, {"rule": "nonsense"}, "“nonsense” is not a rule of this page."),
    (FLAGS, {"symptom": "nonsense"}, "“nonsense” is not a symptom or sign of this page."),
    (FLAGS, {"days": "3"}, "“3” is not a run of days of this page."),
    (FLAGS, {"urgency": "1"}, "“1” is not an urgency of this page."),
    (FLAGS, {"state": "closed"}, "“closed” is not an outcome of this page."),
    (FLAGS, {"period": "90", "ruel": "worsening"}, "“ruel” is not a filter of this page."),
    (FLAGS, {"page": "0"}, "0 does not fit."),
    (FLAGS, {"page": "one"}, "“one” is not a whole number."),
    (FLAGS, {"rule": "<script>"}, "“<script>” is not a rule of this page."),
    (FLAGS, {"rule": "above_range\x00"}, "is not a rule of this page."),
    (CHECK_INS, {}, "Choose a day or check-in."),
    (CHECK_INS, {"step": "day-99"}, "“day-99” is not a day or check-in of this page."),
    (CHECK_INS, {"step": "day-3", "logged": "maybe"}, "“maybe” is not an answer of this page."),
]


@pytest.mark.parametrize("url, query, says", BAD)
@pytest.mark.parametrize("format", [{}, {"format": "csv"}])
def test_an_unknown_value_is_an_error_and_never_the_whole_list(as_clinician, ana, url, query, says, format):
    response = as_clinician.get(url, format | query)
    seen = text(response)
    assert response.status_code == 400
    assert says in seen
    assert ("Ana Ferreira" in seen, "led to action." in seen) == (False, False)


def test_a_code_of_another_clinics_norms_is_unknown(as_clinician, other_clinic, ana):
    with_own_sign(other_clinic, "harbour_sign", "Harbour’s own sign")
    assert "“harbour_sign” is not a symptom" in text(as_clinician.get(FLAGS, {"symptom": "harbour_sign"}))


def with_own_sign(clinic, code, label):
    """A clinic's own copy of “pen” with one more warning sign."""
    admin = a_member(clinic, Role.ADMIN, "Jo Blake")
    own = copy_protocol(by=admin, protocol=Protocol.objects.get(slug="pen", clinic=None))
    sign = WarningSign(code, label, Urgency.URGENT, 0, 7, "Call.", "tested")
    a_version(admin, own, lambda norms: replace(norms, signs={**norms.signs, code: sign}))
    return own


class TestFiles:
    def test_the_figures(self, as_clinician, ana):
        response = as_clinician.get(URL, {"period": "30", "format": "csv"})
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == 'attachment; filename="insights-30.csv"'
        found = [{name: cell for name, cell in line.items() if cell} for line in lines(response)]
        one = {"flags": "1", "open": "0", "covered": "0", "reviewed": "1", "action": "0", "hits": "0", "of": "1"}
        acted, waits = one | {"action": "1", "hits": "1"}, one | {"open": "1", "reviewed": "0", "of": "0"}
        both = {"flags": "2", "open": "0", "covered": "0", "reviewed": "2", "action": "1", "hits": "1", "of": "2"}
        assert found[:10] == [
            {
                "table": "all", "row": "30", "name": "all flags", "logs": "3", "recoveries": "1", "reviews": "2", "flags": "3", "open": "1",
                "covered": "0", "reviewed": "2", "action": "1", "withdrawn": "0", "hits": "1", "of": "2",
            },
            {"table": "rule", "row": "above_range", "name": "Above range", **one},
            {"table": "rule", "row": "asked_for_review", "name": "Asked for review", **waits},
            {"table": "rule", "row": "warning_sign", "name": "Warning sign", **acted},
            {"table": "symptom", "row": "fever", "name": "Fever or chills", **acted},
            {"table": "symptom", "row": "redness", "name": "Redness", **one},
            {"table": "symptom", "row": "log", "name": "The log as a whole", **waits},
            {"table": "days", "row": "0-3", "name": "Days 0 to 3", **both},
            {"table": "days", "row": "8-28", "name": "Days 8 to 28", **waits},
            {"table": "time", "row": "urgent", "name": "answered as promised", "median_minutes": "2880", "nine_in_ten_minutes": "2880",
             "hits": "0", "of": "1"},
        ]  # fmt: skip
        assert found[-1] == {"table": "adherence", "row": "day-7", "name": "Day 7", "hits": "0", "of": "1"}

    def test_from_twenty_on_the_share_and_its_interval(self, as_clinician, clinician):
        many(clinician, 20)
        first = lines(as_clinician.get(URL, {"format": "csv"}))[0]
        assert (first["hits"], first["of"], first["share"], first["low"], first["high"]) == ("10", "20", "0.5", "0.2993", "0.7007")

    def test_the_flags(self, as_clinician, ana):
        response = as_clinician.get(FLAGS, {"days": "0-3", "format": "csv"})
        assert response["Content-Disposition"] == 'attachment; filename="flags-90.csv"'
        link = f"http://testserver{reverse('clinic-recovery', args=[ana.uuid])}"
        flags = {flag.rule: str(flag.uuid) for flag in Flag.objects.all()}
        shared = {"recovery": str(ana.uuid), "state": "reviewed", "link": link}
        assert lines(response) == [
            {
                **shared, "flag": flags["above_range"], "day": "3", "rule": "above_range", "about": "Redness", "urgency": "watch",
                "observed": "3", "low": "0", "high": "2", "raised": "2026-03-11T12:00:00+00:00", "promised": "2026-03-13T18:00:00+00:00",
                "reviewed": "2026-03-12T12:00:00+00:00", "decision": "expected",
            },
            {
                **shared, "flag": flags["warning_sign"], "day": "1", "rule": "warning_sign", "about": "Fever or chills",
                "urgency": "urgent",
                "observed": "", "low": "", "high": "", "raised": "2026-03-09T12:00:00+00:00", "promised": "2026-03-09T18:00:00+00:00",
                "reviewed": "2026-03-11T12:00:00+00:00", "decision": "called",
            },
        ]  # fmt: skip

    def test_no_name_leaves_in_a_file(self, as_clinician, ana):
        for url in (URL, FLAGS):
            assert "Ferreira" not in str(lines(as_clinician.get(url, {"format": "csv"})))

    def test_a_sign_that_is_a_formula_is_text(self, as_clinician, clinic, clinician):
        own = with_own_sign(clinic, "sum", '=HYPERLINK("http://evil")')
        patient = a_patient(clinician, session=Session(own, TODAY))
        a_log(Treatment.objects.with_people().get(patient=patient), 0, "sum")
        assert [row["about"] for row in lines(as_clinician.get(FLAGS, {"format": "csv"}))] == ['\'=HYPERLINK("http://evil")']
        names = [row["name"] for row in lines(as_clinician.get(URL, {"format": "csv"})) if row["row"] == "sum"]
        assert names == ['\'=HYPERLINK("http://evil")']


@pytest.mark.parametrize("url", ALL)
def test_only_clinicians_open_it(url, signed_in, clinician, patient, admin, superuser):
    found = [signed_in(person).get(url).status_code for person in (clinician, patient.user, admin, superuser)]
    assert found == [200, 403, 403, 403]
    assert "This page belongs to the clinicians of a clinic." in text(signed_in(admin).get(url))


@pytest.mark.parametrize("url", ALL)
def test_nothing_is_sent_to_it(as_clinician, url):
    assert as_clinician.post(url).status_code == 405


@pytest.mark.parametrize("url, most", [*zip(ALL, [8, 5, 4], strict=True), (f"{URL}?format=csv", 8), (f"{FLAGS}?state=overdue", 5)])
def test_it_costs_the_same_at_1_and_3_rows(as_clinician, clinician, url, most, django_assert_max_num_queries):
    found = []
    for number in (1, 2):
        many(clinician, number)
        with django_assert_max_num_queries(most) as captured:
            as_clinician.get(url)
        found.append(len(captured))
    assert Flag.objects.count() == 3
    assert found[0] == found[1]
