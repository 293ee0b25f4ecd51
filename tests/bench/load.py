"""HTTP load from a process of its own: a fixed number of connections, each with one pending request."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter, time
from typing import cast
from uuid import uuid4

import uvloop


@dataclass
class Outcome:
    """The result of one load: seconds from the first request to the last answer, latencies and refusals."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    answers: list[bytes] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile_ms(self, share: float) -> float:
        return round(quantile(self.latencies, share) * 1000, 2)


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def post(path: str, body: bytes, key: str | None = None, authorization: str = "", pin: str = "") -> bytes:
    lines = [_line("POST", path, authorization), "Content-Type: application/json", f"Content-Length: {len(body)}"]
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if pin:
        lines.append(f"Tracking-Pin: {pin}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str, authorization: str = "") -> bytes:
    return f"{_line('GET', path, authorization)}\r\n\r\n".encode()


def _line(method: str, path: str, authorization: str) -> str:
    return f"{method} {path} HTTP/1.1\r\nHost: tanggap" + (
        f"\r\nAuthorization: {authorization}" if authorization else ""
    )


class _Connection(asyncio.Protocol):
    """Sends the next request when the last answer is complete."""

    def __init__(self, requests: Iterator[bytes], outcome: Outcome, keep: bool, done: "asyncio.Future[None]") -> None:
        self._requests, self._outcome, self._keep, self._done = requests, outcome, keep, done
        self._buffer, self._sent_at = b"", 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return
        self._outcome.latencies.append(perf_counter() - self._sent_at)
        self._outcome.refused += head[9:10] != b"2"
        if self._keep:
            self._outcome.answers.append(body)
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._sent_at = perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    start = head.lower().index(b"content-length:") + 15
    end = head.find(b"\r\n", start)
    return int(head[start : end if end > 0 else None])


async def drive(port: int, requests: Iterator[bytes], connections: int, keep: bool = False) -> Outcome:
    outcome, loop = Outcome(), asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(connections)]
    started = perf_counter()
    for future in done:
        await loop.create_connection(lambda f=future: _Connection(requests, outcome, keep, f), "127.0.0.1", port)
    await asyncio.gather(*done)
    outcome.seconds = perf_counter() - started
    return outcome


async def pace(port: int, requests: Iterator[bytes], per_s: float) -> list[float]:
    """Send requests at a steady rate, whether or not those before are answered; when each was sent, by `time`."""
    loop, free, sent, tasks = asyncio.get_running_loop(), [], [], []  # type: ignore[var-annotated]

    async def ask(request: bytes) -> None:
        # The server closes connections that have waited for long.
        while free and free[-1][0].at_eof():
            free.pop()
        reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head[9:10] == b"2", head
        await reader.readexactly(_length(head.rstrip()))
        free.append((reader, writer))

    begun = loop.time()
    for nth, request in enumerate(requests):
        await asyncio.sleep(begun + nth / per_s - loop.time())
        sent.append(time())
        tasks.append(loop.create_task(ask(request)))
    await asyncio.gather(*tasks)
    return sent


def for_seconds(seconds: float, request: Callable[[int], bytes]) -> Iterator[bytes]:
    """Requests until the time is up; the clock starts with the first one."""
    end = perf_counter() + seconds
    for number in count():
        if perf_counter() >= end:
            return
        yield request(number)


def main() -> None:
    """`load.py PORT PATH SECONDS CONNECTIONS BODY [KEYED]`: one JSON line with rate and latencies."""
    port, path, seconds, connections, body = sys.argv[1:6]
    plain, load = post(path, body.encode()), uuid4()
    request = (lambda n: post(path, body.encode(), f"{load}-{n}")) if sys.argv[6:] else (lambda _: plain)
    outcome = uvloop.run(drive(int(port), for_seconds(float(seconds), request), int(connections)))
    print(json.dumps({"per_s": outcome.per_s, "p99_ms": outcome.quantile_ms(0.99), "refused": outcome.refused}))


if __name__ == "__main__":
    main()
