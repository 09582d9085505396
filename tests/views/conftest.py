"""The visitors of the site and the addresses they ask for: where the table of who may open what stands."""

import pytest

from tests.views.test_access import browsers, invited, other_admin, own_pen, url_of  # noqa: F401 - fixtures for all of this folder


@pytest.fixture
def as_superuser(superuser, signed_in):
    return signed_in(superuser)


@pytest.fixture
def commits_at_once(monkeypatch):
    """What waits for the commit is done within the request, as in earnest: it may write to the session."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, using=None, robust=False: act())
