"""Django's admin: people, clinics and look-ups to change; norms and the audit to read."""

from django.contrib import admin
from django.http import HttpRequest

from patients.models import AuditEvent, Clinic, NormVersion, Patient, Protocol, Source, Symptom, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "role", "clinic", "is_active"]
    list_filter = ["role", "is_active", "clinic"]
    search_fields = ["email", "name"]
    exclude = ["password", "last_login", "groups", "user_permissions"]

    def save_model(self, request: HttpRequest, obj: User, form: object, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # they sign in with an e-mailed code, then choose one
        super().save_model(request, obj, form, change)


admin.site.register(Clinic)


class ReadOnly(admin.ModelAdmin):
    """To look at; what may change has a page of its own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(NormVersion)
class NormVersionAdmin(ReadOnly):
    list_display = ["protocol", "number", "published_at", "published_as"]

    def view_on_site(self, obj: NormVersion) -> str:
        return f"/norms/{obj.protocol.slug}/v{obj.number}/"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ["at", "action", "actor_label", "subject_type"]


for model in (Patient, Protocol, Source, Symptom):
    admin.site.register(model, ReadOnly)
