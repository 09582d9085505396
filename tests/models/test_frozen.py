"""Published norms and the audit cannot change, whoever writes to the database."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from patients.actions.norms import start_draft
from patients.models import Adjustment, AuditEvent, AuditHead, Band, Guidance, Milestone, NormVersion, Phase, Protocol, WarningSign
from patients.models.frozen import VERSION_ROWS
from tests.factories import a_draft, a_log, publish

KINDS = [Band, Phase, Milestone, Guidance, WarningSign, Adjustment]
PUBLISHED, APPEND_ONLY = "a published norm version cannot change", "audit rows are only ever added"
ONLY_GROWS = "the end of an audit chain only moves on"
CHAIN = ("seq", "who_digest", "what_digest", "prev", "hash")  # what blanking leaves of it
# A change of each kind of row that breaks no other rule.
EDITS = {
    Band: {"rationale": "other"}, Phase: {"name": "other"}, Milestone: {"title": "other"}, Guidance: {"text": "other"},
    WarningSign: {"advice": "other"}, Adjustment: {"label": "other"},
}  # fmt: skip
UNIQUE = {Band: {"first_day": 3000, "last_day": 3001}, WarningSign: {"code": "other"}}  # what a second row must differ in


@pytest.fixture
def refused():
    """Within it the database must refuse with the sentence; what came before is kept."""

    class Refused:
        def __init__(self, says):
            self.raises, self.savepoint = pytest.raises(IntegrityError, match=says), transaction.atomic()

        def __enter__(self):
            self.raises.__enter__()
            self.savepoint.__enter__()

        def __exit__(self, *error):
            self.savepoint.__exit__(*error)
            return self.raises.__exit__(*error)

    return Refused


def published_row(model):
    return model.objects.filter(version__published_at__isnull=False).first()


def copy_into(row, version):
    row.pk, row.version = None, version
    for field, value in UNIQUE.get(type(row), {}).items():
        setattr(row, field, value)
    row.save(force_insert=True)
    return row


@pytest.mark.django_db
@pytest.mark.parametrize("model", KINDS)
class TestRowsOfAPublishedVersion:
    def test_cannot_be_added(self, model, refused):
        row = published_row(model)
        with refused(PUBLISHED):
            copy_into(row, row.version)

    def test_cannot_be_changed(self, model, refused):
        row = published_row(model)
        with refused(PUBLISHED):
            model.objects.filter(pk=row.pk).update(**EDITS[model])

    def test_cannot_be_deleted(self, model, refused):
        with refused(PUBLISHED):
            model.objects.filter(pk=published_row(model).pk).delete()

    def test_cannot_be_moved_out_or_in(self, model, refused):
        row, draft = published_row(model), a_draft("pen")
        with refused(PUBLISHED):
            model.objects.filter(pk=row.pk).update(version=draft)
        with refused(PUBLISHED):
            model.objects.filter(pk=model.objects.filter(version=draft).first().pk).update(version=row.version)

    def test_of_a_draft_can_be_added_changed_and_deleted(self, model):
        draft = a_draft("pen")
        row = copy_into(model.objects.filter(version=draft).first(), draft)
        assert model.objects.filter(pk=row.pk).update(**EDITS[model]) == 1
        assert model.objects.filter(pk=row.pk).delete()[0] == 1


@pytest.mark.django_db
class TestAVersion:
    @pytest.fixture
    def published(self):
        return NormVersion.objects.get(protocol__slug="pen")

    @pytest.mark.parametrize(
        "change", [{"reason": "other"}, {"number": 7}, {"settings": {}}, {"published_at": None, "published_as": "", "reason": ""}]
    )
    def test_that_is_published_cannot_be_changed(self, published, refused, change):
        with refused(PUBLISHED):
            NormVersion.objects.filter(pk=published.pk).update(**change)

    def test_that_is_published_cannot_be_deleted(self, published, refused):
        with refused(PUBLISHED):
            published.delete()
        with refused(PUBLISHED):
            NormVersion.objects.filter(pk=published.pk)._raw_delete("default")

    def test_that_is_a_draft_can_be_published_once(self, refused):
        draft = publish(a_draft("pen"))
        draft.reason = "Another."
        with refused(PUBLISHED):
            draft.save()

    def test_that_is_a_draft_can_be_deleted(self):
        draft = a_draft("pen")
        draft.delete()
        assert NormVersion.objects.filter(protocol__slug="pen").count() == 1

    def test_freezes_its_rows_when_it_is_published(self, refused):
        draft = publish(a_draft("pen"))
        with refused(PUBLISHED):
            draft.bands.update(high=4)


# A change of each table that breaks no other rule, as somebody at the database's own prompt would write it.
SETS = {
    "band": "rationale = 'other'", "phase": "name = 'other'", "milestone": "title = 'other'", "guidance": "text = 'other'",
    "warningsign": "advice = 'other'", "adjustment": "label = 'other'",
}  # fmt: skip
NEW = {"band": {"first_day": 3000, "last_day": 3001}, "warningsign": {"code": "'other'"}}


def raw(statement, version):
    """How many rows a statement about one version changed; %s in it is the version's key."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [NormVersion._meta.pk.get_db_prep_value(version.pk, connection)] * statement.count("%s"))
        return cursor.rowcount


def copying(kind):
    """A statement that adds to a version a copy of one of its own rows."""
    model = next(m for m in KINDS if m._meta.model_name == kind)
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(str(NEW.get(kind, {}).get(name, name)) for name in columns)
    table = f"patients_{kind}"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE version_id = %s LIMIT 1"


def statements(kind):
    return {
        "update": f"UPDATE patients_{kind} SET {SETS[kind]} WHERE version_id = %s",
        "delete": f"DELETE FROM patients_{kind} WHERE version_id = %s",
        "insert": copying(kind),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("kind", VERSION_ROWS)
@pytest.mark.parametrize("verb", ["update", "delete", "insert"])
class TestRawSQL:
    def test_on_a_row_of_a_published_version_is_refused(self, kind, verb, refused):
        version = NormVersion.objects.get(protocol__slug="pen")
        table = next(m for m in KINDS if m._meta.model_name == kind).objects.filter(version=version).order_by("pk")
        known = list(table.values())
        with refused(PUBLISHED):
            raw(statements(kind)[verb], version)
        assert list(table.values()) == known != []

    def test_on_a_row_of_a_draft_is_done(self, kind, verb):
        draft = a_draft("pen")
        table = next(m for m in KINDS if m._meta.model_name == kind).objects.filter(version=draft)
        count = table.count()
        assert raw(statements(kind)[verb], draft) == (1 if verb == "insert" else count)
        assert table.count() == {"update": count, "delete": 0, "insert": count + 1}[verb]


@pytest.mark.django_db
class TestRawSQLOnAVersion:
    STATEMENTS = [
        "UPDATE patients_normversion SET reason = 'other' WHERE id = %s",
        "UPDATE patients_normversion SET published_at = NULL, published_as = '', reason = '' WHERE id = %s",
        "UPDATE patients_normversion SET edits = 7 WHERE id = %s",
        "DELETE FROM patients_normversion WHERE id = %s",
    ]

    @pytest.mark.parametrize("statement", STATEMENTS)
    def test_that_is_published_is_refused(self, statement, refused):
        version = NormVersion.objects.get(protocol__slug="pen")
        known = NormVersion.objects.filter(pk=version.pk).values().get()
        with refused(PUBLISHED):
            raw(statement, version)
        assert NormVersion.objects.filter(pk=version.pk).values().get() == known

    def test_that_is_a_draft_is_done(self):
        draft = a_draft("pen")
        assert raw("UPDATE patients_normversion SET edits = 7 WHERE id = %s", draft) == 1
        assert NormVersion.objects.get(pk=draft.pk).edits == 7
        assert [raw(statements(kind)["delete"], draft) > 0 for kind in VERSION_ROWS] == [True] * 6
        assert raw("DELETE FROM patients_normversion WHERE id = %s", draft) == 1

    @pytest.mark.parametrize("kind", VERSION_ROWS)
    def test_a_row_is_not_moved_into_one_that_is_published(self, kind, refused):
        draft, version = a_draft("pen"), NormVersion.objects.get(protocol__slug="pen", number=1)
        keys = [NormVersion._meta.pk.get_db_prep_value(v.pk, connection) for v in (version, draft)]
        with refused(PUBLISHED), connection.cursor() as cursor:
            cursor.execute(f"UPDATE patients_{kind} SET version_id = %s WHERE version_id = %s", keys)


class TestTheAudit:
    def test_cannot_be_changed(self, treatment, refused):
        with refused(APPEND_ONLY):
            AuditEvent.objects.update(why="never mind")

    def test_cannot_be_deleted(self, treatment, refused):
        with refused(APPEND_ONLY):
            AuditEvent.objects.all().delete()

    BLANK = {"subject_id": "erased", "before": None, "after": None, "why": "", "salt": ""}

    def test_an_event_about_a_patient_can_be_blanked(self, treatment):
        """And says then what was done, when and by whom of the staff; see patients.actions.erasure."""
        event = AuditEvent.objects.get(action="treatment recorded")
        assert AuditEvent.objects.filter(pk=event.pk).update(**self.BLANK) == 1
        blanked = AuditEvent.objects.get(pk=event.pk)
        assert (blanked.subject_id, blanked.before, blanked.after, blanked.why) == ("erased", None, None, "")
        kept = ("at", "clinic_id", "action", "subject_type", "actor_id", "actor_label", "role", "request_id", *CHAIN)
        assert [getattr(blanked, name) for name in kept] == [getattr(event, name) for name in kept]

    def test_who_it_was_can_be_blanked_of_patients_only(self, treatment, refused):
        log = a_log(treatment, 4).log
        nobody = self.BLANK | {"actor": None, "actor_label": "erased"}
        assert AuditEvent.objects.filter(subject_id=str(log.uuid)).update(**nobody) == 1
        with refused(APPEND_ONLY):
            AuditEvent.objects.filter(action="treatment recorded").update(**nobody)

    @pytest.mark.parametrize(
        "change",
        [
            {"action": "nothing"}, {"at": datetime(2020, 1, 1, tzinfo=UTC)}, {"clinic": None}, {"subject_type": "log"}, {"id": 10**6},
            {"subject_id": "another"}, {"before": {"note": "x"}}, {"after": {}}, {"why": "other"},
            {"actor": None}, {"actor_label": "Somebody (clinician)"}, {"actor_label": "erased"}, {"role": "patient"}, {"request_id": "x"},
            {"seq": 99}, {"seq": None}, {"salt": "x"}, *({name: "0" * 64} for name in ("who_digest", "what_digest", "prev", "hash")),
        ],
    )  # fmt: skip
    def test_nothing_else_can_be_changed_on_the_way(self, treatment, refused, change):
        known = AuditEvent.objects.order_by("pk").values()
        before = list(known)
        with refused(APPEND_ONLY):
            AuditEvent.objects.filter(action="treatment recorded").update(**self.BLANK | change)
        assert list(known.all()) == before

    @pytest.mark.parametrize("some", [{"subject_id": "erased"}, {"before": None, "after": None}, {"why": ""}, {"salt": ""}])
    def test_half_of_it_cannot_be_blanked(self, treatment, refused, some):
        with refused(APPEND_ONLY):
            AuditEvent.objects.filter(action="treatment recorded").update(**some)

    @pytest.mark.parametrize("change", [{"hash": "x"}, {"count": 0}, {"count": 1}, {"chain": 9, "count": 5}])
    def test_the_end_of_a_chain_only_moves_on(self, treatment, refused, change):
        known = list(AuditHead.objects.values())
        with refused(ONLY_GROWS):
            AuditHead.objects.update(**change)
        with refused(ONLY_GROWS):
            AuditHead.objects.all().delete()
        assert list(AuditHead.objects.values()) == known

    def test_an_event_about_norms_cannot_be_blanked(self, superuser, refused):
        start_draft(by=superuser, protocol=Protocol.objects.get(slug="pen"))
        with refused(APPEND_ONLY):
            AuditEvent.objects.filter(action="norm draft started").update(**self.BLANK)

    def test_can_be_added_to(self, clinic):
        AuditEvent.objects.create(action="tested", subject_type="clinic", subject_id="1", actor_label="the tests")
        assert AuditEvent.objects.count() == 1


def triggers():
    asked = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def expected_triggers():
    if connection.vendor == "postgresql":
        return {f"patients_{kind}_frozen" for kind in (*VERSION_ROWS, "normversion", "auditevent", "audithead")} | {
            "patients_audithead_stays"
        }
    both, all_three = ("update", "delete"), ("insert", "update", "delete")
    found = {f"patients_{kind}_refuses_{event}" for kind in VERSION_ROWS for event in all_three}
    return found | {f"patients_{kind}_refuses_{event}" for kind in ("normversion", "auditevent", "audithead") for event in both}


@pytest.mark.django_db
def test_every_trigger_is_there_after_all_migrations():
    assert expected_triggers() - triggers() == set()


def test_every_table_of_a_version_is_frozen():
    pointing = {relation.related_model for relation in NormVersion._meta.related_objects if relation.field.name == "version"}
    assert pointing == set(KINDS)
    assert {model._meta.model_name for model in pointing} == set(VERSION_ROWS)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has a REPLACE, which asks delete triggers on wish alone")
@pytest.mark.parametrize("model, says", [(NormVersion, PUBLISHED), (AuditEvent, APPEND_ONLY)])
def test_a_replace_is_refused_too(model, says, treatment, refused):
    table = model._meta.db_table
    with refused(says), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
