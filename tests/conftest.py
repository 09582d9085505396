"""People, places and clocks that the tests share. Everything here needs nothing beyond requirements.txt."""

from datetime import UTC, date, datetime, time, timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from patients.models import Role
from patients.sessions import CLOCK
from tests import factories

EVENT_MORE = 2 if connection.vendor == "postgresql" else 0  # queries: an event waits for the rows it names before it takes the chain
TODAY = date(2026, 3, 18)  # a Wednesday in London's winter: local time is UTC
TREATED = TODAY - timedelta(days=4)


@pytest.fixture(scope="session", autouse=True)
def plain_settings(tmp_path_factory):
    """Fast passwords, mail and cache in memory, files without a manifest, and sign-ins that outlast a jump in time."""
    with (
        patch("patients.sessions.STAMP_EVERY", 3650 * 86_400),
        override_settings(
            SESSION_IDLE_STAFF=timedelta(days=3650),
            SESSION_IDLE_PATIENT=timedelta(days=3650),
            SESSION_LONGEST=timedelta(days=3650),
            STATIC_ROOT=tmp_path_factory.mktemp("static"),
            PHOTO_TURNS=tmp_path_factory.mktemp("turns"),
            PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
            STORAGES={
                "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
                "photos": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            },
        ),
    ):
        yield


@pytest.fixture
def travel_to(monkeypatch):
    """Sets the clock to a date and a time of UTC; returns that moment."""

    def travel(day: date, at: time = time(12)) -> datetime:
        moment = datetime.combine(day, at, UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return moment

    return travel


@pytest.fixture
def frozen(travel_to):
    """Noon of TODAY, and it stays noon."""
    return travel_to(TODAY)


@pytest.fixture
def photo_folder(tmp_path, settings):
    """Photos are kept as they are in earnest: as files, in this folder."""
    folder = tmp_path / "photos"
    kept = {"photos": {"BACKEND": "patients.photo_store.PrivateFiles", "OPTIONS": {"location": folder}}}
    settings.STORAGES = settings.STORAGES | kept
    return folder


@pytest.fixture
def clinic(db, frozen):
    return factories.a_clinic()


@pytest.fixture
def other_clinic(db, frozen):
    return factories.a_clinic("Harbour Skin Clinic")


@pytest.fixture
def clinician(clinic):
    return factories.a_member(clinic, Role.CLINICIAN, "Mira Osei", title="nurse")


@pytest.fixture
def other_clinician(other_clinic):
    return factories.a_member(other_clinic, Role.CLINICIAN, "Omar Diaz")


@pytest.fixture
def admin(clinic):
    return factories.a_member(clinic, Role.ADMIN, "Noor Haddad")


@pytest.fixture
def superuser(db, frozen):
    """The installation's own account: no clinic."""
    return get_user_model().objects.create_superuser("root@example.org", None)


@pytest.fixture
def treatment(clinician):
    """Ana's first session, four days before TODAY."""
    return factories.a_treatment(clinician, "Ana Ferreira", TREATED)


@pytest.fixture
def patient(treatment):
    return treatment.patient


@pytest.fixture
def photos_allowed(patient):
    """Ana has allowed photos."""
    factories.allow_photos(patient)


@pytest.fixture
def other_treatment(other_clinician):
    """Somebody of another clinic, treated on the same day."""
    return factories.a_treatment(other_clinician, "Lea Krog", TREATED)


@pytest.fixture
def signed_in(db):
    """A browser in which this person has signed in."""

    def sign_in(user) -> Client:
        browser = Client()
        browser.force_login(user)
        # As every sign-in by a page does; it would be a write of the first page otherwise.
        session = browser.session
        session[CLOCK] = {"from": timezone.now().timestamp(), "seen": timezone.now().timestamp()}
        session.save()
        return browser

    return sign_in


@pytest.fixture
def as_patient(signed_in, patient):
    return signed_in(patient.user)


@pytest.fixture
def as_clinician(signed_in, clinician):
    return signed_in(clinician)


@pytest.fixture
def as_admin(signed_in, admin):
    return signed_in(admin)
