"""One set of processes for all chaos tests: each test starts with the state that the last one left."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from deploy.kafka.broker import Broker
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from tests.chaos.processes import Processes

pytest.register_assert_rewrite("tests.chaos.reconciliation")
_numbers = count(1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server with production durability, because the tests kill it."""
    with postgres(tmp_path_factory.mktemp("pg")) as server:
        yield server


@pytest.fixture(scope="session")
async def processes(
    tmp_path_factory: pytest.TempPathFactory, cluster: Postgres, kafka: Broker
) -> AsyncIterator[Processes]:
    """Four ready services, started as operators start them, in an empty database."""
    await create_roles(cluster.url(), "chaos", ALL)
    processes = Processes(tmp_path_factory.mktemp("chaos"), cluster, "chaos", kafka, f"chaos{next(_numbers)}.")
    try:
        processes.open()
        await processes.wait_for_status(200)
        yield processes
    finally:
        processes.close()
