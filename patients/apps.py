from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Recovery timeline"

    def ready(self) -> None:
        # Not above: it needs the settings, which Django reads before its apps.
        from patients.checks import register_all

        register_all()
