"""Corrections: what the verifier puts beside the reporter's words, and why."""

from functools import cache
from uuid import UUID

from services.routing.actions.requests import ActRequest
from services.routing.domain.acts import Act
from services.routing.domain.directories import read_fields
from services.routing.errors import NothingCorrected, UnknownField, UnknownRegion
from services.routing.state import State
from shared.identity.officials import Official
from shared.lifecycle.acts import ActKind
from shared.vocabulary import CLASSIFICATION_NAMES, KIND_LABELS, Classification, Kind

# The fields of government by their slugs.
labels_of_fields = cache(read_fields)


def correction(
    state: State,
    id: UUID,
    by: Official,
    key: str | None,
    *,
    reason: str,
    title: str | None = None,
    kind: Kind | None = None,
    classification: Classification | None = None,
    field: str | None = None,
    region: str | None = None,
) -> ActRequest:
    """Correct what the reporter or the verification said; raises NothingCorrected, UnknownField, UnknownRegion."""
    named = {
        "Judul": title,
        "Jenis": KIND_LABELS[kind] if kind else None,
        "Klasifikasi": CLASSIFICATION_NAMES[classification] if classification else None,
        "Bidang": label_of_field(field) if field else None,
        "Wilayah": name_of_region(state, region) if region else None,
    }
    lines = [f"{what}: {value}" for what, value in named.items() if value]
    if not lines:
        raise NothingCorrected(field="title")
    about = {name: value for name, value in (("field", field), ("region", region)) if value}
    act = Act(ActKind.CORRECTION, classification, title=title, corrected_kind=kind, corrected=about or None)
    return ActRequest(id, act, by, key, "\n".join([*lines, reason]))


def label_of_field(field: str) -> str:
    """The official name of a field. Raises UnknownField."""
    if field not in labels_of_fields():
        raise UnknownField(field="field")
    return labels_of_fields()[field]


def name_of_region(state: State, region: str) -> str:
    """The name of the government of a region. Raises UnknownRegion."""
    if (found := state.directory.by_code.get(region)) is None or found.region != region:
        raise UnknownRegion(field="region")
    return found.name
