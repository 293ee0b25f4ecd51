"""The wording of an event in a timeline: its sentence, with the names, days and limits that belong into it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from services.intake.domain.sentences import (
    ACCEPTED,
    ANNULLED,
    ANSWERED_IN_PARTS,
    ANSWERED_TOGETHER,
    CLIMBS_AFTER_OFFER,
    CLIMBS_AGAIN,
    CLIMBS_ON,
    CLOSING_TAKEN_BACK,
    CORRECTED,
    DATA_CORRECTED,
    DISPUTED,
    KIND_CORRECTED,
    LIMITS,
    MERGED_TOO_LONG,
    NEVER_HEARD,
    NEXT_NEWS,
    OF_HOLDS,
    PART_REOPENED,
    REASONS,
    RECKONED_ANEW,
    REMINDER_WITHDRAWN,
    REOPENED_UNVERIFIED,
    REPLIES_UNTIL,
    REPORTER_SILENT,
    RESUMED_UNREACHED,
    REVIEWED,
    SENT_BACK,
    SENTENCES,
    UNATTENDED,
    UNATTENDED_WITHDRAWN,
    UNKNOWN_EVENT,
    UNKNOWN_NAMES,
    UNSURE,
    UPHELD,
    UPHELD_UNVERIFIED,
)
from shared.calendar import ZONES
from shared.clock import was_never
from shared.language import INDONESIAN, JAKARTA, day, limit
from shared.reporters import REPORTER_ACT_NAMES
from shared.vocabulary import (
    CLASSIFICATION_NAMES,
    CLIMB_NAMES,
    CLOCK_NAMES,
    HOLD,
    IN_PROGRESS,
    KIND_LABELS,
    LIFE,
    MERGER,
    OMBUDSMAN,
    ROLE_NAMES,
    EventType,
)

Details = Mapping[str, Any]
AgencyNames = Mapping[str, str]

NOWHERE: Mapping[str, str] = {}
_ENDS_OF_QUESTIONS = frozenset(
    {
        EventType.COMPLAINT_COMPLETED,
        EventType.COMPLAINT_RESUMED,
        EventType.COMPLAINT_ARCHIVED,
        EventType.COMPLAINT_WITHDRAWN,
        EventType.COMPLAINT_REFERRED,
    }
)


def sentence(event_type: str, details: Details, names: AgencyNames, zones: AgencyNames = NOWHERE) -> str:
    """One sentence about an event; an agency without a known name is called by its code.

    A limit is given in the zone of its agency, or else in the capital's.
    """
    template = _template(event_type, details) + _doubt(details)
    template += CLOSING_TAKEN_BACK if details.get("closing_taken_back") else ""
    template += NEXT_NEWS if details.get("next_date") else ""
    template += REPLIES_UNTIL if details.get("reply_until") else ""
    template += REVIEWED if details.get("reviewer") else ""
    template += "".join(UNKNOWN_NAMES.get(name, "") for name in details.get("unknown", ()))
    template += LIMITS.get(event_type, "") if details.get("due_at") else ""
    limits = {"due": _limit("due_at", details, zones), "reply_until": _limit("reply_until", details, zones)}
    return template.format(**{**_words(details, names), **limits})


def _doubt(details: Details) -> str:
    since = details.get("unsure_since")
    if not since:
        return ""
    return NEVER_HEARD if was_never(datetime.fromisoformat(since)) else UNSURE


def _template(event_type: str, details: Details) -> str:
    if event_type == EventType.ESCALATION_WITHDRAWN and details.get("clock") == LIFE:
        return UNATTENDED_WITHDRAWN
    if event_type == EventType.ESCALATION_WITHDRAWN and not details.get("steps"):
        return REMINDER_WITHDRAWN
    if event_type == EventType.COMPLAINT_CORRECTED:
        return _correction(details)
    if details.get("clock") == HOLD:
        return OF_HOLDS.get(event_type, REPORTER_SILENT)
    if details.get("clock") == MERGER:
        return MERGED_TOO_LONG
    if event_type == EventType.COMPLAINT_RESUMED and details.get("unreached"):
        return RESUMED_UNREACHED
    if event_type == EventType.COMPLAINT_SPLIT and details.get("reopened"):
        return PART_REOPENED
    if event_type == EventType.COMPLAINT_CLOSED and details.get("accepted"):
        return ACCEPTED
    if event_type == EventType.COMPLAINT_REOPENED and details.get("sent_back_by"):
        return SENT_BACK
    if event_type == EventType.APPEAL_DECIDED and details.get("upheld"):
        return UPHELD_UNVERIFIED if details.get("verifier") else UPHELD
    if event_type == EventType.CONTEST_JUDGED and details.get("upheld"):
        return ANNULLED
    if event_type == EventType.COMPLAINT_REOPENED and details.get("state") == IN_PROGRESS:
        return DISPUTED
    if event_type == EventType.COMPLAINT_REOPENED and details.get("verifier"):
        return REOPENED_UNVERIFIED
    if event_type == EventType.COMPLAINT_ANSWERED and details.get("window") == 0:
        return ANSWERED_IN_PARTS
    if event_type == EventType.COMPLAINT_ANSWERED and details.get("shared"):
        return ANSWERED_TOGETHER
    if event_type == EventType.COMPLAINT_ESCALATED:
        if details.get("instead_of"):
            return CLIMBS_ON
        if details.get("clock") == LIFE:
            return UNATTENDED
        if details.get("round"):
            return CLIMBS_AFTER_OFFER if details.get("clock") == OMBUDSMAN else CLIMBS_AGAIN
    return SENTENCES.get(event_type, UNKNOWN_EVENT)


def _correction(details: Details) -> str:
    named = [name for name in CORRECTED if details.get(name)]
    if not named:
        return SENTENCES[EventType.COMPLAINT_CORRECTED]
    if named == ["kind"]:
        return KIND_CORRECTED
    said = DATA_CORRECTED.format(", ".join(CORRECTED[name] for name in named))
    return said + (RECKONED_ANEW if "classification" in named else "")


def told_late(timeline: Iterable[tuple[str, Details]]) -> Iterator[bool]:
    """Of each event in sequence, whether it tells until when to answer a question that is over by then."""
    is_over = False
    for event_type, details in timeline:
        is_over = event_type in _ENDS_OF_QUESTIONS or (is_over and event_type != EventType.COMPLAINT_HELD)
        yield is_over and event_type == EventType.LIMIT_SET and details.get("clock") == HOLD


def recurrence(event_type: str, details: Details) -> tuple[Any, Any] | None:
    """The clock and cycle of a climb that recurs; None for any other event."""
    recurs = event_type == EventType.COMPLAINT_ESCALATED and details.get("round") and not details.get("instead_of")
    return (details.get("clock"), details.get("cycle")) if recurs else None


def agency_names(timeline: Iterable[Details]) -> dict[str, str]:
    """The names of the agencies that these events introduce, by code."""
    values = (value for details in timeline for value in details.values())
    return {value["code"]: value["name"] for value in values if isinstance(value, Mapping) and "name" in value}


def agency_zones(timeline: Iterable[Details]) -> dict[str, str]:
    """The zones (IANA names) of the agencies that these events introduce, by code."""
    values = (value for details in timeline for value in details.values() if isinstance(value, Mapping))
    return {value["code"]: value["zone"] for value in values if value.get("zone") in ZONES.values()}


def _limit(name: str, details: Details, zones: AgencyNames) -> str:
    """This limit of an event in the zone of its agency; nothing if the event has none."""
    if not details.get(name):
        return ""
    return limit(datetime.fromisoformat(details[name]), INDONESIAN, _zone(details.get("agency"), zones))


def _zone(agency: Any, zones: AgencyNames) -> str:
    return zones.get(agency, JAKARTA) if isinstance(agency, str) else JAKARTA


def _words(details: Details, names: AgencyNames) -> dict[str, Any]:
    return {
        **details,
        "agency": _agency(details.get("agency"), names),
        "next": day(date.fromisoformat(next_date)) if (next_date := details.get("next_date")) else "",
        "promised": day(date.fromisoformat(due_on)) if (due_on := details.get("due_on")) else "",
        "verifier": _agency(details.get("verifier"), names),
        "reviewer": _agency(details.get("reviewer") or details.get("sent_back_by"), names),
        "classification": CLASSIFICATION_NAMES.get(details.get("classification", ""), "laporan"),
        "kind": KIND_LABELS.get(details.get("kind") or "complaint", "laporan"),
        "clock": CLOCK_NAMES.get(details.get("clock", ""), "penanganan"),
        "climb": CLIMB_NAMES[min(details.get("step", 0), len(CLIMB_NAMES) - 1)],
        "role": ROLE_NAMES.get(details.get("role", ""), "petugas"),
        "act": REPORTER_ACT_NAMES.get(details.get("act", ""), "melakukan sesuatu"),
        "reason": REASONS.get(details.get("reason", ""), "hal itu ternyata keliru"),
    }


def _agency(agency: Any, names: AgencyNames) -> str:
    """The name of an agency that an event gives in full or by its code."""
    if isinstance(agency, Mapping):
        return str(agency["name"])
    return names.get(agency, agency) if isinstance(agency, str) else "instansi"
