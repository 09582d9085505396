"""E-mails, in the patient's language whoever sends them.

None holds a word about health; each says that it is not watched and how to reach the clinic.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from patients.actions.links import log_token, off_token
from patients.models import Clinic, Patient, Treatment

logger = logging.getLogger(__name__)


def announce_reply(treatment: Treatment) -> None:
    """Tells the patient that the clinic has answered, without what it says."""
    # A link without the recovery's id: mail may be forwarded, and who opens it has to sign in.
    with translation.override(treatment.patient.speaks):
        subject = gettext("{clinic} has answered").format(clinic=treatment.clinic.name)
        _send(subject, "reply", treatment.patient, reverse("recovery"))


def invite(patient: Patient) -> None:
    """Tells a new patient where and how to sign in."""
    with translation.override(patient.speaks):
        subject = gettext("{clinic}: your sign-in").format(clinic=patient.clinic.name)
        _send(subject, "invitation", patient, reverse("account_request_login_code"))


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
