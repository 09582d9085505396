"""The site's addresses and the references beside them."""

from django.urls import include, path

from tests.bench import views

urlpatterns = [
    path("", include("recovery.urls")),
    path("bench/page/", views.page),
    path("bench/lean/", views.lean),
    path("bench/notes/new/", views.new_note, name="bench-new-note"),
]
