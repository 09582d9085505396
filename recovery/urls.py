"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from patients.views import sign_in

# One way in for everybody, so that its rate limits hold for the admin pages too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "patients.failing.failed"
urlpatterns = [
    path("", include("patients.urls")),
    # Before allauth's own, which lets the last one go.
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", sign_in.remove_passkey, name="mfa_remove_webauthn"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "patients.views.refusals.unreadable"
