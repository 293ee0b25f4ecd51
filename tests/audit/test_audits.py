"""The auditor finds nothing on sound databases, and everything that was damaged behind the back of the services."""

from tests.audit.conftest import Country, CountryMaker, audit


async def test_nothing_is_wrong_where_the_services_did_everything(make_country: CountryMaker, auditor) -> None:
    country: Country = await make_country(3)
    assert await audit(auditor(country)) == []
