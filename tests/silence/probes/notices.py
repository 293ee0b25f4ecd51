"""Paths to silence by the post: somebody was written to and nobody was reached."""

from pathlib import Path

import orjson

from services.notify.domain.deliveries import pause_seconds
from services.settings import Settings
from shared.clock import RealClock
from shared.errors import BadSettings
from shared.identity.keys import public_jwk
from shared.local.tokens import local_key
from shared.runtime import connect
from tests.services import definition
from tests.silence.directory import CITY, HEADER, ROADS
from tests.silence.house import DAY, START
from tests.silence.lab import Lab
from tests.silence.probes.finding import Finding, events_later, routes, seats_told, verify

MAYOR = "pimpinan@35-78.go.example"
NO_FRONT_DESK = f"{HEADER}{CITY},Pemerintah Kota Surabaya,city,35,{CITY},WIB,,,,Koordinator,,Wali Kota,\n"
SENT_ABOUT = "SELECT recipient FROM messages WHERE event_id = ANY(:ids) AND state = 'sent'"


async def one_dead_address(lab: Lab) -> Finding:
    """Where the address of a seat is dead, the next one up is told within a working day."""
    async with lab.house() as house:
        house.post.refused.add(MAYOR)
        id = await house.file(agency=ROADS)
        # The first climb is on the fourth day, the second not before the eleventh.
        await house.until(START + DAY * 8)
        climbs = house.events(id, "ComplaintEscalated")
        told = await seats_told(house, id, "escalation")
        return Finding(not told, f"the mayor's address is dead: {len(climbs)} climbs in 8 days reached {told}")


async def ladder_to_dead_addresses(lab: Lab) -> Finding:
    """Where no address works at all, the complaint goes on climbing."""
    async with lab.house(gone=1.0) as house:
        id = await house.file(agency=ROADS)
        await house.until(START + DAY * 100)
        messages, told = await house.messages(id), await seats_told(house, id)
        number = await events_later(house, id, 400)
        seen = (
            f"every address is dead: {len(messages)} messages, {len(told)} accepted; then {number} events in 400 days"
        )
        return Finding(not told and not number, seen)


async def leader_of_the_real_holder(lab: Lab) -> Finding:
    """Whoever becomes the holder's leader is told, also when the verification names another agency."""
    async with lab.house() as house:
        id = await house.file(region=CITY, text="Tolong dibantu")
        await verify(house, id, agency=ROADS)
        leaders = [seat for seat in await seats_told(house, id) if seat.endswith("/leader")]
        return Finding(f"{ROADS}/leader" not in leaders, f"verified and disposed to a unit: leaders told are {leaders}")


async def offer_to_nobody(lab: Lab) -> Finding:
    """Where the reporter cannot be reached, an official is told of the offer."""
    async with lab.house() as house:
        id = await house.file(agency=ROADS)
        await house.until(START + DAY * 70)
        ids = [event.id for event in house.events(id, "OmbudsmanOffered")]
        told = [row.recipient for row in await house.rows("notify", SENT_ABOUT, ids=ids)]
        return Finding(not told, f"reporter without a contact: {len(ids)} offer, which reached {told}")


async def post_that_nobody_holds(lab: Lab) -> Finding:
    """A request to a vacant post goes at once to the nearest filled seat above."""
    async with lab.house(directory_overlay=lab.overlay(NO_FRONT_DESK)) as house:
        id = await house.file(agency=ROADS)
        rows = [row for row in await house.messages(id) if row["template"].startswith("to_verify")]
        above = [f"{row['agency']}/{row['role']}" for row in rows if row["state"] == "sent"]
        return Finding(not above, f"neither coordinator nor mayor: the request to verify reached {above}")


async def mail_server_busy(lab: Lab) -> Finding:
    """A mailbox that is full for a day is not given up."""
    most = Settings.model_fields["mail_attempts"].default
    minutes = sum(pause_seconds(attempt, 0.5) for attempt in range(1, most)) / 60
    return Finding(minutes < 24 * 60, f"a mailbox that is full (4xx) is given up for good after {minutes:.0f} minutes")


async def accepted_and_thrown_away(lab: Lab) -> Finding:
    """A mail that was accepted can still be found not to have arrived, and a leader can say that it has."""
    async with lab.house() as house:
        doors = [path for path in await routes(house, "post") if "acknowledg" in path or "bounce" in path]
        return Finding(not doors, f"doors for a bounce or a leader's acknowledgement: {doors}")


async def addresses_that_lead_nowhere(lab: Lab) -> Finding:
    """In production no seat under `.example` counts as filled, and the root has a seat that can be reached."""
    try:
        await _prepare_routing_in_production(lab)
    except (BadSettings, ValueError) as error:
        return Finding(False, f"production with the bundled addresses is refused: {str(error)[:120]}")
    return Finding(True, "production starts with the bundled addresses, which lead nowhere")


async def _prepare_routing_in_production(lab: Lab) -> None:
    keys = ("contacts_key", "narrative_key", "pin_key")
    given = {name: "A" * 43 + "=" for name in keys}
    platform = {
        "bus": "kafka",
        "kafka_bootstrap": "kafka:9092",
        "smtp_host": "mail",
        "jwks": str(_key_set(lab)),
        "public_url": "https://tanggap.go.id",
    }
    settings = await lab.settings(environment="production", **platform, **given)
    service = connect(definition("routing"), settings, RealClock())
    try:
        await service.prepare()
    finally:
        await service.close()


def _key_set(lab: Lab) -> Path:
    """A key set as an identity provider publishes it."""
    path = lab.folder / "keys.json"
    path.write_bytes(orjson.dumps({"keys": [public_jwk(local_key(Settings(data_dir=lab.folder / "data")))]}))
    return path
