"""The words of the timeline as enums. Each member's line says what it permits or asks for."""

from enum import IntEnum, StrEnum

MOST_DAY = 3650  # the last day, ten years on, that a log or a table can have


class Severity(IntEnum):
    """How strong a symptom is; the worst patch of the treated skin counts."""

    NONE = 0  # nothing there
    TRACE = 1  # only the person notices
    MILD = 2  # visible or felt, easily ignored
    MODERATE = 3  # obvious to others, hard to ignore
    SEVERE = 4  # severe; the symptom's own words say what that means

    @property
    def word(self) -> str:
        return self.name.lower()


class Urgency(IntEnum):
    """How soon somebody must look. Watch and higher are stored as flags."""

    EXPECTED = 0  # within the band: nobody has to do anything
    NOTE = 1  # shown to the clinician, never an alarm
    WATCH = 2  # the clinic answers within two working days
    URGENT = 3  # the clinic answers the same day; the patient is asked to call
    EMERGENCY = 4  # the patient is told at once to seek help

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def is_flag(self) -> bool:
        return self >= Urgency.WATCH


class Rule(StrEnum):
    """Which rule a finding comes from."""

    ABOVE_RANGE = "above_range"  # severity above the band
    BELOW_RANGE = "below_range"  # severity below the band: a note
    WORSENING = "worsening"  # rising again after the first days, even inside the band
    CLUSTER = "cluster"  # several symptoms above range on one day: raises each of them
    WARNING_SIGN = "warning_sign"  # never normal, whatever the day
    ASKED_FOR_REVIEW = "asked_for_review"  # the patient asked the clinic to look
    WORSE_THAN_LAST_SESSION = "worse_than_last_session"  # than the same day of the session before
    RESULTS = "results"  # the improvement scale, months later

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Disposition(StrEnum):
    """What a clinician decided about a recovery's open flags."""

    EXPECTED = "expected"  # expected for this patient: nothing to do
    ADVICE = "advice"  # advice given in the reply
    CALLED = "called"  # spoken to on the telephone
    VISIT = "visit"  # a visit is booked
    ESCALATED = "escalated"  # handed to a doctor or another service
    ENTRY_ERROR = "entry_error"  # the log was a slip
    DUPLICATE = "duplicate"  # already dealt with elsewhere

    @property
    def words(self) -> str:
        return DISPOSITION_WORDS[self]

    @property
    def led_to_action(self) -> bool:
        """Whether the flag was worth raising."""
        # Each of these reaches the patient or a colleague; the other three end with the clinician's look at the page.
        return self in (Disposition.ADVICE, Disposition.CALLED, Disposition.VISIT, Disposition.ESCALATED)

    def awaits_patient(self, reply: str) -> bool:
        """Whether the next step is the patient's: to read the reply, to come, to be seen elsewhere."""
        return self in (Disposition.CALLED, Disposition.VISIT, Disposition.ESCALATED) or (self is Disposition.ADVICE and bool(reply))


DISPOSITION_WORDS = {
    Disposition.EXPECTED: "Expected for this patient",
    Disposition.ADVICE: "Advice given",
    Disposition.CALLED: "Called",
    Disposition.VISIT: "Visit booked",
    Disposition.ESCALATED: "Escalated",
    Disposition.ENTRY_ERROR: "Entry error",
    Disposition.DUPLICATE: "Duplicate",
}
