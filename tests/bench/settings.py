"""The site as shipped plus the reference pages of `manage.py bench`; never used otherwise."""

import os

from recovery.settings import *  # noqa: F403
from recovery.settings import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
ROOT_URLCONF = "tests.bench.urls"
if os.environ.get("BENCH_COUNTS_QUERIES"):  # only in a pass of its own, so that counting does not weigh on the times
    MIDDLEWARE = ["tests.bench.counting.count_queries", *MIDDLEWARE]
