"""A real service that kills itself at one point: `python -m tests.chaos.crashing <point> <program> <service>`.

Points: `handled` (after the handlers, before the commit), `received` (after the commit, before the bus knows),
`published` (on the bus, still in the outbox), `sent` (the mail server has the mail, the ledger does not know).
"""

import os
import runpy
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.notify.channels.smtp import MailServer
from shared import inbox
from shared.bus import consumer
from shared.bus.kafka import KafkaBus
from shared.events import COMPLAINTS

POINTS = {
    "intake": ("handled", "received", "published"),
    "routing": ("handled", "received", "published"),
    "sla": ("handled", "received", "published"),
    "notify": ("handled", "received", "sent"),
}
Step = Callable[..., Awaitable[Any]]


def crash_after(step: Step, about: Callable[..., bool]) -> Step:
    """The step, after which the process kills itself if the step was about a complaint."""

    async def crashes(*arguments: Any, **more: Any) -> Any:
        done = await step(*arguments, **more)
        if about(*arguments):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return crashes


def of_complaints(_: Any, messages: Any) -> bool:
    return any(message.topic == COMPLAINTS for message in messages)


def install_crash(point: str) -> None:
    if point == "handled":
        inbox._handle_wave = crash_after(inbox._handle_wave, lambda service, tx, wave: wave[0].fact.topic == COMPLAINTS)
    elif point == "received":
        inbox.receive = crash_after(inbox.receive, of_complaints)
    elif point == "published":
        KafkaBus.publish = crash_after(KafkaBus.publish, of_complaints)  # type: ignore[method-assign]
    elif point == "sent":
        MailServer.send = crash_after(MailServer.send, lambda server, mails, *_: bool(mails))  # type: ignore[method-assign]
    else:
        raise ValueError(point)


def fast_consumer(*topics: str, **more: Any) -> AIOKafkaConsumer:
    """A consumer whose crash the group notices as soon as the broker allows."""
    return AIOKafkaConsumer(*topics, **{**more, "session_timeout_ms": 6_000})


if __name__ == "__main__":
    install_crash(sys.argv[1])
    consumer.AIOKafkaConsumer = fast_consumer
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__")
