"""What the policies are asked of: every service as it is served, and its migrated database."""

from collections.abc import Iterator

import pytest

from deploy.local.objects import ObjectStore
from tests.served import Served, served
from tests.stack import Databases


@pytest.fixture(scope="module")
def house(databases: Databases, object_store: ObjectStore, bucket: str) -> Iterator[Served]:
    """Every service in this process."""
    with served(databases, object_store, bucket) as house:
        yield house
