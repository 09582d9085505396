"""What gunicorn serves. It does not start wrongly: what would lose or show a record stops it with a sentence."""

import os
import sys

from django.core.checks import ERROR, run_checks
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery.settings")


def check_start() -> None:
    """Servers do not run Django's checks by themselves. Exits with what is wrong."""
    found = run_checks(tags=["recovery"], include_deployment_checks=True, databases=["default"])
    for problem in found:
        print(f"{problem.msg} {problem.hint} ({problem.id})", file=sys.stderr)  # noqa: T201 - the log may not be set up yet
    # The workers are forks of this process, and two must never share a connection.
    connections.close_all()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
    if any(problem.is_serious(ERROR) for problem in found):
        sys.exit("The site was not started.")


application = get_wsgi_application()
check_start()
