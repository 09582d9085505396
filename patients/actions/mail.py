"""E-mails. None holds a word about health; each says that it is not watched and how to reach the clinic."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from patients.actions.links import log_token, off_token
from patients.models import Clinic, Patient, Treatment

logger = logging.getLogger(__name__)


def announce_reply(treatment: Treatment) -> None:
    """Tells the patient that the clinic has answered, without what it says."""
    # A link without the recovery's id: mail may be forwarded, and who opens it has to sign in.
    _send(f"{treatment.clinic.name} has answered", "reply", treatment.patient, reverse("recovery"))


def invite(patient: Patient) -> None:
    """Tells a new patient where and how to sign in."""
    _send(f"{patient.clinic.name}: your sign-in", "invitation", patient, reverse("account_request_login_code"))


def remind(patient: Patient, connection: BaseEmailBackend) -> None:
    """Asks for today's entry. Raises OSError or ValueError where it cannot be sent: whoever asks tries again later."""
    off = settings.BASE_URL + reverse("reminders-off", args=[off_token(patient)])
    text = _text("reminder", patient, reverse("log-link", args=[log_token(patient)]), off=off)
    headers = {
        # The button that mail programs show; RFC 8058 lets it be one tap there too.
        "List-Unsubscribe": f"<{off}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",  # keeps notices of absence from coming back
    }
    subject = f"{patient.clinic.name}: a minute for your entry"
    EmailMessage(subject, text, to=[patient.user.email], headers=headers, connection=connection).send()


def say_goodbye(clinic: Clinic, email: str) -> None:
    """The last mail to somebody whose account is gone: whoever did not wish it learns of it."""
    text = render_to_string("mail/goodbye.txt", {"clinic": clinic})
    _post(f"{clinic.name}: your account is deleted", text, email, "goodbye")


def _text(template: str, patient: Patient, path: str, **more: str) -> str:
    context = {"patient": patient, "clinic": patient.clinic, "link": settings.BASE_URL + path, **more}
    return render_to_string(f"mail/{template}.txt", context)


def _send(subject: str, template: str, patient: Patient, path: str) -> None:
    _post(subject, _text(template, patient, path), patient.user.email, template)


def _post(subject: str, text: str, email: str, template: str) -> None:
    try:
        send_mail(subject, text, None, [email])
    # SMTPException is an OSError too.
    except OSError:
        # What was decided is stored and shown on the page; a mail server that is down must not undo it.
        logger.exception("mail %s not sent", template)
