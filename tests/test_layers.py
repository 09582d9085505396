"""Imports point down the list of layers in DESIGN section 3 and never up."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Lowest first; a module belongs to the longest name that begins its own. One line holds layers of the same height.
LAYERS = [
    ["recovery.timeline", "recovery.pictures", "recovery.archive"],
    ["patients.errors", "patients.language", "patients.photo_store", "patients.server_log", "patients.error_reports"],
    ["patients.condition"],
    ["patients.checks"],
    ["patients.apps"],
    ["patients.models"],
    ["patients.policies"],
    ["patients.permissions"],
    ["patients.actions"],
    ["patients.exports", "patients.templatetags"],
    ["patients.forms"],
    [
        "patients.views",
        "patients.accounts",
        "patients.browser",
        "patients.failing",
        "patients.messages",
        "patients.middleware",
        "patients.second_factor",
        "patients.sessions",
        "patients.uploads",
    ],  # what stands around other people's views, beside ours
    ["patients.admin", "patients.management", "patients.migrations"],
    ["patients.urls"],
    ["recovery.settings", "recovery.urls", "recovery.wsgi"],
]
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
PACKAGES = {"patients", "recovery"}  # their __init__ files are empty
# The science and the pictures know only themselves and what stands here beside the standard library.
PURE = {"recovery.timeline": set(), "recovery.pictures": {"PIL", "pi_heif"}, "recovery.archive": {"cryptography"}}
LOADER = "patients.views.access"  # the view module that the others may import
# What a layer must know nothing of, though it comes from outside.
KEPT_OUT = {
    "patients.models": ["django.http", "django.shortcuts", "django.forms"],
    "patients.policies": ["django.http", "django.utils"],
    "patients.permissions": ["django.http", "django.utils"],
    "patients.actions": ["django.http", "django.shortcuts", "django.forms"],
    "patients.exports": ["django.http", "django.shortcuts", "django.forms"],
    "patients.forms": ["django.http", "django.shortcuts"],
}


def modules():
    """Every module of the product with its source."""
    for path in sorted([*ROOT.glob("recovery/**/*.py"), *ROOT.glob("patients/**/*.py")]):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, path.read_text(encoding="utf-8")


def is_in(name, package):
    return name == package or name.startswith(f"{package}.")


def height_of(name):
    return next((HEIGHT[layer] for layer in sorted(HEIGHT, key=len, reverse=True) if is_in(name, layer)), None)


def imported(source):
    """Every name that a module imports, wherever in it the import stands; relative imports begin with a dot."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("import_module", "__import__"):
            yield ast.unparse(node.args[0]).strip("'\"")


def problems(name, source):
    """What a module imports and should not, each in a few words."""
    for target in imported(source):
        if target.startswith("."):
            yield f"{name}: relative import of {target}"
        elif is_in(target, "recovery.settings"):
            yield f"{name}: imports the settings"
        elif target.split(".")[0] in PACKAGES:
            yield from _own(name, target)
        else:
            yield from _outside(name, target)


def _own(name, target):
    if name in PACKAGES:
        yield f"{name}: imports {target}; it stays empty"
    elif height_of(target) is None or height_of(target) > height_of(name):
        yield f"{name}: imports {target}, which is above it"
    elif any(is_in(name, layer) and not is_in(target, layer) for layer in PURE):
        yield f"{name}: imports {target}, not of its own package"
    elif is_in(name, "patients.views") and is_in(target, "patients.views") and not is_in(target, LOADER):
        yield f"{name}: imports the view module {target}"


def _outside(name, target):
    for layer, known in PURE.items():
        if is_in(name, layer) and target.split(".")[0] not in sys.stdlib_module_names | known:
            yield f"{name}: imports {target}, not of the standard library"
    for layer, kept_out in KEPT_OUT.items():
        if is_in(name, layer) and any(is_in(target, package) for package in kept_out):
            yield f"{name}: imports {target}, which {layer} does not know"


def test_no_module_imports_upwards():
    assert [problem for name, source in modules() for problem in problems(name, source)] == []


def test_every_module_has_a_layer():
    assert [name for name, _ in modules() if height_of(name) is None and name not in PACKAGES] == []


@pytest.mark.parametrize("layer", HEIGHT)
def test_every_layer_has_a_module(layer):
    assert any(is_in(name, layer) for name, _ in modules())


@pytest.mark.parametrize(
    "name, source, says",
    [
        ("patients.models.logs", "from patients.actions.logs import record_log", "above it"),
        ("patients.models.logs", "from patients import policies", "above it"),
        ("patients.models.logs", "import patients.views.logs", "above it"),
        ("patients.actions.logs", "def f():\n    from patients.exports import days", "above it"),
        ("patients.actions.logs", "import importlib\nimportlib.import_module('patients.forms.logs')", "above it"),
        ("patients.errors", "from recovery import urls", "above it"),
        ("recovery.timeline.norms", "import django", "not of the standard library"),
        ("recovery.timeline.norms", "from recovery.archive.manifest import Sum", "not of its own package"),
        ("recovery.archive.packing", "from django.conf import settings", "not of the standard library"),
        ("recovery.timeline.norms", "from recovery.pictures.stored import Kind", "not of its own package"),
        ("recovery.timeline.norms", "from PIL import Image", "not of the standard library"),
        ("recovery.pictures.rows", "from django.conf import settings", "not of the standard library"),
        ("recovery.pictures.rows", "from recovery.timeline.scale import Severity", "not of its own package"),
        ("patients.views.logs", "from patients.views.queue import place_of", "the view module"),
        ("patients.views.logs", "from patients.views import clinic", "the view module"),
        ("patients.views.logs", "from . import access", "relative import"),
        ("patients.forms.logs", "from .fields import IsoDateField", "relative import"),
        ("patients.views.home", "from recovery.settings import BASE_DIR", "the settings"),
        ("patients.exports.queue", "from django.http import HttpResponse", "does not know"),
        ("patients", "from patients.models import Log", "stays empty"),
    ],
)
def test_a_planted_violation_is_found(name, source, says):
    found = list(problems(name, source))
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize(
    "name, source",
    [
        ("patients.views.logs", "from patients.views.access import own_patient"),
        ("patients.actions.logs", "from patients.actions import audit\nfrom patients.models import Log"),
        ("recovery.timeline.norms", "from bisect import bisect_right\nfrom recovery.timeline.scale import Severity"),
        ("patients.actions.mail", "from django.conf import settings"),
        ("recovery.archive.sealing", "from cryptography.exceptions import InvalidTag\nfrom recovery.archive.errors import Damaged"),
        ("patients.apps", "from patients.checks import register_all"),
        ("recovery.pictures.rows", "from PIL import Image\nfrom recovery.pictures.stored import Kind"),
        ("patients.actions.photos", "from recovery.pictures.cleaning import clean"),
    ],
)
def test_what_points_down_is_let_through(name, source):
    assert list(problems(name, source)) == []
