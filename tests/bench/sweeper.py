"""The second sweeper of the escalation benchmark: `python -m tests.bench.sweeper URL MOMENT` prints what it took."""

import sys
import tempfile
from datetime import datetime
from pathlib import Path

import uvloop

from services.settings import Settings
from services.sla.actions.steps import sweep_once
from services.sla.main import service as definition
from shared.clock import ManualClock
from shared.runtime import connect, freeze_startup_objects


async def main(url: str, moment: str) -> None:
    """Be ready, wait for a line, and take steps until nothing is due."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), sla_database_url=url)
        service = connect(definition, settings, ManualClock(datetime.fromisoformat(moment)))
        await service.prepare()
        freeze_startup_objects()
        print("ready", flush=True)
        sys.stdin.readline()
        taken = 0
        while swept := await sweep_once(service):
            taken += swept
        print(taken, flush=True)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
