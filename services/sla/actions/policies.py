"""The policies by which clocks are counted: read by every replica before a clock can start by them, and published."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from services.sla.actions.calendars import calendar_notice
from services.sla.actions.directory import ladder_of, schedules_of, zone_of
from services.sla.domain.acceptances import Problem, problem_of
from services.sla.domain.directory import Directory
from services.sla.domain.policies import Limit, Policy, Recurrence, Reminder, require_sound
from services.sla.domain.rules import Rules
from services.sla.domain.selections import Selection, selected
from services.sla.errors import UnknownTrait, refusal_for
from services.sla.models.directory import DirectoryVersion
from services.sla.models.policies import PolicyRow
from services.sla.state import State
from shared.db.transaction import Tx
from shared.telemetry import log, unusable_values
from shared.vocabulary import ClockName

# The newest policy, and the version of the directory.
VERSIONS = select(
    select(func.coalesce(func.max(PolicyRow.version), 0)).scalar_subquery(),
    func.coalesce(select(DirectoryVersion.version).scalar_subquery(), 0),
)
PLAIN = tuple(field.name for field in fields(Policy) if field.name != "recurrence")
# Versions rise in the order of commits: whoever sees one has seen all before it.
LOCK = "LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE"


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """A version of the policies as its row keeps it."""

    version: int
    effective_on: date
    source: str
    limits: Sequence[Mapping[str, Any]]
    reminders: Sequence[Mapping[str, Any]]
    climbs: Sequence[int]
    tier: str | None
    agency: str | None
    region: str | None
    every_working_days: int
    every_calendar_days: int
    every_hours: int
    every_working_hours: int


SINCE = (
    select(*(getattr(PolicyRow, field.name) for field in fields(PublishedPolicy)))
    .where(PolicyRow.version > bindparam("known"))
    .order_by(PolicyRow.version)
)


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies, oldest first, also those of running clocks only; and what the calendar lacks, if anything."""

    policies: Sequence[Policy]
    calendar_notice: str | None


async def current_rules(tx: Tx[State]) -> Rules:
    """The rules with all that was published; the whole directory is read only if a policy asks for a place."""
    (newest, version), rules = (await tx.execute(VERSIONS)).one(), tx.state.rules
    if newest > rules.newest:
        rules = await with_published(tx, rules)
    directory = (await ladder_of(tx)).directory if rules.are_placed else None
    schedules = await schedules_of(tx, version)
    # Another task of this process may have read more meanwhile.
    rules = max(tx.state.rules, rules, key=lambda one: one.newest)
    if rules.schedules is not schedules:
        rules = replace(rules, schedules=schedules)
    if directory is not None and (rules.directory is None or rules.directory.version < directory.version):
        rules = _within(rules, directory)
    tx.state.rules = rules
    return rules


async def with_published(tx: Tx[Any], rules: Rules) -> Rules:
    """These rules and the policies that have been published since; what was known stays the same object."""
    policies, unreadable = list(rules.policies), set(rules.unreadable)
    for row in await tx.records(PublishedPolicy, SINCE, {"known": rules.newest}):
        if (policy := _readable(row)) is not None:
            policies.append(policy)
        else:
            unreadable.add(row.version)
    return replace(rules, policies=tuple(policies), unreadable=frozenset(unreadable))


def _readable(row: PublishedPolicy) -> Policy | None:
    """The policy in a row; None where it is none, or one of a later release: the limits of before go on."""
    try:
        policy = policy_of(row)
        require_sound(policy)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        log.error("policy cannot be read", version=row.version, error=repr(error))
        unusable_values.labels("sla", "policy").inc()
        return None
    return policy


def _within(rules: Rules, directory: Directory) -> Rules:
    return rules if rules.directory is directory else replace(rules, directory=directory)


async def list_policies(tx: Tx[State], agency: str | None, clock: ClockName | None, on: date | None) -> Policies:
    """The policies of a selection, and whether a year's joint leave should be known by now and is not.

    Raises UnknownAgency.
    """
    if agency is not None:
        await zone_of(tx, agency)
    rules, ladder = await current_rules(tx), await ladder_of(tx)
    found = selected(rules.policies, ladder.directory, Selection(agency, clock, on))
    return Policies(found, calendar_notice(tx.state, tx.now))


def draft(*, field: str | None = None, **values: Any) -> Policy:
    """A policy that nobody has published, from plain values. Raises UnknownTrait if it asks for a field."""
    if field is not None:
        raise UnknownTrait(field="field")
    return policy_from({"version": 0, **values})


async def publish_policy(tx: Tx[State], new: Policy, by: str) -> Policy:
    """Publish a policy; one that says the same as a published one is that one. Raises a refusal."""
    [accepted] = await publish_policies(tx, [new], by)
    if isinstance(accepted, Problem):
        raise refusal_for(accepted)
    return accepted


async def publish_policies(tx: Tx[State], new: Sequence[Policy], by: str) -> Sequence[Policy | Problem]:
    """Publish these policies, all or none; gives for each the policy as published, or its problem."""
    await tx.execute(LOCK)
    rules, outcomes = await judged(tx, new)
    if not any(isinstance(one, Problem) for one in outcomes):
        fresh = [one for one in rules.policies if one.version > tx.state.rules.newest]
        await tx.insert(PolicyRow, [_row(tx, policy, by) for policy in fresh])
    return outcomes


async def judged(tx: Tx[State], new: Sequence[Policy]) -> tuple[Rules, Sequence[Policy | Problem]]:
    """The rules with those of these policies that are accepted, each beside the ones before it; and each outcome."""
    rules = _within(await current_rules(tx), directory := (await ladder_of(tx)).directory)
    outcomes: list[Policy | Problem] = []
    for each in new:
        # The wait for the lock may have been long, and the notice begins after it.
        outcome = _judged(rules, directory, each, tx.clock.now())
        if isinstance(outcome, Policy) and outcome.version > rules.newest:
            rules = replace(rules, policies=(*rules.policies, outcome))
        outcomes.append(outcome)
    return rules, outcomes


def _judged(rules: Rules, directory: Directory, new: Policy, now: datetime) -> Policy | Problem:
    known = next((policy for policy in rules.policies if policy.content == new.content), None)
    return known or problem_of(rules, directory, new, now) or replace(new, version=rules.newest + 1)


def policy_from(values: Mapping[str, Any]) -> Policy:
    """A policy from plain values, with `limits` and `reminders` as objects. Raises KeyError or TypeError."""
    reminders = (Reminder(each["percent"], tuple(each["roles"])) for each in values["reminders"])
    made = {
        "limits": tuple(Limit(**limit) for limit in values["limits"]),
        "reminders": tuple(reminders),
        "climbs": tuple(values["climbs"]),
        "recurrence": Recurrence(**values["recurrence"]),
    }
    return Policy(**{**values, **made})


def policy_of(row: PublishedPolicy) -> Policy:
    values = {name: getattr(row, name) for name in PLAIN}
    recurrence = {"working_days": row.every_working_days, "calendar_days": row.every_calendar_days}
    recurrence |= {"hours": row.every_hours, "working_hours": row.every_working_hours}
    return policy_from({**values, "recurrence": recurrence})


def _row(tx: Tx[State], policy: Policy, by: str) -> dict[str, Any]:
    values = {name: value for name, value in asdict(policy).items() if name in PLAIN}
    recurrence = policy.recurrence
    every = {"every_working_days": recurrence.working_days, "every_calendar_days": recurrence.calendar_days}
    every |= {"every_hours": recurrence.hours, "every_working_hours": recurrence.working_hours}
    return {**values, **every, "published_at": tx.now, "published_by": by}
