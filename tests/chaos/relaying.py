"""A process with nothing but the toy's relay: `python -m tests.chaos.relaying <database URL> <bootstrap> <prefix>`.

The session that holds the relay's lock bears the name `relay <process id>`, so that a test can kill exactly that one.
"""

import asyncio
import os
import sys

import uvloop

from services.settings import Settings
from shared import relay
from shared.bus.kafka import KafkaBus
from shared.clock import RealClock
from shared.db.database import Database
from shared.loop import Loop
from shared.service import RunningService
from tests.shared.toy import toy


async def main(url: str, bootstrap: str, prefix: str) -> None:
    relay.LOCK = relay.LOCK.replace(
        "SELECT", f"SELECT set_config('application_name', 'relay {os.getpid()}', false),", 1
    )
    settings = Settings(bus="kafka", kafka_bootstrap=bootstrap, kafka_prefix=prefix, relay_batch=100)
    service = RunningService(toy(), settings, RealClock(), Database(url, 2))
    Loop("toy", "relay", relay.Relay(service, KafkaBus(settings)).once, 0.02).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
