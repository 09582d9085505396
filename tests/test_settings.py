"""What settings make of the environment."""

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from recovery.settings import VAR_DIR, photo_storage


def test_photos_lie_in_a_folder_unless_it_is_said_otherwise():
    assert photo_storage("") == {"BACKEND": "patients.photo_store.PrivateFiles", "OPTIONS": {"location": VAR_DIR / "photos"}}


@pytest.mark.parametrize(
    "url, options",
    [
        (
            "s3://KEY:a%2Fb%40c@s3.example.org/recovery-photos",
            {"endpoint_url": "https://s3.example.org", "access_key": "KEY", "secret_key": "a/b@c", "region_name": None},
        ),
        (
            "s3://KEY:secret@minio.example.org:9000/recovery-photos?region=eu-west-2",
            {"endpoint_url": "https://minio.example.org:9000", "access_key": "KEY", "secret_key": "secret", "region_name": "eu-west-2"},
        ),
    ],
)
def test_an_s3_address_says_all_there_is_to_know(monkeypatch, url, options):
    monkeypatch.setattr("recovery.settings.find_spec", lambda name: name in ("storages", "boto3"))
    made = photo_storage(url)
    assert made["BACKEND"] == "storages.backends.s3.S3Storage"
    assert made["OPTIONS"].items() >= (options | {"bucket_name": "recovery-photos"}).items()


@pytest.mark.parametrize(
    "url", ["/var/photos", "ftp://a:b@c/d", "s3://bucket", "s3://key@host/bucket", "s3://key:secret@host/", "s3://key:secret@host/a/b"]
)
def test_anything_else_stops_the_site_with_a_sentence(url):
    with pytest.raises(ImproperlyConfigured, match="PHOTOS_URL must be empty or s3://key:secret@host/bucket") as refused:
        photo_storage(url)
    assert "key:secret@host/a" not in str(refused.value).replace("s3://key:secret@host/bucket", "")


@pytest.mark.parametrize("there", ["storages", "boto3", ""])
def test_a_bucket_without_the_packages_stops_the_site_with_the_way_out(monkeypatch, there):
    monkeypatch.setattr("recovery.settings.find_spec", lambda name: name == there or None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install django-storages\[s3\]"):
        photo_storage("s3://key:secret@host/bucket")


def test_a_silent_mail_server_holds_nobody_for_long():
    assert settings.EMAIL_TIMEOUT == 20
