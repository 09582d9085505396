"""Reports of errors say where the code failed and nothing of what people typed."""

import logging

import pytest
from django.core import mail
from django.test import RequestFactory

from patients.error_reports import Report
from patients.server_log import Plain, where_it_failed

SECRET = "Itching-since-Friday"


def failing(note=SECRET):
    try:
        return int(note)
    except ValueError as error:
        raise KeyError(f"{note} in a view") from error


@pytest.fixture
def failed():
    with pytest.raises(KeyError) as caught:
        failing()
    return caught


def test_the_way_to_an_error_is_kept_and_its_words_are_not(failed):
    said = where_it_failed(failed.value)
    assert SECRET not in said
    assert "test_error_reports.py" in said
    assert "in failing" in said
    assert said.index("builtins.ValueError") < said.index("builtins.KeyError")


def test_errors_that_name_each_other_end():
    one, other = ValueError(SECRET), KeyError(SECRET)
    one.__cause__, other.__cause__ = other, one
    assert where_it_failed(one) == "builtins.KeyError\nbuiltins.ValueError"


def test_a_line_of_the_log_is_formatted_so(failed):
    record = logging.LogRecord("x", logging.ERROR, "", 0, "A page failed", (), failed._excinfo)
    said = Plain().format(record)
    assert (said.startswith("A page failed\n"), SECRET in said, said.endswith("builtins.KeyError")) == (True, False, True)


def test_a_report_holds_no_request_variable_or_setting(failed, settings):
    settings.DEBUG = False
    request = RequestFactory().post(f"/log/?q={SECRET}", {"note": SECRET}, headers={"Cookie": f"a={SECRET}"})
    report = Report(request, *failed._excinfo)
    assert SECRET not in report.get_traceback_text() + report.get_traceback_html()
    assert "in failing" in report.get_traceback_text()


def test_it_is_what_is_mailed(failed, settings, clinic):
    settings.ADMINS, settings.DEBUG = [("Root", "root@example.org")], False
    request = RequestFactory().post("/l/the-token/?q=x", {"note": SECRET})
    logging.getLogger("django.request").error(
        "Internal Server Error: %s", request.path, exc_info=failed._excinfo, extra={"request": request}
    )
    (report,) = mail.outbox
    assert (SECRET in report.body, "the-token" in report.body + report.subject, report.alternatives) == (False, False, [])
    assert "builtins.KeyError" in report.body


def test_who_develops_sees_all(failed, settings):
    settings.DEBUG = True
    assert SECRET in Report(RequestFactory().get("/"), *failed._excinfo).get_traceback_text()
