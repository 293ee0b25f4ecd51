"""What notify and sla keep of a complaint beside its clocks is compared, too, and its owner mends it."""

from tests.audit.conftest import FOLLOWED_UP, FORWARDED, UNVERIFIED, VERIFIED, AuditorMaker, CountryMaker, audit, told
from tests.audit.damages import Damage, clock
from tests.audit.test_audits import _by_digest, _damaged, _repair

KEPT = "UPDATE sla.complaints SET {} WHERE id = '{{id}}'"
UNREAD = "DELETE FROM notify.complaints WHERE id = '{id}'"
DAMAGES = (
    Damage("counted with another", VERIFIED, KEPT.format("holder = '91'"), "kept_holder_differs", True),
    Damage("counted with nobody", FOLLOWED_UP, KEPT.format("holder = NULL"), "kept_holder_differs", True),
    Damage("no turn", FORWARDED, KEPT.format("transfers = NULL"), "transfers_differ", True),
    Damage("an earlier turn", FORWARDED, KEPT.format("transfers = 0"), "transfers_differ", True),
    # A later turn looks like news: it stays until somebody restores the row.
    Damage("turns that never were", FORWARDED, KEPT.format("transfers = 9"), "transfers_differ"),
    Damage("unknown to notify", VERIFIED, UNREAD, "no_reader", True),
    Damage("unknown to notify from the beginning", UNVERIFIED, UNREAD, "no_reader", True),
    Damage("a life on Mars", UNVERIFIED, clock("life", "zone = 'Mars'"), "unknown_zone"),
)
KINDS = (UNVERIFIED, VERIFIED, FORWARDED, FOLLOWED_UP)


async def test_each_difference_is_found_and_its_owner_mends_what_it_can(
    make_country: CountryMaker, auditor: AuditorMaker
) -> None:
    country = await make_country(3, KINDS)
    state = auditor(country)
    assert await audit(state) == []
    damaged = await _damaged(country, DAMAGES)
    found = told(await audit(state))
    assert {(damage.check, id) for damage, id in damaged.items()} <= found
    # Everything else that is wrong is wrong with the services that `_damaged` damages, too.
    assert {subject for _, subject in found} - {*damaged.values()} <= {"notify", "sla", "routing"}
    await _repair(country, state)
    left = told(await audit(state))
    assert {(damage.check, id) for damage, id in damaged.items() if (damage.check, id) in left} == {
        (damage.check, id) for damage, id in damaged.items() if not damage.mended
    }


async def test_another_holder_at_sla_is_found_by_digest(make_country: CountryMaker, auditor: AuditorMaker) -> None:
    country = await make_country(1, KINDS)
    state, id = auditor(country), country.complaints[VERIFIED][0]
    await _by_digest(state)
    await country.damage(DAMAGES[0].statement.replace("{id}", id))
    assert [{str(each) for each in (await _by_digest(state))[0]} for _ in range(2)] == [set(), {id}]
