"""Corrections: what the verifier puts beside the reporter's words, and why."""

from uuid import UUID

from services.routing.actions.acts import ActRequest
from services.routing.domain.acts import Act
from services.routing.errors import NothingCorrected
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.vocabulary import KIND_LABELS, Kind


def correction(
    id: UUID, by: Official, key: str | None, *, title: str | None, kind: Kind | None, reason: str
) -> ActRequest:
    """Correct what the reporter called the complaint, or its kind; raises NothingCorrected."""
    if title is None and kind is None:
        raise NothingCorrected(field="title")
    lines = [f"Judul: {title}"] if title else []
    lines += [f"Jenis: {KIND_LABELS[kind]}"] if kind else []
    act = Act(ActKind.CORRECTION, title=title, corrected_kind=kind)
    return ActRequest(id, act, by, key, "\n".join([*lines, reason]))
