"""How allauth signs people in here: nobody registers alone, clinics enrol their patients."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from patients.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail says how to reach the clinic, so it needs the person whose address it is."""
        known = User.objects.filter(email=email.strip().lower()).first()
        super().send_mail(template_prefix, email, {"user": known, **context})
