"""Files from the outside world, where they exist on this machine."""

import warnings
from io import BytesIO
from pathlib import Path

import pytest

from services.files.domain import reading
from services.files.domain.payments import PaymentFile

FOLDER = Path(__file__).parents[4] / "shared" / "samples"


def sample(path: str) -> bytes:
    file = FOLDER / path
    if not file.exists():
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"sample file {path} is missing: its test is skipped", stacklevel=2)
        pytest.skip(f"NO SAMPLE FILES: {file}")
    return file.read_bytes()


def read_sample(path: str) -> PaymentFile:
    return reading.read(BytesIO(sample(path)))
