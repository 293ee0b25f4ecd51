"""A part inherits what its whole has: its narrative, its points, and what counts for its limits."""

from datetime import UTC, datetime, timedelta

from services.routing.domain.parts import EarlierAct, NewPart, listing, misfit, past_of, reference_of

START, HOUR = datetime(2025, 7, 7, 2, tzinfo=UTC), timedelta(hours=1)
OPEN, HELD, MERGED = "AWAITING_FOLLOW_UP", "ON_HOLD", "MERGED"


def acts(*done: tuple[str, str]) -> list[EarlierAct]:
    """Acts with the state after each, an hour apart."""
    return [EarlierAct(kind, START + n * HOUR, state) for n, (kind, state) in enumerate(done)]


def test_a_handling_begins_with_the_verification_and_anew_with_a_dispute() -> None:
    assert past_of([]).begun_at is None
    assert past_of(acts(("verification", OPEN), ("follow-up", "IN_PROGRESS"))).begun_at == START
    disputed = acts(("verification", OPEN), ("answer", "ANSWERED"), ("dispute", "IN_PROGRESS"))
    assert past_of(disputed).begun_at == START + 2 * HOUR
    # Never verified, it went back to the verification.
    assert past_of(acts(("answer", "ANSWERED"), ("dispute", "UNVERIFIED"))).begun_at is None


def test_limits_stood_still_from_a_question_to_what_ended_it() -> None:
    past = past_of(
        acts(("holding", HELD), ("note", HELD), ("completion", OPEN), ("merger", MERGED), ("separation", OPEN))
    )
    assert past.holds == ((START, START + 2 * HOUR),)
    assert past.mergers == ((START + 3 * HOUR, START + 4 * HOUR),)


def test_the_classes_of_a_whole_count_only_where_one_was_corrected() -> None:
    said = [
        EarlierAct("verification", START, OPEN, classification="supervisory"),
        EarlierAct("correction", START + HOUR, OPEN),
        EarlierAct("correction", START + 2 * HOUR, OPEN, classification="complaint"),
    ]
    assert past_of(said[:2]).classes == ()
    assert past_of(said).classes == ((START, "supervisory"), (START + 2 * HOUR, "complaint"))


def test_the_last_alarm_counts() -> None:
    assert past_of(acts(("urgency", OPEN), ("all-clear", OPEN), ("urgency", OPEN))).alarmed_at == START + 2 * HOUR


def test_a_part_is_named_after_its_whole_and_names_points_that_there_are() -> None:
    assert reference_of("TG-AAAAA-BBBBB", 10) == "TG-AAAAA-BBBBB-10"
    one = NewPart("35.78.DPUPR", "complaint", "Jalan", "Lubang.", (1, 2))
    assert misfit([one], ["a", "b"]) is None and misfit([one], ["a"]) == "parts.0.points.1"
    assert (
        listing([one], "Sebab")
        == "1. Jalan (35.78.DPUPR; pengaduan tidak berkadar pengawasan; pokok 1, 2)\nLubang.\n\nSebab"
    )
