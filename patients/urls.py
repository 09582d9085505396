"""Addresses of the app. Public ids are random UUIDs."""

from django.urls import path

from patients.views import (
    caseload,
    clinic,
    drafts,
    exchange,
    home,
    logs,
    moves,
    norms,
    parts,
    protocols,
    publishing,
    queue,
    recoveries,
    sources,
    versions,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("health/", home.health, name="health"),
    path("settings/", home.own_settings, name="settings"),
    path("log/", logs.log, name="log"),
    # Before the next one, whose `path` would take “saved” for a part of the date.
    path("log/<str:day>/saved/", logs.saved, name="log-saved"),
    path("log/<path:day>/", logs.log, name="log-day"),  # path: a date typed with slashes gets its sentence too
    path("recovery/", recoveries.recovery, name="recovery"),
    path("recovery/<uuid:uuid>/", recoveries.recovery, name="recovery-of"),
    path("clinic/", queue.queue, name="queue"),
    path("clinic/patients/", caseload.caseload, name="caseload"),
    path("clinic/patients/new/", caseload.enrol, name="enrol"),
    path("clinic/patients/<uuid:uuid>/", caseload.patient_page, name="clinic-patient"),
    path("clinic/patients/<uuid:uuid>/treatments/new/", caseload.new_treatment, name="new-treatment"),
    path("clinic/recoveries/<uuid:uuid>/", clinic.clinic_recovery_page, name="clinic-recovery"),
    path("clinic/recoveries/<uuid:uuid>/review/", clinic.review, name="review"),
    path("norms/", norms.norms, name="norms"),
    # Before the protocols: these words would be taken for a slug (patients.actions.protocols.RESERVED).
    path("norms/new/", protocols.new_protocol, name="protocol-new"),
    path("norms/sources/", sources.sources, name="sources"),
    path("norms/sources/new/", sources.source, name="source-new"),
    path("norms/sources/<slug:key>/", sources.source, name="source"),
    path("norms/sources/<slug:key>/claims/new/", sources.claim, name="claim-new"),
    path("norms/claims/<int:number>/", sources.claim, name="claim"),
    path("norms/<slug:protocol>/", norms.norm_version, name="norms-of"),
    path("norms/<slug:protocol>/v<int:number>/", norms.norm_version, name="norms-version"),
    path("norms/<slug:protocol>/v<int:number>/restore/", versions.restore, name="norms-restore"),
    path("norms/<slug:protocol>/v<int:number>/move/", moves.move, name="norms-move"),
    path("norms/<slug:protocol>/v<int:number>/export/<str:name>/", exchange.export, name="norms-export"),
    path("norms/<slug:protocol>/versions/", versions.versions, name="norms-versions"),
    path("norms/<slug:protocol>/diff/", versions.diff, name="norms-diff"),
    path("norms/<slug:protocol>/import/", exchange.import_, name="norms-import"),
    path("norms/<slug:protocol>/settings/", protocols.protocol_settings, name="protocol-settings"),
    path("norms/<slug:protocol>/copy/", protocols.copy, name="protocol-copy"),
    path("norms/<slug:protocol>/impact/", publishing.impact, name="norms-impact"),
    path("norms/<slug:protocol>/impact/<uuid:log>/", publishing.impact_log, name="norms-impact-log"),
    path("norms/<slug:protocol>/publish/", publishing.publish, name="norms-publish"),
    path("norms/<slug:protocol>/draft/", drafts.draft, name="draft"),
    path("norms/<slug:protocol>/draft/start/", versions.start, name="draft-start"),
    path("norms/<slug:protocol>/draft/discard/", versions.discard, name="draft-discard"),
    path("norms/<slug:protocol>/draft/check/", drafts.check, name="draft-check"),
    # Last: start, discard and check would be taken for parts.
    path("norms/<slug:protocol>/draft/<slug:part>/", parts.part, name="draft-part"),
]
