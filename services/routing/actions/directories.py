"""The directory, published to the other services: what is new, what has changed, and which agencies have left."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, DateTime, Text, any_, bindparam, func, or_, select

from services.routing.actions.agencies import ref_of
from services.routing.domain.agencies import Agency, Departed, Directory, heir_of
from services.routing.domain.directories import SCHEDULE
from services.routing.models.agencies import PublishedAgency
from services.routing.state import State
from shared.calendar import ZONES
from shared.db.transaction import Tx
from shared.errors import BadSettings
from shared.events import AgencyPublished
from shared.telemetry import log
from shared.vocabulary import ROOT

TICK = timedelta(microseconds=1)
# Locked in the order of codes, so that replicas wait for one another instead of locking each other out. The next moment
# is later than the last publication, by whichever machine's clock; it is computed here, for the driver reads
# '-infinity', the moment of a publication before migration 0002, as a moment without a zone.
PUBLISHED = (
    select(
        PublishedAgency.code,
        PublishedAgency.digest,
        PublishedAgency.successor,
        or_(PublishedAgency.card.is_(None), PublishedAgency.seats.is_(None)).label("lacks_card"),
        func.greatest(bindparam("now", type_=DateTime(timezone=True)), PublishedAgency.published_at + TICK).label(
            "next_at"
        ),
    )
    .order_by(PublishedAgency.code)
    .with_for_update()
)
IS_ASKED = PublishedAgency.code == any_(bindparam("codes", type_=ARRAY(Text)))
OF_CODES = PUBLISHED.where(IS_ASKED)
CARDS = select(PublishedAgency.code, PublishedAgency.card).where(IS_ASKED)
DEPARTED = select(
    PublishedAgency.code, PublishedAgency.card["name"].astext.label("name"), PublishedAgency.successor
).where(PublishedAgency.successor.is_not(None))
# Fields that agencies have only once they have left: without them a digest is the same as in earlier releases.
OF_DEPARTED = {"departed", "successor"}
# Fields that most agencies leave as they are: with their defaults a digest is the same as in earlier releases.
SEATS = ("approver", "duty_officer", "sensitive_seats")
WITH_DEFAULTS = (*SEATS, *SCHEDULE)

Card = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publication:
    """An agency as it was published last; `next_at` is the earliest moment of its next publication."""

    code: str
    digest: str
    successor: str | None
    lacks_card: bool
    next_at: datetime


async def publish_directory(tx: Tx[Any], directory: Directory, most_percent: int = 100) -> int:
    """Stage the agencies that are new, or differ from what was published, or have left; how many they are.

    Replicas that start together publish each change once: the insert waits for a replica that inserts the same codes,
    the lock for one that updates them, and the row read then is the new one. Raises BadSettings if more than
    `most_percent` of the agencies are missing.
    """
    facts = {code: _published(directory.by_code[code]) for code in sorted(directory.by_code)}
    digests = {code: _digest(fact) for code, fact in facts.items()}
    rows = [
        {"code": code, "digest": digests[code], "card": _card(fact), "seats": _seats(fact), "published_at": tx.now}
        for code, fact in facts.items()
    ]
    new = set(await tx.insert(PublishedAgency, rows, skip_known=True, returning=PublishedAgency.code))
    tx.stage(*(facts[code] for code in sorted(new)))
    known = [each for each in await tx.records(Publication, PUBLISHED, {"now": tx.now}) if each.code not in new]
    _refuse_half(known, directory, most_percent)
    changed = await _publish_changed(tx, known, facts, digests)
    return len(new) + changed + await _publish_departed(tx, known, directory)


async def publish_again(tx: Tx[State], codes: Sequence[str]) -> int:
    """Stage these agencies as they were published last, for whoever knows them otherwise; how many could be said.

    An agency that a replica with another directory has published is left to that replica.
    """
    known = await tx.records(Publication, OF_CODES, {"now": tx.now, "codes": list(codes)})
    facts = {each.code: _published(tx.state.directory.by_code[each.code]) for each in known if _is_there(tx, each)}
    same = [each for each in known if each.code in facts and each.digest == _digest(facts[each.code])]
    gone = [each for each in known if each.successor is not None]
    await _stage_present(tx, same, facts)
    await _stage_departed(tx, gone, await _cards_of(tx, [each.code for each in gone], tx.state.directory))
    return len(same) + len(gone)


def _is_there(tx: Tx[State], published: Publication) -> bool:
    return published.successor is None and published.code in tx.state.directory.by_code


async def departed_agencies(tx: Tx[Any]) -> Sequence[Departed]:
    """The agencies that have left the directory, as published."""
    return [Departed(row.code, row.name or row.code, str(row.successor)) for row in await tx.execute(DEPARTED)]


def _refuse_half(known: Sequence[Publication], directory: Directory, most_percent: int) -> None:
    """BadSettings for a directory that lacks too many agencies; those that its overlay says have left do not count."""
    there = [each.code for each in known if each.successor is None]
    missing = [code for code in there if code not in directory.by_code and code not in directory.successors]
    if len(missing) * 100 > len(there) * most_percent:
        raise BadSettings(
            f"The directory of agencies is refused: {len(missing)} of {len(there)} agencies are missing, such as "
            f"{missing[0]}. If they have left, set TANGGAP_DIRECTORY_DEPARTURES_PERCENT=100 for one start."
        )


async def _publish_changed(
    tx: Tx[Any], known: Sequence[Publication], facts: Mapping[str, AgencyPublished], digests: Mapping[str, str]
) -> int:
    """Stage the known agencies that differ from what was published, or have come back."""
    there = [each for each in known if each.code in facts]
    changed = {each.code: each for each in there if each.digest != digests[each.code] or each.successor is not None}
    await _stage_present(tx, changed.values(), facts)
    bare = [each.code for each in there if each.lacks_card and each.code not in changed]
    cards = [{"code": code, "card": _card(facts[code]), "seats": _seats(facts[code])} for code in bare]
    await tx.update(PublishedAgency, cards, key="code")
    return len(changed)


async def _stage_present(tx: Tx[Any], published: Iterable[Publication], facts: Mapping[str, AgencyPublished]) -> None:
    """Stage these agencies, and keep what is said of them."""
    present = list(published)
    rows = [
        {
            "code": each.code,
            "digest": _digest(facts[each.code]),
            "card": _card(facts[each.code]),
            "seats": _seats(facts[each.code]),
            "successor": None,
            "published_at": each.next_at,
        }
        for each in present
    ]
    await tx.update(PublishedAgency, rows, key="code")
    for each in present:
        tx.stage(facts[each.code], at=each.next_at)


async def _publish_departed(tx: Tx[Any], known: Sequence[Publication], directory: Directory) -> int:
    """Stage the departure of each agency that is gone, unless it was published with the same successor."""
    gone = {each.code: each for each in known if each.code not in directory.by_code}
    cards = await _cards_of(tx, gone, directory)
    successors = _successors(gone.values(), cards, directory)
    departing = [
        replace(each, successor=successors[code]) for code, each in gone.items() if each.successor != successors[code]
    ]
    await _stage_departed(tx, departing, cards)
    for each in departing:
        log.warning("agency has left the directory", agency=each.code, successor=each.successor)
    return len(departing)


async def _stage_departed(tx: Tx[Any], departed: Sequence[Publication], cards: Mapping[str, Card]) -> None:
    """Stage the departure of these agencies to their successors."""
    rows = [
        {
            "code": each.code,
            "card": cards[each.code],
            "successor": each.successor,
            "published_at": each.next_at,
        }
        for each in departed
    ]
    await tx.update(PublishedAgency, rows, key="code")
    for each in departed:
        fact = {**cards[each.code], "departed": True, "successor": each.successor}
        tx.stage(AgencyPublished.model_validate(fact), at=each.next_at)


def _successors(gone: Iterable[Publication], cards: Mapping[str, Card], directory: Directory) -> Mapping[str, str]:
    """Who has taken over from each agency that is gone: whom the overlay names, else its parent; never one that left.

    A successor that was published stays, even if it has left too, for then it has a successor itself.
    """
    published, in_overlay = list(gone), directory.successors
    named = {each.code: each.successor or cards[each.code]["parent"] or ROOT for each in published} | dict(in_overlay)
    return {
        each.code: each.successor
        if each.successor and each.code not in in_overlay
        else heir_of(each.code, named, directory.by_code) or ROOT
        for each in published
    }


async def _cards_of(tx: Tx[Any], gone: Iterable[str], directory: Directory) -> Mapping[str, Card]:
    codes = list(gone)
    if not codes:
        return {}
    found = {row.code: row.card for row in await tx.execute(CARDS, {"codes": codes})}
    return {code: found[code] or _guessed_card(code, directory) for code in codes}


def _guessed_card(code: str, directory: Directory) -> Card:
    """A card for an agency that left before cards were kept: its code tells the agency above it."""
    above = directory.by_code.get(code.rpartition(".")[0]) or directory.by_code[ROOT]
    card = AgencyPublished(code=code, name=code, tier="unit", parent=above.code, region=None, zone=ZONES[above.zone])
    return _card(card)


def _published(agency: Agency) -> AgencyPublished:
    seats = [{"role": seat.role, "title": seat.title, "email": seat.email} for seat in agency.seats]
    more = {"parent": agency.parent, "region": agency.region, "field": agency.field, "seats": seats}
    more |= {name: getattr(agency, name) for name in SEATS} | dict(zip(SCHEDULE, agency.schedule, strict=True))
    return AgencyPublished.model_validate({**ref_of(agency).model_dump(), **more})


def _digest(fact: AgencyPublished) -> str:
    fields = AgencyPublished.model_fields
    usual = {name for name in WITH_DEFAULTS if getattr(fact, name) == fields[name].default}
    return hashlib.sha256(fact.model_dump_json(exclude=OF_DEPARTED | usual).encode()).hexdigest()


def _card(fact: AgencyPublished) -> Card:
    return fact.model_dump(mode="json", exclude={"seats", *OF_DEPARTED})


def _seats(fact: AgencyPublished) -> dict[str, str]:
    return {seat.role: hashlib.sha256(seat.email.encode()).hexdigest() if seat.email else "" for seat in fact.seats}
