"""Whether every acknowledged log was forced to the disk before it was acknowledged: strace counts, one writer sends."""

import re
import shutil
import time
from dataclasses import dataclass

from tests.durability.places import Cluster, Server
from tests.durability.writers import Phone, Told

# When a call began, and which file it was about; a call that another process's interrupts in the trace begins like any other.
CALL = re.compile(r"^\d+ +(\d+\.\d+) +(fsync|fdatasync)\(\d+<([^>]*)>")
FAILED = re.compile(r"(fsync|fdatasync).* = -1")
LOG_OF = {"sqlite": "-wal", "postgresql": "/pg_wal/"}  # the file that makes a commit last


@dataclass(frozen=True, slots=True)
class Synced:
    """How many logs were acknowledged, how many calls there were, and how many logs had none between question and answer."""

    logs: int
    calls: int
    of_the_log: int
    failed: int
    without: int
    most: int


def traced(trace):
    if shutil.which("strace") is None:
        raise RuntimeError("strace is not installed")
    return ["strace", "-f", "--seccomp-bpf", "-ttt", "-y", "-e", "trace=fsync,fdatasync", "-o", str(trace)]


def synced(folder, url, plan, cluster: Cluster | None):
    """Traces who writes: gunicorn's worker on SQLite, the cluster's processes on PostgreSQL."""
    trace = cluster.data / "trace" if cluster else folder / "trace"
    server = Server(folder, url, under=() if cluster else traced(trace), WORKERS="1")
    server.start()
    try:
        spans = [span for diary in plan for span in _sent(server.port, diary)]
    finally:
        server.stop()
        if cluster:
            cluster.stop()
    return counted(trace.read_text(), spans, LOG_OF["postgresql" if cluster else "sqlite"])


def _sent(port, diary):
    phone = Phone(port, diary.session, Told())
    for entry in diary.entries:
        if not phone.token:
            entry.key = phone.open()
        begun = time.time()
        phone.send(entry)
        entry.acknowledged = True
        yield begun, time.time()


def counted(trace, spans, name):
    calls = [(float(found[1]), found[3]) for line in trace.splitlines() if (found := CALL.match(line))]
    times = [at for at, path in calls if name in path]
    within = [sum(begun <= at <= ended for at in times) for begun, ended in spans]
    failed = sum(bool(FAILED.search(line)) for line in trace.splitlines())
    return Synced(len(spans), len(calls), len(times), failed, within.count(0), max(within, default=0))
