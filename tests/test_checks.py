"""What stops the site from starting wrongly, each with its sentence; and that it does stop it."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as shipped
from django.core.checks import run_checks
from django.db import OperationalError, connection, connections

from patients import checks, condition
from tests.at_once import apart

SECRET = "only-for-this-test-" * 4


def ids(found):
    return [problem.id for problem in found]


@pytest.fixture
def sound(settings, tmp_path):
    """Settings as they are in earnest; the tests' own have a cache in memory, and no table for another."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_session"}}
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://clinic.example", ["clinic.example"]
    settings.SECRET_KEY = SECRET
    return settings


def stored_in(folder):
    return {"photos": {"BACKEND": "patients.photo_store.PrivateFiles", "OPTIONS": {"location": folder}}}


class TestSettings:
    def test_as_shipped_nothing_is_wrong(self, sound):
        assert checks.check_settings() == []

    @pytest.mark.parametrize(
        "name, value, expected",
        [
            ("DEBUG", True, ["recovery.E002"]),
            ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, ["recovery.E003"]),
            ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}, ["recovery.E003"]),
            ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", ["recovery.E004"]),
            ("SESSION_ENGINE", "django.contrib.sessions.backends.cache", ["recovery.E004"]),
            ("SESSION_ENGINE", "django.contrib.sessions.backends.cached_db", []),
            ("ALLOWED_HOSTS", ["other.example"], ["recovery.E005"]),
            ("ALLOWED_HOSTS", [".example"], []),
            ("BASE_URL", "clinic.example", ["recovery.E005"]),
            ("BASE_URL", "https://clinic.example:8443", []),
            ("BASE_URL", "https://clinic.example.evil.test", ["recovery.E005"]),
            ("SECRET_KEY", "x" * 31, ["recovery.E006"]),
            ("SECRET_KEY", "x" * 32, []),
        ],
    )
    def test_one_that_is_wrong_is_named(self, sound, name, value, expected):
        setattr(sound, name, value)
        assert ids(checks.check_settings()) == expected

    def test_atomic_requests(self, sound, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
        assert ids(checks.check_settings()) == ["recovery.E001"]

    @pytest.mark.parametrize("mode, expected", [(0o600, []), (0o640, ["recovery.E007"]), (0o604, ["recovery.E007"])])
    def test_a_key_that_others_can_read(self, sound, tmp_path, mode, expected):
        (tmp_path / "secret_key").touch()
        (tmp_path / "secret_key").chmod(mode)
        assert ids(checks.check_settings()) == expected

    @pytest.mark.parametrize("place, expected", [("photos", []), ("static/photos", ["recovery.E008"]), ("static", ["recovery.E008"])])
    def test_photos_in_a_public_folder(self, sound, tmp_path, place, expected):
        sound.STORAGES = sound.STORAGES | stored_in(tmp_path / place)
        assert ids(checks.check_settings()) == expected

    @pytest.mark.parametrize("mode, expected", [(0o700, []), (0o750, []), (0o755, ["recovery.E009"]), (0o701, ["recovery.E009"])])
    def test_photos_that_others_can_read(self, sound, tmp_path, mode, expected):
        sound.STORAGES = sound.STORAGES | stored_in(tmp_path / "photos")
        (tmp_path / "photos").mkdir()
        (tmp_path / "photos").chmod(mode)
        assert ids(checks.check_settings()) == expected

    def test_an_interrupted_restore(self, sound, tmp_path):
        (tmp_path / "restoring").touch()
        assert ids(checks.check_settings()) == ["recovery.E016"]


class TestDatabase:
    def test_without_being_asked_for_it_is_not_opened(self, monkeypatch):
        monkeypatch.setattr(checks, "connection", None)
        assert (checks.check_database(), checks.check_readiness()) == ([], [])

    def test_as_shipped_nothing_is_wrong(self, db, sound):
        found = ids(checks.check_database(databases=["default"]))
        # A throwaway server runs without fsync.
        assert [problem for problem in found if problem != "recovery.W002"] == []
        assert checks.check_readiness(databases=["default"]) == []

    @pytest.mark.parametrize(
        "pragma, expected",
        [
            ("journal_mode = DELETE", "E010"),
            ("foreign_keys = OFF", "E012"),
            ("synchronous = NORMAL", "E011"),
            ("synchronous = OFF", "E011"),
        ],
    )
    def test_what_the_connection_says_counts(self, db, tmp_path, pragma, expected):
        if connection.vendor != "sqlite":
            pytest.skip("SQLite's own")
        with apart(tmp_path), connection.cursor() as cursor:
            assert checks.check_database(databases=["default"]) == []
            cursor.execute(f"PRAGMA {pragma}")
            assert ids(checks.check_database(databases=["default"])) == [f"recovery.{expected}"]

    @pytest.mark.parametrize("mode", [None, "DEFERRED", "EXCLUSIVE"])
    def test_transactions_that_cannot_wait(self, db, monkeypatch, mode):
        if connection.vendor != "sqlite":
            pytest.skip("SQLite's own")
        monkeypatch.setattr(connections["default"], "transaction_mode", mode)
        assert ids(checks.check_database(databases=["default"])) == ["recovery.E013"]

    @pytest.mark.parametrize(
        "row, expected",
        [
            ((150018, "on", "on"), []),
            ((140000, "local", "on"), []),
            ((130099, "on", "on"), ["recovery.E014"]),
            ((150018, "off", "on"), ["recovery.E015"]),
            ((150018, "on", "off"), ["recovery.W002"]),
        ],
    )
    def test_a_server_that_would_lose_something(self, monkeypatch, row, expected):
        cursor = SimpleNamespace(execute=lambda sql: None, fetchone=lambda: row, __enter__=None)
        monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="postgresql", cursor=lambda: Held(cursor)))
        assert ids(checks.check_database(databases=["default"])) == expected

    def test_one_that_does_not_answer_stops_nothing(self, monkeypatch):
        def fail():
            raise OperationalError("password is wrong")

        monkeypatch.setattr(checks, "connection", SimpleNamespace(vendor="sqlite", cursor=fail))
        (found,) = checks.check_database(databases=["default"])
        assert (found.id, "password" in found.msg) == ("recovery.W001", False)


class Held:
    def __init__(self, cursor):
        self.cursor = cursor

    def __enter__(self):
        return self.cursor

    def __exit__(self, *error):
        return False


class TestReadiness:
    def found(self):
        return ids(checks.check_readiness(databases=["default"]))

    def test_a_migration_that_is_not_applied(self, db, sound):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        assert self.found() == ["recovery.E017"]
        assert condition.missing_migrations() == ["sessions.0001_initial"]

    def test_a_cache_without_its_table(self, db, sound):
        sound.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "elsewhere"}}
        assert self.found() == ["recovery.E018"]

    def test_a_migration_that_is_missing_does_not_stop_migrate(self):
        assert checks.check_readiness not in {*checks_of(deploy=False)}
        assert checks.check_readiness in {*checks_of(deploy=True)}


def checks_of(*, deploy):
    from django.core.checks.registry import registry

    return registry.get_checks(include_deployment_checks=deploy)


def copied(source, folder):
    source.connection.rollback()  # the test's own transaction, empty as yet, would lock out the copying
    with closing(sqlite3.connect(folder / "copy")) as target:
        source.connection.backup(target)
        target.execute("CREATE TABLE cache (cache_key TEXT PRIMARY KEY, value TEXT, expires TEXT)")
    return folder / "copy"


class TestStarting:
    """In processes of their own, with the settings as shipped."""

    def run(self, tmp_path, *words, **environ):
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PHOTOS_URL", "DEBUG")}
        served = {"BASE_URL": "https://clinic.example", "ALLOWED_HOSTS": "clinic.example", "SECRET_KEY": SECRET, "VAR_DIR": str(tmp_path)}
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=shipped.BASE_DIR, env=kept | served | environ, capture_output=True, text=True, timeout=60, check=False
        )

    def test_check_deploy_is_clean(self, tmp_path):
        done = self.run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "System check identified no issues (0 silenced).\n"

    @pytest.mark.parametrize("words", [["migrate"], ["verify_audit"], ["backup", "archive"], ["send_reminders"]])
    def test_after_an_interrupted_restore_no_command_runs(self, tmp_path, words):
        (tmp_path / "restoring").touch()
        done = self.run(tmp_path, "manage.py", *words)
        assert (done.returncode, "A restore was interrupted, and the data here is not whole." in done.stderr) == (1, True)
        assert "Applying" not in done.stdout

    def test_gunicorn_does_not_start_wrongly_and_says_why(self, tmp_path):
        done = self.run(tmp_path, "-m", "gunicorn", "--bind", "127.0.0.1:0", "recovery.wsgi", ALLOWED_HOSTS="other.example")
        assert done.returncode != 0
        assert "BASE_URL names clinic.example, which is not in ALLOWED_HOSTS" in done.stderr
        assert "Run manage.py migrate." in done.stderr
        assert "The site was not started." in done.stderr

    def test_a_sound_one_starts_and_leaves_no_connection_to_its_workers(self, db, tmp_path):
        if connection.vendor != "sqlite":
            pytest.skip("starts on a copy of the tests’ own database")
        (tmp_path / "static").mkdir()
        copied(connection, tmp_path).rename(tmp_path / "db.sqlite3")
        done = self.run(tmp_path, "-c", "import recovery.wsgi; from django.db import connection; print(connection.connection)")
        assert (done.returncode, done.stderr, done.stdout) == (0, "", "None\n")

    def test_without_its_database_it_starts_and_says_so(self, tmp_path):
        Path(tmp_path, "db.sqlite3").mkdir()
        done = self.run(tmp_path, "-c", "import recovery.wsgi; print('served')")
        assert (done.returncode, done.stdout) == (0, "served\n")
        assert "The database does not answer: OperationalError." in done.stderr


def test_they_are_registered(db, settings):
    settings.SECRET_KEY = "short"
    assert "recovery.E006" in ids(run_checks(tags=["recovery"]))
