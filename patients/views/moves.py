"""Moving running recoveries to the version in force: what it would change, then batch by batch."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from patients import permissions, policies
from patients.actions.moves import move_batch, running, to_move
from patients.errors import NotNow
from patients.exports.effects import effect_of
from patients.forms.publishing import GOING
from patients.models import Clinic, NormVersion, User
from patients.models.norm_values import read_norms
from patients.views.access import norms_protocol, user_of


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, protocol: str, number: int) -> HttpResponse:
    """GET shows what would change; each POST moves the next batch, so it can stop anywhere and go on later."""
    user, found = user_of(request), norms_protocol(request, protocol)
    permissions.check_move_recoveries(user)
    version = get_object_or_404(NormVersion.objects.published().select_related("protocol"), protocol=found, number=number)
    try:
        policies.check_version_can("move recoveries to it", version)
        if request.method == "POST":
            return _moved(request, user, version)  # refuses too: somebody may publish the next version during the batch
    except NotNow as refusal:
        messages.error(request, str(refusal))
        return redirect("norms-versions", protocol=protocol)
    return render(request, "norms/move.html", _context(request, user, version))


def _moved(request: HttpRequest, user: User, version: NormVersion) -> HttpResponse:
    slug, number = version.protocol.slug, version.number
    if not move_batch(by=user, version=version):
        messages.success(request, f"All running recoveries follow version {number}.")
        return redirect("norms-versions", protocol=slug)
    request.session[GOING] = str(version.pk)
    return redirect(request.path)


def _context(request: HttpRequest, user: User, version: NormVersion) -> dict[str, object]:
    assert isinstance(user.clinic, Clinic)  # check_move_recoveries lets nobody else through
    # The page that goes on by itself is shown once for each batch that was asked for: no address or reload starts it.
    is_going = request.session.pop(GOING, "") == str(version.pk)
    total, left = running(user.clinic, version).count(), to_move(user.clinic, version).count()
    return {
        "section": "norms",
        "clinic": user.clinic,
        "version": version,
        "protocol": version.protocol,
        "total": total,
        "left": left,
        "done": total - left,
        "is_going": is_going,
        # Between two batches there is nothing new to read, only waiting.
        "sheet": None if is_going else effect_of(version, read_norms(version), user),
    }
