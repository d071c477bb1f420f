"""An image holds one service and what its requirements pin. So each must import with nothing else installed.

A process of its own imports every module of the service while a finder hides all packages that its requirements do not
name, and everything of ours that is not in its image: the neighbours, the gateway, `deploy` and the tests.
"""

import re
import subprocess
import sys
from importlib import metadata

import pytest

from chassis.tokens import SERVICES
from deploy.local.topology import GATEWAY
from tests.stack import ROOT

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
ALONE = """
import importlib, importlib.abc, sys
hidden = set(sys.argv[1].split(","))

class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden or ".".join(name.split(".")[:2]) in hidden:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)
        return None

sys.meta_path.insert(0, Hide())
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def normal(name: str) -> str:
    """A distribution's name as the packaging rules compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(part: str) -> set[str]:
    """The distributions of a part's image."""
    text = (ROOT / "requirements" / f"{part}.txt").read_text(encoding="utf-8")
    return {normal(name) for name in PINNED.findall(text)}


def hidden_from(part: str) -> set[str]:
    """Names of installed packages that the part's image does not hold, and of our own that it does not either."""
    image = pinned(part)
    others = {
        package
        for package, owners in metadata.packages_distributions().items()
        if not any(normal(owner) in image for owner in owners) and package not in sys.stdlib_module_names
    }
    ours = {f"services.{service}" for service in SERVICES if service != part} | {"deploy", "tests", "benchmarks"}
    ours |= {"services"} if part == GATEWAY else {GATEWAY}
    return (others | ours) - {"rf", "google"}  # the generated contracts; protobuf's namespace is everybody's


def modules_of(part: str) -> list[str]:
    """Every module below a service's folder; folders without `__init__.py` are packages here too."""
    folder = ROOT / part if part == GATEWAY else ROOT / "services" / part
    files = [path.relative_to(ROOT).with_suffix("") for path in folder.rglob("*.py")]
    ours = [path for path in files if not {"migrations", "node_modules"} & set(path.parts) and path.name != "__main__"]
    names = [".".join(path.parts) for path in ours]
    return sorted(name.removesuffix(".__init__") for name in names)


def imported(modules: list[str], hidden: set[str]) -> subprocess.CompletedProcess[str]:
    """Import the modules in a process that cannot find what is hidden."""
    command = [sys.executable, "-c", ALONE, ",".join(sorted(hidden)), *modules]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("part", [*SERVICES, GATEWAY])
def test_imports_with_nothing_but_its_own_requirements(part: str) -> None:
    modules = modules_of(part)
    assert (f"{part}.app" if part == GATEWAY else f"services.{part}.app") in modules
    done = imported(modules, hidden_from(part))
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_not_in_an_image_is_hidden_indeed() -> None:
    assert {"services.ledger", "gateway", "deploy", "weasyprint", "flask"} <= hidden_from("auth")
    assert {"services", "weasyprint", "sqlalchemy"} <= hidden_from(GATEWAY)
    assert "sqlalchemy" not in hidden_from("auth")
    assert "is not in the image" in imported(["services.reports.app"], hidden_from("auth")).stderr
