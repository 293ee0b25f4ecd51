"""Four toys in a real process, which a test can end: `python -m tests.shared.process`."""

import sys

import uvloop

from services.settings import load
from shared import migrate
from shared.runtime import ALL, serve
from tests.shared.toy import toy


async def no_migrations(engine: object, service: str) -> None:
    """The tables of the toys exist already."""


if __name__ == "__main__":
    migrate.upgrade = no_migrations  # type: ignore[assignment]
    uvloop.run(serve([toy(name) for name in sys.argv[1:] or ALL], load()))
