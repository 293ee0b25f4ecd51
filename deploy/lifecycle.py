"""`python -m deploy.lifecycle` writes docs/lifecycle.md: the table of the lifecycle, with its picture."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from shared.lifecycle.acts import ACT_LABELS, PARTY_LABELS
from shared.lifecycle.clocks import CLOCKS_IN, CONTINUED_IN, PAUSED_IN
from shared.lifecycle.contests import ANNULLED
from shared.lifecycle.effects import paused_by, resumed_by, started_by, stopped_by
from shared.lifecycle.table import MOST_TRANSFERS, TRANSITIONS
from shared.lifecycle.transitions import OPEN, Transition
from shared.vocabulary import CLOCK_NAMES, STATE_LABELS

FILE = Path(__file__).parents[1] / "docs" / "lifecycle.md"
HEAD = """\
# The life of a complaint

Written by `python -m deploy.lifecycle` from `shared/lifecycle`; a test holds it to the code. Only routing applies
the table, under the lock of the case; `GET /routing/lifecycle` gives it to programs, and `allowed` of a complaint says
what the official who asks may do now. A reporter reads the same at intake, with the PIN.
"""
FOOT = """\
An act stops the clocks that run before it and not after it, and starts the others; a forwarding begins the follow-up
anew. The picture leaves out the acts that change no state. A verification that names no agency leaves the case where it
was proposed; a forwarding that names none gives it back to the verifier. A draft that waits goes back to its author by
`AnswerReturned` when its case goes on without it. Rights are checked before the state, so that
an official of another agency learns nothing of it.
"""
# The seats that an event names itself.
AUDIENCES = {
    "approver": "approver",
    "author": "author of the draft",
    "duty": "duty officers",
    "named": "named seats",
    "deciders": "whoever decides the appeal",
    "judges": "whoever judges the contest",
    "referrers": "whoever hands the file over",
    "orderers": "the leaders who gave the orders",
}
RECEIVERS = {"same": "as before", "named": "the agency named", "verifier": "the verifier"}
WAS_VERIFIED = {"any": "", "yes": " (once verified)", "no": " (never verified)"}
PASSES = {
    "any": "",
    "few": f", passed on fewer than {MOST_TRANSFERS} times",
    "many": f", from {MOST_TRANSFERS} times on",
}


def document() -> str:
    """The text of the file."""
    return "\n".join([HEAD, *_picture(), *_states(), *_acts(), FOOT])


def _picture() -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2", "    [*] --> UNVERIFIED: filed and routed")
    arrows = {
        (state, after, row.act.value): None
        for row in TRANSITIONS
        for state in CLOCKS_IN
        for after in CLOCKS_IN
        if (row.after or row.returns) and state in row.before and after in row.afters_from(state)
    }
    yield from (f"    {before} --> {after}: {act}" for before, after, act in dict.fromkeys(arrows))
    yield "```\n"


def _states() -> Iterator[str]:
    yield from ("## States\n", "| state | official label | clocks that run | clocks that pause |", "|---|---|---|---|")
    for state, clocks in CLOCKS_IN.items():
        paused = _words(sorted(PAUSED_IN.get(state, ())))
        going_on = f"; as before: {_words(sorted(CONTINUED_IN[state]))}" if state in CONTINUED_IN else ""
        yield f"| {state} | {STATE_LABELS[state]} | {_words(sorted(clocks))}{going_on} | {paused} |"
    named = "; ".join(f"`{clock}` {name}" for clock, name in CLOCK_NAMES.items())
    yield f"\nThe clocks in the words that people read: {named}.\n"


def _acts() -> Iterator[str]:
    yield from ("## Acts\n", "| act | by | in | then | holder | stops | starts | pauses | resumes | tells | events |")
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    yield from (f"| {' | '.join(_cells(row))} |" for row in TRANSITIONS)
    yield ""


def _cells(row: Transition) -> Iterator[str]:
    yield f"{row.act} ({ACT_LABELS[row.act]})"
    yield (
        "; ".join(name for party, name in PARTY_LABELS.items() if party in row.by)
        + PASSES[row.passes]
        + WAS_VERIFIED[row.verified]
        + (" (who acted before the closing)" if row.undoes else "")
    )
    yield _words(state for state in CLOCKS_IN if state in row.before)
    yield _after(row)
    yield RECEIVERS[row.receiver]
    yield _words(sorted(stopped_by(row)))
    yield _words(sorted(started_by(row)))
    yield _words(sorted(paused_by(row)))
    yield _words(sorted(resumed_by(row)))
    yield _words(AUDIENCES.get(who, who) if role is None else f"{role} of the {who}" for who, role in row.tells)
    yield _words(row.events)


def _after(row: Transition) -> str:
    if row.returns:
        if row.returns == ANNULLED:
            return "AWAITING_FOLLOW_UP, unless another follow-up stands"
        return "as it was before" if row.returns == OPEN else "the end that stands"
    return row.after or "as before"


def _words(words: Iterable[str]) -> str:
    return ", ".join(words) or "-"


if __name__ == "__main__":
    FILE.write_text(document())
