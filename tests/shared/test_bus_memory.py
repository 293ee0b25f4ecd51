"""The memory bus: the order of messages when receivers publish or fail."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.bus import BusDown, Message
from shared.bus.memory import MemoryBus
from shared.events import COMPLAINTS
from tests.shared.buses import Listener, numbered


async def test_a_reaction_is_delivered_after_the_message_that_caused_it() -> None:
    bus, late = MemoryBus(), Listener()
    answers: list[asyncio.Task[None]] = []

    async def routing(messages: Sequence[Message]) -> None:
        if messages[0].value == b"1":
            answers.append(asyncio.create_task(bus.publish([numbered(2)])))
            for _ in range(5):
                await asyncio.sleep(0)

    bus.subscribe("routing", [COMPLAINTS], routing)
    bus.subscribe("sla", [COMPLAINTS], late)
    await bus.publish([numbered(1)])
    await answers[0]
    assert late.values == [b"1", b"2"]


async def test_a_failed_message_is_delivered_before_later_messages_of_its_key() -> None:
    bus, early, late = MemoryBus(), Listener(), Listener(failures=1)
    bus.subscribe("routing", [COMPLAINTS], early)
    bus.subscribe("sla", [COMPLAINTS], late)
    with pytest.raises(RuntimeError):
        await bus.publish([numbered(1)])
    with pytest.raises(BusDown):
        await bus.publish([numbered(2)])
    await bus.publish([numbered(7, "another key")])
    await bus.publish([numbered(1), numbered(3)])
    await bus.publish([numbered(2)])
    assert late.values == [b"7", b"1", b"3", b"2"]


async def test_a_failed_message_for_a_partition_is_made_anew_and_holds_up_no_later_one() -> None:
    bus, late = MemoryBus(), Listener(failures=1)
    bus.subscribe("sla", [COMPLAINTS], late)
    with pytest.raises(RuntimeError):
        await bus.publish([replace(numbered(1), partition=0)])
    await bus.publish([replace(numbered(2), partition=0)])
    assert late.values == [b"2"]
