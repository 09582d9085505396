"""The runs: one that is killed again and again, and one that is only measured. Each hands back what was found."""

import json
import random
import statistics
import threading
import time
from dataclasses import dataclass, field

from patients.management.measuring.server import cpu_ns
from tests.durability.places import Server, children, run
from tests.durability.plan import diaries, each_of
from tests.durability.writers import Told, write

LONGEST_DELAY = 0.5  # seconds from the number of entries at which a kill is due to the kill
LOCKED = "database is locked"


@dataclass(slots=True)
class Outcome:
    """What the writers were told, what the database holds, what the server wrote down."""

    told: Told
    seconds: float
    kills: int = 0
    found: dict = field(default_factory=dict)
    server_log: str = ""
    cpu_ms: float = 0.0  # of the workers that were there at the end, for each answer

    @property
    def locked(self):
        return self.server_log.count(LOCKED)

    def percentile(self, share):
        return sorted(self.told.seconds)[min(int(len(self.told.seconds) * share), len(self.told.seconds) - 1)]

    @property
    def median(self):
        return statistics.median(self.told.seconds)

    @property
    def odd(self):
        """Answers that were neither the page asked for nor the way to the saved one."""
        return sum(count for name, count in self.told.counts.items() if name.startswith("answered"))


def prepared(folder, url, submissions, writers, seed):
    """An empty database filled with as many patients as it takes, and what they will send."""
    each = each_of(submissions, writers)
    people = json.loads(run(["-m", "tests.durability.prepare", str(-(-submissions // each))], folder, url))
    return diaries(people, submissions, each, random.Random(seed))


def carried_out(folder, url, plan, writers, shares, kill_at=(), *, more_to_kill=(), say=lambda words: None):
    """Sends the plan, kills at so many acknowledged entries, checks what is there. `more_to_kill`: beside the server, by turns."""
    told, server = Told(), Server(folder, url)
    server.start()
    killer = Killer([server, *more_to_kill], kill_at, told, say)
    begun = time.monotonic()
    try:
        killer.start()
        write(server.port, plan, writers, shares, told=told)
        killer.ended()
        cpu_ms = cpu_ns(children(server.process.pid)) / 1e6 / len(told.seconds)
    finally:
        server.stop()
    seconds = time.monotonic() - begun
    return Outcome(told, seconds, killer.kills, checked(folder, url, plan), server.said(), cpu_ms)


def checked(folder, url, plan):
    path = folder / "sent.json"
    path.write_text(json.dumps([diary.told() for diary in plan]))
    return json.loads(run(["-m", "tests.durability.check", str(path)], folder, url))


def moments(submissions, kills, seed):
    """After how many entries it is killed: anywhere but at the very end, where nobody writes any more."""
    return sorted(random.Random(seed).sample(range(1, max(submissions * 95 // 100, kills + 1)), kills))


class Killer(threading.Thread):
    """Kills by SIGKILL whenever the next number of entries is reached, and starts again what it killed."""

    def __init__(self, programs, moments, told, say):
        super().__init__(daemon=True)
        self.programs, self.moments, self.told, self.say = programs, moments, told, say
        self.kills, self.failure, self.is_over = 0, None, threading.Event()

    def run(self):
        try:
            for number, moment in enumerate(self.moments):
                while self.told.counts["acknowledged"] < moment and not self.is_over.is_set():
                    time.sleep(0.005)
                if self.is_over.is_set():
                    return
                time.sleep(random.uniform(0, LONGEST_DELAY))
                program = self.programs[number % len(self.programs)]
                program.kill()
                self.kills += 1
                self.say(f"kill {self.kills} after {self.told.counts['acknowledged']:,} entries: {type(program).__name__.lower()}")
                program.start()
        except Exception as error:
            self.failure = error

    def ended(self):
        """Raises what it met: a server that did not come back."""
        self.is_over.set()
        self.join()
        if self.failure:
            raise self.failure
