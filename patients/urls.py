"""Addresses of the app. Public ids are random UUIDs."""

from django.urls import path

from patients.views import caseload, clinic, home, logs, norms, queue, recoveries

urlpatterns = [
    path("", home.home, name="home"),
    path("health/", home.health, name="health"),
    path("settings/", home.own_settings, name="settings"),
    path("log/", logs.log, name="log"),
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
    path("norms/<slug:protocol>/", norms.norm_version, name="norms-of"),
    path("norms/<slug:protocol>/v<int:number>/", norms.norm_version, name="norms-version"),
]
