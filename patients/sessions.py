"""How long a sign-in lasts, and what is left of it: the log, for who was writing one and for whose phone it is.

In the session of who has signed in stand CLOCK and, on a phone of one's own, PHONE. In one that is left for the log stands
LOG_SESSION: a token of patients.actions.links, since when, and of which kind it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.signing import BadSignature
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.crypto import salted_hmac

from patients.actions.links import LOG_SESSION, log_token, user_of_log_token
from patients.models import User

CLOCK, PHONE, ENDED = "clock", "phone", "ended"
JUST_NOW = 300  # seconds, as allauth has it
STAMP_EVERY = 60  # seconds; a session that is written on every request would be the site's busiest table
READ_FOR, SEND_FOR, PHONE_FOR = timedelta(minutes=30), timedelta(hours=2), timedelta(days=30)
# What a browser asks by itself must not look like a person. The second one prolongs by POST, which somebody has pressed.
ASKED_BY_ITSELF = {("GET", "queue-news"), ("GET", "session")}
# All that a reminder's link opens, and for how long: method and name of the address. Everything else asks to sign in.
# What is on the page at the end can still be sent, and its answer read: nothing typed is lost.
REACHED_BY_LINK = {
    **{(method, name): READ_FOR for method in ("GET", "HEAD") for name in ("log", "log-day")},
    **{("POST", name): SEND_FOR for name in ("log", "log-day")},
    **{(method, "log-saved"): SEND_FOR for method in ("GET", "HEAD")},
    # The form and its answer show the day's photos, small. Removing one is part of the form; the photos themselves ask to sign in.
    **{(method, "photo-thumb"): SEND_FOR for method in ("GET", "HEAD")},
}
REACH = {
    "link": REACHED_BY_LINK,
    "phone": dict.fromkeys(REACHED_BY_LINK, PHONE_FOR),
    # After a sign-in has ended: the log that was being written is sent, and its answer read; whoever sits down next reads no other.
    "ended": {what: reach for what, reach in REACHED_BY_LINK.items() if reach == SEND_FOR},
}


def start(request: HttpRequest, user: User, *, is_own_phone: bool = False) -> None:
    """At every sign-in, whatever way it came."""
    now = timezone.now()
    request.session.pop(ENDED, None)
    request.session[CLOCK] = {"from": now.timestamp(), "seen": now.timestamp()}
    if is_own_phone:
        remember_phone(request, user)


def end_of(request: HttpRequest) -> datetime:
    """When the sign-in ends unless something is done before."""
    clock = request.session[CLOCK]
    seen = datetime.fromtimestamp(clock["seen"], tz=timezone.get_default_timezone())
    return min(seen + idle_limit(request.user), _longest(clock))  # type: ignore[arg-type]


def has_just_begun(request: HttpRequest) -> bool:
    """Whether the person signed in a few minutes ago."""
    began = request.session.get(CLOCK, {}).get("from", 0)
    return bool(request.user.is_authenticated) and 0 <= timezone.now().timestamp() - began < JUST_NOW


def idle_limit(user: User) -> timedelta:
    limit: timedelta = settings.SESSION_IDLE_PATIENT if user.is_patient_only else settings.SESSION_IDLE_STAFF
    return limit


def _longest(clock: dict[str, float]) -> datetime:
    began = datetime.fromtimestamp(clock["from"], tz=timezone.get_default_timezone())
    longest: timedelta = settings.SESSION_LONGEST
    return began + longest


def hold_to_limits(request: HttpRequest, name: str) -> None:
    """Ends a sign-in that is over, or notes that its person is there. `name` is that of the address."""
    user = request.user
    assert isinstance(user, User)
    if CLOCK not in request.session:
        start(request, user)  # one from before there were limits
    elif timezone.now() >= end_of(request):
        end(request, user)
        return
    elif (request.method, name) not in ASKED_BY_ITSELF and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        note_seen(request)
    if PHONE in request.session and request.session.get_expire_at_browser_close():
        _until_its_end(request, request.session[PHONE])  # allauth lets every sign-in end with the browser
    request.session_left, request.session_who = seconds_left(request), known_as(user)  # type: ignore[attr-defined]


def known_as(user: User) -> str:
    """What an open page tells by whether the person it was made for is still the one who is signed in."""
    return salted_hmac("patients.sessions.known_as", str(user.pk)).hexdigest()[:16]


def note_seen(request: HttpRequest) -> None:
    now, clock = timezone.now().timestamp(), request.session[CLOCK]
    if now - clock["seen"] >= STAMP_EVERY:
        request.session[CLOCK] = clock | {"seen": now}


def seconds_left(request: HttpRequest) -> int:
    return max(0, int((end_of(request) - timezone.now()).total_seconds()))


def end(request: HttpRequest, user: User) -> None:
    """Signs out, and leaves of a patient's session what may still be done about the log."""
    ended_at, clock, phone = end_of(request), request.session[CLOCK], phone_until(request) and request.session[PHONE]
    is_idle = ended_at < _longest(clock)
    request.session.flush()
    request.user = AnonymousUser()
    request.session[ENDED] = (
        {"minutes": int(idle_limit(user).total_seconds() // 60)} if is_idle else {"hours": settings.SESSION_LONGEST // timedelta(hours=1)}
    )
    request.session.set_expiry(int(SEND_FOR.total_seconds()))
    if phone:
        request.session[LOG_SESSION] = phone
        _until_its_end(request, phone)
    elif user.is_patient_only and hasattr(user, "patient"):
        request.session[LOG_SESSION] = {"token": log_token(user.patient), "at": ended_at.isoformat(), "kind": "ended"}


def remember_phone(request: HttpRequest, user: User) -> bool:
    """From now on this browser opens the log without a sign-in; patients only."""
    if not (user.is_patient_only and hasattr(user, "patient")):
        return False
    request.session[PHONE] = {"token": log_token(user.patient), "at": timezone.now().isoformat(), "kind": "phone"}
    _until_its_end(request, request.session[PHONE])
    return True


def forget_phone(request: HttpRequest) -> None:
    if request.session.pop(PHONE, None):
        request.session.set_expiry(0)  # with the browser, as sessions are otherwise


def phone_until(request: HttpRequest) -> datetime | None:
    """Until when this browser opens the log by itself; None where it does not, or something ended it."""
    held = request.session.get(PHONE)
    return datetime.fromisoformat(held["at"]) + PHONE_FOR if held and _is_good(held, request.user) else None


def _is_good(held: dict[str, str], user: Any) -> bool:
    is_young = timezone.now() - datetime.fromisoformat(held["at"]) <= PHONE_FOR
    return is_young and _owner(held) == user


def _until_its_end(request: HttpRequest, held: dict[str, str]) -> None:
    request.session.set_expiry(datetime.fromisoformat(held["at"]) + PHONE_FOR)


def start_log_session(request: HttpRequest, token: str, user: User) -> None:
    """A session that reaches the log pages only, as its person is kept apart from where sign-ins are."""
    held = request.session.get(LOG_SESSION)
    if held and held.get("kind") == "phone" and _is_good(held, user):
        return  # it reaches the same for longer
    # Where it stands already, the mail was tapped again: a new one would refuse the form that is open, and lose what is typed.
    if held is None or _owner(held) != user:
        # Never in another session that was there before: its key may be known to somebody else.
        request.session.flush()
        rotate_token(request)
    request.session[LOG_SESSION] = {"token": token, "at": timezone.now().isoformat(), "kind": "link"}


def _owner(held: dict[str, str]) -> User | None:
    try:
        # Looked up anew each time: a sign-in that is switched off ends it. How old the link is was asked at its start.
        return user_of_log_token(held["token"], good_for=None)
    except BadSignature:
        return None  # the key of the installation has changed


def log_session_user(request: HttpRequest, name: str) -> User | None:
    """Who may open this address in a session that is left for the log; None where they may not, and for who has signed in."""
    if request.user.is_authenticated:
        _signed_in_over(request, request.session.pop(LOG_SESSION))
        return None
    held = request.session[LOG_SESSION]
    reach = REACH[held.get("kind", "link")].get((request.method or "", name))
    if reach is None or timezone.now() - datetime.fromisoformat(held["at"]) > reach:
        return None
    return _owner(held) if held.get("kind") != "ended" or _is_about_what_was_sent(request, name, held) else None


def _is_about_what_was_sent(request: HttpRequest, name: str, held: dict[str, str]) -> bool:
    if request.method == "POST":
        return not {"same", "remove"} & set(request.POST)  # these show or change what was said before
    return "sent" in held and (name == "photo-thumb" or request.path_info == held["sent"])


def note_sent(request: HttpRequest, answer: str) -> None:
    """In a session that has ended: the page at this address may be read."""
    held = request.session.get(LOG_SESSION)
    if held and held.get("kind") == "ended":
        request.session[LOG_SESSION] = held | {"sent": answer}


def _signed_in_over(request: HttpRequest, held: dict[str, str]) -> None:
    # A sign-in replaces it, and signing out must not bring it back. But for one's own phone, which it stays.
    if held.get("kind") == "phone" and PHONE not in request.session and _is_good(held, request.user):
        request.session[PHONE] = held
        _until_its_end(request, held)
