"""What is mailed to settings.ADMINS when a page fails. Set up in settings.DEFAULT_EXCEPTION_REPORTER."""

from django.conf import settings
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from patients.server_log import where_it_failed


class Report(ExceptionReporter):
    """Where it failed, and nothing of the request, of variables or of settings: notes, names and passwords pass through all of them."""

    def get_traceback_text(self) -> SafeString:
        if settings.DEBUG:
            return super().get_traceback_text()
        # Only ever sent as plain text; Django's type asks for the mark all the same.
        return SafeString(where_it_failed(self.exc_value) if isinstance(self.exc_value, BaseException) else "")

    def get_traceback_html(self) -> SafeString:
        return super().get_traceback_html() if settings.DEBUG else SafeString("")
