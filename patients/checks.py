"""What must be so before the site is served: a setting that would lose a log, or show one to others, stops it with a sentence.

The settings are looked at with every command, the live database with `migrate` and `check --database default`, and both,
with what a command may still put right, when the site starts (recovery.wsgi). Registered in patients.apps.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections
from django.http.request import split_domain_port, validate_host

from patients import condition, photo_store

OURS = "recovery"
SHORTEST_SECRET = 32  # characters
# Each worker would count and remember for itself, or nobody at all.
UNSHARED_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")
UNSAFE_SESSIONS = ("signed_cookies", "backends.cache", "backends.file")
OLDEST_SERVER = 140_000  # PostgreSQL 14


def register_all() -> None:
    register(check_settings, OURS)
    register(check_database, OURS, Tags.database)
    # With `deploy`: `migrate` must not be stopped by what it is there to solve.
    register(check_readiness, OURS, Tags.database, deploy=True)


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    return [*_requests(), *_shared(), *_address(), *_secret(), *_photos(), *_restoring()]


def check_database(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Read from the connection itself: what stands in the settings need not have arrived there."""
    if not databases:
        return []
    try:
        return [*(_sqlite() if connection.vendor == "sqlite" else _postgresql())]
    except (DatabaseError, ImproperlyConfigured) as error:
        # No error: after a power cut the database may come up last, and until then pages say so.
        return [Warning(f"The database does not answer: {type(error).__name__}.", "Start it, or look at DATABASE_URL.", id="recovery.W001")]


def check_readiness(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not databases:
        return []
    try:
        return [*_readiness()]
    except DatabaseError:
        return []  # said by check_database


def _requests() -> Iterator[CheckMessage]:
    for alias in connections:
        if connections[alias].settings_dict["ATOMIC_REQUESTS"]:
            yield Error("ATOMIC_REQUESTS is on: every page would hold the write lock.", "Switch it off.", id="recovery.E001")
    if settings.DEBUG and settings.BASE_URL.startswith("https://"):
        yield Error("DEBUG is on and BASE_URL is https: errors would show records to strangers.", "Switch DEBUG off.", id="recovery.E002")


def _shared() -> Iterator[CheckMessage]:
    if str(settings.CACHES["default"]["BACKEND"]).endswith(UNSHARED_CACHES):
        hint = "Use the cache in the database, as shipped."
        yield Error("The workers share no cache, so limits on wrong passwords hold for one worker only.", hint, id="recovery.E003")
    if settings.SESSION_ENGINE.endswith(UNSAFE_SESSIONS):
        hint = "Use django.contrib.sessions.backends.db, as shipped."
        yield Error("With this SESSION_ENGINE a sign-in cannot be ended by the server, or may be lost.", hint, id="recovery.E004")


def _address() -> Iterator[CheckMessage]:
    host = split_domain_port(urlsplit(settings.BASE_URL).netloc)[0]
    if not (settings.DEBUG and not settings.ALLOWED_HOSTS) and not validate_host(host, settings.ALLOWED_HOSTS):
        said = f"BASE_URL names {host or 'no host'}, which is not in ALLOWED_HOSTS: every page would be refused."
        yield Error(said, f"Set ALLOWED_HOSTS={host}." if host else "Set BASE_URL to https://your.host.", id="recovery.E005")


def _secret() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_SECRET and not settings.DEBUG:
        hint = "Take a new one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        yield Error(f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters: sign-ins could be forged.", hint, id="recovery.E006")
    path = Path(settings.VAR_DIR, "secret_key")
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Error(f"Others on this machine can read {path}.", f"chmod 600 {path}", id="recovery.E007")


def _photos() -> Iterator[CheckMessage]:
    folder = photo_store.folder()
    if folder is None:
        return
    public = [Path(place).resolve() for place in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS) if place]
    if any(folder.resolve().is_relative_to(place) for place in public):
        yield Error(f"The photos lie in {folder}, which is public.", "Set VAR_DIR or PHOTOS_URL to another place.", id="recovery.E008")
    if folder.exists() and folder.stat().st_mode & stat.S_IRWXO:
        yield Error(f"Others on this machine can read the photos in {folder}.", f"chmod 700 {folder}", id="recovery.E009")


def _restoring() -> Iterator[CheckMessage]:
    if Path(settings.VAR_DIR, settings.RESTORING).exists():
        hint = "Run manage.py restore again with the same archive."
        yield Error("A restore was interrupted, and the data here is not whole.", hint, id="recovery.E016")


def _sqlite() -> Iterator[CheckMessage]:
    hint = "Keep the OPTIONS of DATABASES as shipped, on a disk of this machine."
    with connection.cursor() as cursor:
        found = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    if found["journal_mode"] not in ("wal", "memory"):  # memory: of tests
        yield Error("SQLite does not keep a write-ahead log: readers and writers would lock each other out.", hint, id="recovery.E010")
    if found["synchronous"] < 2:
        yield Error("SQLite does not wait for the disk: a power cut would lose saved logs.", hint, id="recovery.E011")
    if not found["foreign_keys"]:
        yield Error("SQLite does not look at foreign keys.", hint, id="recovery.E012")
    if getattr(connection, "transaction_mode", None) != "IMMEDIATE":
        yield Error("Transactions are not IMMEDIATE: “database is locked” would lose logs.", hint, id="recovery.E013")


def _postgresql() -> Iterator[CheckMessage]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('synchronous_commit'), current_setting('fsync')")
        version, synchronous, fsync = cursor.fetchone()
    if version < OLDEST_SERVER:
        yield Error("The PostgreSQL server is older than 14.", "Upgrade it.", id="recovery.E014")
    if synchronous == "off":
        hint = "Set synchronous_commit = on, for the server, the database and the user."
        yield Error("synchronous_commit is off: a power cut would lose saved logs.", hint, id="recovery.E015")
    if fsync == "off":
        # A warning only: throwaway servers, as tests use, run like this, and nothing but the server's owner can change it.
        yield Warning("fsync is off: a power cut would destroy the database.", "Set fsync = on in postgresql.conf.", id="recovery.W002")


def _readiness() -> Iterator[CheckMessage]:
    missing = condition.missing_migrations()
    if missing:
        yield Error(f"{len(missing)} migrations are not applied, {missing[0]} among them.", "Run manage.py migrate.", id="recovery.E017")
    tables = connection.introspection.table_names()
    for cache in settings.CACHES.values():
        if str(cache["BACKEND"]).endswith("db.DatabaseCache") and cache["LOCATION"] not in tables:
            yield Error("The table of the cache is not there.", "Run manage.py createcachetable.", id="recovery.E018")
