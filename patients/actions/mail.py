"""E-mails, in the patient's language whoever sends them.

None holds a word about health or the full name of a patient to anybody else; each to a patient says that it is not watched
and how to reach the clinic.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from patients.actions.links import log_token, off_token
from patients.language import dated
from patients.models import Clinic, Patient, Treatment, User
from recovery.timeline.rank import ago

logger = logging.getLogger(__name__)


def delivered(send: Callable[[], None], what: str) -> bool:
    """Sends by calling; False where no mail server takes it. `what` names it for the server's log, without a person's name."""
    try:
        send()
    # SMTPException is an OSError; an address or a clinic's name that no mail can carry is a ValueError.
    except (OSError, ValueError) as error:
        # Not the error's own words, which may hold the address.
        logger.error("%s not sent: %s", what, type(error).__name__)
        return False
    return True


def announce_reply(patient: Patient) -> None:
    """Tells the patient that the clinic has answered, without what it says. Raises where it cannot be sent."""
    # A link without the recovery's id: mail may be forwarded, and who opens it has to sign in.
    with translation.override(patient.speaks):
        subject = gettext("{clinic} has answered").format(clinic=patient.clinic.name)
        send_mail(subject, _text("reply", patient, reverse("recovery")), None, [patient.user.email])


def nudge(patient: Patient) -> None:
    """Tells a patient who has gone quiet that the clinic would like to hear from them. Raises where it cannot be sent."""
    with translation.override(patient.speaks):
        text = _text("nudge", patient, reverse("log-link", args=[log_token(patient)]))
        subject = gettext("{clinic} would like to hear from you").format(clinic=patient.clinic.name)
    headers = {"Auto-Submitted": "auto-generated"}  # keeps notices of absence from coming back
    EmailMessage(subject, text, to=[patient.user.email], headers=headers).send()


def alert(user: User, clinic: Clinic) -> None:
    """Tells a clinician that the queue cannot wait. Raises where it cannot be sent."""
    _to_staff(user, clinic, f"{clinic.name}: please open your queue now", "alert")


def overdue(user: User, clinic: Clinic, count: int, first: Sequence[Treatment], now: datetime) -> None:
    """Tells a clinician how many rows are past their promised time, and names the first ones. Raises where it cannot be sent."""
    said = "1 row is" if count == 1 else f"{count} rows are"
    lines = [_overdue_line(treatment, now) for treatment in first]
    more = f"and {count - len(lines)} more" if count > len(lines) else ""
    _to_staff(user, clinic, f"{clinic.name}: {said} past the promised time", "overdue", said=said, lines=lines, more=more)


def _overdue_line(treatment: Treatment, now: datetime) -> str:
    """Enough for a colleague to know who it is and to get there; a stranger who reads the mail learns no name."""
    assert treatment.answer_due is not None
    link = settings.BASE_URL + reverse("clinic-recovery", args=[treatment.uuid])
    return f"{treatment.patient.user.initials}, {ago(now - treatment.answer_due)} overdue: {link}"


def _to_staff(user: User, clinic: Clinic, subject: str, template: str, **more: str | Sequence[str]) -> None:
    context = {"user": user, "clinic": clinic, "link": settings.BASE_URL + reverse("queue"), **more}
    text = render_to_string(f"mail/{template}.txt", context)
    EmailMessage(subject, text, to=[user.email], headers={"Auto-Submitted": "auto-generated"}).send()


def invite(patient: Patient, token: str) -> None:
    """Invites a new patient with a link that signs them in once. Raises where it cannot be sent."""
    code = settings.BASE_URL + reverse("account_request_login_code")
    with translation.override(patient.speaks):
        text = _text("invitation", patient, reverse("invitation", args=[token]), code=code)
        subject = gettext("{clinic}: your sign-in").format(clinic=patient.clinic.name)
    EmailMessage(subject, text, to=[patient.user.email], headers={"Auto-Submitted": "auto-generated"}).send()


def remind(patient: Patient, connection: BaseEmailBackend) -> None:
    """Asks for today's entry. Raises OSError or ValueError where it cannot be sent: whoever asks tries again later."""
    off = settings.BASE_URL + reverse("reminders-off", args=[off_token(patient)])
    with translation.override(patient.speaks):
        text = _text("reminder", patient, reverse("log-link", args=[log_token(patient)]), off=off)
        subject = gettext("{clinic}: a minute for your entry").format(clinic=patient.clinic.name)
    headers = {
        # The button that mail programs show; RFC 8058 lets it be one tap there too.
        "List-Unsubscribe": f"<{off}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",  # keeps notices of absence from coming back
    }
    EmailMessage(subject, text, to=[patient.user.email], headers=headers, connection=connection).send()


def say_goodbye(clinic: Clinic, email: str, language: str) -> None:
    """The last mail to somebody whose account is gone: whoever did not wish it learns of it."""
    with translation.override(language):
        text = render_to_string("mail/goodbye.txt", {"clinic": clinic})
        subject = gettext("{clinic}: your account is deleted").format(clinic=clinic.name)
    _post(subject, text, email, "goodbye")


def say_kept(clinic: Clinic, email: str, language: str, until: date) -> None:
    """To somebody who is signed out for good, and whose record the clinic must keep for some time yet."""
    with translation.override(language):
        text = render_to_string("mail/kept.txt", {"clinic": clinic, "until": until})
        subject = gettext("{clinic}: your sign-in has ended").format(clinic=clinic.name)
    _post(subject, text, email, "kept")


def announce_erasure(patient: Patient, day: date) -> None:
    """Tells a patient of whom nothing was heard for long what happens on this day. Raises where it cannot be sent."""
    with translation.override(patient.speaks):
        text = _text("ending", patient, reverse("record-download"), day=dated(day, gettext("j F Y")))
        subject = gettext("{clinic}: your account will be deleted").format(clinic=patient.clinic.name)
    EmailMessage(subject, text, to=[patient.user.email], headers={"Auto-Submitted": "auto-generated"}).send()


def _text(template: str, patient: Patient, path: str, **more: str) -> str:
    context = {"patient": patient, "clinic": patient.clinic, "link": settings.BASE_URL + path, **more}
    return render_to_string(f"mail/{template}.txt", context)


def _post(subject: str, text: str, email: str, template: str) -> None:
    try:
        send_mail(subject, text, None, [email])
    # SMTPException is an OSError too.
    except OSError:
        # What was decided is stored and shown on the page; a mail server that is down must not undo it.
        logger.exception("mail %s not sent", template)
