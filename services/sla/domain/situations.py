"""Situations: what a policy may ask of a clock, and the terms that hold in one, stricter locally and never laxer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.sla.domain.directory import Directory
from services.sla.domain.policies import Policy, fitting
from services.sla.domain.terms import Terms, laxer
from shared.vocabulary import ClockName


@dataclass(frozen=True, slots=True)
class Situation:
    """A clock of a complaint at an agency; `chain` are the agency and those above it, the nearest first.

    Tier and region are those of the agency. Of an agency that the directory does not know, they are None.
    """

    clock: ClockName
    classification: str
    kind: str
    chain: Sequence[str]
    tier: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a policy holds, outermost first: the country, regions from the largest, agencies from the root down."""

    rank: int
    depth: int


COUNTRY = Place(0, 0)


def situation_at(
    directory: Directory | None, clock: ClockName, classification: str, kind: str, agency: str
) -> Situation:
    """The situation of a clock that runs for this agency. Without a directory, only its code is known."""
    if directory is None:
        return Situation(clock, classification, kind, (agency,))
    known = directory.agencies.get(agency)
    above = (one.code for one in directory.chain_of(agency) if one.code != agency)
    tier, region = (known.tier, known.region) if known else (None, None)
    return Situation(clock, classification, kind, (agency, *above), tier, region)


def place_of(policy: Policy, situation: Situation) -> Place | None:
    """The place of a policy in this situation; None if it does not hold there."""
    if policy.tier not in (None, situation.tier):
        return None
    if policy.agency is not None:
        chain = situation.chain
        return Place(2, len(chain) - chain.index(policy.agency)) if policy.agency in chain else None
    if policy.region is not None:
        return Place(1, len(policy.region)) if lies_in(situation.region, policy.region) else None
    return COUNTRY


def lies_in(region: str | None, other: str) -> bool:
    """Whether a region is this other one or lies in it."""
    return region is not None and (region == other or region.startswith(f"{other}."))


def terms_in(policies: Iterable[Policy], situation: Situation, outside: Place | None = None) -> Terms:
    """The terms that hold by these policies; `outside` leaves out policies of this place and of all within it.

    At each place the most specific limit counts: by tier, then class, then kind; of equals the newest. From the
    country inwards a place's limit replaces the one before unless it is laxer anywhere. Raises KeyError if there is no
    limit.
    """
    found: dict[Place, Terms] = {}
    for place, terms in _fitting(policies, situation):
        if place not in found or _weight(found[place]) < _weight(terms):
            found[place] = terms
    chosen = found[COUNTRY]
    for place in sorted(found):
        if outside is not None and place >= outside:
            break
        if laxer(found[place], chosen) is None:
            chosen = found[place]
    return chosen


def _fitting(policies: Iterable[Policy], situation: Situation) -> Iterator[tuple[Place, Terms]]:
    clock, classification, kind = situation.clock, situation.classification, situation.kind
    for policy in policies:
        place = place_of(policy, situation)
        if place is not None:
            for limit in fitting(policy.limits, clock, classification, kind):
                yield place, Terms(policy, limit)


def _weight(terms: Terms) -> tuple[object, ...]:
    policy = terms.policy
    return policy.tier is not None, terms.limit.specificity, policy.effective_on, policy.version
