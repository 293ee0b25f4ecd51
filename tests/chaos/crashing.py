"""A real service that kills itself at one point of its work: `python -m tests.chaos.process <point> <service>`.

Points: `handled` (the handlers ran, nothing is committed), `received` (committed, but the bus does not know),
`published` (on the bus, but still in the outbox), `sent` (the mail server has it, the ledger does not know).
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.__main__ import main
from services.notify.channels.post import Post
from shared import inbox
from shared.bus import kafka
from shared.bus.kafka import KafkaBus
from shared.events import COMPLAINTS

Step = Callable[..., Awaitable[Any]]


def dying_after(step: Step, about: Callable[..., bool]) -> Step:
    """The step, and then death, if it was about a complaint."""

    async def dies(*arguments: Any, **more: Any) -> Any:
        done = await step(*arguments, **more)
        if about(*arguments):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return dies


def of_complaints(_: Any, messages: Any) -> bool:
    return any(message.topic == COMPLAINTS for message in messages)


def lay(point: str) -> None:
    if point == "handled":
        inbox._handle_wave = dying_after(inbox._handle_wave, lambda tx, wave: wave[0].fact.topic == COMPLAINTS)
    elif point == "received":
        inbox.receive = dying_after(inbox.receive, of_complaints)
    elif point == "published":
        KafkaBus.publish = dying_after(KafkaBus.publish, of_complaints)  # type: ignore[method-assign]
    elif point == "sent":
        Post.send = dying_after(Post.send, lambda post, mails, *_: bool(mails))  # type: ignore[method-assign]
    else:
        raise ValueError(point)


def impatient(*topics: str, **more: Any) -> AIOKafkaConsumer:
    """A member whose death the group notices as soon as the broker allows."""
    return AIOKafkaConsumer(*topics, **{**more, "session_timeout_ms": 6_000})


if __name__ == "__main__":
    lay(sys.argv[1])
    kafka.AIOKafkaConsumer = impatient
    sys.exit(main(sys.argv[2:]))
