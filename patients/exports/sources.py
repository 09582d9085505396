"""Sources and claims as their pages list them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from patients.models import Claim, Source


def sources_with_counts() -> Iterable[Source]:
    """Each with `claim_count`, best grade first."""
    # Counted in the query: one for each source would grow with the list.
    return Source.objects.annotate(claim_count=Count("claims")).order_by("grade", "publisher", "key")


def claims_of(source: Source) -> Iterable[Claim]:
    """By symptom and day."""
    return source.claims.select_related("symptom").order_by("symptom__position", "first_day", "last_day", "pk")


def sources_named(keys: Iterable[str]) -> list[Source]:
    """Best grade first; a key that no source has any more is left out."""
    return list(Source.objects.filter(key__in=set(keys)))
