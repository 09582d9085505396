"""A clinic's own texts: what a person reads now, and publishing another version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from patients import permissions
from patients.actions import audit
from patients.errors import NotNow, Overtaken
from patients.language import long_date, offered
from patients.models import Clinic, ClinicText, Consent, User
from patients.models.retention import retention_of
from patients.models.texts import InForce

PLACEHOLDERS = ("clinic", "phone", "hours", "emergency", "retention")
LONGEST = {ClinicText.Kind.PRIVACY: 20_000, ClinicText.Kind.PHOTOS: 1_500}  # the second stands on the log form


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a person reads it, and which one it is."""

    language: str
    number: int
    text: str

    @property
    def key(self) -> str:
        """What a form sends back, to tell that it was this text that the person read."""
        return sha256(f"{self.language} {self.number} {self.text}".encode()).hexdigest()[:20]


def text_for(clinic: Clinic, kind: str, language: str) -> Shown:
    found = ClinicText.objects.in_force(clinic, kind, language)
    return Shown(found.language, found.number, filled(found.text, clinic, found.language))


def filled(text: str, clinic: Clinic, language: str) -> str:
    """With the clinic's own name and numbers. What is no placeholder stays as it stands."""
    said = {"clinic": clinic.name, "phone": clinic.phone, "emergency": clinic.emergency_number}
    # The text's own language, whoever looks at it.
    with translation.override(language):
        said["hours"] = clinic.hours_said
        if "{retention}" in text:
            said["retention"] = retention_said(clinic)
    return re.sub(r"\{([a-z]+)\}", lambda found: said.get(found[1], found[0]), text)


def retention_said(clinic: Clinic) -> str:
    """How long records are kept, in sentences that are true whatever is set."""
    kept = retention_of(clinic)
    said = [gettext("What you log stays until you delete your account.")]
    if kept.delete_months:
        months = kept.delete_months
        pattern = ngettext(
            "It is deleted by itself {number} month after you were last here. You get an e-mail 30 days before.",
            "It is deleted by itself {number} months after you were last here. You get an e-mail 30 days before.",
            months,
        )
        said.append(pattern.format(number=months))
    if kept.keep_months:
        months = kept.keep_months
        pattern = ngettext(
            "The clinic must keep records for {number} month after the last entry. If you delete your account sooner, your sign-in ends "
            "at once and your record is deleted when that time is over.",
            "The clinic must keep records for {number} months after the last entry. If you delete your account sooner, your sign-in ends "
            "at once and your record is deleted when that time is over.",
            months,
        )
        said.append(pattern.format(number=months))
    return " ".join(said)


def publish_text(*, by: User, kind: str, language: str, text: str, seen: int, asks_again: bool = False) -> InForce:
    """Puts a new version in the place of number `seen`. Safe to repeat: the same again changes nothing.

    `asks_again`: whoever has allowed photos is asked again; photos that are there stay. Raises NotNow for a text that cannot
    be published, and Overtaken where somebody published another one meanwhile.
    """
    permissions.check_set_privacy(by)
    assert by.clinic is not None
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    check_text(kind, text)
    with audit.atomic():
        # The lock: of two who publish at once, the second finds the first one's version.
        clinic = Clinic.objects.select_for_update(no_key=True).get(pk=by.clinic.pk)
        stands = ClinicText.objects.versions_of(clinic, kind, offered(language)).first()
        if stands is not None and stands.text == text and stands.asks_again >= asks_again:
            return InForce(kind, stands.language, stands.number, stands.text)
        if (stands.number if stands else 0) != seen:
            raise Overtaken(_overtaken(stands))
        made = ClinicText(clinic=clinic, kind=kind, language=offered(language), number=seen + 1, text=text, asks_again=asks_again)
        made.published_at, made.published_by = timezone.now(), by
        made.save()
        said = {"kind": kind, "language": made.language, "number": made.number, "text": text}
        said |= {"asked_again": _ask_again(clinic, made.published_at)} if asks_again else {}
        audit.record("clinic text published", made, by=by, clinic=clinic, before={"number": seen}, after=said)
    return InForce(kind, made.language, made.number, text)


def _ask_again(clinic: Clinic, now: datetime) -> int:
    """How many people are asked again; whatever language they read."""
    return Consent.objects.standing().filter(clinic=clinic, kind=Consent.Kind.PHOTOS).update(lapsed_at=now)


def _overtaken(stands: ClinicText | None) -> str:
    if stands is None:
        return "This did not arrive whole: the page must say which version you read. Nothing is published; what you typed is below."
    at = stands.clinic.local(stands.published_at)
    day = "" if at.date() == stands.clinic.today() else f" on {long_date(at.date())}"
    who = f"{stands.published_by.byline} published version {stands.number} at {at:%H:%M}{day}, while this page was open."
    return f"{who} Nothing of yours is published; what you typed is below. Publish again to put it in its place."


def check_text(kind: str, text: str) -> None:
    """What may be published, in one sentence for the first thing that is wrong."""
    if not text:
        raise NotNow("The text is empty. Write what patients are to read.")
    most = LONGEST[ClinicText.Kind(kind)]
    if len(text) > most:
        raise NotNow(f"The text has {len(text):,} letters; {most:,} fit. Shorten it.")
    rest = re.sub("|".join(f"{{{known}}}" for known in PLACEHOLDERS), "", text)
    # A slip such as {phnoe} would reach the patient as it stands.
    if found := re.search(r"\{[^{}\n]{0,40}\}?|\}", rest):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise NotNow(f"“{found[0].strip()}” is not a placeholder. Write one of {known}, and no other curly brackets.")
