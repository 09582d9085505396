"""How the site is served. Few workers without threads: on two cores threads halved the writes a second."""

import multiprocessing
import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WORKERS", multiprocessing.cpu_count()))
# Three pictures may take ten seconds each to clean; the log they came with is stored before them.
timeout = 120
preload_app = True  # the workers share what is loaded once
accesslog = None  # addresses hold dates and ids of patients; the proxy's log is the clinic's decision
control_socket_disable = True  # nothing but HTTP reaches the workers
