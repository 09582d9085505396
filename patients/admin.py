"""Django's admin: people, clinics and look-ups to change; norms and the audit to read."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from patients.actions import audit
from patients.actions.account import account_changed, clinic_changed, second_step_removed
from patients.models import AuditEvent, Clinic, NormVersion, OutgoingMail, Patient, Protocol, Source, Symptom, User
from patients.views.access import user_of


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "role", "clinic", "is_active"]
    list_filter = ["role", "is_active", "clinic"]
    search_fields = ["email", "name"]
    # Passwords are their owners' to choose, and what a person may do follows from the role alone.
    exclude = ["password", "last_login", "groups", "user_permissions", "session_salt"]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # they sign in with an e-mailed code, then choose one
        with audit.atomic():
            super().save_model(request, obj, form, change)
            if not change or form.changed_data:
                account_changed(by=user_of(request), user=obj, fields=form.changed_data if change else [])


# Clinics have no page of their own: phone, hours and working days are changed here.
@admin.register(Clinic)
class ClinicAdmin(admin.ModelAdmin):
    def save_model(self, request: HttpRequest, obj: Clinic, form: Any, change: bool) -> None:
        with audit.atomic():
            super().save_model(request, obj, form, change)
            if not change or form.changed_data:
                clinic_changed(by=user_of(request), clinic=obj, fields=form.changed_data if change else [])


class ReadOnly(admin.ModelAdmin):
    """To look at; what may change has a page of its own."""

    # Not even for a superuser: what is changed here would be missing in the audit.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class Linked(ReadOnly):
    """Shown with a link to the page on which it is read or edited."""

    readonly_fields = ["page"]

    @admin.display(description="Where it is read and edited")
    def page(self, obj: NormVersion | Protocol | Source) -> str:
        words, url = self.place(obj)
        return format_html('<a href="{}">{}</a>', url, words) if url else words

    def place(self, obj: Any) -> tuple[str, str]:
        """The words of the link and its address; without an address the words say why there is none."""
        raise NotImplementedError


@admin.register(NormVersion)
class NormVersionAdmin(Linked):
    list_display = ["protocol", "number", "published_at", "published_as", "page"]
    list_select_related = ["protocol__clinic"]

    def place(self, obj: NormVersion) -> tuple[str, str]:
        if obj.protocol.clinic:
            return _own(obj.protocol.clinic)
        if obj.is_draft:
            return "Edit the draft", reverse("draft", args=[obj.protocol.slug])
        return f"Open version {obj.number}", reverse("norms-version", args=[obj.protocol.slug, obj.number])


@admin.register(Protocol)
class ProtocolAdmin(Linked):
    list_display = ["name", "clinic", "retired_at", "page"]
    list_select_related = ["clinic"]

    def place(self, obj: Protocol) -> tuple[str, str]:
        return _own(obj.clinic) if obj.clinic else ("Open its norms", reverse("norms-of", args=[obj.slug]))


@admin.register(Source)
class SourceAdmin(Linked):
    list_display = ["key", "publisher", "year", "grade", "page"]
    # Django 5 warns where no scheme is chosen for an address typed without one.
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def place(self, obj: Source) -> tuple[str, str]:
        return "Open it with its claims", reverse("source", args=[obj.key])


def _own(clinic: Clinic) -> tuple[str, str]:
    # The same address shows everybody else the shared protocol.
    return f"{clinic.name} has its own. Its admins edit it.", ""


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ["at", "action", "actor_label", "subject_type"]
    # What patients wrote stands in them too, and running the installation needs none of it.
    exclude = ["before", "after", "why", "salt"]


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnly):
    list_display = ["queued_at", "kind", "clinic", "attempts", "sent_at", "dropped_at"]
    list_select_related = ["clinic"]


# allauth's own page shows the secrets and lets them be changed.
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    """The second steps of signing in. Deleting one lets in somebody who has lost it: with a password or code they set up another."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    exclude = ["data"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return True

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        with audit.atomic():
            super().delete_model(request, obj)
            second_step_removed(by=user_of(request), user=obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Authenticator]) -> None:
        with audit.atomic():
            for one in queryset.select_related("user__clinic"):
                self.delete_model(request, one)


for model in (Patient, Symptom):
    admin.site.register(model, ReadOnly)
