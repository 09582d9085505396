"""What the timeline tests share: the starting norms, and short ways to write bands, norms and logs."""

from pathlib import Path

from recovery.timeline.compare import Entry, compare
from recovery.timeline.norms import Band, Norms, RuleSettings, Symptom
from recovery.timeline.tables import read_rows, read_starting

DATA = Path(__file__).resolve().parents[2] / "patients" / "data"
STARTING = read_starting(DATA)
PROTOCOLS = tuple(p.slug for p in STARTING.protocols)
SYMPTOMS = tuple(STARTING.symptoms)
PEN = STARTING.norms_for("pen")
LAST_DAY = 365  # of every starting protocol


def band(symptom="redness", first_day=0, last_day=9, low=0, typical=0, high=2, urgent_above=3, rationale=""):
    return Band(symptom, first_day, last_day, low, typical, high, urgent_above, rationale)


def symptom(code, name=""):
    return Symptom(code, name or code.title(), "", "", ("",) * 5, True, False)


def norms_of(*bands, claims=(), **settings):
    """Small norms with the starting symptoms and signs, watching redness for worsening unless told otherwise."""
    chosen = RuleSettings(**{"worsening_symptoms": ("redness",), **settings})
    return Norms("small", bands, STARTING.symptoms, STARTING.signs, chosen, (), tuple(claims))


def log(day, signs="", asked=False, improvement=None, **ratings):
    return Entry(day, ratings, frozenset(signs.split()), asked, improvement)


def history_of(code, severities):
    """Earlier logs from a dictionary of day to severity."""
    return [Entry(day, {code: severity}) for day, severity in severities.items()]


def short(findings):
    """Findings as "rule urgency", in alphabetical order."""
    return sorted(f"{f.rule} {f.urgency.word}" for f in findings)


def judged(code, day, history, severity, norms=PEN, last_session=None):
    """What compare says of one symptom's severity on a day after a history of the same symptom."""
    return short(compare(Entry(day, {code: severity}), history_of(code, history), norms, last_session))


def by_subject(findings):
    """Findings as {subject: "rule urgency"}; with several on one subject the last wins, so use it where there is one."""
    return {f.subject: f"{f.rule} {f.urgency.word}" for f in findings}


def published_courses():
    """The ten courses of the literature: {case: logs}, and {case: its line of what must come out}."""
    courses = {}
    for row in read_rows(DATA / "courses.csv"):
        ratings = {code: row.whole(code) for code in SYMPTOMS if row.text(code)}
        entry = Entry(row.whole("day"), ratings, frozenset(row.text("signs").split()))
        courses.setdefault(row.text("case"), []).append(entry)
    return courses, {row.text("case"): row for row in read_rows(DATA / "courses_expected.csv")}
