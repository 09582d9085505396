"""Events from before the chain are chained in the order in which they were written; stopped on the way, nothing is."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from patients.management.verifying import Verification
from patients.models import AuditEvent, AuditHead
from patients.models.frozen import install
from tests.factories import a_log
from tests.management.test_verify_audit import open_to_all  # noqa: F401

migration = importlib.import_module("patients.migrations.0017_audit_chain")
NOTHING = dict.fromkeys(migration.FILLED, "") | {"seq": None}


class Editor:
    connection = connection

    def execute(self, sql, params=()):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)


@pytest.fixture
def unchained(treatment, other_treatment, open_to_all):  # noqa: F811
    """As it was: of two clinics by turns, and one event that an erasure has blanked."""
    for day in (4, 3):
        for of in (treatment, other_treatment):
            a_log(of, day, late=4 - day)
    AuditEvent.objects.update(**NOTHING)
    first = AuditEvent.objects.order_by("pk").first()
    AuditEvent.objects.filter(pk=first.pk).update(subject_id="erased", before=None, after=None, actor=None, actor_label="erased")
    AuditHead.objects.all()._raw_delete("default")


@pytest.mark.parametrize("batch", [1, 3, 2000])
def test_what_is_there_is_chained(unchained, treatment, clinician, monkeypatch, batch):
    monkeypatch.setattr(migration, "BATCH", batch)
    said = list(AuditEvent.objects.order_by("pk").values("pk", "at", "action", "subject_id", "after", "actor", "actor_label"))
    migration.chain_rows(apps, Editor())
    assert list(AuditEvent.objects.order_by("pk").values(*said[0])) == said
    assert [walk.touched for walk in Verification(set()).walks()] == [None, None]
    assert list(AuditEvent.objects.filter(clinic=clinician.clinic).order_by("pk").values_list("seq", "role")) == [
        (1, ""), (2, "clinician"), (3, "patient"), (4, "patient"),
    ]  # fmt: skip
    # And goes on from there, with the triggers back.
    install(Editor())
    a_log(treatment, 4, redness=2)
    assert (AuditEvent.objects.latest("pk").seq, [walk.touched for walk in Verification(set()).walks()]) == (5, [None, None])
