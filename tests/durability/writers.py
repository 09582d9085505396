"""The writers: each sends the diaries of its patients, and sends again until it is told that an entry is saved."""

import http.client
import random
import re
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from queue import Empty, Queue
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
PATIENCE = 60  # seconds for an answer
PAUSE = 0.05  # before the next attempt while nobody answers
GIVE_UP = 300  # seconds after which a server that never answers is a failure and no patience
KEPT_ODD = 3  # pages of each odd answer that are shown
BROKEN = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Shares:
    """How often an entry is sent twice at once, once more right away, and an older one late."""

    twins: float = 0.05
    again: float = 0.1
    late: float = 0.1


NOTHING_TWICE = Shares(0, 0, 0)


@dataclass(slots=True)
class Told:
    """What the writers saw. Appending and counting under one lock."""

    seconds: list[float] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name):
        with self.lock:
            self.counts[name] += 1

    def note_odd(self, status, body):
        with self.lock:
            self.counts[f"answered {status}"] += 1
            if self.counts[f"answered {status}"] <= KEPT_ODD:
                self.odd.append(f"{status}: {' '.join(re.sub('<[^>]*>', ' ', body).split())[:300]}")


class Phone:
    """One patient's browser, reduced to what is sent."""

    def __init__(self, port, session, told):
        self.port, self.session, self.told = port, session, told
        self.cookie = self.token = ""

    def open(self):
        """Opens the log form as a browser does; hands back its key."""
        response, body = self._until_answered("GET", None)
        self.cookie = re.search("csrftoken=([^;]+)", response.headers["Set-Cookie"])[1]
        self.token = TOKEN.search(body)[1]
        return KEY.search(body)[1]

    def send(self, entry):
        """Until it is acknowledged; hands back when the last attempt began, 0 where it was the first. Raises TimeoutError."""
        body = urlencode([*entry.fields, ("csrfmiddlewaretoken", self.token)])
        end, attempts = time.monotonic() + GIVE_UP, 0
        while time.monotonic() < end:
            began, attempts = time.time(), attempts + 1
            try:
                response, page = self._ask("POST", body)
            except BROKEN:
                self.told.count("connections broken" if attempts == 1 else "connections broken again")
                time.sleep(PAUSE)
                continue
            if response.status == 302 and response.headers["Location"].endswith(f"/log/{entry.date}/saved/"):
                return began if attempts > 1 else 0.0
            self.told.note_odd(response.status, page or response.headers.get("Location", ""))
            time.sleep(PAUSE)
        raise TimeoutError(f"entry {entry.number} was never acknowledged")

    def _until_answered(self, method, body):
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            try:
                response, page = self._ask(method, body)
            except BROKEN:
                time.sleep(PAUSE)
                continue
            if response.status == 200:
                return response, page
            self.told.note_odd(response.status, page)
            time.sleep(PAUSE)
        raise TimeoutError("the form never came")

    def _ask(self, method, body):
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={self.cookie}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, "/log/", body, headers)
            response = connection.getresponse()
            page = response.read().decode(errors="replace")
        finally:
            connection.close()
        if body and response.status == 302:
            with self.told.lock:
                self.told.seconds.append(time.perf_counter() - begun)
        return response, page


def write(port, diaries, writers, shares, *, told):
    """All diaries by so many writers at once; returns when everything is acknowledged. Raises what a writer met."""
    waiting, failures = Queue(), []
    for diary in diaries:
        waiting.put(diary)

    def work():
        chance = random.Random(secrets.randbits(64))
        try:
            while True:
                _send_diary(Phone(port, (diary := waiting.get_nowait()).session, told), diary, shares, chance)
        except Empty:
            return
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _send_diary(phone, diary, shares, chance):
    sent = []
    for entry in diary.entries:
        if not sent:
            entry.key = phone.open()  # the others have new ones, as a page opened anew has
        _send(phone, entry, chance.random() < shares.twins)
        sent.append(entry)
        if chance.random() < shares.again:
            phone.send(entry)
            phone.told.count("sent again at once")
        if len(sent) > 1 and chance.random() < shares.late:
            phone.send(chance.choice(sent[:-1]))
            phone.told.count("sent again late")


def _send(phone, entry, is_twin):
    twin = threading.Thread(target=phone.send, args=(entry,)) if is_twin else None
    if twin:
        twin.start()
        phone.told.count("sent twice at the same moment")
    entry.resent_at = phone.send(entry)
    entry.acknowledged = True
    phone.told.count("acknowledged")
    if twin:
        twin.join()
