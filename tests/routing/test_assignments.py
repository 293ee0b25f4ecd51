"""A filed complaint goes to the agency named, else to the unit of its region for its field, else to a coordinator."""

import time
from pathlib import Path
from uuid import uuid4

import pytest

from services.routing.domain.agencies import Directory, directory_of
from services.routing.domain.assignments import assign
from services.routing.domain.directories import read_agencies
from services.routing.domain.lexicons import Lexicon, read_lexicon, scores_of
from shared.events import ComplaintRouted
from shared.service import RunningService
from shared.vault import Vault
from tests.conftest import ServiceMaker
from tests.make import CITY, ROADS, hear
from tests.routing.complaints import NARRATIVE, assigned, empty_outbox, post, rows_of, sealed_complaint, verify
from tests.services import MONDAY, client_of, staged


@pytest.fixture
async def service(make_service: ServiceMaker) -> RunningService:
    service = await make_service("routing")
    await empty_outbox(service)
    return service


async def test_no_event_quotes_a_confidential_complaint(service: RunningService) -> None:
    await hear(service, sealed_complaint(service, confidential=True), sealed_complaint(service))
    hidden, shown = [fact for fact in await staged(service) if isinstance(fact, ComplaintRouted)]
    assert (hidden.explanation, hidden.rule) == ("", "field")
    assert "berlubang" in shown.explanation


async def test_a_filed_complaint_is_assigned_to_the_unit_of_its_field_and_verified_by_its_city(
    service: RunningService,
) -> None:
    fact = sealed_complaint(service)
    await hear(service, fact)
    [routed] = await staged(service)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.complaint_id, routed.agency.code, routed.verifier.code) == (fact.complaint_id, ROADS, CITY)
    assert (routed.rule, routed.agency.zone, routed.filed_at) == ("field", "Asia/Jakarta", MONDAY)
    [case] = await rows_of(service, "SELECT * FROM cases")
    assert (case.state, case.holder, case.verifier, case.sealed) == ("UNVERIFIED", ROADS, CITY, fact.sealed)


@pytest.mark.parametrize(
    ("changes", "agency", "verifier", "rule", "unknown"),
    [
        ({"agency": "K9"}, "K9", "K9", "named", ()),
        ({"agency": "NOPE"}, ROADS, CITY, "field", ("agency",)),
        ({"agency": "K9", "region": "99"}, "K9", "K9", "named", ("region",)),
        ({"region": "99.99"}, "NAS", "NAS", "national", ("region",)),
        ({"region": "35.99"}, "35.DPUPR", "35", "field", ("region",)),
        ({"region": "35.78.01.1001"}, ROADS, CITY, "field", ()),
        ({"region": None}, "NAS", "NAS", "national", ()),
    ],
)
async def test_a_complaint_with_an_unknown_region_or_agency_is_assigned(
    service: RunningService,
    changes: dict[str, str | None],
    agency: str,
    verifier: str,
    rule: str,
    unknown: tuple[str, ...],
) -> None:
    await hear(service, sealed_complaint(service, **changes))
    [routed] = await staged(service)
    assert isinstance(routed, ComplaintRouted)
    assert (routed.agency.code, routed.verifier.code, routed.rule) == (agency, verifier, rule)
    assert routed.explanation
    assert routed.unknown == unknown


async def test_a_complaint_received_twice_has_one_case_and_one_event(service: RunningService) -> None:
    fact = sealed_complaint(service)
    await hear(service, fact, fact)
    await hear(service, fact)
    assert len(await staged(service)) == len(await rows_of(service, "SELECT 1 FROM cases")) == 1
    assert not await rows_of(service, "SELECT 1 FROM parked")


async def test_an_empty_batch_does_nothing(service: RunningService) -> None:
    await hear(service)
    assert not await staged(service)


async def test_a_narrative_that_cannot_be_opened_is_parked_alone(service: RunningService) -> None:
    id = uuid4()
    strange = Vault(b"x" * 32).seal("{}", str(id))
    good, bad = sealed_complaint(service), sealed_complaint(service, id, sealed=strange)
    moved = sealed_complaint(service, sealed=good.sealed)
    await hear(service, bad, good, moved)
    assert [case.id for case in await rows_of(service, "SELECT id FROM cases")] == [good.complaint_id]
    parked = await rows_of(service, "SELECT key, error FROM parked ORDER BY seq")
    assert [row.key for row in parked] == [str(id), str(moved.complaint_id)]
    assert all("Unopenable" in row.error for row in parked)


async def test_no_word_of_an_official_or_reporter_is_published_or_stored_in_clear(service: RunningService) -> None:
    async with client_of(service) as client:
        id = await assigned(service)
        await verify(client, service, id)
        for act, day in (("follow-ups", "Kamis"), ("answers", "Jumat")):
            text = f"Lubang di tikungan kami tambal {day} lalu"
            assert (await post(client, service, id, act, "liaison", ROADS, text=text)).status_code == 201
    values = "".join(row.value for row in await rows_of(service, "SELECT value FROM outbox"))
    for words in (NARRATIVE, "Jalan rusak", "Jalan Contoh", "tambal"):
        assert words not in values
    kept = str(await rows_of(service, "SELECT * FROM cases")) + str(await rows_of(service, "SELECT * FROM acts"))
    assert NARRATIVE not in kept and "tambal" not in kept


async def test_three_hundred_complaints_are_assigned_in_one_batch(service: RunningService) -> None:
    await hear(service, *(sealed_complaint(service) for _ in range(300)))
    assert len(await staged(service)) == 300
    assert service.state.agency(ROADS).parent == CITY


@pytest.fixture(scope="module")
def directory() -> Directory:
    return directory_of(read_agencies({"35.01", "35.78", "73.71"}))


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return read_lexicon()


@pytest.mark.parametrize(
    ("region", "text", "named", "agency", "tier", "rule"),
    [
        ("35.78", "jalan berlubang", None, "35.78.DPUPR", "unit", "field"),
        ("35.78.02", "jalan berlubang", None, "35.78.DPUPR", "unit", "field"),
        ("35.78.02.1001", "jalan berlubang", None, "35.78.DPUPR", "unit", "field"),
        ("35", "jalan berlubang", None, "35.DPUPR", "unit", "field"),
        ("35.01", "dana desa tidak jelas", None, "35.01.DPMD", "unit", "field"),
        ("35.78", "air pdam mati", None, "35.78.PDAM", "company", "field"),
        ("35.78", "listrik padam", None, "PLN.35", "company", "field"),
        ("35", "air pdam mati", None, "35", "province", "region"),
        ("35", "rumah kebakaran, mohon damkar", None, "35", "province", "region"),
        ("35.78", "surat ahli waris", None, "35.78", "city", "region"),
        ("35.78", "terima kasih", None, "35.78", "city", "region"),
        ("35.01", "terima kasih", None, "35.01", "regency", "region"),
        ("99.99", "jalan berlubang", None, "NAS", "national", "national"),
        (None, "jalan berlubang", None, "NAS", "national", "national"),
        ("", "", None, "NAS", "national", "national"),
        ("35.78", "jalan berlubang", "35.78.DINKES", "35.78.DINKES", "unit", "named"),
        ("35.78", "jalan berlubang", "dinas kesehatan kota surabaya", "35.78.DINKES", "unit", "named"),
        (None, "jalan berlubang", " k9 ", "K9", "ministry", "named"),
        ("35.78", "jalan berlubang", "Dinas Sihir", "35.78.DPUPR", "unit", "field"),
        ("35.78.DINKES", "jalan berlubang", None, "35.78.DPUPR", "unit", "field"),
        ("NAS", "jalan berlubang", None, "NAS", "national", "national"),
    ],
)
def test_an_assignment_follows_name_region_and_field(
    directory: Directory,
    lexicon: Lexicon,
    region: str | None,
    text: str,
    named: str | None,
    agency: str,
    tier: str,
    rule: str,
) -> None:
    given = assign(directory, lexicon, text=text, region=region, named_agency=named)
    assert (given.agency, given.tier, given.rule) == (agency, tier, rule)


@pytest.mark.parametrize(
    ("region", "text", "named", "explanation"),
    [
        (
            "35.78",
            "Aspal di depan rumah Pak Contoh NIK 1234 mengelupas",
            None,
            "Diteruskan ke Dinas Pekerjaan Umum dan Penataan Ruang Kota Surabaya karena laporan menyangkut bidang "
            "Pekerjaan umum, jalan, dan drainase (kata: aspal, mengelupas).",
        ),
        (
            "35.78",
            "surat warisnya",
            None,
            "Diteruskan ke Pemerintah Kota Surabaya karena wilayah ini tidak memiliki unit untuk bidang "
            "Kewilayahan dan pemerintahan desa (kata: waris).",
        ),
        (
            "73.71",
            "halo",
            None,
            "Diteruskan ke Pemerintah Kota Makassar karena isi laporan belum cukup menunjuk satu bidang urusan.",
        ),
        ("35.78", "halo", "K9", "Diteruskan ke Kementerian Kesehatan karena pelapor menyebut instansi ini."),
        (
            None,
            "halo",
            None,
            "Diteruskan ke Kementerian Pendayagunaan Aparatur Negara dan Reformasi Birokrasi karena wilayah laporan "
            "tidak diketahui.",
        ),
    ],
)
def test_the_explanation_gives_the_reason_and_quotes_only_the_lexicon(
    directory: Directory, lexicon: Lexicon, region: str | None, text: str, named: str | None, explanation: str
) -> None:
    assert assign(directory, lexicon, text=text, region=region, named_agency=named).explanation == explanation


@pytest.mark.parametrize(("named", "agency"), [("dprd-sby", "dprd-sby"), ("k9", "k9"), ("K9", "K9"), ("bps", "BPS")])
def test_a_code_is_found_as_its_operator_spells_it(lexicon: Lexicon, tmp_path: Path, named: str, agency: str) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        "code,name,tier,parent,region,zone,field\ndprd-sby,DPRD,unit,35.78,35.78,WIB,\nk9,Lain,unit,35.78,35.78,WIB,\n"
    )
    listed = directory_of(read_agencies({"35.78"}, overlay=own))
    assert assign(listed, lexicon, text="halo", named_agency=named).agency == agency


def test_matches_and_scores_are_given_as_data(directory: Directory, lexicon: Lexicon) -> None:
    given = assign(directory, lexicon, text="jalan berlubang, lampu padam", region="35.78")
    assert given.scores == scores_of(given.matches)
    assert {"roads", "transport"} <= set(given.scores)
    assert "jalan berlubang" in {match.phrase for match in given.matches}


def test_a_long_text_is_assigned_quickly(directory: Directory, lexicon: Lexicon) -> None:
    text = "Jalan berlubang di depan puskesmas, lampu PJU padam dan pohon tumbang menutup saluran air. " * 100
    started = time.process_time()
    assign(directory, lexicon, text=text, region="35.78")
    assert time.process_time() - started < 0.1
