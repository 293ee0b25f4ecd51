"""Entries: what the public reads of the events of a complaint, and what its reporter alone."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.intake.actions.entries import Entry, entries_of
from services.intake.domain.sentences import UNKNOWN_EVENT
from services.intake.domain.words import FOR_THE_REPORTER
from shared.vocabulary import EventType
from tests.conftest import ServiceMaker

NOW = datetime(2025, 7, 7, 2, tzinfo=UTC)


class Shown:
    """A complaint whose events are shown."""

    filed_at = NOW

    def __init__(self, id: int, confidential: bool = False) -> None:
        self.id, self.confidential = UUID(int=id), confidential


async def test_the_events_of_several_complaints_are_read_at_once_and_one_without_any_was_filed(
    make_service: ServiceMaker,
) -> None:
    service, first, second = await make_service("intake"), Shown(1), Shown(2)
    async with service.begin() as tx:
        await tx.execute(
            "INSERT INTO timeline (event_id, complaint_id, at, type, details)"
            " VALUES (:event, :id, :at, 'ComplaintSplit', '{\"parts\": 3}')",
            {"event": UUID(int=5), "id": first.id, "at": NOW},
        )
        found = await entries_of(tx, [first, second])
    assert [entry.sentence for entry in found[first.id]] == [
        "Laporan dibagi menjadi 3 bagian; setiap bagian ditangani tersendiri."
    ]
    assert [entry.type for entry in found[second.id]] == ["ComplaintFiled"]


@pytest.mark.parametrize("details", [None, [], "text"])
def test_details_that_are_not_whole_say_nothing(details: object) -> None:
    assert Entry(UUID(int=1), UUID(int=5), NOW, UNKNOWN_EVENT, details, None).known == {}


def test_what_is_said_of_parts_is_for_the_reporter() -> None:
    assert EventType.COMPLAINT_SPLIT in FOR_THE_REPORTER
