"""What the site's pages are measured against: the simplest Django that does such a job, neither padded nor tuned.

Signing in, sessions, CSRF and every middleware are the site's own.
"""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from patients.models import Flag
from tests.bench.forms import NoteForm

LEAN = "<!doctype html>" + "<p>The same words again, put together beforehand and only sent.</p>\n" * 225


def page(request):
    """A list of a hundred rows: one query beside the sign-in, one template."""
    return render(request, "bench/page.html", {"flags": Flag.objects.filter(clinic=request.user.clinic)[:100]})


def lean(request):
    """As much HTML without a query or a template of its own; no reference, only to show the span."""
    return HttpResponse(LEAN)


def new_note(request):
    """One row from a validated form."""
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.instance.author = request.user
        with transaction.atomic():
            form.save()
        return redirect("bench-new-note")
    return render(request, "bench/new_note.html", {"form": form})
