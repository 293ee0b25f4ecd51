"""Complaints are filed in one transaction: once for a key, sealed, and published without a name."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from services.intake.actions import complaints, timelines
from services.intake.actions.complaints import Receipt
from services.intake.actions.filings import Filing, NewComplaint, NewContact
from services.intake.errors import NoSuchComplaint
from services.intake.models import Complaint
from shared.db.statements import table_of
from shared.db.transaction import Tx
from shared.errors import KeyReused
from shared.events import ComplaintFiled, ContactStored
from tests.conftest import ServiceMaker
from tests.intake.citizen import CONTACT, Intake, counted
from tests.services import staged

TEXT = "Jalan di depan pasar berlubang dan gelap."


def new(**fields: Any) -> NewComplaint:
    return NewComplaint(**{"text": TEXT, **fields})


async def file(service: Intake, *filings: Filing) -> list[Any]:
    """File these complaints in one group commit; the receipt or error of each."""
    gathered = asyncio.gather(*(service.submit(complaints.file_complaints, f) for f in filings), return_exceptions=True)
    return list(await gathered)


async def test_a_filed_complaint_is_stored_and_published_once(service: Intake) -> None:
    [receipt] = await file(service, Filing(new(contact=NewContact(**CONTACT), region="35.78")))
    stored, filed = await staged(service)
    assert isinstance(stored, ContactStored) and isinstance(filed, ComplaintFiled)
    assert (filed.complaint_id, filed.reference) == (receipt.id, receipt.tracking_reference)
    assert filed.reporter_ref == stored.reporter_ref
    assert orjson.loads(service.state.contacts.open(stored.sealed, str(stored.reporter_ref))) == {
        **CONTACT,
        "phone_e164": "+6281234567890",
    }
    assert orjson.loads(service.state.narrative.open(filed.sealed, str(filed.complaint_id)))["text"] == TEXT
    assert await counted(service, "complaints", "reporters", "outbox") == [1, 1, 2]


async def test_without_a_contact_there_is_no_reporter(service: Intake) -> None:
    await file(service, Filing(new()))
    [filed] = await staged(service)
    assert isinstance(filed, ComplaintFiled) and filed.reporter_ref is None
    assert await counted(service, "reporters") == [0]


async def test_no_row_and_no_event_holds_the_text_or_the_contact_of_a_reporter(service: Intake) -> None:
    written = {"title": "Jalan berlubang", "address": "Jalan Melati 12", "contact": NewContact(**CONTACT)}
    await file(service, Filing(new(**written, anonymous=True), "key"))
    secrets = [TEXT, "Jalan berlubang", "Jalan Melati 12", *CONTACT.values()]
    async with service.begin() as tx:
        values = "".join((await tx.execute("SELECT value FROM outbox")).scalars())
        rows = [str((await tx.execute(f"SELECT * FROM {t}")).all()) for t in ("complaints", "reporters")]
    for secret in secrets:
        assert secret not in values
        assert all(secret not in row for row in rows)


async def test_equal_requests_in_one_batch_get_one_answer(service: Intake) -> None:
    first, second, other, third = await file(
        service, Filing(new(), "a"), Filing(new(), "a"), Filing(new(text="Lain."), "a"), Filing(new(), "a")
    )
    assert first == second == third
    assert isinstance(other, KeyReused)
    assert await counted(service, "complaints", "outbox") == [1, 1]


async def test_requests_without_a_key_are_complaints_of_their_own(service: Intake) -> None:
    receipts = await file(service, *(Filing(new()) for _ in range(5)))
    assert len({receipt.id for receipt in receipts}) == 5


async def test_a_known_key_among_new_ones_gets_its_old_answer(service: Intake) -> None:
    [old] = await file(service, Filing(new(), "b"))
    answers = await file(
        service, Filing(new(), "c"), Filing(new(), "b"), Filing(new(), "a"), Filing(new(text="x"), "b")
    )
    assert answers[1] == old
    assert len({answer.id for answer in answers[:3]}) == 3
    assert isinstance(answers[3], KeyReused)
    assert await counted(service, "complaints", "outbox") == [3, 3]


async def test_two_replicas_with_the_same_keys_give_the_same_answers(make_service: ServiceMaker) -> None:
    one, two = await make_service("intake"), await make_service("intake")
    for turn in range(10):
        keys = [f"{turn}-{number}" for number in range(20)]
        here, there = await asyncio.gather(
            file(one, *(Filing(new(), key) for key in keys)),
            file(two, *(Filing(new(), key) for key in reversed(keys))),
        )
        # Counted first: a failing comparison of long errors would be explained for minutes.
        assert sum(isinstance(answer, Receipt) for answer in [*here, *there]) == 40
        assert here == list(reversed(there))
    assert await counted(one, "complaints", "outbox") == [200, 200]


async def test_keys_are_taken_in_their_order_whatever_the_order_of_the_requests(
    service: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = Tx.insert
    keys: list[str] = []

    async def noting(tx: Tx, table: Any, rows: Any, **more: Any) -> Any:
        keys.extend(row["idempotency_key"] for row in rows if table is Complaint)
        return await insert(tx, table, rows, **more)

    monkeypatch.setattr(Tx, "insert", noting)
    await file(service, *(Filing(new(), key) for key in "cabed"))
    assert keys == list("abcde")


async def test_a_taken_reference_is_replaced_by_another(service: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"TG-{letter * 5}-{letter * 5}" for letter in "ABC"]
    draws = iter(names[number] for number in (0, 0, 0, 0, 0, 0, 1, 1, 2))
    monkeypatch.setattr(complaints, "_new_reference", lambda: next(draws))
    first, second = await file(service, Filing(new(), "a"), Filing(new()))
    [third] = await file(service, Filing(new()))
    references = [receipt.tracking_reference for receipt in (first, second, third)]
    assert sorted(references) == names
    assert {fact.reference for fact in await staged(service) if isinstance(fact, ComplaintFiled)} == set(references)


async def test_a_list_is_filed_as_a_whole_or_not_at_all(service: Intake) -> None:
    await file(service, Filing(new(), "taken"))
    lists = [[Filing(new(), "x"), Filing(new(text="Lain."), "taken")], [Filing(new(), "y"), Filing(new(), "y")]]
    refused, accepted = await asyncio.gather(
        *(service.submit(complaints.file_lists, tuple(filings)) for filings in lists), return_exceptions=True
    )
    assert isinstance(refused, KeyReused)
    assert isinstance(accepted, list) and accepted[0] == accepted[1]
    assert await counted(service, "complaints", "outbox") == [2, 2]


async def test_a_crash_half_way_leaves_nothing(service: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    insert = Tx.insert

    async def crash(tx: Tx, table: Any, rows: Any, **more: Any) -> Any:
        if table_of(table).name == "outbox":
            raise ConnectionResetError("crash")
        return await insert(tx, table, rows, **more)

    monkeypatch.setattr(Tx, "insert", crash)
    answers = await file(service, Filing(new(contact=NewContact(**CONTACT)), "a"), Filing(new()))
    assert all(isinstance(answer, ConnectionResetError) for answer in answers)
    monkeypatch.undo()
    assert await counted(service, "complaints", "reporters", "outbox") == [0, 0, 0]


def filings(count: int, keyed: bool) -> list[Filing]:
    """Complaints with contacts and, on request, with a key each."""
    return [Filing(new(contact=NewContact(**CONTACT)), str(n) if keyed else None) for n in range(count)]


@pytest.fixture
async def sent(service: Intake, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first word of each statement that is sent to the driver directly, after a first complaint."""
    await file(service, Filing(new()))  # opens the connection
    words: list[str] = []

    def noting(send: Any) -> Any:
        async def noted(driver: Any, query: str, *values: Any, **more: Any) -> Any:
            words.append(query.split()[0])
            return await send(driver, query, *values, **more)

        return noted

    for name in ("fetch", "execute"):
        monkeypatch.setattr(asyncpg.Connection, name, noting(getattr(asyncpg.Connection, name)))
    return words


@pytest.mark.parametrize("keyed", [False, True])
async def test_a_batch_is_one_statement_however_many_complaints_it_holds(
    service: Intake, sent: list[str], keyed: bool
) -> None:
    await file(service, *filings(100, keyed))
    assert sent == ["WITH"]
    assert await counted(service, "complaints", "reporters", "outbox") == [101, 100, 201]


@pytest.mark.parametrize(
    ("known", "statements"),
    [(100, ["WITH", "BEGIN", "INSERT", "COMMIT"]), (60, ["WITH", "BEGIN", "INSERT", "WITH", "COMMIT"])],
)
async def test_a_batch_with_known_keys_is_tried_twice_and_never_one_by_one(
    service: Intake, sent: list[str], known: int, statements: list[str]
) -> None:
    before = await file(service, *filings(known, keyed=True))
    sent.clear()
    again = await file(service, *filings(100, keyed=True))
    assert sent == statements
    assert again[:known] == before
    assert len({receipt.id for receipt in again}) == 100
    assert await counted(service, "complaints", "reporters", "outbox") == [101, 100, 201]


async def test_a_storm_of_one_repeated_key_gets_one_receipt(service: Intake) -> None:
    answers = [receipt for _ in range(5) for receipt in await file(service, *[Filing(new(), "k")] * 200)]
    assert len({receipt.id for receipt in answers}) == 1
    assert await counted(service, "complaints", "outbox") == [1, 1]


async def test_two_replicas_in_a_storm_of_known_and_new_keys_give_the_same_answers(make_service: ServiceMaker) -> None:
    one, two = await make_service("intake"), await make_service("intake")
    await file(one, *(Filing(new(), f"{number:03}") for number in range(0, 100, 3)))
    wanted = [Filing(new(), f"{number:03}") for number in range(100)]
    here, there = await asyncio.gather(file(one, *wanted), file(two, *reversed(wanted)))
    # Counted first: a failing comparison of long errors would be explained for minutes.
    assert sum(isinstance(answer, Receipt) for answer in [*here, *there]) == 200
    assert here == list(reversed(there))
    assert await counted(one, "complaints", "outbox") == [100, 100]


async def test_complaints_without_keys_are_filed_beside_a_known_key(service: Intake) -> None:
    await file(service, Filing(new(), "k"))
    known, *others = await file(service, Filing(new(), "k"), Filing(new()), Filing(new(contact=NewContact(**CONTACT))))
    assert len({known.id, *(receipt.id for receipt in others)}) == 3
    assert await counted(service, "complaints", "reporters", "outbox") == [3, 1, 4]


async def test_the_database_refuses_to_change_a_complaint(service: Intake) -> None:
    await file(service, Filing(new()))
    with pytest.raises(Exception, match="stays as it was filed"):
        async with service.begin() as tx:
            await tx.execute("UPDATE complaints SET sealed = 'x'")


async def test_every_pin_but_the_right_one_is_refused(service: Intake) -> None:
    mine, theirs = await file(service, Filing(new()), Filing(new()))
    view = await service.read(timelines.read_complaint, mine.tracking_reference, mine.pin)
    assert (view.case.id, view.text) == (UUID(str(mine.id)), TEXT)
    for reference, pin in ((mine.tracking_reference, theirs.pin), ("TG-00000-00000", mine.pin), ("\x00", "")):
        with pytest.raises(NoSuchComplaint):
            await service.read(timelines.read_complaint, reference, pin)
