"""How the site is served. Few workers without threads: on two cores threads halved the writes a second."""

import multiprocessing
import os
import sys
from pathlib import Path

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WORKERS", multiprocessing.cpu_count()))
# Three pictures may take ten seconds each to clean; the log they came with is stored before them.
timeout = 120
preload_app = True  # the workers share what is loaded once
accesslog = None  # addresses hold dates and ids of patients; the proxy's log is the clinic's decision
control_socket_disable = True  # nothing but HTTP reaches the workers
# Longer ones are nobody's. A body that trickles in holds a worker for as long as it likes: the proxy in front must take it whole first.
limit_request_line, limit_request_fields, limit_request_field_size = 4094, 60, 8190
sys.path.insert(0, str(Path(__file__).parent))  # for the names below, which are looked up before the site is loaded
logconfig_dict = {
    "formatters": {"plain": {"()": "patients.server_log.Plain", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_tokens": {"()": "patients.server_log.WithoutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_tokens"]}},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False}},
}
