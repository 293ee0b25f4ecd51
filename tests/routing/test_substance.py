"""Empty words are refused with what is missing, whoever writes them; words with substance are not."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.actions.acts import perform_acts
from services.routing.actions.requests import answer
from services.routing.domain.substance import Gap, Gate, fingerprint, gap_in, normalised, read_gate
from services.routing.domain.tables import TableError
from shared.clock import ManualClock
from shared.identity.officials import Official
from shared.service import RunningService
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, TRANSPORT, answer_text, follow_up_text
from tests.routing.complaints import ANSWER, WORDS, assigned, post, problem, rows_of, verify
from tests.services import bearer, client_of, staged

GATE = read_gate()
SHORT = (
    ".",
    "Sudah.",
    "Baik" + " ." * 300,
    "\u200b" * 500,
    "\u3164 \uffa0 \u115f" * 100,
    "S\u0336u\u0336d\u0336a\u0336h\u0336",
    "\u2800" * 200,
)
# The full-width letters of East Asian keyboards.
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "Terimakasih")
BOILERPLATE = (
    "Terima kasih atas laporannya, akan segera kami tindak lanjuti.",
    "TERIMA KASIH ATAS LAPORANNYA!!! AKAN - SEGERA - KAMI - TINDAK LANJUTI",
    "Terima\u00a0kasih   atas\nlaporan Anda. Mohon bersabar, sedang dalam proses.",
    "Yth. Bapak/Ibu, laporan Anda akan kami teruskan ke dinas terkait sesuai ketentuan yang berlaku. Demikian.",
    "T\u200be\u200br\u200bima kasih, laporan sudah kami terima dan akan dikoordinasikan dengan pihak terkait.",
    WIDE + " atas masukannya, mohon ditunggu tindak lanjutnya.",
    "a" * 500,
    "siap siap siap siap siap siap siap",
)
SUBSTANCE = (
    follow_up_text(),
    answer_text(),
    "Terima kasih atas laporannya. Lampu di RT 5 sudah diganti petugas kemarin.",
    "Syarat KTP baru: fotokopi KK; loket buka Senin.",
)


@pytest.mark.parametrize("text", SHORT)
def test_a_text_of_a_few_letters_is_too_short_whatever_else_it_holds(text: str) -> None:
    assert gap_in(GATE, text) == Gap.TOO_SHORT


@pytest.mark.parametrize("text", BOILERPLATE)
def test_set_phrases_are_none_the_better_for_their_dress(text: str) -> None:
    assert gap_in(GATE, text) == Gap.SET_PHRASES


@pytest.mark.parametrize("text", SUBSTANCE)
def test_a_text_that_tells_something_passes(text: str) -> None:
    assert gap_in(GATE, text) is None


@given(st.lists(st.sampled_from(sorted(GATE.phrases)), max_size=40))
def test_no_chain_of_set_phrases_passes(phrases: list[str]) -> None:
    assert gap_in(GATE, ", ".join(phrases).title() + ".") is not None


@given(st.text(max_size=200))
def test_a_normalised_text_is_normalised_and_never_fails(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once and all(word.isalnum() for word in once.split())
    assert gap_in(GATE, text) in (None, Gap.TOO_SHORT, Gap.SET_PHRASES)


def test_a_fingerprint_knows_words_agency_and_key() -> None:
    same = fingerprint(b"k", ROADS, "Pipa, sudah: diganti")
    assert same == fingerprint(b"k", ROADS, "PIPA sudah\u200b diganti.")
    others = [(b"k", TRANSPORT, "pipa sudah diganti"), (b"l", ROADS, "pipa sudah diganti"), (b"k", ROADS, "pipa")]
    assert all(fingerprint(*other) != same for other in others) and -(2**63) <= same < 2**63


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("letters,20\nwords,3\nphrase,baik", "line 1: no row for copies"),
        ("letters,x\nwords,3\ncopies,9\nphrase,baik", "line 2: letters must be a number"),
        ("letters,20\nwords,3\ncopies,9\nphrase,...", "line 5: an empty phrase"),
        ("letters,20\nwords,3\ncopies,9\nfrase,baik", "line 5: unknown kind 'frase'"),
    ],
)
def test_a_table_that_makes_no_gate_is_refused_with_its_line(tmp_path: Path, table: str, problem: str) -> None:
    (tmp_path / "substance.csv").write_text(f"kind,value\n{table}\n")
    with pytest.raises(TableError, match=problem):
        read_gate(tmp_path)


async def verified(client: httpx.AsyncClient, service: RunningService) -> UUID:
    id = await assigned(service)
    await verify(client, service, id)
    return id


@pytest.mark.parametrize("door", ["follow-ups", "answers"])
@pytest.mark.parametrize(("text", "name"), [(".", "TooShort"), (BOILERPLATE[0], "OnlySetPhrases")])
async def test_empty_words_are_refused_at_their_field_and_change_nothing(
    client: httpx.AsyncClient, service: RunningService, door: str, text: str, name: str
) -> None:
    id = await verified(client, service)
    before = await staged(service)
    headers: Mapping[str, str] = {**bearer(service, "liaison", ROADS), "Accept-Language": "id"}
    refused = await client.post(f"/routing/complaints/{id}/{door}", json={"text": text}, headers=headers)
    assert (*problem(refused), refused.json()["field"]) == (422, name, "text")
    assert "Sebutkan apa yang telah dilakukan, oleh siapa, dan kapan" in refused.json()["title"]
    assert await staged(service) == before
    assert [row.state for row in await rows_of(service, "SELECT state FROM cases")] == ["AWAITING_FOLLOW_UP"]
    english = await client.post(
        f"/routing/complaints/{id}/{door}", json={"text": text}, headers={**headers, "Accept-Language": "en"}
    )
    assert "State what was done, by whom, and when the next step follows." in english.json()["title"]


async def test_rights_and_state_are_told_before_words_are_judged(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await assigned(service)
    assert problem(await post(client, service, id, "answers", "liaison", TRANSPORT, text=".")) == (403, "NotYourCase")
    assert problem(await post(client, service, id, "answers", "liaison", ROADS, text=".")) == (409, "NotVerified")


async def test_an_agency_does_not_say_the_same_of_a_complaint_again(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    id = await verified(client, service)
    assert (await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS)).status_code == 201
    shouted = {"text": WORDS["text"].upper().replace(" ", "  ") + "!!"}
    for door, role in (("follow-ups", "leader"), ("answers", "liaison")):
        again = await post(client, service, id, door, role, ROADS, **shouted)
        assert problem(again) == (422, "SaidBefore")
    assert (await post(client, service, id, "follow-ups", "coordinator", CITY, **WORDS)).status_code == 201
    assert (await post(client, service, id, "answers", "liaison", ROADS, **ANSWER)).status_code == 201


async def test_a_text_is_not_copied_to_many_complaints_of_one_day(
    make_service: ServiceMaker, clock: ManualClock
) -> None:
    service = await make_service("routing")
    async with client_of(service) as client:
        ids = [await verified(client, service) for _ in range(GATE.copies + 1)]
        done = [await post(client, service, id, "follow-ups", "liaison", ROADS, **WORDS) for id in ids]
        assert [answer.status_code for answer in done] == [201] * GATE.copies + [422]
        assert problem(done[-1]) == (422, "CopiedText")
        named = follow_up_text("Jalan Melati 5")
        assert (await post(client, service, ids[-1], "follow-ups", "liaison", ROADS, text=named)).status_code == 201
        clock.advance_to(clock.now() + timedelta(days=1, seconds=1))
        assert (await post(client, service, ids[-1], "follow-ups", "liaison", ROADS, **WORDS)).status_code == 201


async def test_copies_within_one_batch_are_counted(client: httpx.AsyncClient, service: RunningService) -> None:
    ids = [await verified(client, service) for _ in range(GATE.copies + 2)]
    by = Official("penghubung", "liaison", ROADS)
    async with service.begin() as tx:
        outcomes = await perform_acts(tx, [answer(id, by, None, text=answer_text()) for id in ids])
    assert [type(one).__name__ for one in outcomes[GATE.copies - 1 :]] == ["ActResult", "CopiedText", "CopiedText"]


def test_a_gate_of_other_numbers_judges_by_them() -> None:
    assert gap_in(Gate(3, 1, 1, frozenset({"baik"}), 1), "pipa") is None
    assert gap_in(Gate(3, 1, 1, frozenset({"baik"}), 1), "baik") == Gap.SET_PHRASES
