"""The dialogue with a mail server, with and without PIPELINING: a mail is its own once it has said so, never before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiosmtplib import SMTP

from services.notify.channels.dialogue import Dialogue

SENDER, SITI = b"no-reply@tanggap.example", b"siti@warga.example"
MAIL = b"Subject: Aduan\r\n\r\nIsi.\r\n.titik\r\n"
QUOTED = b"Subject: Aduan\r\n\r\nIsi.\r\n..titik\r\n.\r\n"
BOTH = pytest.mark.parametrize("pipelines", [True, False])


class Server:
    """Answers each command as `answers` says, else with 250; `heard` has the lines, and `at_once` the reads."""

    def __init__(self, pipelines: bool) -> None:
        self.pipelines = pipelines
        self.answers: dict[bytes, bytes] = {b"DATA": b"354 Go on"}
        self.heard: list[bytes] = []
        self.at_once: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(b"220 Good day\r\n")
        takes_text = False
        while words := await reader.read(65_536):
            self.at_once.append(words)
            for line in words.splitlines(keepends=True):
                self.heard.append(line)
                if takes_text and line != b".\r\n":
                    continue
                answer = self._answer(line)
                writer.write(answer + b"\r\n")
                takes_text = answer.startswith(b"354")
                if answer.startswith(b"421"):
                    writer.close()
                    return

    def _answer(self, line: bytes) -> bytes:
        if line.startswith(b"EHLO"):
            return b"250-here\r\n250-SIZE\r\n" + (b"250-PIPELINING\r\n" if self.pipelines else b"") + b"250 HELP"
        return self.answers.get(line.split()[0], b"250-Very\r\n250 Well")


@asynccontextmanager
async def talking(server: Server) -> AsyncIterator[Dialogue]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    client = SMTP(hostname="127.0.0.1", port=listening.sockets[0].getsockname()[1], start_tls=False)
    await client.connect()
    await client.ehlo()
    dialogue = Dialogue(client)
    server.heard.clear()
    server.at_once.clear()
    async with asyncio.timeout(10):
        yield dialogue
    dialogue.close()
    listening.close()


@BOTH
async def test_mails_are_handed_over_one_after_another(pipelines: bool) -> None:
    server = Server(pipelines)
    async with talking(server) as dialogue:
        assert [await dialogue.send(SENDER, SITI, MAIL) for _ in range(2)] == [250, 250]
        assert dialogue.is_open
    commands = [b"MAIL FROM:<%b>\r\n" % SENDER, b"RCPT TO:<%b>\r\n" % SITI, b"DATA\r\n"]
    assert b"".join(server.heard) == 2 * (b"".join(commands) + QUOTED)
    assert server.at_once == 2 * ([b"".join(commands), QUOTED] if pipelines else [*commands, QUOTED])


@BOTH
@pytest.mark.parametrize("data", [b"354 Go on", b"503 Whose?"])
@pytest.mark.parametrize("command", [b"MAIL", b"RCPT"])
async def test_after_a_refusal_the_next_mail_can_begin(pipelines: bool, command: bytes, data: bytes) -> None:
    server = Server(pipelines)
    server.answers |= {command: b"550 Nobody", b"DATA": data, b".": b"554 For whom?"}
    async with talking(server) as dialogue:
        assert await dialogue.send(SENDER, SITI, MAIL) == 550
        assert server.heard[-1] == b"RSET\r\n" and b"Isi.\r\n" not in server.heard
        server.answers = {b"DATA": b"354 Go on"}
        assert await dialogue.send(SENDER, SITI, MAIL) == 250


@BOTH
@pytest.mark.parametrize("command", [b"DATA", b"."])
async def test_a_text_that_is_refused_is_not_taken(pipelines: bool, command: bytes) -> None:
    server = Server(pipelines)
    server.answers[command] = b"452 Full"
    async with talking(server) as dialogue:
        assert await dialogue.send(SENDER, SITI, MAIL) == 452
        assert dialogue.is_open


@BOTH
@pytest.mark.parametrize("command", [b"MAIL", b"RCPT"])
async def test_a_server_that_takes_its_leave_gets_no_more_mails(pipelines: bool, command: bytes) -> None:
    server = Server(pipelines)
    server.answers[command] = b"421 Closing"
    async with talking(server) as dialogue:
        assert await dialogue.send(SENDER, SITI, MAIL) == 421
        assert not dialogue.is_open


@BOTH
@pytest.mark.parametrize("last_words", [b"421 Too long idle\r\n", b"250 Well\r\n", b""])
async def test_words_for_which_nobody_asked_are_no_answer(pipelines: bool, last_words: bytes) -> None:
    server = Server(pipelines)
    async with talking(server) as dialogue:
        server.writers[0].write(last_words)
        if not last_words:
            server.writers[0].close()
        await dialogue._heard.wait()
        assert not dialogue.is_open
        with pytest.raises(ConnectionError):
            await dialogue.send(SENDER, SITI, MAIL)
        assert not server.heard


@BOTH
async def test_a_connection_that_ends_before_the_answer_has_taken_nothing(pipelines: bool) -> None:
    server = Server(pipelines)
    async with talking(server) as dialogue:
        sending = asyncio.create_task(dialogue.send(SENDER, SITI, MAIL))
        await asyncio.sleep(0)
        server.writers[0].close()
        with pytest.raises(ConnectionError):
            await sending


@pytest.mark.parametrize("address", [b"a@b.example>\r\nRCPT TO:<c@d.example", b"a b@c.example", b""])
async def test_an_address_is_one_word(address: bytes) -> None:
    server = Server(True)
    async with talking(server) as dialogue:
        with pytest.raises(ValueError, match="address"):
            await dialogue.send(SENDER, address, MAIL)
        assert not server.heard
