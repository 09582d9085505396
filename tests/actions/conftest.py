"""What the tests of norm versions share: a protocol, its draft, and a second admin."""

import pytest

from patients.actions.norms import start_draft
from patients.models import Protocol, Role
from tests.factories import a_member


@pytest.fixture
def pen(db):
    return Protocol.objects.get(slug="pen")


@pytest.fixture
def draft(admin, pen):
    return start_draft(by=admin, protocol=pen)


@pytest.fixture
def colleague(clinic):
    return a_member(clinic, Role.ADMIN, "Jo Blake", title="Dr")
