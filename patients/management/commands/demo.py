"""A clinic to look around in: migrates, seeds recoveries at every stage, prints the sign-ins and serves."""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
from argparse import ArgumentParser
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from patients.actions import silence
from patients.actions.consents import give_photo_consent
from patients.actions.logs import Said, record_log
from patients.actions.people import Session, enrol_patient, record_treatment
from patients.actions.photos import add_photos
from patients.actions.replies import start_with_examples
from patients.actions.reviews import Decision, review_recovery
from patients.actions.snoozes import snooze_recovery
from patients.actions.texts import text_for
from patients.management import drawn, samples
from patients.models import Clinic, ClinicText, Flag, Log, OutgoingMail, Protocol, Role, Treatment, User
from patients.models.norm_values import norms_for
from recovery.timeline.compare import Entry
from recovery.timeline.scale import Disposition, Urgency

DOMAIN = "demo.example"
REPLY = "Thank you for logging. This is common at this stage and settles within the week. Keep the skin moist and log again tomorrow."
PEOPLE = [("admin", "Noor Haddad", "", Role.ADMIN), ("clinician", "Mira Osei", "nurse", Role.CLINICIAN)]
SIGN_INS = ("patient", "prepare", "clinician", "admin")
INVENTED_DAYS = [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 5, 6, 7, 14], [0, 1, 3, 5, 7, 14, 21, 28, 58, 88]]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="Seed and print the sign-ins only.")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        if not User.objects.filter(email=f"admin@{DOMAIN}").exists():
            if User.objects.exists():
                raise CommandError("This database holds people that the demo did not make. Set DATABASE_URL to another one.")
            self.stdout.write("Seeding a clinic…")
            with transaction.atomic():
                seed()
        password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
        for name in SIGN_INS:
            user = User.objects.filter(email=f"{name}@{DOMAIN}").first()
            if user is None:
                continue  # a clinic that was seeded before there was this account
            # Anew at each start: it is printed, and nothing has to be remembered or kept in a file.
            user.set_password(password)
            user.save(update_fields=["password"])
            self.stdout.write(f"  {user.email:<26} {password}   {user.name}")
        if not options["no_serve"]:
            self._serve()

    def _serve(self) -> None:
        # A process of its own: which names static files get is decided when settings load.
        manage = str(settings.BASE_DIR / "manage.py")
        subprocess.run([sys.executable, manage, "collectstatic", "--noinput", "-v0"], check=True)  # noqa: S603 - fixed words
        bind = os.environ.get("BIND", "127.0.0.1:8000")
        self.stdout.write(f"Serving on http://{bind}/ (stop with Ctrl-C)")
        self.stdout.flush()
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "recovery.wsgi"])  # noqa: S606 - fixed words


def seed() -> None:
    """One clinic; a patient on day 4, two with a treatment planned, the ten published courses, and invented recoveries at every stage."""
    clinic = Clinic.objects.create(name="Linden Skin Clinic", phone="020 7946 0145", emergency_number="999", time_zone="Europe/London")
    staff = {}
    for box, name, title, role in PEOPLE:
        staff[role] = User.objects.create_user(f"{box}@{DOMAIN}", None, name=name, title=title, role=role, clinic=clinic)
        EmailAddress.objects.create(user=staff[role], email=staff[role].email, verified=True, primary=True)
    clinician, chance = staff[Role.CLINICIAN], random.Random(4)  # noqa: S311 - the same demo every time
    ana = _enrol(clinician, "Ana Ferreira", "patient", "pen", 4)
    give_photo_consent(by=ana.patient.user, patient=ana.patient, seen=text_for(clinic, ClinicText.Kind.PHOTOS, ana.patient.speaks).key)
    for day, ratings in {0: (3, 2, 0, 0), 1: (2, 1, 0, 0), 3: (2, 1, 2, 1)}.items():
        core = dict(zip(("redness", "swelling", "flaking", "breakouts"), ratings, strict=True))
        _photograph(_log(ana, Entry(day, core, asked_for_review=day == 1)), *ratings)
        if day == 1:
            _review(ana, clinician, Disposition.ADVICE, REPLY)
    _plan(clinician)
    _wait_and_fall_silent(clinician)
    people = samples.names(chance)
    for number, course in enumerate(samples.published_courses()):
        treatment = _enrol(clinician, next(people), f"course{number}", course.protocol, course.last_day)
        for entry in course.entries:
            _review(treatment, clinician, Disposition.VISIT, "")  # all but the last log is dealt with
            _log(treatment, samples.with_core_answers(entry, norms_for(treatment)))
    for number, days in enumerate(INVENTED_DAYS * 3):
        protocol = chance.choice(["pen", "pen-shallow", "pen-deep", "radiofrequency"])
        treatment = _enrol(clinician, next(people), f"invented{number}", protocol, max(days) + chance.choice([0, 0, 1]))
        for entry in samples.invented_course(norms_for(treatment), days, chance, trouble=0.4):
            _log(treatment, entry)
        if number % 3 == 2:
            _review(treatment, clinician, Disposition.EXPECTED, "")
    # Nobody is told of what was seeded: the addresses are nobody's.
    OutgoingMail.objects.filter(clinic=clinic).delete()


def _plan(clinician: User) -> None:
    """One who waits for the first treatment, and one whose recovery runs while the next session is planned."""
    _enrol(clinician, "Sofia Lang", "prepare", "pen", -9)
    rui = _enrol(clinician, "Rui Matos", "series", "pen", 29)
    for day in (0, 1, 2, 3, 7, 14, 21, 28):
        bands = {s.code: norms_for(rui).band(s.code, day) for s in norms_for(rui).symptoms.values() if s.core}
        _log(rui, Entry(day, {code: band.typical for code, band in bands.items() if band}))
    assert clinician.clinic is not None
    session = Session(rui.protocol, clinician.clinic.today() + timedelta(days=6))
    record_treatment(by=clinician, patient=rui.patient, session=session)


def _wait_and_fall_silent(clinician: User) -> None:
    """Rows for the queue’s other tabs: one who was asked to come in, two of whom nothing is heard, and one put off."""
    assert clinician.clinic is not None
    waits = _enrol(clinician, "Ines Duarte", "waiting", "pen", 3)
    flagged = _enrol(clinician, "Lea Hoffmann", "quiet", "pen", 5)
    calm = _enrol(clinician, "Marta Silva", "silent", "radiofrequency", 6)
    later = _enrol(clinician, "Oliver Grant", "later", "pen-shallow", 9)
    for treatment, days, last in ((waits, 3, {"redness": 4}), (flagged, 3, {"redness": 4}), (calm, 5, {}), (later, 9, {"flaking": 2})):
        for day in range(days):
            bands = {s.code: norms_for(treatment).band(s.code, day) for s in norms_for(treatment).symptoms.values() if s.core}
            usual = {code: band.typical for code, band in bands.items() if band}
            _log(treatment, Entry(day, usual | (last if day == days - 1 else {})))
    _review(waits, clinician, Disposition.VISIT, "Please come in today; we would like to see your skin.")
    _review(flagged, clinician, Disposition.CALLED, "")
    if Treatment.objects.filter(pk=later.pk, open_urgency=Urgency.WATCH).exists():
        snooze_recovery(by=clinician, treatment=later, until=clinician.clinic.today() + timedelta(days=3))
    start_with_examples(by=clinician, clinic=clinician.clinic)


def _enrol(clinician: User, name: str, box: str, protocol: str, days_ago: int) -> Treatment:
    assert clinician.clinic is not None
    session = Session(Protocol.objects.get(slug=protocol), clinician.clinic.today() - timedelta(days=days_ago))
    patient = enrol_patient(
        by=clinician, name=name, email=f"{box}@{DOMAIN}", time_zone="Europe/London", first_session=session, is_invited=False
    )
    # As if it had been recorded on its day: what is recorded late asks for nothing before.
    treatment = Treatment.objects.with_people().get(patient=patient)
    treatment.recorded_at = min(datetime.combine(treatment.treated_on, time(15), clinician.clinic.zone), timezone.now())
    treatment.save(update_fields=["recorded_at"])
    with transaction.atomic():
        silence.refresh(patient)
    return Treatment.objects.with_people().get(pk=treatment.pk)


def _log(treatment: Treatment, entry: Entry) -> Log:
    said = Said(entry.ratings, entry.signs, "", entry.asked_for_review, entry.improvement)
    now = _evening(treatment, entry.day)
    return record_log(by=treatment.patient.user, treatment=treatment, when=treatment.date_of(entry.day), said=said, now=now).log


def _evening(treatment: Treatment, day: int) -> datetime:
    """When a day's log is entered; nothing is entered in the future."""
    evening = datetime.combine(treatment.date_of(day), time(19), ZoneInfo(treatment.patient.time_zone))
    return min(evening, timezone.now())


def _photograph(log: Log, redness: int, _swelling: int, flaking: int, breakouts: int) -> None:
    """From the front and the left, drawn as the log says."""
    pictures = {view: drawn.skin(redness, flaking, breakouts, lean) for view, lean in (("front", 0), ("left", -1))}
    treatment = log.treatment
    add_photos(by=treatment.patient.user, log=log, files=pictures, now=_evening(treatment, log.day))


def _review(treatment: Treatment, clinician: User, disposition: Disposition, reply: str) -> None:
    seen = list(Flag.objects.of(treatment).open().values_list("uuid", flat=True))
    if seen and treatment.open_since is not None:
        at = min(treatment.open_since + timedelta(hours=15), timezone.now())
        review_recovery(
            by=clinician, treatment=treatment, seen=seen, decision=Decision(disposition, reply=reply), now=at, is_announced=False
        )
