import doctest
from importlib import import_module
from pathlib import Path

import pytest

import kernel

MODULES = sorted(path.stem for path in Path(kernel.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_documentation_are_true(module):
    assert doctest.testmod(import_module(f"kernel.{module}")).failed == 0
