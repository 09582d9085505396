"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# One way in for everybody, so that its rate limits hold for the admin pages too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "patients.failing.failed"
urlpatterns = [
    path("", include("patients.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
