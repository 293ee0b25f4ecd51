"""Intake's app in one process, with one more route: the same request and answer without a database."""

import asyncio
import os

import uvicorn
import uvloop
from fastapi import APIRouter, Response
from uuid_utils.compat import uuid7

from services.intake.actions import complaints, filings
from services.intake.api import complaints as api
from services.intake.main import service as definition
from services.settings import Settings
from shared import migrate
from shared.clock import RealClock
from shared.http.app import create_app
from shared.identity.callers import public
from shared.identity.keys import KeySet
from shared.local.stand_ins import DATABASE, create_roles
from shared.runtime import connect, freeze_startup_objects
from shared.telemetry import batch_size, configure_logs

router = APIRouter()


@router.post("/intake/validations", status_code=201)
@public
async def validate(
    new: filings.NewComplaint, response: Response, service: api.Intake, idempotency_key: api.Key = None
) -> api.Filed:
    """Do everything that filing does, except the transaction."""
    filing = filings.filing_of(new, idempotency_key, service.now())
    receipt = complaints.receipt_of(service.state, uuid7(), filing.new.title or "", service.now())
    return api.answer_of(receipt, response)


@router.get("/bench/kept")
@public
async def kept(service: api.Intake) -> dict[str, object]:
    """The number of rows in the database, and how it commits."""
    counts = "SELECT (SELECT count(*) FROM complaints) AS complaints, (SELECT count(*) FROM outbox) AS events"
    async with service.begin() as tx:
        row = (await tx.execute(counts + ", current_setting('synchronous_commit') AS synchronous_commit")).one()
        sizes = {
            s.name.rsplit("_", 1)[1]: s.value
            for s in batch_size.labels("intake", "requests")._child_samples()
            if "bucket" not in s.name
        }
        return {**dict(row._mapping), "batch": round(sizes["sum"] / max(1, sizes["count"]), 1)}


async def main() -> None:
    configure_logs("WARNING")
    admin = os.environ["BENCH_ADMIN_URL"]
    await create_roles(admin, DATABASE, [definition.name])
    url = admin.replace("://postgres@", "://intake@").replace("/postgres?", f"/{DATABASE}?")
    service = connect(definition, Settings(intake_database_url=url), RealClock())
    await migrate.upgrade(service.db.engine, service.name)
    await service.prepare()
    app = create_app([service], KeySet(service.settings), service.settings.body_limit_bytes)
    app.include_router(router)
    freeze_startup_objects()
    config = uvicorn.Config(app, port=int(os.environ["BENCH_PORT"]), log_config=None, access_log=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
