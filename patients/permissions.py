"""Who may do what. `check_x` raises a sentence (the page answers 403), `can_x` answers the template.

Whose things a person sees at all is narrowed before, by `visible_to` on every QuerySet: strangers get 404.
"""

from collections.abc import Callable, Collection

from django.conf import settings

from patients.errors import NotAllowed
from patients.language import gettext
from patients.models import Clinic, Patient, Protocol, Role, Treatment, User

OWN_SETTINGS = frozenset({"time_zone", "reminder_hour", "language"})


def needs_second_factor(user: User) -> bool:
    """Who sees other people's records. Patients may have one."""
    return bool(settings.STAFF_SECOND_FACTOR) and not user.is_patient_only


def check_log(user: User, treatment: Treatment) -> None:
    # Clinicians too are refused: what a patient said must be the patient's own words.
    if user.role != Role.PATIENT or treatment.patient.user_id != user.pk:
        raise NotAllowed("Only the patient can fill in their own log.")


# Admins set the norms and clinicians answer patients: one person who does both has two sign-ins.


def check_review(user: User, treatment: Treatment) -> None:
    if not _is_clinician_of(user, treatment.clinic_id):
        raise NotAllowed("Only clinicians of this clinic review its recoveries.")


def check_queue(user: User, treatment: Treatment) -> None:
    """Snoozing, assigning, nudging: whatever moves a row and decides nothing about the patient."""
    if not _is_clinician_of(user, treatment.clinic_id):
        raise NotAllowed("Only clinicians of this clinic work its queue.")


def check_edit_replies(user: User, clinic: Clinic) -> None:
    """The texts that a clinic keeps for its replies."""
    if not _is_clinician_of(user, clinic.pk):
        raise NotAllowed("Only clinicians of this clinic change its reply texts.")


def check_set_clock(user: User) -> None:
    if user.role != Role.ADMIN or user.clinic_id is None:
        raise NotAllowed("Only the admins of a clinic set its hours and promises.")


def check_set_privacy(user: User) -> None:
    """The clinic's own texts, and how long it keeps records."""
    if user.role != Role.ADMIN or user.clinic_id is None:
        raise NotAllowed("Only the admins of a clinic change its texts and how long it keeps records.")


def check_read_clock(user: User) -> None:
    if user.role not in (Role.CLINICIAN, Role.ADMIN) or user.clinic_id is None:
        raise NotAllowed("The hours of a clinic are for its staff.")


def check_read_audit(user: User) -> None:
    """Whose events is narrowed by `visible_to`: of the clinic, or of no clinic for the installation's own account."""
    if user.role != Role.ADMIN:
        raise NotAllowed("The audit is for the admins of a clinic.")


def check_set_on_call(user: User, clinician: User) -> None:
    """An admin for everybody of the clinic, a clinician for oneself."""
    is_admin = user.role == Role.ADMIN and user.clinic_id is not None and user.clinic_id == clinician.clinic_id
    is_own = user.role == Role.CLINICIAN and user.pk == clinician.pk
    if not (is_admin or is_own):
        raise NotAllowed("Only admins say which clinicians are on call, and clinicians of themselves.")


def check_enrol(user: User) -> None:
    if user.role != Role.CLINICIAN or user.clinic_id is None:
        raise NotAllowed("Only clinicians enrol patients.")


def check_record_treatment(user: User, patient: Patient) -> None:
    check_enrol(user)
    if user.clinic_id != patient.clinic_id:
        raise NotAllowed("Only clinicians of this clinic record its treatments.")


def check_invite(user: User, patient: Patient) -> None:
    """Sending an invitation, and withdrawing it."""
    if not _is_clinician_of(user, patient.clinic_id):
        raise NotAllowed("Only clinicians of this clinic invite its patients.")


def check_close(user: User, treatment: Treatment) -> None:
    """Closing a recovery, and taking that back."""
    if not _is_clinician_of(user, treatment.clinic_id):
        raise NotAllowed("Only clinicians of this clinic close its recoveries.")


def check_plan(user: User, treatment: Treatment) -> None:
    """Changing the date of a planned treatment, or calling it off."""
    if not _is_clinician_of(user, treatment.clinic_id):
        raise NotAllowed("Only clinicians of this clinic plan its treatments.")


def check_patient_pages(user: User) -> None:
    if user.role != Role.PATIENT:
        raise NotAllowed("This page belongs to patients. Your work is under Queue and Norms.")


def check_own_record(user: User, patient: Patient) -> None:
    """What belongs to the patient alone: the list of who looked, the archive of everything, the end of the account."""
    if user.role != Role.PATIENT or patient.user_id != user.pk:
        raise NotAllowed("This belongs to the patient alone.")


def check_own_settings(user: User, names: Collection[str]) -> None:
    """Which settings beyond the colours a person has: those of the patient that they are."""
    # By name, so that no field of a patient can be written as if it were a setting.
    if set(names) - OWN_SETTINGS or (names and getattr(user, "patient", None) is None):
        raise NotAllowed(gettext("Only patients have these settings, each their own."))


def check_clinic_pages(user: User) -> None:
    if user.role != Role.CLINICIAN or user.clinic_id is None:
        raise NotAllowed(gettext("This page belongs to the clinicians of a clinic."))


def check_see_photos(user: User) -> None:
    # Admins set norms from numbers: nobody's face is needed for that.
    if user.role not in (Role.PATIENT, Role.CLINICIAN):
        raise NotAllowed("Photos are for patients and their clinicians.")


def check_read_norms(user: User) -> None:
    if user.role not in (Role.CLINICIAN, Role.ADMIN):
        raise NotAllowed(gettext("The timeline norms are for staff. Your recovery page shows what is usual for you."))


def check_edit_norms(user: User, protocol: Protocol) -> None:
    """A clinic's own norms: its admins. Shared ones: the installation's own account, or the admin of the only clinic."""
    check_admin(user)
    if protocol.clinic_id is None and _shares(user):
        raise NotAllowed("Other clinics share these norms. Make your clinic’s own copy to change them.")
    if protocol.clinic_id is not None and protocol.clinic_id != user.clinic_id:
        raise NotAllowed("These norms belong to another clinic.")


def check_edit_sources(user: User) -> None:
    """Sources and claims are shared by all clinics."""
    check_admin(user)
    if _shares(user):
        raise NotAllowed("Other clinics share the sources. Ask who runs this installation to change them.")


def _shares(user: User) -> bool:
    """Whether what is shared is other clinics' too, so that one clinic's admin must not change it."""
    # Of a single clinic the shared norms are its own; they stop being so with the second clinic.
    return not user.is_superuser and Clinic.objects.exclude(pk=user.clinic_id or 0).exists()


def check_admin(user: User) -> None:
    if user.role != Role.ADMIN:
        raise NotAllowed("Only admins change the timeline norms.")


def check_own_protocols(user: User) -> None:
    check_admin(user)
    if user.clinic_id is None:
        raise NotAllowed("Only the admins of a clinic make protocols of its own.")


def check_move_recoveries(user: User) -> None:
    if user.role != Role.ADMIN or user.clinic_id is None:
        raise NotAllowed("Only the admins of a clinic move its recoveries to other norms.")


def check_move(user: User, treatment: Treatment) -> None:
    check_move_recoveries(user)
    if user.clinic_id != treatment.clinic_id:
        raise NotAllowed("Only the admins of a clinic move its recoveries to other norms.")


def can_edit_norms(user: User, protocol: Protocol) -> bool:
    return _allowed(lambda: check_edit_norms(user, protocol))


def can_own_protocols(user: User) -> bool:
    return _allowed(lambda: check_own_protocols(user))


def can_move_recoveries(user: User) -> bool:
    return _allowed(lambda: check_move_recoveries(user))


def can_edit_sources(user: User) -> bool:
    return _allowed(lambda: check_edit_sources(user))


def can_work_queue(user: User, treatment: Treatment) -> bool:
    return _allowed(lambda: check_queue(user, treatment))


def can_set_clock(user: User) -> bool:
    return _allowed(lambda: check_set_clock(user))


def can_set_on_call(user: User, clinician: User) -> bool:
    return _allowed(lambda: check_set_on_call(user, clinician))


def can_review(user: User, treatment: Treatment) -> bool:
    return _allowed(lambda: check_review(user, treatment))


def _is_clinician_of(user: User, clinic: int) -> bool:
    return user.role == Role.CLINICIAN and user.clinic_id == clinic


# From the check itself, so that a button and the refusal behind it cannot disagree.
def _allowed(check: Callable[[], None]) -> bool:
    try:
        check()
    except NotAllowed:
        return False
    return True
