"""`python -m services [name …]` runs all four services or those named; other words are commands for operators."""

import argparse
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import uvloop
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from services.audit import main as auditor
from services.audit.actions.repairs import agencies_owed, owed_by, publish_again, say_again
from services.audit.domain import printouts
from services.settings import Settings, load
from services.sla.actions import imports
from shared import migrate, retries
from shared.clock import RealClock
from shared.errors import BadSettings
from shared.local.stand_ins import READER, stand_ins
from shared.local.tokens import local_token
from shared.runtime import (
    ALL,
    bus_of,
    connect,
    freeze_startup_objects,
    require_all_services,
    running,
    serve,
    serve_app,
)
from shared.service import Service
from shared.telemetry import configure_logs
from shared.vocabulary import OFFICIAL_ROLES

UNREADABLE = (
    "Tidak semuanya dapat diperiksa. Apakah layanan pernah dijalankan, dan bolehkah peran auditor membaca tabelnya?"
)


def definition(name: str) -> Service[Any]:
    """A service as data, by its name."""
    found: Service[Any] = import_module(f"services.{name}.main").service
    return found


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(_spelled_out(arguments))
    try:
        return int(options.run(load(), options) or 0)
    except BadSettings as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
    return 2


def run(settings: Settings, options: argparse.Namespace) -> None:
    names = tuple(dict.fromkeys(options.services)) or ALL
    settings = _with_origin(settings)
    require_all_services(names, settings)
    definitions = [definition(name) for name in names]
    if not _has_an_auditor(settings):
        with stand_ins(settings, names) as complete:
            return uvloop.run(serve(definitions, complete))
    with stand_ins(settings, [*names, *(f"{READER}{name}" for name in ALL)]) as complete:
        uvloop.run(serve_app(partial(_audited, definitions), complete, names))


def _has_an_auditor(settings: Settings) -> bool:
    """Whether the auditor runs beside the services: on the memory bus no other process could tell anybody.

    Its databases are embedded like theirs, or all of its roles are given.
    """
    given = [bool(settings.database_url(f"{READER}{name}")) for name in ALL]
    are_embedded = not any(settings.database_url(name) for name in ALL)
    return settings.bus == "memory" and (all(given) or (are_embedded and not any(given)))


@asynccontextmanager
async def _audited(definitions: Sequence[Service[Any]], settings: Settings) -> AsyncIterator[FastAPI]:
    async with (
        running(definitions, settings) as runtime,
        auditor.watching(settings, runtime.bus, runtime.clock) as findings,
    ):
        runtime.app.include_router(findings)
        freeze_startup_objects()
        yield runtime.app


def _with_origin(settings: Settings) -> Settings:
    """A single process may begin the count of its own clock."""
    if settings.clock_origin is None and settings.bus == "memory":
        return settings.model_copy(update={"clock_origin": RealClock().now()})
    return settings


def migrate_all(settings: Settings, options: argparse.Namespace) -> None:
    names = tuple(options.services) or ALL
    with stand_ins(settings, names) as complete:
        uvloop.run(_migrate(names, complete))


async def _migrate(names: Sequence[str], settings: Settings) -> None:
    for name in names:
        service = connect(definition(name), settings, RealClock())
        await migrate.upgrade(service.db.engine, name)
        await service.db.close()


def replay_parked(settings: Settings, options: argparse.Namespace) -> int:
    with stand_ins(_with_origin(settings), [options.service]) as complete:
        return uvloop.run(_replay_parked(options.service, complete))


async def _replay_parked(name: str, settings: Settings) -> int:
    configure_logs(settings.log_level)
    service = connect(definition(name), settings, settings.clock())
    await migrate.make_ready(service)
    await service.prepare()
    handled, parked = await retries.replay_parked(service)
    await service.db.close()
    sys.stdout.write(f"{handled} handled, {parked} still parked\n")
    return 1 if parked else 0


def import_policies(settings: Settings, options: argparse.Namespace) -> int:
    try:
        text = options.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise BadSettings(f"{options.file} cannot be read: {error}") from None
    with stand_ins(_with_origin(settings), ["sla"]) as complete:
        return uvloop.run(_import_policies(text, complete))


async def _import_policies(text: str, settings: Settings) -> int:
    configure_logs(settings.log_level)
    service = connect(definition("sla"), settings, settings.clock())
    await migrate.make_ready(service)
    await service.prepare()
    try:
        async with service.begin() as tx:
            versions = await imports.import_policies(tx, text, "import-policies")
    except imports.FaultyFile as refused:
        sys.stderr.write("".join(f"{fault}\n" for fault in refused.args))
        return 2
    finally:
        await service.close()
    sys.stdout.write(f"published as {', '.join(map(str, versions))}\n")
    return 0


def token(settings: Settings, options: argparse.Namespace) -> None:
    if settings.environment == "production":
        raise BadSettings(
            "TANGGAP_ENVIRONMENT=production refuses the local key: have your identity provider sign tokens."
        )
    sys.stdout.write(local_token(settings, options.role, options.agency, options.subject, options.hours) + "\n")


def audit(settings: Settings, options: argparse.Namespace) -> int:
    # Only those who own a fact of a complaint can say it again.
    repairs = [name for name in ALL if definition(name).say_again] if options.repair else []
    with stand_ins(settings, [*repairs, *(f"{READER}{name}" for name in ALL)]) as complete:
        if options.once or options.repair:
            return uvloop.run(_audit(complete, repair=options.repair))
        uvloop.run(serve_app(_auditing, complete, ["audit"]))
        return 0


def _auditing(settings: Settings) -> AbstractAsyncContextManager[FastAPI]:
    return auditor.auditing(settings, bus_of(settings), settings.clock())


async def _audit(settings: Settings, *, repair: bool) -> int:
    configure_logs(settings.log_level)
    try:
        found, left_out = await auditor.audit(settings, settings.clock())
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"{UNREADABLE} ({_reason(error)})\n")
        return 2
    sys.stdout.write(printouts.printout(found, left_out, settings.clock().now()))
    for name, ids in owed_by(found).items() if repair else ():
        said = await say_again(connect(definition(name), settings, settings.clock()), ids)
        sys.stdout.write(printouts.said_again(name, said, len(ids)))
    if repair and (codes := agencies_owed(found)):
        said = await publish_again(connect(definition("routing"), settings, settings.clock()), codes)
        sys.stdout.write(printouts.published_again("routing", said, len(codes)))
    if repair and (left := [each for each in found if not owed_by([each]) and not agencies_owed([each])]):
        sys.stdout.write(printouts.beyond_repair(len(left)))
    if left_out:
        return 2
    return 1 if found else 0


def _reason(error: Exception) -> str:
    """The first line of what the database said, without the statement."""
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__


def hours(typed: str) -> float:
    """How long a token is to hold: some time, and at most a year."""
    span = float(typed)
    if not 0 < span <= 24 * 366:
        raise ValueError
    return span


def _spelled_out(arguments: Sequence[str]) -> list[str]:
    commands = {"run", "migrate", "replay-parked", "import-policies", "token", "audit", "-h", "--help"}
    return [*arguments] if arguments and arguments[0] in commands else ["run", *arguments]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("run", help="run services (the default): all four, or those named")
    command.add_argument("services", nargs="*", choices=[*ALL, []], metavar="service")
    command.set_defaults(run=run)
    command = commands.add_parser("migrate", help="bring the tables to the newest version")
    command.add_argument("services", nargs="*", choices=[*ALL, []], metavar="service")
    command.set_defaults(run=migrate_all)
    command = commands.add_parser("replay-parked", help="handle a service's parked events again")
    command.add_argument("service", choices=ALL)
    command.set_defaults(run=replay_parked)
    command = commands.add_parser("import-policies", help="publish the policies of a CSV file, all or none")
    command.add_argument("file", type=Path)
    command.set_defaults(run=import_policies)
    command = commands.add_parser("audit", help="look for whatever breaks the law, until stopped, and tell it")
    command.add_argument("--once", action="store_true", help="look at everything once and print what is wrong")
    command.add_argument("--repair", action="store_true", help="then have the owners of the facts say them again")
    command.set_defaults(run=audit)
    command = commands.add_parser("token", help="sign a token with this installation's own key")
    command.add_argument("--role", required=True, choices=OFFICIAL_ROLES)
    command.add_argument("--agency")
    command.add_argument("--subject", default="local")
    command.add_argument("--hours", type=hours, default=12, help="how long it holds: 12 by default, 8784 at most")
    command.set_defaults(run=token)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
