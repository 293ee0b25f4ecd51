"""One stage for all chaos: what one catastrophe leaves behind, the next one finds."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from deploy.kafka.broker import Broker
from shared.local.postgres import Postgres, postgres
from shared.local.stand_ins import create_roles
from shared.runtime import ALL
from tests.chaos.stage import Stage

pytest.register_assert_rewrite("tests.chaos.ledger")
_numbers = count(1)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server as durable as in production, for it will be killed."""
    with postgres(tmp_path_factory.mktemp("pg")) as server:
        yield server


@pytest.fixture(scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory, cluster: Postgres, kafka: Broker) -> AsyncIterator[Stage]:
    """Four services as their operators start them, in an empty database, ready."""
    await create_roles(cluster.url(), "chaos", ALL)
    stage = Stage(tmp_path_factory.mktemp("chaos"), cluster, "chaos", kafka, f"chaos{next(_numbers)}.")
    try:
        stage.open()
        await stage.until(200)
        yield stage
    finally:
        stage.close()
