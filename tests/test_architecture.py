"""The rules of the house, read from the source; each rule is shown to catch an example of what it forbids."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator

import pytest

from tests.source_tree import Module, tree

DOORS = ("api", "pages", "handlers")
STORAGE = ("sqlalchemy", "asyncpg", "alembic")
HTTP = ("fastapi", "starlette")
KNOWS_HTTP = ("shared/http", "shared/identity/callers.py", "shared/health.py", "shared/runtime.py", "shared/service.py")
KNOWS_HOW_WE_RUN = ("shared/runtime.py", "services/__main__.py")
WALL_CLOCK = re.compile(
    r"(datetime\.)?(datetime\.(now|utcnow|today)|date\.today)|time\.(time|time_ns|gmtime|localtime)"
)
STOPWATCH = re.compile(r"time\.(monotonic|perf_counter|process_time)(_ns)?")
SQL_CLOCK = re.compile(r"\b(now|clock_timestamp|statement_timestamp)\(\)|\bcurrent_(timestamp|date)\b", re.IGNORECASE)
LONGEST_FILE = 300
# Pure: no database, no HTTP, no settings; `domain` may import it.
GROUND_FLOOR = tuple(
    f"shared.{name}"
    for name in (
        "vocabulary",
        "reporters",
        "ratings",
        "acts",
        "lifecycle",
        "transitions",
        "effects",
        "calendar",
        "schedules",
        "holidays",
        "clock",
        "language",
        "addresses",
        "errors",
        "vault",
    )
)


Finding = tuple[int, str]
Rule = Callable[[Module], Iterator[Finding]]


def shared_knows_no_service(module: Module) -> Iterator[Finding]:
    if module.top == "shared":
        yield from ((i.line, f"shared imports {i.name}") for i in module.imports if i.of("services"))


def a_service_imports_no_other_service(module: Module) -> Iterator[Finding]:
    if module.service:
        for i in module.imports:
            if i.of("services") and not i.of(f"services.{module.service}"):
                yield i.line, f"{module.service} imports {i.name}; services know one another only through shared.events"


def domain_imports_the_ground_floor_only(module: Module) -> Iterator[Finding]:
    if module.room == "domain":
        for i in module.imports:
            is_standard = i.name.split(".")[0] in sys.stdlib_module_names
            if not is_standard and not i.of(*module.own("domain"), *GROUND_FLOOR):
                yield i.line, f"domain imports {i.name}; it may import itself, the standard library, the ground floor"


def the_ground_floor_stands_on_nothing(module: Module) -> Iterator[Finding]:
    if module.top == "shared" and ".".join(module.place) in GROUND_FLOOR:
        for i in module.imports:
            if i.of("services", *STORAGE, *HTTP) or (i.of("shared") and not i.of(*GROUND_FLOOR)):
                yield i.line, f"the ground floor imports {i.name}"


def doors_lead_to_actions(module: Module) -> Iterator[Finding]:
    if module.room in DOORS:
        for i in module.imports:
            if i.of(*STORAGE, *module.own("domain", "models", "migrations", "main")):
                yield i.line, f"{module.room} imports {i.name}; a door calls an action and shapes the answer"


def only_main_opens_the_doors(module: Module) -> Iterator[Finding]:
    if module.service and module.room != "main":
        for i in module.imports:
            for door in DOORS:
                if i.of(*module.own(door)) and module.room != door:
                    yield i.line, f"{module.room} imports {i.name}; only main gathers the doors"


def actions_and_models_know_no_http(module: Module) -> Iterator[Finding]:
    if module.service and module.room not in ("api", "pages", "main"):
        yield from (
            (i.line, f"{module.room} imports {i.name}; HTTP ends at the door") for i in module.imports if i.of(*HTTP)
        )


def models_know_no_action(module: Module) -> Iterator[Finding]:
    if module.room in ("models", "migrations"):
        for i in module.imports:
            if i.of(*module.own("actions", "main")):
                yield i.line, f"{module.room} imports {i.name}; actions write models, not the other way"


def few_in_shared_know_http(module: Module) -> Iterator[Finding]:
    if module.top == "shared" and not module.path.startswith(KNOWS_HTTP):
        for i in module.imports:
            if i.of(*HTTP) and not i.for_types:
                yield i.line, f"{i.name} outside {', '.join(KNOWS_HTTP)}"


def only_http_knows_http_errors(module: Module) -> Iterator[Finding]:
    if not module.path.startswith("shared/http/"):
        for i in module.imports:
            if i.name.endswith(".HTTPException"):
                yield i.line, "HTTPException outside shared/http; raise an error with a meaning from shared.errors"


def only_runtime_knows_how_we_are_run(module: Module) -> Iterator[Finding]:
    if module.top in ("services", "shared") and module.path not in KNOWS_HOW_WE_RUN:
        for i in module.imports:
            if i.of("shared.runtime", "shared.bus.memory", "shared.bus.kafka") and not i.for_types:
                yield i.line, f"{i.name} outside {' and '.join(KNOWS_HOW_WE_RUN)}"


def only_clock_reads_the_clock(module: Module) -> Iterator[Finding]:
    if module.top not in ("services", "shared") or module.path == "shared/clock.py":
        return
    used = [(i.line, i.name) for i in module.imports]
    used += [(n.lineno, ast.unparse(n)) for n in ast.walk(module.tree) if isinstance(n, ast.Attribute)]
    for line, name in used:
        if WALL_CLOCK.fullmatch(name):
            yield line, f"{name}: time comes in as `now`, from shared.clock"
        if STOPWATCH.fullmatch(name) and module.top == "services":
            yield line, f"{name}: a stopwatch belongs in shared"


def services_use_no_clock_of_the_database(module: Module) -> Iterator[Finding]:
    if module.service:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("func.now"):
                yield node.lineno, "func.now: time comes in as `now`"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_CLOCK.search(node.value):
                yield node.lineno, "the database's clock in SQL: time comes in as `now`"


def the_auditor_has_a_path_of_its_own(module: Module) -> Iterator[Finding]:
    if module.service == "audit":
        for i in module.imports:
            if i.of("shared.calendar", "shared.db", "shared.outbox", "shared.inbox"):
                yield i.line, f"the auditor imports {i.name}; what it shares with the services it cannot check"


def nothing_prints(module: Module) -> Iterator[Finding]:
    if module.top in ("services", "shared"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield node.lineno, "print; use the log"


def no_naked_todo(module: Module) -> Iterator[Finding]:
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT and re.search(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", token.string):
            yield token.start[0], "TODO without an issue; write TODO(#12) or do it"


def a_file_opens_with_its_purpose(module: Module) -> Iterator[Finding]:
    if module.top in ("services", "shared") and not ast.get_docstring(module.tree):
        yield 1, "no docstring; a file opens with one sentence that says what it is for"


def nothing_leans_on_tests_or_deploy(module: Module) -> Iterator[Finding]:
    forbidden = {"services": ("tests", "deploy"), "shared": ("tests", "deploy"), "deploy": ("tests",)}
    for i in module.imports:
        if i.of(*forbidden.get(module.top, ())):
            yield i.line, f"{module.top} imports {i.name}"


def a_file_fits_in_a_head(module: Module) -> Iterator[Finding]:
    lines = len(module.source.splitlines())
    if module.top != "tests" and lines > LONGEST_FILE:
        yield lines, f"{lines} lines; a room that outgrows {LONGEST_FILE} becomes a folder of nouns"


EXAMPLES: list[tuple[Rule, str, str]] = [
    (shared_knows_no_service, "shared/http/app.py", "from services.sla import domain"),
    (a_service_imports_no_other_service, "services/sla/actions.py", "from services.intake.models import Complaint"),
    (a_service_imports_no_other_service, "services/sla/actions.py", "from ..intake import models"),
    (domain_imports_the_ground_floor_only, "services/sla/domain.py", "import sqlalchemy as sa"),
    (domain_imports_the_ground_floor_only, "services/sla/domain/ladder.py", "from shared.service import Service"),
    (the_ground_floor_stands_on_nothing, "shared/calendar.py", "from shared.db.transaction import Tx"),
    (the_ground_floor_stands_on_nothing, "shared/vault.py", "import sqlalchemy"),
    (domain_imports_the_ground_floor_only, "services/sla/domain/ladder.py", "from .. import models"),
    (doors_lead_to_actions, "services/sla/api.py", "from services.sla.models import Clock"),
    (doors_lead_to_actions, "services/sla/pages.py", "from services.sla.domain.policies import POLICIES"),
    (doors_lead_to_actions, "services/sla/api/clocks.py", "from services.sla import models"),
    (doors_lead_to_actions, "services/sla/handlers.py", "from sqlalchemy import select"),
    (only_main_opens_the_doors, "services/sla/actions.py", "from services.sla.api import router"),
    (only_main_opens_the_doors, "services/sla/handlers.py", "from services.sla import pages"),
    (actions_and_models_know_no_http, "services/sla/actions.py", "from fastapi import Request"),
    (actions_and_models_know_no_http, "services/sla/handlers.py", "import starlette.requests"),
    (models_know_no_action, "services/sla/models.py", "from services.sla.actions import tick"),
    (few_in_shared_know_http, "shared/inbox.py", "from fastapi import Request"),
    (only_http_knows_http_errors, "services/sla/api.py", "from fastapi import HTTPException"),
    (only_http_knows_http_errors, "shared/identity/callers.py", "from starlette.exceptions import HTTPException"),
    (only_runtime_knows_how_we_are_run, "shared/outbox.py", "from shared.bus.kafka import KafkaBus"),
    (only_runtime_knows_how_we_are_run, "services/sla/main.py", "from shared import runtime"),
    (only_clock_reads_the_clock, "shared/inbox.py", "from datetime import datetime\nx = datetime.now()"),
    (only_clock_reads_the_clock, "services/sla/domain.py", "import datetime as d, datetime\nx = datetime.date.today()"),
    (only_clock_reads_the_clock, "services/sla/actions.py", "from time import time"),
    (only_clock_reads_the_clock, "services/sla/actions.py", "import time\nx = time.monotonic()"),
    (
        services_use_no_clock_of_the_database,
        "services/sla/actions.py",
        "x = 'select * from clock where due_at <= now()'",
    ),
    (services_use_no_clock_of_the_database, "services/sla/models.py", "import sqlalchemy as sa\nx = sa.func.now()"),
    (the_auditor_has_a_path_of_its_own, "services/audit/checks/limits.py", "from shared.calendar import Calendar"),
    (the_auditor_has_a_path_of_its_own, "services/audit/state.py", "from shared.db.database import Database"),
    (nothing_prints, "services/sla/actions.py", "print('here')"),
    (no_naked_todo, "shared/db.py", "x = 1  # TODO later"),
    (a_file_opens_with_its_purpose, "shared/db.py", "x = 1"),
    (a_file_opens_with_its_purpose, "services/sla/actions/__init__.py", ""),
    (nothing_leans_on_tests_or_deploy, "shared/db.py", "from tests import make"),
    (nothing_leans_on_tests_or_deploy, "services/sla/main.py", "import deploy.demo"),
    (nothing_leans_on_tests_or_deploy, "deploy/demo.py", "from tests.make import complaint"),
    (a_file_fits_in_a_head, "shared/db.py", "x = 1\n" * (LONGEST_FILE + 1)),
]
ALLOWED: list[tuple[str, str]] = [
    ("services/sla/main.py", '"""Sla."""\nfrom services.sla import actions, api, handlers, pages'),
    ("services/sla/api.py", '"""Api."""\nfrom fastapi import APIRouter\nfrom services.sla.actions import clocks'),
    ("services/sla/domain/ladder.py", '"""Ladder."""\nimport datetime\nfrom shared.vocabulary import ROOT'),
    ("services/sla/actions.py", '"""Actions."""\nimport sqlalchemy\nfrom . import domain, models'),
    ("services/sla/models.py", '"""Models."""\nimport sqlalchemy\nx = "what is due now"  # TODO(#12)'),
    ("services/__main__.py", '"""Start."""\nfrom shared.runtime import run\nfrom services.sla import main'),
    ("shared/loop.py", '"""Loops."""\nfrom time import monotonic\nfrom typing import TYPE_CHECKING\n'
     "if TYPE_CHECKING:\n    from shared.runtime import Runtime"),
    ("shared/clock.py", '"""Clock."""\nfrom datetime import datetime\nx = datetime.now'),
    ("services/sla/__init__.py", '"""Time."""'),
    ("tests/test_x.py", "from tests import make\nfrom deploy.kafka import broker"),
]  # fmt: skip
RULES = list(dict.fromkeys(rule for rule, _, _ in EXAMPLES))


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    return tree()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule, modules: list[Module]) -> None:
    findings = [f"{module.path}:{line}: {what}" for module in modules for line, what in rule(module)]
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize(("rule", "path", "source"), EXAMPLES, ids=lambda x: getattr(x, "__name__", None))
def test_the_rule_catches_what_it_forbids(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module(path, source)))


@pytest.mark.parametrize(("path", "source"), ALLOWED, ids=lambda x: None)
def test_no_rule_objects_to_what_is_allowed(path: str, source: str) -> None:
    assert [(rule.__name__, found) for rule in RULES for found in rule(Module(path, source))] == []


def test_every_rule_is_in_force() -> None:
    defined = {
        name
        for name, thing in globals().items()
        if callable(thing) and getattr(thing, "__annotations__", {}).get("return") == Iterator[Finding]
    }
    assert defined == {rule.__name__ for rule in RULES}
