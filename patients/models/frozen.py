"""Triggers that keep published norms and the audit as they were.

On PostgreSQL whoever writes, but for who may drop them. On SQLite the application: a REPLACE of another program asks them only
where that one has switched recursive triggers on, as settings.py does.

SQLite rebuilds a table to alter it: its triggers go with the old one, and those of other tables that name it
stand in the way. A migration that alters one of these tables therefore calls `remove` first and `install` last;
tests/models/test_frozen.py fails when `install` was forgotten.
"""

from itertools import product

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The tables that hang on a version. A new one must be added here, or its rows stay open after publishing.
VERSION_ROWS = ("band", "phase", "milestone", "guidance", "warningsign", "adjustment")
PUBLISHED = "a published norm version cannot change"
APPEND_ONLY = "audit rows are only ever added"
# What an event holds in the place of a person once their record is erased (patients.models.audit).
ERASED = "erased"
# The kinds of subject that are a patient's. Events about others hold no patient and are never blanked.
OF_PATIENTS = ("patient", "treatment", "log")

PUBLISHED_PARENT = "EXISTS (SELECT 1 FROM patients_normversion v WHERE v.id = {row}.version_id AND v.published_at IS NOT NULL)"

# The one change of an event that is let through. Nothing is put in the place of what goes, so no event can be made to
# say something else, and what staff did stays theirs. That the subject is gone by then is the erasure's business
# (patients.actions.erasure): a trigger that asked the other tables would stand in the way of every change to them.
KEPT = ("id", "at", "clinic_id", "action", "subject_type")
BLANKED = [
    *(f"NEW.{column} {{same}} OLD.{column}" for column in KEPT),
    "((NEW.actor_id {same} OLD.actor_id AND NEW.actor_label = OLD.actor_label)"
    f" OR (NEW.actor_id IS NULL AND NEW.actor_label = '{ERASED}' AND OLD.actor_label LIKE '%(patient)'))",
    f"NEW.subject_id = '{ERASED}'",
    'NEW."before" IS NULL AND NEW."after" IS NULL AND NEW.why = \'\'',
    f"OLD.subject_type IN {OF_PATIENTS}",
]
# Of the chain all but the salt stays: without it nothing can be guessed back from the digests.
KEPT_OF_CHAIN = ("role", "request_id", "seq", "who_digest", "what_digest", "prev", "hash")
BLANKED_OF_CHAIN = [*(f"NEW.{column} {{same}} OLD.{column}" for column in KEPT_OF_CHAIN), "NEW.salt = ''"]
HEADS = "patients_audithead"
ONLY_GROWS = "the end of an audit chain only moves on"
GROWS = "NEW.chain = OLD.chain AND NEW.count > OLD.count"


def install(editor: BaseDatabaseSchemaEditor) -> None:
    """Creates every trigger, replacing those that are there."""
    with editor.connection.cursor() as cursor:
        # Asked, as the first migrations come before the chain.
        is_chained = HEADS in editor.connection.introspection.table_names(cursor)
    blanked = " AND ".join(BLANKED + (BLANKED_OF_CHAIN if is_chained else []))
    statements = _postgresql(blanked, is_chained) if editor.connection.vendor == "postgresql" else _sqlite(blanked, is_chained)
    for statement in statements:
        # None, not an empty tuple: with parameters the % of RAISE would be read as a place for one.
        editor.execute(statement, params=None)


def remove(editor: BaseDatabaseSchemaEditor) -> None:
    """Takes the triggers away for the rest of a migration. PostgreSQL alters in place and keeps them."""
    if editor.connection.vendor == "sqlite":
        for table, event in product(["normversion", "auditevent", "audithead", *VERSION_ROWS], ["insert", "update", "delete"]):
            editor.execute(f"DROP TRIGGER IF EXISTS patients_{table}_refuses_{event}", params=None)


def _sqlite(blanked: str, is_chained: bool) -> list[str]:
    made = []

    def refuse(table: str, event: str, when: str, says: str) -> None:
        name = f"{table}_refuses_{event.lower()}"
        # SQLite has no CREATE OR REPLACE for triggers.
        made.append(f"DROP TRIGGER IF EXISTS {name}")
        condition = f"WHEN {when} " if when else ""
        made.append(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {condition}BEGIN SELECT RAISE(ABORT, '{says}'); END")

    # Inserting a version that is published already is harmless: its rows are refused below.
    for event in ("UPDATE", "DELETE"):
        refuse("patients_normversion", event, "OLD.published_at IS NOT NULL", PUBLISHED)
    refuse("patients_auditevent", "UPDATE", f"NOT ({blanked.format(same='IS')})", APPEND_ONLY)
    refuse("patients_auditevent", "DELETE", "", APPEND_ONLY)
    if is_chained:
        refuse(HEADS, "UPDATE", f"NOT ({GROWS})", ONLY_GROWS)
        refuse(HEADS, "DELETE", "", ONLY_GROWS)
    for kind in VERSION_ROWS:
        # A row may neither leave a published version nor be moved into one, so an update looks at both sides.
        old, new = PUBLISHED_PARENT.format(row="OLD"), PUBLISHED_PARENT.format(row="NEW")
        refuse(f"patients_{kind}", "INSERT", new, PUBLISHED)
        refuse(f"patients_{kind}", "UPDATE", f"{old} OR {new}", PUBLISHED)
        refuse(f"patients_{kind}", "DELETE", old, PUBLISHED)
    return made


def _postgresql(blanked: str, is_chained: bool) -> list[str]:
    refusal = "RAISE EXCEPTION '%', says USING ERRCODE = 'integrity_constraint_violation'"
    old, new = PUBLISHED_PARENT.format(row="OLD"), PUBLISHED_PARENT.format(row="NEW")
    blanked = blanked.format(same="IS NOT DISTINCT FROM")
    made = [
        f"CREATE OR REPLACE FUNCTION patients_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"DECLARE says text := TG_ARGV[0]; BEGIN {refusal}; END $$",
        f"CREATE OR REPLACE FUNCTION patients_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"DECLARE says text := TG_ARGV[0]; BEGIN "
        f"IF TG_OP <> 'INSERT' AND {old} THEN {refusal}; END IF; "
        f"IF TG_OP <> 'DELETE' AND {new} THEN {refusal}; END IF; "
        # A trigger that returns NULL would skip the row without a word, and a DELETE has no NEW.
        f"RETURN COALESCE(NEW, OLD); END $$",
        # In a function: the condition of a trigger that deletes fire too has no NEW.
        f"CREATE OR REPLACE FUNCTION patients_refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"DECLARE says text := TG_ARGV[0]; BEGIN IF TG_OP = 'UPDATE' THEN IF {blanked} THEN RETURN NEW; END IF; END IF; "
        f"{refusal}; END $$",
        "CREATE OR REPLACE TRIGGER patients_normversion_frozen BEFORE UPDATE OR DELETE ON patients_normversion FOR EACH ROW "
        f"WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION patients_refuse('{PUBLISHED}')",
        "CREATE OR REPLACE TRIGGER patients_auditevent_frozen BEFORE UPDATE OR DELETE ON patients_auditevent FOR EACH ROW "
        f"EXECUTE FUNCTION patients_refuse_audit('{APPEND_ONLY}')",
    ]
    made += [
        f"CREATE OR REPLACE TRIGGER patients_{kind}_frozen BEFORE INSERT OR UPDATE OR DELETE ON patients_{kind} FOR EACH ROW "
        f"EXECUTE FUNCTION patients_refuse_published('{PUBLISHED}')"
        for kind in VERSION_ROWS
    ]
    return made + (_postgresql_heads() if is_chained else [])


def _postgresql_heads() -> list[str]:
    refusal = f"EXECUTE FUNCTION patients_refuse('{ONLY_GROWS}')"
    # Two: the condition of a trigger that deletes fire too has no NEW.
    return [
        f"CREATE OR REPLACE TRIGGER {HEADS}_frozen BEFORE UPDATE ON {HEADS} FOR EACH ROW WHEN (NOT ({GROWS})) {refusal}",
        f"CREATE OR REPLACE TRIGGER {HEADS}_stays BEFORE DELETE ON {HEADS} FOR EACH ROW {refusal}",
    ]
