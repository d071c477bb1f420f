"""The long tier: ``make faults SEED=7 MINUTES=30``. Random faults on a house of its own, mutations, slow tests.

The exit code is 1 at the first disagreement, and the folder of the house is kept.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.resilience import mutations
from tests.resilience.storms import copies, storms

HERE = Path(__file__).parent


def slowly(seed: int) -> bool:
    """The tests that take minutes or need root: `slow_*.py`."""
    os.environ["SEED"] = str(seed)
    return pytest.main(["-o", "python_files=slow_*.py", str(HERE)]) == 0


def main() -> int:
    """Settings: SEED, MINUTES, WORKERS (copies of each process), and ONLY=storms, mutations or slow."""
    seed, minutes = int(os.environ.get("SEED") or 1), float(os.environ.get("MINUTES") or 10)
    parts: Mapping[str, Callable[[], bool]] = {
        "storms": lambda: storms(seed, minutes, copies(), say),
        "mutations": lambda: mutations.all_go_red(seed, say),
        "slow": lambda: slowly(seed),
    }
    only = os.environ.get("ONLY") or ""
    wanted = [only] if only else list(parts)
    return 0 if all(parts[name]() for name in wanted) else 1


def say(text: str) -> None:
    """One line on the screen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
