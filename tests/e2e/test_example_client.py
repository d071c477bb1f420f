"""The example of `docs/internal-systems.md` does what it says against a running house."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from chassis import business_day, settings
from deploy.local.demo.seed import Seed, Targets
from deploy.local.house import House
from deploy.local.payment_file import make
from services.files.domain import reading
from tests.stack import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "register_invoice.py"


@pytest.fixture(scope="module")
def client(stack: House) -> str:
    """The number of a client that has its terms."""
    seed = Seed(settings.read(Targets, stack.settings.caller("demo")), business_day.today())
    client_id = seed._client(0)
    seed._terms(0, client_id)
    return "1042"


def run(stack: House, client: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the example as a person would."""
    places: Sequence[str] = (
        *("--auth", stack.settings.targets("auth"), "--ledger", stack.settings.targets("ledger")),
        *("--secret", str(stack.settings.keys.credential("demo")), "--client", client),
    )
    command = [sys.executable, str(EXAMPLE), *places, *more]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)


def test_registers_approves_and_reads_back(stack: House, client: str) -> None:
    done = run(stack, client)
    assert done.returncode == 0, done.stderr
    registered, approved, read = done.stdout.splitlines()
    assert registered.startswith("Registered in journal ")
    assert approved.startswith("Approved: receipt ")
    assert "3065.00 SEK" in read  # 2.5 × 940 and 25 %, 120 and 6 %: 3,064.70, in whole kronor as this client wants it


def test_the_same_order_again_changes_nothing(stack: House, client: str) -> None:
    first, second = run(stack, client, "--order", "4711"), run(stack, client, "--order", "4711")
    assert first.returncode == 0, first.stderr
    assert second.stdout == first.stdout


def test_says_what_the_services_refuse(stack: House, client: str) -> None:
    done = run(stack, client, "--customer", "999999999")
    assert done.returncode == 1
    assert done.stderr.startswith("INVALID_ARGUMENT: INVALID_INPUT")


def test_a_payment_file_is_made_of_what_is_open(stack: House, client: str, tmp_path: Path) -> None:
    number = run(stack, client, "--order", "4712").stdout.partition("invoice ")[2].partition(",")[0]
    file = tmp_path / "betalningar.txt"
    said = make(stack.settings, tmp_path, argparse.Namespace(client=client, format="bgmax", count=20, out=file))
    payments = reading.read(BytesIO(file.read_bytes())).payments
    assert f"{len(payments)} payments" in said
    named = [payment.references[0].value for payment in payments]
    assert any(value.startswith(number) for value in named)
