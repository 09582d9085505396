"""All settings. What may differ between installations comes from the environment; README.md lists the names."""

import os
import re
import secrets
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))


def kept_secret(path: Path) -> str:
    """The installation's own key, made once and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def photo_storage(url: str) -> dict[str, Any]:
    """A folder that no web server hands out, or the bucket of an address."""
    if not url:
        return {"BACKEND": "patients.photo_store.PrivateFiles", "OPTIONS": {"location": VAR_DIR / "photos"}}
    said = re.fullmatch(r"s3://([^:@/]+):([^:@/]+)@([^@/]+)/([^/?]+)(?:\?region=([\w-]+))?", url)
    if said is None:
        raise ImproperlyConfigured("PHOTOS_URL must be empty or s3://key:secret@host/bucket, with / and @ in the secret as %2F and %40.")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured("PHOTOS_URL names a bucket, which needs one more package: pip install django-storages[s3]")
    key, secret, host, bucket, region = said.groups()
    where = {"endpoint_url": f"https://{host}", "region_name": region, "bucket_name": bucket}
    # By path: a bucket of one's own service has no host name of its own.
    options = where | {"access_key": unquote(key), "secret_key": unquote(secret), "addressing_style": "path"}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def mark_static(headers: Any, path: str, url: str) -> None:
    """Nobody else's pages show our files either."""
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


# django-environ reads a leading "$" as another variable's name, so the key is read as it stands.
SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret(VAR_DIR / "secret_key")
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
IS_SERVED_BY_HTTPS = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "patients",
]
MIDDLEWARE = [
    "patients.middleware.request_id",  # first: whatever is written down or answered says which request it was
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before all that may fail or refuse: these answers too say what the browser may do with them.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "patients.browser.private_answers",
    "patients.middleware.CompressPages",  # behind WhiteNoise, whose files are compressed already; before all that writes a page
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "patients.middleware.SignInRequired",  # every view is private unless it says otherwise
    "patients.middleware.session_limits",  # before the next one, which may let in whom this one has signed out
    "patients.middleware.log_session",  # before what asks who the person is: a link lets them in for some pages
    "patients.middleware.second_factor_first",
    "patients.middleware.clear_at_sign_out",
    "patients.middleware.clinic_time",  # after authentication: it is the person's clinic
    "patients.middleware.persons_language",
    "patients.middleware.erased_meanwhile",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "patients.middleware.whole_paths",
]
ROOT_URLCONF = "recovery.urls"
WSGI_APPLICATION = "recovery.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.i18n", "patients.templatetags.spoken"],  # nearly every page speaks two languages
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = DEBUG

# ---- Data
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 600,  # opening a file again for each request costs more than most requests
        "OPTIONS": {
            "timeout": 20,
            # A read that turns into a write cannot wait for its turn otherwise: "database is locked", whatever the timeout.
            "transaction_mode": "IMMEDIATE",
            # FULL: an acknowledged log must survive a power cut; WAL: readers do not wait for the writer; secure_delete: what is
            # erased is overwritten in the file, not only forgotten; recursive_triggers: a REPLACE asks the triggers of a DELETE too.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=0; "
            "PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON;",
        },
    }
else:
    # A pool keeps connections open by itself, so Django must not (CONN_MAX_AGE stays 0).
    # Asked before use, so that a restart of the server costs nobody an error; and where it is gone, a page says so soon.
    pool = {"min_size": 1, "max_size": 8, "timeout": 5}
    DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "OPTIONS": {"pool": pool}}
# What `manage.py backup` encrypts with. Lost, no encrypted backup can be restored: keep it apart from them.
BACKUP_KEY = os.environ.get("BACKUP_KEY", "")
RESTORING = "restoring"  # a file in VAR_DIR while a restore is under way, or was interrupted
ATOMIC_REQUESTS = False  # each action opens its own transaction, so that reads never hold the write lock
CACHES = {
    # Rate limits count over all workers only in a cache they share.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},  # of Django's 300, a flood of addresses would push out the counter of an account
    },
}

# ---- People
AUTH_USER_MODEL = "patients.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "patients.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# Nobody can sign up (patients.accounts), but allauth checks it against the login methods.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# One address each, replaced once a code has come back. A code and not a link: it is worth nothing outside of the session
# that asked for it, so a mistyped address gives its owner no way in.
ACCOUNT_CHANGE_EMAIL = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Beside the limits that allauth has by itself. By the hour too: nobody's mailbox is to be filled.
ACCOUNT_RATE_LIMITS = {
    "invitation": "30/m/ip",
    "request_login_code": "20/m/ip,3/m/key,20/h/key",
    "reset_password": "20/m/ip,5/m/key,20/h/key",  # nosec B105
}
# How many proxies of one's own stand in front: so many addresses from the end of X-Forwarded-For are believed, none before.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXIES", 0)
ACCOUNT_FORMS = {"login": "patients.forms.sign_in.OwnLoginForm", "confirm_login_code": "patients.forms.sign_in.OwnConfirmLoginCodeForm"}
MFA_FORMS = {"add_webauthn": "patients.forms.sign_in.OwnAddPasskeyForm"}
MFA_ADAPTER = "patients.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # phones' clocks are off by some seconds
MFA_TOTP_ISSUER = "Recovery timeline"
# Off without https by default, so that the demo opens at once.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", IS_SERVED_BY_HTTPS)
SESSION_IDLE_STAFF, SESSION_IDLE_PATIENT = timedelta(minutes=15), timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=12)  # however busy
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_SERVED_BY_HTTPS else "http"

# ---- Time, language and mail
LANGUAGE_CODE = "en-gb"  # what stands in the code, and what staff read
LANGUAGES = [("en-gb", "English"), ("es", "Español")]  # each by its own name: who looks for it reads no other
# Named although the app's own folder is found anyway: from here it goes before the catalogs of Django and allauth.
LOCALE_PATHS = [BASE_DIR / "patients" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
vars().update(env.email_url("EMAIL_URL", "consolemail://"))
# A mail server that takes the connection and then says nothing would hold a page, or all reminders, for ever.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", "recovery@localhost")

# ---- Files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
# The places where photos are cleaned, and how many there are: each can take 430 MB of memory for a few seconds.
PHOTO_TURNS = VAR_DIR / "turns"
PHOTOS_AT_ONCE = env.int("PHOTOS_AT_ONCE", 2)
if PHOTOS_AT_ONCE < 1:
    raise ImproperlyConfigured("PHOTOS_AT_ONCE must be 1 or more: with 0 no photo would ever be taken.")
# After collectstatic, names carry a hash and are cached for ever; before it, files come straight from static/.
HAS_MANIFEST = not DEBUG and ("collectstatic" in sys.argv or (STATIC_ROOT / "staticfiles.json").exists())
WHITENOISE_USE_FINDERS = not HAS_MANIFEST
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs our files
WHITENOISE_ADD_HEADERS_FUNCTION = mark_static
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler", "patients.uploads.SparingUploadHandler"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "photos": photo_storage(env.str("PHOTOS_URL", "")),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HAS_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# ---- Browser
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap draws the arrow of a select as a data: picture
        **dict.fromkeys(["object-src", "frame-src", "media-src", "worker-src", "base-uri", "frame-ancestors"], [NONE]),
        "form-action": [SELF],
        # Scripts cannot write markup but through the one policy of static/queue.js, which takes pages of ours.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["own-pages"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # scripts take the token from the form
MESSAGE_STORAGE = "patients.messages.MessageStorage"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if IS_SERVED_BY_HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    # Browsers take such names by https from this very host only: a neighbouring subdomain cannot plant a session.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # the proxy must set or strip it
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "patients.server_log.Plain", "fmt": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "filters": {
        "without_tokens": {"()": "patients.server_log.WithoutTokens"},
        "with_request_id": {"()": "patients.server_log.WithRequestId"},
        "in_earnest": {"()": "django.utils.log.RequireDebugFalse"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_tokens", "with_request_id"]},
        "mail_admins": {"class": "django.utils.log.AdminEmailHandler", "level": "ERROR", "filters": ["in_earnest", "without_tokens"]},
    },
    "loggers": {
        # Django's own set-up of these would write addresses and errors as they are.
        "django": {"handlers": ["mail_admins"], "level": "INFO"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
}
DEFAULT_EXCEPTION_REPORTER = "patients.error_reports.Report"

# The norm editor sends four cells, a start and a rationale for each band, and there may be one for each of 3,651 days.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 22_000
