"""A hundred alterations of the audit, made past the triggers: each is found, and the first row that was touched is named."""

import json
import random
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from patients.actions import audit
from patients.actions.erasure import erase_patient
from patients.actions.norms import start_draft
from patients.management import verifying
from patients.management.verifying import Verification
from patients.models import AuditEvent, AuditHead, Protocol
from patients.models.chain import START, hash_of, what_digest, who_digest
from tests.conftest import TREATED
from tests.factories import a_log, a_patient, a_review, a_session, a_treatment
from tests.models.test_frozen import triggers

EVENTS = 11


@pytest.fixture
def open_to_all(db):
    """The triggers are gone, as for somebody at the database's own prompt."""
    with connection.cursor() as cursor:
        for name in triggers():
            table = re.match("patients_[a-z]+", name)[0]
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


@pytest.fixture
def erased(treatment, clinician, superuser, other_treatment):
    """Three chains: of two clinics and of none. In the first somebody has been erased, and work goes on."""
    zelda = a_treatment(clinician, "Zelda Canary", TREATED)
    log = a_log(zelda, 4, "fever", redness=4, note="hot")
    a_review(log.log.treatment, clinician)
    erase_patient(by=zelda.patient.user, patient=zelda.patient)
    a_log(treatment, 3, "fever", late=1)
    a_review(treatment, clinician, reply="Thank you.")
    a_patient(clinician, "Mei Chen", session=a_session(treated_on=TREATED))
    a_log(other_treatment, 4)
    a_log(other_treatment, 3, late=1)
    start_draft(by=superuser, protocol=Protocol.objects.get(slug="pen"))


@pytest.fixture
def chain(erased, clinic, open_to_all):
    assert AuditHead.objects.get(pk=clinic.pk).count == EVENTS
    return clinic.pk


def rows(chain):
    return list(AuditEvent.objects.filter(clinic=chain, seq__isnull=False).order_by("seq"))


def named(chain):
    """Of which event the verification says that it was the first one touched, in each chain where one was."""
    return {walk.chain: walk.touched.seq for walk in Verification(set()).walks() if walk.touched}


def update(row, **columns):
    assert AuditEvent.objects.filter(pk=row.pk).update(**columns) == 1


def freshly(row, **columns):
    """The row says something else, with hashes that are right by themselves."""
    for name, value in columns.items():
        setattr(row, name, value)
    row.who_digest, row.what_digest = who_digest(row), what_digest(row)
    row.hash = hash_of(row)
    row.save()


def renumber(chain, by, above):
    """Moves the rows above a place, from the end or to it, so that no two ever have one number."""
    for row in sorted(rows(chain), key=lambda row: row.seq * -by):
        if row.seq > above:
            update(row, seq=row.seq + by)


# What may be in a column, and is not what was there.
OTHER = {
    "at": lambda row, chance: row.at + timedelta(microseconds=chance.choice([-1, 1, 10**6])),
    "clinic_id": lambda row, chance: None,
    "actor_id": lambda row, chance: AuditEvent.objects.exclude(actor=row.actor_id).exclude(actor=None).first().actor_id,
    "actor_label": lambda row, chance: row.actor_label + " ",
    "role": lambda row, chance: "admin",
    "action": lambda row, chance: row.action.upper(),
    "subject_type": lambda row, chance: "review",
    "subject_id": lambda row, chance: row.subject_id[::-1] + "x",
    "before": lambda row, chance: {"note": chance.random()},
    "after": lambda row, chance: {**(row.after or {}), "note": chance.random()},
    "why": lambda row, chance: row.why + ".",
    "request_id": lambda row, chance: "0123456789abcdef",
    "seq": lambda row, chance: chance.choice([None, -row.seq, row.seq + 100]),
    "salt": lambda row, chance: "0" * 32,
    "who_digest": lambda row, chance: "0" * 64,
    "what_digest": lambda row, chance: "0" * 64,
    "prev": lambda row, chance: "0" * 63 + "1",
    "hash": lambda row, chance: "0" * 64,
}


def change_a_column(chain, chance):
    return put_other(chance.choice(rows(chain)), chance.choice(sorted(OTHER)), chance)


def put_other(row, column, chance):
    other = OTHER[column](row, chance)
    update(row, **{column: other})
    # Moved before the first one, it is named by the number that it bears there.
    return other if column == "seq" and other is not None and other < 0 else row.seq


def delete(chain, chance):
    row = chance.choice(rows(chain))
    AuditEvent.objects.filter(pk=row.pk)._raw_delete("default")
    return row.seq


def delete_and_close_the_gap(chain, chance):
    seq = delete(chain, chance)
    renumber(chain, -1, seq)
    return seq


def cut_the_tail(chain, chance):
    first = chance.randint(2, EVENTS)
    AuditEvent.objects.filter(clinic=chain, seq__gte=first)._raw_delete("default")
    return first


def cut_the_tail_and_set_the_end_back(chain, chance):
    """Without the hash of the row that is the last now, which is what is needed beside."""
    first = cut_the_tail(chain, chance)
    AuditHead.objects.filter(pk=chain).update(count=first - 1)
    return first - 1


def cut_the_head(chain, chance):
    AuditEvent.objects.filter(clinic=chain, seq__lte=chance.randint(1, EVENTS))._raw_delete("default")
    return 1


def cut_the_head_and_renumber(chain, chance):
    """With hashes that are right by themselves: the first one that is left would have to stand on nothing."""
    cut = chance.randint(1, EVENTS - 2)
    AuditEvent.objects.filter(clinic=chain, seq__lte=cut)._raw_delete("default")
    renumber(chain, -cut, 0)
    freshly(rows(chain)[0])
    return 1


def swap(chain, chance):
    one, other = sorted(chance.sample(rows(chain), 2), key=lambda row: row.seq)
    places = one.seq, other.seq
    update(one, seq=10**6)
    update(other, seq=places[0])
    update(one, seq=places[1])
    return places[0]


def an_event(chain, **columns):
    said = {"action": "record seen", "subject_type": "treatment", "actor_label": "Somebody (clinician)", "role": "clinician"}
    return AuditEvent(clinic_id=chain, salt="5" * 32, **said | columns)


def insert(chain, chance):
    place = chance.randint(1, EVENTS)
    prev = rows(chain)[place - 1].prev
    renumber(chain, 1, place - 1)
    freshly(an_event(chain, seq=place, prev=prev))
    # By itself it fits: it is the next one, moved by a place, that does not.
    return place + 1


def add_at_the_end(chain, chance):
    freshly(an_event(chain, seq=EVENTS + 1, prev=rows(chain)[-1].hash))
    return EVENTS + 1


def add_without_a_number(chain, chance):
    an_event(chain).save()
    return


def add_before_the_first(chain, chance):
    freshly(an_event(chain, seq=chance.choice([0, -7]), prev=START))
    return AuditEvent.objects.filter(clinic=chain).order_by("seq").first().seq


def blank(chain, chance):
    """As an erasure would have done it."""
    row = chance.choice([row for row in rows(chain) if row.salt and row.subject_type in ("patient", "treatment", "log")])
    update(row, subject_id="erased", before=None, after=None, why="", salt="")
    return row.seq


def blank_what_is_no_patients(chain, chance):
    row = next(row for row in rows(chain) if row.subject_type == "clinic")
    update(row, subject_id="erased", before=None, after=None, why="", salt="")
    return row.seq


def blank_and_say_so(chain, chance):
    """With the erasure that there is made to name it, and its own hash made anew."""
    row, erasure = rows(chain)[0], AuditEvent.objects.get(action="account erased")
    update(row, subject_id="erased", before=None, after=None, why="", salt="")
    freshly(erasure, after={"blanked": {str(chain): [[1, erasure.seq - 1]]}})
    return erasure.seq


def fill_what_was_blanked(chain, chance):
    row = chance.choice([row for row in rows(chain) if not row.salt])
    update(row, **chance.choice([{"why": "x"}, {"subject_id": "y"}, {"before": {}}, {"after": []}, {"actor_label": "Jo (patient)"}]))
    return row.seq


def rewrite_with_a_fresh_hash(chain, chance):
    row = chance.choice([row for row in rows(chain) if row.salt])
    freshly(row, why="never mind")
    return row.seq


def rewrite_and_stand_on_another(chain, chance):
    row = chance.choice([row for row in rows(chain)[1:-1] if row.salt])
    freshly(row, prev="7" * 64)
    return row.seq


def change_the_end(chain, chance):
    AuditHead.objects.filter(pk=chain).update(hash="0" * 64)
    return EVENTS


def remove_the_end(chain, chance):
    AuditHead.objects.filter(pk=chain)._raw_delete("default")
    return EVENTS


ALTERATIONS = [
    *[change_a_column] * 36,
    *[delete] * 4, *[delete_and_close_the_gap] * 4, *[swap] * 6, *[insert] * 5,
    *[cut_the_tail] * 4, *[cut_the_tail_and_set_the_end_back] * 3, *[cut_the_head] * 3, *[cut_the_head_and_renumber] * 3,
    add_at_the_end, add_without_a_number, *[add_before_the_first] * 2,
    *[blank] * 5, blank_what_is_no_patients, blank_and_say_so, *[fill_what_was_blanked] * 6,
    *[rewrite_with_a_fresh_hash] * 9, *[rewrite_and_stand_on_another] * 4, change_the_end, remove_the_end,
]  # fmt: skip


def test_there_are_a_hundred():
    assert len(ALTERATIONS) == 100


@pytest.mark.parametrize("number", range(len(ALTERATIONS)))
def test_an_alteration_is_found_and_its_row_named(chain, number):
    alter = ALTERATIONS[number]
    expected = alter(chain, random.Random(number))  # noqa: S311 - the same each time
    found = named(chain)
    found.pop(0, None)  # a row that was moved there stands in the chain of no clinic as well
    assert found == {chain: expected}, alter.__name__


@pytest.mark.parametrize("column", sorted(OTHER))
def test_every_column_counts_in_every_row(chain, column):
    """But the key of the row, which nothing points at."""
    assert set(OTHER) | {"id"} == {field.attname for field in AuditEvent._meta.concrete_fields}
    # Of no clinic there is a first event already, and the database takes no second one.
    for row in rows(chain)[column == "clinic_id" :]:
        was = getattr(row, column)
        expected = put_other(row, column, random.Random(row.seq))  # noqa: S311
        assert named(chain)[chain] == expected
        update(row, **{column: was})
    assert named(chain) == {}


def verify(*heads):
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *(["--expect", *heads] if heads else []), stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), str(error), error.returncode
    return out.getvalue(), err.getvalue(), "", 0


class TestTheCommand:
    def test_says_the_heads_of_what_is_whole(self, erased, clinic, other_clinic):
        heads = dict(AuditHead.objects.values_list("chain", "hash"))
        assert verify() == (
            f"no clinic: 1 events, head {heads[0]}\n"
            f"clinic {clinic.pk}, Linden Skin Clinic: {EVENTS} events, head {heads[clinic.pk]}\n"
            f"clinic {other_clinic.pk}, Harbour Skin Clinic: 4 events, head {heads[other_clinic.pk]}\n"
            "Nothing was touched. Note the heads where nobody who runs this database can change them.\n",
            "", "", 0,
        )  # fmt: skip

    def test_names_the_first_row_and_says_the_others(self, chain, other_clinic):
        row = rows(chain)[2]
        update(row, why="x")
        out, err, says, code = verify()
        assert (says, code, out.count("\n")) == ("The audit was touched.", 1, 2)
        said = f"event 3 (id {row.pk}, {row.at:%Y-%m-%d %H:%M:%S} UTC, “{row.action}”): it counts as erased and holds something"
        assert err == f"clinic {chain}, Linden Skin Clinic: {said}\n"

    def test_says_beside_what_lost_its_erasure(self, chain):
        AuditEvent.objects.filter(action="account erased")._raw_delete("default")
        first, second = verify()[1].splitlines()
        assert first.startswith(f"clinic {chain}, Linden Skin Clinic: event 7: it is missing; the next one that is there is event 8 (id ")
        assert second.startswith(f"clinic {chain}, Linden Skin Clinic, also event 3 (id ")
        assert second.endswith("what it held was taken out, and no erasure that is as it was written says so")

    def test_a_head_that_was_noted_is_still_met_when_others_were_added(self, treatment, clinician):
        noted = AuditHead.objects.get().hash
        a_log(treatment, 4)
        assert verify(noted, noted.upper())[3] == 0

    def test_a_chain_made_anew_is_found_by_a_head_that_was_noted(self, chain):
        """Somebody who knows the program removes an event and makes all that follows anew, its end too."""
        noted = AuditHead.objects.get(pk=chain).hash
        *kept, _, last = rows(chain)
        AuditEvent.objects.filter(clinic=chain, seq__gte=EVENTS - 1)._raw_delete("default")
        freshly(last, seq=EVENTS - 1, prev=kept[-1].hash)
        AuditHead.objects.filter(pk=chain).update(count=EVENTS - 1, hash=last.hash)
        assert named(chain) == {}
        _, err, says, code = verify(noted)
        assert (says, code) == ("The audit was touched.", 1)
        assert err == f"No untouched chain comes by {noted}, which was noted as a head: what it stood for was rewritten or removed.\n"

    @pytest.mark.parametrize("head", ["", "12", "g" * 64, "0" * 65])
    def test_what_is_no_head_is_refused(self, db, head):
        assert verify(head)[2:] == (f"A head is 64 digits and letters a to f. This is none: {head}", 1)

    def test_an_empty_database_is_whole(self, db):
        assert verify()[3] == 0

    @pytest.mark.parametrize("batch", [1, 5, 12])
    def test_however_many_rows_are_read_at_once(self, chain, monkeypatch, batch):
        monkeypatch.setattr(verifying, "BATCH", batch)
        assert named(chain) == {}
        update(rows(chain)[9], action="x")
        assert named(chain) == {chain: 10}

    def test_changes_nothing(self, erased):
        known = list(AuditEvent.objects.order_by("pk").values())
        verify()
        assert list(AuditEvent.objects.order_by("pk").values()) == known


def raw(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            cursor.execute(sql, values)
        finally:
            # The connection is that of the tests after it.
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


# What SQLite takes into a column, whatever was declared.
NEVER_WRITTEN = [
    ("at", "'garbage'"),
    ("at", "'2026-13-45 99:99:99'"),
    ("at", "x'ff41'"),
    ("actor_label", "x'ff41'"),
    ("actor_label", "CAST(x'ff41' AS TEXT)"),
    ("prev", "x'00'"),
    ("salt", "x'41'"),
    ("after", f"'{'[' * 100_000}'"),
]


@pytest.mark.parametrize("batch", [2, 2000])
@pytest.mark.parametrize("column, value", NEVER_WRITTEN, ids=lambda said: said[:30])
def test_what_the_app_never_wrote_is_named_and_the_others_are_walked(chain, other_clinic, monkeypatch, column, value, batch):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    monkeypatch.setattr(verifying, "BATCH", batch)
    row = rows(chain)[8]
    raw(f"UPDATE patients_auditevent SET {column} = {value} WHERE id = %s", row.pk)  # noqa: S608
    out, err, says, code = verify()
    assert (says, code) == ("The audit was touched.", 1)
    assert err == f"clinic {chain}, Linden Skin Clinic: event 9: it holds something that the app never wrote (id {row.pk})\n"
    assert [line.split(":")[0] for line in out.splitlines()] == ["no clinic", f"clinic {other_clinic.pk}, Harbour Skin Clinic"]


@pytest.mark.parametrize("value", ["'abc'", "x'ff41'", "CAST(x'ff41' AS TEXT)", "1.5", "''", "0"])
def test_a_chain_that_is_no_number_counts_as_touched(chain, other_clinic, value):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    row = rows(chain)[4]
    raw("PRAGMA defer_foreign_keys = ON")
    raw(f"UPDATE patients_auditevent SET clinic_id = {value} WHERE id = %s", row.pk)  # noqa: S608
    walks = Verification(set()).walks()
    assert [(walk.chain, walk.touched and walk.touched.seq) for walk in walks[:-1]] == [(0, None), (chain, 5), (other_clinic.pk, None)]
    assert walks[-1].touched.why == "it holds something that the app never wrote"
    raw("UPDATE patients_auditevent SET clinic_id = %s WHERE id = %s", chain, row.pk)


def test_an_added_one_without_a_moment_is_named(chain):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    an_event(chain).save()
    raw("UPDATE patients_auditevent SET at = 'garbage' WHERE seq IS NULL")
    row = AuditEvent.objects.filter(seq=None).values_list("pk", flat=True).get()
    said = f"an event without a number (id {row}, no moment, “record seen”): it was added past the app"
    assert verify()[1] == f"clinic {chain}, Linden Skin Clinic: {said}\n"


def test_an_erasure_that_cannot_be_read_says_nothing_and_ends_nothing(chain):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    erasure = AuditEvent.objects.get(action="account erased")
    raw("UPDATE patients_auditevent SET at = 'garbage' WHERE id = %s", erasure.pk)
    first, second = verify()[1].splitlines()
    assert first.endswith(f": event {erasure.seq}: it holds something that the app never wrote (id {erasure.pk})")
    assert second.endswith("what it held was taken out, and no erasure that is as it was written says so")


@pytest.mark.parametrize("end", ["removed", "left at nothing"])
def test_a_chain_that_is_gone_as_a_whole_is_named(chain, other_clinic, end):
    AuditEvent.objects.filter(clinic=chain)._raw_delete("default")
    head = AuditHead.objects.filter(pk=chain)
    head._raw_delete("default") if end == "removed" else head.update(count=0, hash=START)
    _, err, says, code = verify()
    assert (says, code) == ("The audit was touched.", 1)
    assert err.startswith(f"clinic {chain}, Linden Skin Clinic: event 1: it is missing: all its events are gone")


def test_a_clinic_without_patients_need_have_no_events(clinic, clinician):
    assert (AuditEvent.objects.count(), verify()[3]) == (0, 0)


# As JSON keeps them, which each database does in its own way.
HELD = [
    {"b": 1, "a": 2},
    {"9": 1, "10": 2},
    [1.0, 1e16, 0.1, 12345678901234567890],
    {"é\u2028": '“\\"\n'},
    {},
    [],
    "",
    0,
    None,
    False,
    {"x": None},
]


@pytest.mark.parametrize("held", HELD, ids=json.dumps)
def test_what_was_held_is_read_back_the_same(clinic, held):
    with audit.atomic():
        audit.record("tested", clinic, by=None, clinic=clinic, before=held, after={"held": held}, why="“ñ” \u202e\n")
    assert named(clinic.pk) == {}


def test_moments_in_any_zone_are_the_same(clinic):
    moment = timezone.now().astimezone(timezone.get_fixed_timezone(-330))
    event = AuditEvent(clinic=clinic, action="tested", subject_type="clinic", subject_id="1", actor_label="the tests", at=moment)
    with audit.atomic():
        audit.append([event])
    assert named(clinic.pk) == {}
