"""How allauth signs people in here: nobody registers alone, clinics enrol their patients."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from patients.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # A person who registers alone would belong to no clinic, and that the database refuses.
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail says how to reach the clinic, so it needs the person whose address it is."""
        # None for an address that nobody signs in with: allauth writes there too, so that no form tells who is a patient.
        known = User.objects.filter(email=email.strip().lower()).first()
        super().send_mail(template_prefix, email, {"user": known, **context})
