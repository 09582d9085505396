"""What is said to be saved is saved: the script of tests/durability in small, and that its check finds what is wrong."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.durability.places import run
from tests.durability.plan import Diary, each_of
from tests.durability.report import of_kept, of_measured, of_synced
from tests.durability.runs import Outcome, carried_out, moments, prepared
from tests.durability.syncing import Synced, counted
from tests.durability.writers import Shares, Told

ENTRIES, WRITERS, KILLS = 200, 10, 2
# What is done to the database by hand, and what the check then says of it.
HARM = {
    "a log is gone": (
        "DELETE FROM patients_rating WHERE log_id = {log}; DELETE FROM patients_flag WHERE log_id = {log};"
        "DELETE FROM patients_log WHERE id = {log}",
        "lost: no log of day",
    ),
    "an older answer stands": ("UPDATE patients_log SET note = 'Entry 0' WHERE id = {log}", "lost: day"),
    "a rating is gone": ("DELETE FROM patients_rating WHERE id = (SELECT min(id) FROM patients_rating WHERE log_id = {log})", "lost: day"),
    "a log is there twice": (
        "INSERT INTO patients_log (uuid, clinic_id, treatment_id, day, days_late, signs, note, asked_for_review, urgency, entered_at)"
        " SELECT '0123456789abcdef0123456789abcdef', clinic_id, treatment_id, day + 40, 0, signs, note, 0, 0, entered_at"
        " FROM patients_log WHERE id = {log}",
        "too many: a log of day",
    ),
    "a flag is gone": ("DELETE FROM patients_flag WHERE id = {flag}", "without its flag"),
    "a flag is there twice": (
        "DROP INDEX flag_once_for_each_finding; CREATE TABLE twin AS SELECT * FROM patients_flag WHERE id = {flag};"
        "UPDATE twin SET id = 1000000, uuid = '0123456789abcdef0123456789abcdef'; INSERT INTO patients_flag SELECT * FROM twin",
        "doubled: flag",
    ),
    "a flag says less": ("UPDATE patients_flag SET urgency = 4, why = 'x' WHERE id = {flag}", "a flag too many"),
    "the queue forgot it": ("UPDATE patients_treatment SET open_distance = open_distance + 1", "the queue knows otherwise: open_distance"),
    "a log is judged otherwise": ("UPDATE patients_log SET urgency = (urgency + 1) % 5 WHERE id = {log}", "urgencies of the days"),
    "an audit event is gone": ("DELETE FROM patients_auditevent WHERE id = {event}", "no audit event"),
    "an audit event is there twice": (
        "CREATE TABLE twin AS SELECT * FROM patients_auditevent WHERE id = {event}; UPDATE twin SET id = 1000000, seq = NULL;"
        "INSERT INTO patients_auditevent SELECT * FROM twin",
        "doubled in the audit",
    ),
    "a key is gone": ("DELETE FROM patients_submission WHERE id = 9", "keys: 0 too many, 1 missing"),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("durability")
    url = f"sqlite:///{folder / 'db.sqlite3'}"
    plan = prepared(folder, url, ENTRIES, WRITERS, seed=4)
    return carried_out(folder, url, plan, WRITERS, Shares(), moments(ENTRIES, KILLS, seed=4)), folder


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(outcome):
    done, _ = outcome
    assert (done.kills, done.told.counts["acknowledged"]) == (KILLS, ENTRIES)
    assert done.found["problems"] == []
    assert done.told.odd == []
    assert done.found["stored"]["Submission"] == ENTRIES
    assert of_kept(done, expects_odd=False)[1]
    assert done.told.counts["connections broken"] > 0  # otherwise nobody was writing when it was killed


def harmed(folder, path, sql):
    """A copy of the database in which something was changed past the application."""
    with closing(sqlite3.connect(folder / "db.sqlite3")) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
        for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            copy.execute(f"DROP TRIGGER {name}")
        # Of a log that was written once and has a flag, and its event.
        log, flag = copy.execute("SELECT log_id, max(id) FROM patients_flag WHERE withdrawn_at IS NULL GROUP BY log_id LIMIT 1").fetchone()
        event = copy.execute("SELECT max(id) FROM patients_auditevent WHERE subject_type = 'log'").fetchone()[0]
        copy.executescript(sql.format(log=log, flag=flag, event=event))
        copy.commit()


# One process for all: starting one costs more than a check.
CHECK_ALL = """
import sys, django
django.setup()
from django.db import connection
from tests.durability.check import main
for path in sys.argv[2:]:
    connection.close()
    connection.settings_dict["NAME"] = path
    main(sys.argv[1])
"""


@pytest.fixture(scope="module")
def found(outcome, tmp_path_factory):
    """What the check says of each harm, and of a copy that nobody harmed."""
    _, folder = outcome
    copies = tmp_path_factory.mktemp("copies")
    paths = [copies / f"{number}.sqlite3" for number in range(len(HARM) + 1)]
    for path, sql in zip(paths, [*(sql for sql, _ in HARM.values()), ""], strict=True):
        harmed(folder, path, sql)
    said = run(["-c", CHECK_ALL, str(folder / "sent.json"), *map(str, paths)], folder, f"sqlite:///{folder / 'db.sqlite3'}")
    return dict(zip([*HARM, "nothing"], map(json.loads, said.splitlines()), strict=True))


@pytest.mark.parametrize("name", HARM)
def test_the_check_finds_what_was_done_by_hand(outcome, found, name):
    problems = found[name]["problems"]
    assert any(problem.startswith(HARM[name][1]) for problem in problems), problems
    assert not of_kept(Outcome(outcome[0].told, 1, KILLS, found[name]), expects_odd=True)[1]


def test_of_a_copy_that_nobody_harmed_it_says_what_it_says_of_the_database(outcome, found):
    assert found["nothing"] == outcome[0].found


TRACE = """\
1 100.5 fdatasync(7</v/db.sqlite3-wal>) = 0
1 101.5 fdatasync(7</v/db.sqlite3-wal> <unfinished ...>
2 101.6 fsync(9</v/db.sqlite3>) = 0
1 101.7 <... fdatasync resumed>) = 0
1 105.0 fdatasync(7</v/db.sqlite3-wal>) = -1 EIO (Input/output error)
1 106.0 +++ exited with 0 +++
"""


@pytest.mark.parametrize(
    "spans, expected",
    [
        ([(100, 101), (101, 102)], Synced(2, 4, 3, 1, 0, 1)),
        ([(100, 102)], Synced(1, 4, 3, 1, 0, 2)),
        ([(100, 101), (102, 104)], Synced(2, 4, 3, 1, 1, 1)),  # the second was acknowledged before anything was written
    ],
)
def test_calls_are_counted_between_question_and_answer(spans, expected):
    assert counted(TRACE, spans, "-wal") == expected


@pytest.mark.parametrize(
    "synced, is_met",
    [
        (Synced(9, 20, 9, 0, 0, 1), True),
        (Synced(9, 20, 8, 0, 0, 1), False),
        (Synced(9, 20, 9, 0, 1, 1), False),
        (Synced(9, 20, 9, 1, 0, 1), False),
    ],
)
def test_what_is_said_of_fsync(synced, is_met):
    assert of_synced(synced)[1] is is_met


FINE = {"count": 0, "problems": [], "stored": {}, "kept": 0}


@pytest.mark.parametrize(
    "seconds, answers, log, found, is_met",
    [
        ([0.1] * 95 + [9] * 5, {}, "", FINE, False),
        ([0.1] * 96 + [9] * 4, {}, "", FINE, True),
        ([0.1], {"answered 500": 1}, "", FINE, False),
        ([0.1], {}, "OperationalError: database is locked", FINE, False),
        ([0.1], {}, "", FINE | {"count": 1, "problems": ["lost"]}, False),
    ],
)
def test_what_is_said_of_a_measured_run(seconds, answers, log, found, is_met):
    told = Told(seconds)
    told.counts.update(answers)
    assert of_measured(Outcome(told, 1, found=found, server_log=log), "sqlite")[1] is is_met


def test_an_answer_that_was_not_expected_fails_a_run_unless_the_database_was_killed_too():
    told = Told([0.1])
    told.note_odd(500, "<h1>Oops</h1>")
    assert [of_kept(Outcome(told, 1, found=FINE), expects)[1] for expects in (False, True)] == [False, True]


@pytest.mark.parametrize("submissions, writers, each", [(10_000, 50, 20), (1000, 50, 20), (200, 50, 4), (3, 50, 1)])
def test_every_writer_has_a_patient(submissions, writers, each):
    assert each_of(submissions, writers) == each


def test_a_diary_tells_its_notes():
    assert Diary("s", "t", []).told() == {"session": "s", "treatment": "t", "entries": []}


def test_kills_come_while_somebody_writes():
    assert [len(moments(10_000, 20, seed)) for seed in range(50)] == [20] * 50
    assert all(0 < moment <= 9_500 for seed in range(50) for moment in moments(10_000, 20, seed))
