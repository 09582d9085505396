"""Two submissions at the same moment, against the real server: one log, one set of flags, nobody sees an error."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.house import House
from tests.pictures.scene import jpeg, scene

AT_ONCE = 5
pytestmark = pytest.mark.browser
ANSWERS = {"redness": "4", "swelling": "1", "flaking": "1", "breakouts": "0", "any_sign": "none"}
COUNT = """
from django.core.files.storage import storages
from patients.models import *
t = Treatment.objects.get(patient__user__email='{email}', patient__treatments__session_number=1)
photos = Photo.objects.of(t)
assert not photos or storages['photos'].size(photos[0].full) == photos[0].size_bytes
# What lies there and belongs to nobody's row: the demo's own patients have no photos.
named = {{name for photo in Photo.objects.all() for name in photo.files}}
print(t.logs.count(), Rating.objects.filter(log__treatment=t).count(), Flag.objects.of(t).live().count(),
      AuditEvent.objects.filter(subject_type='log', subject_id=str(t.logs.get().uuid)).count(),
      photos.count(), len(set(storages['photos'].listdir('')[1]) - named) if photos else 0)
"""
NEW = """
from datetime import timedelta
from patients.models import *
from patients.actions.people import Session, enrol_patient
c = User.objects.get(email='clinician@demo.example')
s = Session(Protocol.objects.get(slug='pen'), c.clinic.today() - timedelta(days=4))
p = enrol_patient(by=c, name='Rosa Lindqvist', email='{email}', time_zone='Europe/London', first_session=s, is_invited=False)
p.user.set_password('{password}'); p.user.save()
from tests.factories import allow_photos
allow_photos(p)
"""


def signed_in(house: House, email: str) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    post(browser, house, "/accounts/login/", {"login": email, "password": house.password})
    return browser


def post(browser: OpenerDirector, house: House, path: str, data: dict[str, str], photo: bytes = b"") -> tuple[str, str]:
    page = browser.open(house.url + path).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, page[:300]
    data = {**data, "csrfmiddlewaretoken": token[1]}
    headers = {"Referer": house.url + path}
    body = urlencode(data).encode()
    if photo:
        body, headers["Content-Type"] = in_parts(data, photo), "multipart/form-data; boundary=xyz"
    with browser.open(Request(house.url + path, body, headers)) as answer:
        return answer.url, answer.read().decode()


def in_parts(data: dict[str, str], photo: bytes) -> bytes:
    """A form with a photo as browsers send it."""
    part = "--xyz\r\nContent-Disposition: form-data; name="
    fields = "".join(f'{part}"{name}"\r\n\r\n{value}\r\n' for name, value in data.items())
    head = f'{part}"photo-front"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return (fields + head).encode() + photo + b"\r\n--xyz--\r\n"


@pytest.mark.parametrize("photo", [b"", jpeg(scene(3000, 2000))], ids=["without a photo", "with a photo"])
def test_the_same_log_sent_five_times_at_once_is_stored_once(house: House, photo: bytes) -> None:
    email = f"at-once-{len(photo)}@demo.example"
    house.shell(NEW.format(email=email, password=house.password))
    today = datetime.now(ZoneInfo("Europe/London")).date().isoformat()
    browsers = [signed_in(house, email) for _ in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(post, browser, house, "/log/", {**ANSWERS, "date": today}, photo) for browser in browsers]
        answers = [future.result() for future in sent]
    assert {url for url, _ in answers} == {f"{house.url}/log/{today}/saved/"}
    assert all("Redness is much higher" in text or "Redness is higher" in text for _, text in answers)
    assert [text for _, text in answers if "not taken" in text] == []
    # one log, its four ratings, its one flag, one audit event; with a photo one more of them, one row and no stray file
    assert house.shell(COUNT.format(email=email)) == ("1 4 1 2 1 0" if photo else "1 4 1 1 0 0")
