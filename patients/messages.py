"""Where the sentences wait that the next page says."""

from __future__ import annotations

from typing import Any

from django.contrib.messages.storage.base import BaseStorage
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.session import SessionStorage

from patients.models import Role


class MessageStorage(BaseStorage):
    """In a cookie for patients; in the session for staff, whose sentences name patients: a cookie outlives the signing out."""

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.cookie: Any = CookieStorage(request)
        self.session: Any = SessionStorage(request)

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        waiting = [*(self.cookie._get()[0] or []), *(self.session._get()[0] or [])]
        return waiting, True

    def _store(self, messages: list[Any], response: Any, *args: Any, **kwargs: Any) -> list[Any]:
        user = getattr(self.request, "user", None)
        is_staff = bool(messages) and user is not None and user.is_authenticated and user.role != Role.PATIENT
        # Only what there is or was: writing an empty list makes the session one that was changed.
        if is_staff or self.session.session_key in self.request.session:
            self.session._store(messages if is_staff else [], response)
        if not is_staff or self.cookie.cookie_name in self.request.COOKIES:
            return self.cookie._store([] if is_staff else messages, response)
        return []
