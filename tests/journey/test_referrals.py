"""A complaint that nobody verified for two months: its reporter has it referred, and its handling begins beneath."""

from datetime import timedelta
from typing import Any

from tests.journey.system import COORDINATOR, LIAISON, SITI, Filed, System
from tests.make import CITY
from tests.services import MONDAY

DAY = timedelta(days=1)
FILE = {"reference": "0231/LM/2025/SBY", "text": "Berkas diterima kantor perwakilan di Surabaya."}


async def states(system: System, filed: Filed) -> dict[str, Any]:
    """The states of the limits that the handling has had."""
    clocks = await system.clocks(filed)
    names = ("verification", "follow_up", "resolution", "ombudsman", "referral")
    return {name: clocks[name, 1]["state"] for name in names if (name, 1) in clocks}


async def test_what_was_referred_unverified_is_verified_followed_up_and_answered(system: System) -> None:
    filed = await system.file()
    await system.advance_to(MONDAY + 61 * DAY)
    await system.react(filed, "consents")
    await system.settle()
    assert await states(system, filed) == {"verification": "overdue", "ombudsman": "overdue", "referral": "running"}
    assert "verification" in (await system.case(filed))["allowed"]

    await system.verify(filed)
    await system.settle()
    begun = {"verification": "missed", "follow_up": "running", "resolution": "running"}
    assert await states(system, filed) == {**begun, "ombudsman": "overdue", "referral": "running"}
    case, seen = await system.case(filed), await system.public(filed)
    assert (case["state"], seen["status"]) == ("REFERRED", "Terdisposisi Sedang Diproses")
    assert [entry["type"] for entry in seen["timeline"]][-2:] == ["ComplaintVerified", "ComplaintForwarded"]
    assert "didisposisikan" in seen["timeline"][-1]["sentence"]
    assert filed["tracking_reference"] in system.subjects(LIAISON)[-1]

    # The verifier is reminded no more; the holder, who says nothing, is.
    reminded = len(system.mails(COORDINATOR))
    await system.post_act("handovers", filed, "coordinator", CITY, **FILE)
    await system.advance_to(MONDAY + 68 * DAY)
    assert len(system.mails(COORDINATOR)) == reminded
    assert (await states(system, filed))["follow_up"] == "overdue" and (await system.public(filed))["overdue"]

    await system.follow_up(filed)
    await system.settle()
    assert ((await system.case(filed))["state"], (await states(system, filed))["follow_up"]) == ("REFERRED", "missed")
    await system.answer(filed)
    await system.settle()
    assert (await system.public(filed))["status"] == "Terdisposisi Selesai"
    assert "jawab" in system.subjects(SITI)[-1].lower()
    assert "running" not in {state for name, state in (await states(system, filed)).items()}
