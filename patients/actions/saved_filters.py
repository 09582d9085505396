"""Filters of the queue that a clinician keeps under a name."""

from __future__ import annotations

from patients import permissions
from patients.actions import audit
from patients.errors import NotNow
from patients.models import SavedFilter, User

MOST_SAVED = 20


def save_filter(*, by: User, name: str, query: str) -> SavedFilter:
    """Keeps an address's query under a name; `query` as written by a parsed filter. Safe to repeat."""
    permissions.check_clinic_pages(by)
    name = name.strip()
    if not 1 <= len(name) <= 40 or "\0" in name:
        raise NotNow("Give the filter a name of up to 40 letters.")
    if not query:
        raise NotNow("Nothing is filtered yet. Choose a filter, then save it.")
    with audit.atomic():
        # The person's own row as the lock: two that are saved at once are counted one after the other.
        User.objects.select_for_update(no_key=True).filter(pk=by.pk).order_by().values_list("pk").get()
        known = {saved.name: saved for saved in by.saved_filters.all()}
        if name in known:
            if known[name].query != query:
                raise NotNow(f"You have saved another filter as “{name}”. Choose another name, or delete that one first.")
            return known[name]
        if len(known) >= MOST_SAVED:
            raise NotNow(f"You have saved {MOST_SAVED} filters, which is the most. Delete one first.")
        saved = SavedFilter.objects.create(user=by, name=name, query=query)
        audit.record("filter saved", by, by=by, clinic=by.clinic, after={"name": name})
    return saved


def delete_filter(*, by: User, name: str) -> None:
    """Forgets one's own filter of this name. Safe to repeat."""
    permissions.check_clinic_pages(by)
    if "\0" in name:
        return  # none is called so, and PostgreSQL cannot even be asked
    with audit.atomic():
        gone, _ = SavedFilter.objects.filter(user=by, name=name).delete()
        if gone:
            audit.record("filter deleted", by, by=by, clinic=by.clinic, before={"name": name})
