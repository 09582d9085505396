"""Every address that the site answers, as its resolver knows them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import URLPattern


class Address(NamedTuple):
    name: str  # with its namespace
    route: str
    view: Any


def _walk(resolver: URLResolver, route: str = "", namespace: str = "") -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield Address(f"{namespace}{pattern.name or ''}", route + str(pattern.pattern), pattern.callback)
        else:
            inside = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, route + str(pattern.pattern), inside)


def addresses() -> list[Address]:
    return list(_walk(get_resolver()))
