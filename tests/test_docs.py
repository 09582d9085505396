"""What the README and docs/ say exists: commands, settings, files and links."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*"))]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES if page.is_file() and page.suffix != ".png"}
SOURCE = "\n".join(path.read_text() for path in [*ROOT.glob("recovery/*.py"), ROOT / "gunicorn.conf.py", *ROOT.glob("patients/**/*.py")])
# Read by others than the site's own code.
NOT_OURS = {"PATH", "FILE", "FOLDER", "PROTOCOL", "EMAIL", "REPOSITORY"}


def everywhere(pattern: str) -> set[tuple[str, str]]:
    return {(name, found) for name, said in TEXTS.items() for found in re.findall(pattern, said)}


def test_commands_exist():
    said = everywhere(r"manage\.py ([a-z_]+)") | everywhere(r"recovery-manage@([a-z_]+)\.service")
    assert {(name, command) for name, command in said if command not in get_commands()} == set()
    assert len(said) > 20


def test_settings_are_read():
    said = everywhere(r"(?m)^([A-Z][A-Z_]{3,})=") | everywhere(r"\| `([A-Z][A-Z_]{3,})`")
    assert {(name, key) for name, key in said if f'"{key}"' not in SOURCE and key not in NOT_OURS} == set()


def test_settings_are_described():
    read = set(re.findall(r'(?:env\.\w+\(|environ\.get\(|environ\[)"([A-Z_]+)"', SOURCE))
    assert {key for key in read if f"`{key}`" not in TEXTS["README.md"]} == set()


def test_files_and_tests_exist():
    said = everywhere(r"`((?:tests|patients|recovery|docs|static|templates)/[\w/.*-]+)`")
    assert {(name, path) for name, path in said if "/XX/" not in path and not list(ROOT.glob(path.rstrip("/")))} == set()


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".md")])
def test_links_lead_somewhere(name):
    links = re.findall(r"\]\((?!http)([^)#]+)", TEXTS[name])
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []
