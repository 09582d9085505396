"""Where it happens: a folder with its database, PostgreSQL's own cluster where none is named, and the server that is killed."""

import glob
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from patients.management.measuring.server import environment
from tests.e2e.house import ROOT, free_port

START = 60  # seconds


@contextmanager
def database(folder, kind, url, cluster):
    """The address of an empty database: a file, one on the server named, or one of the cluster at hand."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    import psycopg

    server, name = url or cluster.url, f"durability_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    if url:  # one's own cluster goes as a whole
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(words, folder, url):
    """A program of this project over the database; what it prints."""
    env = surroundings(folder, url)
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stderr}")
    return done.stdout


def surroundings(folder, url):
    # The settings as shipped, and not those of `make bench`, which adds pages.
    return environment(folder, url) | {"DJANGO_SETTINGS_MODULE": "recovery.settings"}


def filesystem(folder):
    """Its kind, such as ext4: on one in memory nothing is ever written to a disk."""
    done = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


class Program:
    """A process with children of its own, in a session of its own, so that killing it kills nobody else's."""

    def __init__(self, words, log, **options):
        self.words, self.log, self.options = words, log, options
        self.process = None

    def start(self):
        with self.log.open("ab") as out:
            options = {"cwd": ROOT, "start_new_session": True} | self.options
            self.process = subprocess.Popen(self.words, stdout=out, stderr=out, **options)

    def kill(self):
        """SIGKILL to it and to all that it started: nothing can be tidied up."""
        for pid in [self.process.pid, *children(self.process.pid)]:
            _signal(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            _signal(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(timeout=START)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def children(parent):
    """Its children and theirs."""
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = Path(stat).read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent:
            found += [pid := int(Path(stat).parent.name), *children(pid)]
    return found


def _signal(pid, sign):
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


class Server(Program):
    """Gunicorn as shipped. Its port stays the same, so that the writers find it again."""

    def __init__(self, folder, url, *, under=(), **changed):
        self.port = free_port()
        env = surroundings(folder, url) | {"BIND": f"127.0.0.1:{self.port}"} | changed
        words = [*under, sys.executable, "-m", "gunicorn", "--log-level", "warning", "recovery.wsgi"]
        super().__init__(words, folder / "server.log", env=env)

    def start(self):
        super().start()
        end = time.monotonic() + START
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=START):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.said()[-2000:]}")


class Cluster(Program):
    """A PostgreSQL of its own with nothing but its defaults: fsync is on."""

    def __init__(self, folder, *, under=()):
        self.data, self.port = folder / "cluster", free_port()
        # It refuses to run as root.
        self.who = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        where = ["-c", f"unix_socket_directories={self.data}", "-c", "listen_addresses=127.0.0.1", "-p", str(self.port)]
        super().__init__([*under, program("postgres"), "-D", str(self.data), *where], folder / "cluster.log", cwd="/", **self.who)

    def make(self):
        self.data.mkdir()
        if self.who:
            shutil.chown(self.data, "postgres", "postgres")
        words = [program("initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(words, check=True, capture_output=True, cwd="/", **self.who)

    def start(self):
        import psycopg

        end = time.monotonic() + START
        while time.monotonic() < end:
            # Again where what was killed still holds its memory.
            if self.process is None or self.process.poll() is not None:
                super().start()
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError(f"the cluster did not start:\n{self.said()[-2000:]}")


def program(name):
    """One of PostgreSQL's, which Debian keeps out of the way."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")) or [shutil.which(name)]
    if not found[-1]:
        raise RuntimeError(f"{name} of PostgreSQL is not installed; name a server with --url")
    return found[-1]
