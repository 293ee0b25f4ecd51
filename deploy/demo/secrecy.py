"""Sensitive complaints: read by their named seats, and looked for wherever nobody may find them."""

from collections.abc import Iterator

from deploy.demo.api import Api, for_each
from deploy.demo.complaints import Filed
from deploy.demo.records import Hidden, Json

# Who is no named seat: the public, and officials who see all other complaints.
Place = tuple[str, str | None]
MOST = 200


async def case_of(api: Api, filed: Filed) -> Json | None:
    """The case as the coordinator of its region sees it, a named seat; None until an agency has it."""
    if (await reported(api, filed))["holder"] is None:
        return None
    seat = api.bearer("coordinator", str(filed.complaint.body["region"]))
    found: Json = await api.get(f"/routing/complaints/{filed.id}", headers=seat)
    return found


async def reported(api: Api, filed: Filed) -> Json:
    """The complaint as its reporter reads it, with the PIN."""
    found: Json = await api.get(f"/intake/complaints/{filed.reference}", headers=filed.pin)
    return found


async def looked_for(api: Api, filed: Filed) -> Hidden:
    """What its reporter and its named seats know of it, and the places that show it to anyone else."""
    view, case = await reported(api, filed), await case_of(api, filed)

    async def shown_in(place: Place) -> str | None:
        text = await api.shown(*place, limit=MOST)
        return place[0] if filed.reference in text or filed.id in text else None

    found = await for_each(shown_in, _places(filed, str(case and case["holder"])))
    return Hidden(filed.reference, view["status"], str(case and case["state"]), tuple(filter(None, found)))


def _places(filed: Filed, holder: str) -> Iterator[Place]:
    yield f"/intake/complaints/{filed.reference}/timeline", None
    yield f"/sla/pages/complaints/{filed.reference}", None
    yield f"/sla/complaints/{filed.id}/clocks", None
    yield from (
        (page, None) for page in ("/sla/", "/sla/overdue", "/sla/silences", f"/routing/pages/agencies/{holder}")
    )
    yield "/routing/complaints", "admin"
    yield f"/routing/complaints/{filed.id}", "admin"
    yield "/notify/messages", "operator"
