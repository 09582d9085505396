"""Every page in the states that look different, and how to get there. A state is reached by working the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.e2e import steps

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.house import House

Go = Callable[["Page"], object]

SIGNED_OUT = [
    "/", "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-abc-def/", "/accounts/password/reset/key/done/", "/accounts/signup/", "/accounts/inactive/",
    "/accounts/confirm-email/", "/accounts/confirm-email/none/", "/i/no-such-invitation/", "/privacy/",
]  # fmt: skip
# Of the second step; the last of them asks first who one is, where one has a password.
SECOND_STEP = ["/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/"]
SIGNED_IN = [*SECOND_STEP, "/settings/", "/accounts/password/change/", "/accounts/logout/", "/accounts/email/", "/accounts/reauthenticate/"]
OF_ONES_OWN = ["/settings/seen/", "/settings/seen/?who=all", "/settings/photos/", "/settings/download/", "/settings/delete/", "/privacy/"]
STAFF = [
    "/clinic/", "/clinic/patients/", "/clinic/patients/?q=nobody", "/clinic/patients/?due=never", "/clinic/patients/?due=week",
    "/clinic/patients/new/",
    "/clinic/insights/?period=all", "/clinic/insights/?period=30", "/clinic/insights/flags/?rule=results",
    "/clinic/insights/check-ins/?step=day-0", "/clinic/clock/", "/clinic/replies/", "/clinic/replies/new/",
    "/norms/", "/norms/pen/", "/norms/radiofrequency/v1/?symptom=pain",
]  # fmt: skip


def at(path: str) -> tuple[str, Go]:
    return path, lambda page: page.goto(path)


def signed_out() -> Iterator[tuple[str, Go]]:
    yield from map(at, SIGNED_OUT)
    yield "sign in, refused", _sign_in_refused
    yield "code, asked for", _code_asked_for
    yield "code, refused", _code_refused


def of_the_patient() -> Iterator[tuple[str, Go]]:
    """In this order: the log of today goes from nothing to an emergency, and the pages after it with it."""
    yield "log, nothing yet", lambda page: page.goto("/log/")
    yield "recovery, nothing yet", lambda page: page.goto("/recovery/")
    yield "log, with errors", _log_with_errors
    yield "log, a sign ticked and an extra open", _log_with_a_sign
    yield "log, a day that cannot be", lambda page: page.goto("/log/05/01/2026/")
    yield "saved, as expected", lambda page: _saved(page, "As expected")
    yield "saved, noted", lambda page: _saved(page, "Noted", bleeding=1)
    yield "saved, watch", lambda page: _saved(page, "Higher than usual", redness=3)
    yield "saved, urgent", lambda page: _saved(page, "Call today", redness=4, swelling=4)
    yield "recovery, urgent", lambda page: page.goto("/recovery/")
    yield "saved, emergency", lambda page: _saved(page, "Emergency: act now", "breathing")
    yield "recovery, emergency", lambda page: page.goto("/recovery/")
    yield "recovery, everything opened", _recovery_opened
    yield "log, as the day before", _as_before
    yield "log, amending", lambda page: page.goto("/log/")
    yield "log, yesterday", lambda page: page.goto(f"/log/{steps.days_ago(1)}/")
    yield "a page that is not there", lambda page: page.goto("/recovery/none/")
    yield "a page of the clinic", lambda page: page.goto("/clinic/")
    yield from map(at, [*SIGNED_IN, *OF_ONES_OWN])
    yield "deleting, refused", _deleting_refused
    yield "a new address, its code asked for", _address_asked_for
    yield "an app, refused", _app_refused
    yield "an app, set up: its recovery codes", _app_set_up
    yield from map(at, ["/accounts/2fa/", "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/totp/deactivate/"])
    yield "the log, about to be signed out", _about_to_be_signed_out
    yield "the log, sent after the end", _sent_after_the_end


def of_the_clinic() -> Iterator[tuple[str, Go]]:
    yield from map(at, STAFF)
    yield "queue, past its end", lambda page: page.goto(f"/clinic/?after=2_0_0_0_2030-01-01T00:00:00%2B00:00_1_{LONG_AGO}")
    yield "queue, a filter that is unknown", lambda page: page.goto("/clinic/?urgency=purple")
    yield "queue, filtered", lambda page: page.goto("/clinic/?urgency=watch&text=e")
    yield "queue, the keys of the page", _keys_of_the_queue
    yield "queue, snoozing refused", _snooze_refused
    yield from map(at, [f"/clinic/?tab={tab}" for tab in ("waiting", "quiet", "done")])
    yield "enrolment, refused", _enrolment_refused
    yield "one recovery, with flags", _first_of_the_queue
    yield "one recovery, review refused", _review_refused
    yield "reply texts, the examples", _reply_texts
    yield "a reply text, refused", _reply_text_refused
    yield "deleting a reply text", lambda page: _click_on(page, "/clinic/replies/", "Delete “Please come in”")
    yield "one recovery, with texts, everything opened", _recovery_with_texts
    yield "one patient", _one_patient
    yield "closing a recovery", _closing
    yield "a further treatment", _further_treatment
    yield "a further treatment, refused", _further_treatment_refused
    yield "one recovery, nothing open", _calm_recovery
    yield "a recovery that is not there", lambda page: page.goto("/clinic/recoveries/00000000-0000-4000-8000-000000000000/")
    yield from map(at, SIGNED_IN)


LONG_AGO = "2020-01-01T00:00:00%2B00:00"
OWN = "/norms/pen-deep/"
PARTS = ("phases", "milestones", "guidance", "signs", "rules", "adjustments")


def of_the_admin() -> Iterator[tuple[str, Go]]:
    """Of a clinic of `norms_clinic`. In this order: a draft is started, given a gap, and discarded by whoever comes next."""
    yield from map(at, ["/norms/", "/norms/new/", "/norms/sources/", "/norms/sources/recovery-faq/", f"{OWN}settings/"])
    yield from map(at, ["/clinic/texts/", "/clinic/texts/privacy/es/", "/clinic/texts/photos/en-gb/", "/clinic/retention/"])
    yield "a text, refused", _text_refused
    yield "a shared protocol", lambda page: page.goto("/norms/radiofrequency/")
    yield "hours and on call, refused", _clock_refused
    yield "no draft", lambda page: page.goto(f"{OWN}draft/")
    yield "the versions, nothing in work", lambda page: page.goto(f"{OWN}versions/")
    yield "a change and a gap", _draft_with_a_gap
    yield from map(at, [OWN, *(f"{OWN}draft/{part}/" for part in PARTS)])
    yield from map(at, [f"{OWN}{page}/" for page in ("impact", "publish", "versions", "diff", "draft/discard", "v1/move")])
    yield "a log under both", _log_under_both
    yield "a part, refused", _part_refused
    yield "a new protocol, refused", _new_protocol_refused
    yield "an upload", lambda page: page.goto(f"{OWN}import/")
    yield "an upload, refused", lambda page: _upload(page, "nonsense", "#errors")
    yield "an upload, compared", lambda page: _upload(page, _bands_in_force(page), "text=Save it over the draft?")


def _text_refused(page: Page) -> None:
    page.goto("/clinic/texts/privacy/en-gb/")
    page.get_by_label("Text").fill("Call {phnoe}.")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_selector("#errors")


def _clock_refused(page: Page) -> None:
    page.goto("/clinic/clock/")
    page.get_by_label("Closes").fill("08:00")
    page.get_by_label("Name, row 2").fill("Good Friday")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("#errors")


def empty_clinic(house: House) -> str:
    """A second clinic with a clinician and a patient without a treatment, which no page makes; returns the clinician's password."""
    house.shell(
        "from allauth.account.models import EmailAddress\n"
        "from patients.models import *\n"
        "clinic, _ = Clinic.objects.get_or_create(name='Empty Clinic', phone='020 7946 0999')\n"
        "for name, role in (('idle', 'clinician'), ('untreated', 'patient')):\n"
        "    user = User.objects.create_user(name + '@demo.example', None, name=name.title() + ' Person', role=role, clinic=clinic)\n"
        f"    user.set_password({house.password!r}); user.save()\n"
        "    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)\n"
        "Patient.objects.create(user=user, clinic=clinic)\n"
    )
    return house.password


# A clinic apart, with enough running recoveries to be moved in more than one batch; nobody else's queue or norms change.
NORMS_CLINIC = """
from django.core.management import call_command
from patients.actions.protocols import copy_protocol
from patients.models import Clinic, Protocol, User
clinic = Clinic.objects.filter(name={name!r}).first()
if clinic is None:
    call_command('seed', recoveries=160, protocol=['pen-deep'], clinic={name!r}, verbosity=0)
    clinic = Clinic.objects.get(name={name!r})
    admin = User.objects.create_user({email!r}, None, name='Ida Brandt', role='admin', clinic=clinic)
    copy_protocol(by=admin, protocol=Protocol.objects.get(slug='pen-deep', clinic=None))
"""


# Who runs the installation belongs to no clinic, and may change what all clinics share.
RUNS_IT = """
from patients.models import User
if not User.objects.filter(email='system@demo.example').exists():
    User.objects.create_user('system@demo.example', None, name='Sol Winther', role='admin', is_superuser=True)
"""


def system_admin(house: House) -> str:
    house.shell(RUNS_IT)
    return "system@demo.example"


def norms_clinic(house: House, name: str) -> str:
    """A clinic of its own with its own copy of pen-deep; returns the address of its admin."""
    email = f"{name.lower()}@demo.example"
    house.shell(NORMS_CLINIC.format(name=f"{name} Clinic", email=email))
    return email


def start_draft(page: Page) -> None:
    page.goto(OWN)
    page.get_by_role("button", name="Edit these norms").click()
    page.wait_for_url("**/draft/")


def _draft_with_a_gap(page: Page) -> None:
    start_draft(page)
    page.locator("#high-6").fill("2")
    for line in ("urgent_above", "high", "typical", "low"):
        page.locator(f"#{line}-9").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=Redness: saved.")
    assert "1 problem" in page.locator("#problems").inner_text()


def _upload(page: Page, text: str, then: str) -> None:
    page.goto(f"{OWN}import/")
    page.get_by_label("Or paste the text of a file").fill(text)
    page.get_by_role("button", name="Read and compare").click()
    page.wait_for_selector(then)


def _bands_in_force(page: Page) -> str:
    return page.context.request.get(f"{OWN}v1/export/bands.csv").text()


def _log_under_both(page: Page) -> None:
    page.goto(f"{OWN}impact/")
    page.locator(".ids a").first.click()
    page.wait_for_url(f"**{OWN}impact/*/")


def _part_refused(page: Page) -> None:
    page.goto(f"{OWN}draft/phases/")
    page.get_by_label("Last day").first.fill("none")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("#errors")


def _new_protocol_refused(page: Page) -> None:
    page.goto("/norms/new/")
    page.get_by_role("button", name="Make the protocol").click()
    page.wait_for_selector(".invalid-feedback")


def _sign_in_refused(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("#id_login").fill("nobody@demo.example")
    page.locator("#id_password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector(".alert, .invalid-feedback, .errors")


def _code_asked_for(page: Page) -> None:
    page.goto("/accounts/login/code/")
    page.locator("#id_email").fill("admin@demo.example")
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/code/confirm/")


def _code_refused(page: Page) -> None:
    page.locator("#id_code").fill("WRONG1")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".alert, .invalid-feedback, .errors")


def _log_with_errors(page: Page) -> None:
    page.goto("/log/")
    steps.save(page)
    page.wait_for_selector("#errors")


def _log_with_a_sign(page: Page) -> None:
    page.goto("/log/")
    steps.choose(page, "redness", 3)
    page.locator("label[for=add-itching]").click()
    steps.choose(page, "itching", 2)
    page.get_by_text("Yes, or not sure", exact=True).click()
    for sign in ("breathing", "fever", "firm_bumps"):
        page.locator(f"label[for=sign-{sign}]").click()


def _saved(page: Page, word: str, sign: str = "", **grades: int) -> None:
    steps.tell(page, 0, sign, **grades)
    page.goto(f"/log/{steps.days_ago(0)}/saved/")
    assert page.locator(".verdict .urg").inner_text() == word


def _deleting_refused(page: Page) -> None:
    page.goto("/settings/delete/")
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_selector(".invalid-feedback")


def _address_asked_for(page: Page) -> None:
    page.goto("/accounts/email/")
    page.get_by_label("Email").fill("a-new-address@demo.example")
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/confirm-email/")


def _app_refused(page: Page) -> None:
    page.goto("/accounts/2fa/totp/activate/")
    if "/activate/" not in page.url:  # it is there already from the other colours
        return
    page.get_by_label("Authenticator code").fill("none")
    page.get_by_role("button", name="Set it up").click()
    page.wait_for_selector(".invalid-feedback")


def _app_set_up(page: Page) -> None:
    page.goto("/accounts/2fa/totp/activate/")
    if "/activate/" in page.url:
        secret = page.locator("main code").inner_text()
        page.get_by_label("Authenticator code").fill(steps.shown_by_app(secret))
        page.get_by_role("button", name="Set it up").click()
        page.wait_for_url(lambda url: "/activate/" not in url)
        if "/reauthenticate/" in page.url:  # the sign-in is a while ago
            page.get_by_label("Code").fill(steps.shown_by_app(secret, ahead=1))
            page.get_by_role("button", name="Confirm").click()
    page.goto("/accounts/2fa/recovery-codes/")
    page.wait_for_selector(".codes")


def _about_to_be_signed_out(page: Page) -> None:
    page.route("**/session/", lambda route: route.fulfill(json={"left": 100, "token": "x"}))
    page.goto("/log/")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#staying")
    page.unroute("**/session/")


def _sent_after_the_end(page: Page) -> None:
    page.goto("/recovery/")
    kept = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.evaluate(SEND)
    page.wait_for_selector("#typed")
    page.context.add_cookies(kept)


# A form of the page before, sent by somebody who is not signed in any more.
SEND = """async () => {
  const page = await (await fetch('/accounts/login/')).text();
  const token = page.match(/name="csrfmiddlewaretoken" value="(\\w+)"/)[1];
  const form = Object.assign(document.createElement('form'), { method: 'post', action: '/log/' });
  for (const [name, value] of Object.entries({ csrfmiddlewaretoken: token, note: 'It itches a little.', redness: '2' })) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


def _recovery_opened(page: Page) -> None:
    page.goto("/recovery/")
    for summary in page.locator("summary").all():
        summary.click()


def _as_before(page: Page) -> None:
    steps.tell(page, 1, redness=2)
    page.goto("/log/")
    page.locator("button[name=same]").click()
    page.wait_for_selector(".notice")


def _enrolment_refused(page: Page) -> None:
    page.goto("/clinic/patients/new/")
    page.locator("summary").click()
    page.locator("#id_treated_on").fill("2199-01-01")
    page.locator("#id_device").fill("A pen")
    page.get_by_role("button", name="Enrol").click()
    page.wait_for_selector(".invalid-feedback")


def _keys_of_the_queue(page: Page) -> None:
    page.goto("/clinic/")
    page.keyboard.press("?")
    page.wait_for_selector("#keys-help[open]")


def _snooze_refused(page: Page) -> None:
    page.goto("/clinic/?urgency=watch")
    page.locator(".snooze summary").click()
    page.locator(".snooze").get_by_role("button", name="Snooze", exact=True).click()
    page.wait_for_selector(".review .errors")


def _first_of_the_queue(page: Page) -> None:
    page.goto("/clinic/")
    page.locator(".qrow a").first.click()
    page.wait_for_url("**/clinic/recoveries/**")


def _review_refused(page: Page) -> None:
    _first_of_the_queue(page)
    page.locator("#reply").fill("A reply without a decision.")
    page.locator(".acts .btn-main").click()
    page.wait_for_url("**/review/")


def _reply_texts(page: Page) -> None:
    page.goto("/clinic/replies/")
    start = page.get_by_role("button", name="Start with five examples")
    if start.count():  # they are there already from the other colours
        start.click()
    page.wait_for_selector("text=Please come in")


def _reply_text_refused(page: Page) -> None:
    page.goto("/clinic/replies/new/")
    page.get_by_label("Text").fill("Hello {nmae}.")
    page.get_by_role("button", name="Save the text").click()
    page.wait_for_selector(".errors")


def _click_on(page: Page, path: str, link: str) -> None:
    page.goto(path)
    page.get_by_role("link", name=link).click()
    page.wait_for_selector("h1:has-text('Delete')")


def _recovery_with_texts(page: Page) -> None:
    _first_of_the_queue(page)
    while (closed := page.locator("details:not([open]) > summary:visible")).count():
        closed.first.click()


def _one_patient(page: Page) -> None:
    page.goto("/clinic/patients/?q=Ferreira")
    page.locator(".sheet tbody a").first.click()
    page.wait_for_url(lambda url: "?q" not in url)


def _closing(page: Page) -> None:
    _one_patient(page)
    page.get_by_role("link", name="Close the recovery").click()
    page.wait_for_url("**/close/")


def _further_treatment(page: Page) -> None:
    _one_patient(page)
    page.get_by_role("link", name="Record a treatment").click()
    page.wait_for_url("**/treatments/new/")


def _further_treatment_refused(page: Page) -> None:
    _further_treatment(page)
    page.locator("#id_treated_on").fill("2199-01-01")
    page.get_by_role("button", name="Record").click()
    page.wait_for_selector(".invalid-feedback")


def _calm_recovery(page: Page) -> None:
    _one_patient(page)
    page.get_by_role("link", name="Session 1").click()
    page.wait_for_url("**/clinic/recoveries/**")
