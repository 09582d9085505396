"""The starting norms: four protocols, each with version 1 published, from the CSV files in patients/data."""

from dataclasses import asdict
from pathlib import Path

from django.db import migrations
from django.utils import timezone

from recovery.timeline.proof import problems
from recovery.timeline.tables import read_starting

FOLDER = Path(__file__).resolve().parent.parent / "data"


def load(apps, schema_editor):
    def model(name):
        return apps.get_model("patients", name)

    start = read_starting(FOLDER)
    model("Symptom").objects.bulk_create(
        model("Symptom")(
            code=s.code,
            name=s.name,
            clinical_name=s.clinical_name,
            question=s.question,
            grades=list(s.grades),
            core=s.core,
            snomed=s.snomed,
            position=position,
        )
        for position, s in enumerate(start.symptoms.values())
    )
    model("Source").objects.bulk_create(
        model("Source")(**{column: row.text(column) for column in ("key", "title", "publisher", "year", "url", "grade")})
        for row in start.rows["sources"]
    )
    model("Claim").objects.bulk_create(
        model("Claim")(source_id=c.source, symptom_id=c.topic, first_day=c.first_day, last_day=c.last_day, kind=c.kind, text=c.text)
        for c in start.claims
    )
    for position, p in enumerate(start.protocols):
        protocol = model("Protocol").objects.create(slug=p.slug, name=p.name, description=p.description, position=position)
        publish(model, start, protocol)


def publish(model, start, protocol):
    version = model("NormVersion").objects.create(
        protocol=protocol, number=1, settings={k: list(v) if isinstance(v, tuple) else v for k, v in asdict(start.settings).items()}
    )
    bands = start.bands_for(protocol.slug)
    if wrong := problems(bands, start.symptoms):
        raise ValueError(f"Starting norms of {protocol.slug}: {'; '.join(map(str, wrong))}")
    model("Band").objects.bulk_create(
        model("Band")(
            version=version,
            symptom_id=b.symptom,
            first_day=b.first_day,
            last_day=b.last_day,
            low=b.low,
            typical=b.typical,
            high=b.high,
            urgent_above=b.urgent_above,
            rationale=b.rationale,
        )
        for b in bands
    )
    rows = {name: start.rows[name] for name in ("phases", "milestones", "guidance")}
    model("Phase").objects.bulk_create(
        model("Phase")(
            version=version,
            name=r.text("name"),
            first_day=r.whole("first_day"),
            last_day=r.whole("last_day"),
            check_in_every_days=r.whole("check_in_every_days"),
            what_to_expect=r.text("what_to_expect"),
        )
        for r in rows["phases"]
    )
    model("Milestone").objects.bulk_create(
        model("Milestone")(
            version=version,
            first_day=r.whole("first_day"),
            last_day=r.whole("last_day"),
            title=r.text("title"),
            detail=r.text("detail"),
            sources=r.words("source"),
        )
        for r in rows["milestones"]
    )
    model("Guidance").objects.bulk_create(
        model("Guidance")(
            version=version,
            first_day=r.whole("first_day"),
            last_day=r.whole("last_day"),
            kind=r.text("kind"),
            text=r.text("text"),
            sources=r.words("source"),
            sources_differ=r.text("sources_differ"),
        )
        for r in rows["guidance"]
    )
    model("WarningSign").objects.bulk_create(
        model("WarningSign")(
            version=version,
            code=s.code,
            label=s.label,
            urgency=int(s.urgency),
            first_day=s.first_usual_day,
            last_day=s.last_usual_day,
            advice=s.advice,
            basis=s.basis,
        )
        for s in start.signs.values()
    )
    model("Adjustment").objects.bulk_create(
        model("Adjustment")(
            version=version,
            factor=a.factor,
            label=a.label,
            symptom_id=a.shift.symptom,
            first_day=a.shift.first_day,
            last_day=a.shift.last_day,
            high_by=a.shift.high_by,
            rationale=a.shift.rationale,
        )
        for a in start.adjustments
    )
    version.published_at = timezone.now()
    version.published_as = "Starting norms"
    version.reason = "The norms the product starts with. They need a clinician's sign-off before real use."
    version.save()


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_frozen")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
