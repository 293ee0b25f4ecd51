"""Sentences: one for each event of a complaint, with the names of agencies."""

from uuid import UUID

from services.intake.domain.sentences import SENTENCES, UNKNOWN_EVENT
from services.intake.domain.wording import agency_names, agency_zones, sentence, told_late
from services.intake.handlers import HANDLERS, UNHEARD
from shared.events import COMPLAINTS, FACTS, LawViolated
from tests import make
from tests.make import ROADS

COMPLAINT = UUID(int=7)


def test_every_event_of_a_complaint_is_handled_and_has_a_sentence() -> None:
    kinds = {
        fact
        for name, fact in FACTS.items()
        if fact.topic == COMPLAINTS and fact.__module__.startswith("shared.events.") and name not in UNHEARD
    }
    assert set(HANDLERS) == kinds
    # A report of the auditor makes intake say a filing again; a timeline does not tell it.
    assert set(SENTENCES) == {kind.__name__ for kind in kinds - {LawViolated}}


def test_a_sentence_names_the_agency_that_an_earlier_event_introduced() -> None:
    names = agency_names([{"agency": make.ref(ROADS).model_dump()}, {"clock": "follow_up", "agency": ROADS}])
    assert sentence("DeadlineMissed", {"clock": "follow_up", "agency": ROADS}, names) == (
        f"Batas waktu tindak lanjut pertama terlewati oleh {make.ref(ROADS).name}."
    )


def test_a_limit_that_is_near_or_missed_is_given_in_the_zone_of_its_agency() -> None:
    """The midnight after a day is 24:00 of that day, in Makassar as in Jakarta."""
    details = {"clock": "follow_up", "agency": "73", "percent": 80, "due_at": "2025-09-09T16:00:00Z"}
    zones = agency_zones(
        [{"agency": {"code": "73", "zone": "Asia/Makassar"}}, {"agency": {"code": "9", "zone": "Mars"}}]
    )
    assert zones == {"73": "Asia/Makassar"}
    assert sentence("DeadlineNear", details, {}, zones).endswith("Batas akhirnya 9 September 2025 pukul 24.00 WITA.")
    assert sentence("DeadlineMissed", details, {}, zones).endswith("adalah 9 September 2025 pukul 24.00 WITA.")
    assert sentence("DeadlineMissed", details, {}).endswith("adalah 9 September 2025 pukul 23.00 WIB.")


def test_a_second_look_is_told_and_what_is_sent_back_is_not_called_a_dispute() -> None:
    answered = sentence("ComplaintAnswered", {"agency": ROADS, "reviewer": "35.78"}, {"35.78": "Kota"})
    assert answered.endswith("Kota turut memeriksa jawaban ini.")
    back = sentence("ComplaintReopened", {"agency": ROADS, "state": "IN_PROGRESS", "sent_back_by": "35.78"}, {})
    assert back == f"35.78 meminta jawaban diperbaiki; laporan ditangani kembali oleh {ROADS}."


def test_what_begins_anew_before_its_verification_is_not_said_to_be_handled() -> None:
    city = make.ref("35.78").model_dump(mode="json")
    anew = {"agency": make.ref(ROADS).model_dump(mode="json"), "state": "UNVERIFIED", "verifier": city}
    assert sentence("ComplaintReopened", anew, {}) == (
        f"Pelapor membuka kembali laporan; laporan menunggu verifikasi {city['name']}."
    )
    assert sentence("AppealDecided", {**anew, "upheld": True}, {}) == (
        f"Banding pelapor dikabulkan; laporan menunggu verifikasi {city['name']}."
    )


def test_no_agency_is_named_for_what_it_may_not_have_said() -> None:
    """An official above may say that no danger is left; the holder of a whole answers nothing itself."""
    lifted = make.all_clear(COMPLAINT).model_dump(mode="json")
    assert sentence("UrgencyLifted", lifted, {}) == "Petugas menyatakan tidak ada bahaya bagi nyawa."
    disclosed = make.disclosed(COMPLAINT).model_dump(mode="json")
    assert sentence("SensitivityLifted", disclosed, {}) == "Petugas menyatakan laporan tidak lagi sensitif."
    whole = make.answered(COMPLAINT, window=0).model_dump(mode="json")
    assert sentence("ComplaintAnswered", whole, {}) == "Laporan selesai dijawab."
    together = make.answered(COMPLAINT).model_copy(update={"shared": True}).model_dump(mode="json")
    assert sentence("ComplaintAnswered", together, {}).startswith("Laporan dijawab bersama laporan lain")


def test_an_offer_names_no_days_since_its_limit_is_data_and_a_file_is_not_handed_over_yet() -> None:
    assert not any(letter.isdigit() for letter in sentence("OmbudsmanOffered", {"agency": ROADS}, {}))
    assert f"{ROADS} akan menyerahkan berkasnya" in sentence("ComplaintReferred", {"agency": ROADS}, {})


def test_until_when_a_question_waits_is_not_told_once_it_was_answered() -> None:
    """What sla says after an outage may come after the answer."""
    limit, other = ("LimitSet", {"clock": "hold"}), ("LimitSet", {"clock": "resolution"})
    held, done = ("ComplaintHeld", {}), ("ComplaintCompleted", {})
    assert not any(told_late([limit, held, limit, done, other, held, limit]))
    assert [*told_late([held, done, limit, other, ("FollowUpRecorded", {}), limit])] == [
        False, False, True, False, False, True,
    ]  # fmt: skip


def test_a_routing_says_what_the_reporter_named_and_nobody_knows() -> None:
    routed = {"agency": "NAS", "verifier": "NAS", "unknown": ["region", "agency", "of a later release"]}
    assert sentence("ComplaintRouted", routed, {}).endswith(
        "Kode wilayah dalam laporan tidak dikenal. Instansi yang dituju dalam laporan tidak dikenal."
    )
    assert sentence("ComplaintRouted", {**routed, "unknown": []}, {}).endswith("menunggu verifikasi NAS.")


def test_an_unsure_escalation_says_so_and_a_withdrawal_says_why() -> None:
    climb = {"clock": "follow_up", "step": 2, "agency": ROADS}
    sure, unsure = (sentence("ComplaintEscalated", {**climb, "unsure_since": at}, {}) for at in (None, "2025-07-07"))
    assert unsure.startswith(sure) and "tidak menerima kabar" in unsure and "tidak menerima kabar" not in sure
    never = sentence("ComplaintEscalated", {**climb, "unsure_since": "1970-01-01T00:00:00.000001Z"}, {})
    assert never.startswith(sure) and "belum pernah menerima kabar" in never and "Sejak" not in never
    back = {**climb, "steps": [2]}
    reasons = [sentence("EscalationWithdrawn", {**back, "reason": why}, {}) for why in ("acted", "passed_on", "later")]
    assert "telah bertindak" in reasons[0] and "telah diteruskan" in reasons[1] and len(set(reasons)) == 3
    assert sentence("EscalationWithdrawn", {**back, "steps": []}, {}).startswith("Pengingat")
    unattended = sentence("EscalationWithdrawn", {**back, "clock": "life", "agency": "NAS", "reason": "acted"}, {})
    assert "belum ditangani instansi mana pun dicabut" in unattended and "NAS" not in unattended


def test_a_sentence_falls_back_to_the_code_and_an_unknown_event_to_a_plain_one() -> None:
    assert sentence("FollowUpRecorded", {"agency": "35"}, {}).startswith("35 ")
    assert sentence("SomethingOfALaterRelease", {}, {}) == UNKNOWN_EVENT


def test_a_follow_up_says_until_when_there_will_be_news() -> None:
    said = sentence("FollowUpRecorded", {"agency": "35", "next_date": "2025-07-21"}, {})
    assert said == "35 menyampaikan tindak lanjut. Kabar berikutnya paling lambat 21 Juli 2025."
    # Of a follow-up of an earlier release no date is known.
    assert sentence("FollowUpRecorded", {"agency": "35", "next_date": None}, {}) == "35 menyampaikan tindak lanjut."


def test_a_correction_says_what_was_corrected_and_an_order_not_what_was_ordered() -> None:
    assert sentence("ComplaintCorrected", {"agency": "35", "kind": None}, {}) == (
        "Judul laporan diperbaiki oleh pemverifikasi."
    )
    assert sentence("ComplaintCorrected", {"agency": "35", "kind": "aspiration"}, {}) == (
        "Jenis laporan diperbaiki oleh pemverifikasi menjadi Aspirasi."
    )
    many = {"classification": "supervisory", "field": "roads", "field_name": "Jalan", "region_name": "Kota Surabaya"}
    assert sentence("ComplaintCorrected", {"agency": "35", "kind": None, **many}, {}) == (
        "Data laporan diperbaiki oleh pemverifikasi: klasifikasi menjadi pengaduan berkadar pengawasan, bidang menjadi "
        "Jalan, wilayah menjadi Kota Surabaya. Batas waktu yang bergantung padanya dihitung kembali."
    )
    assert sentence("OrderGiven", {"agency": "35"}, {}) == "Pimpinan memberi arahan kepada 35."
    assert sentence("AnswerEndorsed", {"agency": "35"}, {}) == "Jawaban 35 diperiksa ulang dan dinyatakan sesuai."
    assert sentence("OrderAcknowledged", {"agency": "35"}, {}) == "35 mengonfirmasi arahan pimpinan."


def test_a_climb_says_why_it_goes_on() -> None:
    climb = {"step": 3, "clock": "resolution", "agency": ROADS}
    assert sentence("ComplaintEscalated", climb, {}).startswith("Laporan naik ke jenjang 3 ")
    assert "jenjang 9 (jenjang tertinggi dan admin nasional)" in sentence(
        "ComplaintEscalated", {**climb, "step": 9}, {}
    )
    again = sentence("ComplaintEscalated", {**climb, "round": 2}, {})
    assert again == (
        "Batas waktu penyelesaian masih terlewati; laporan naik lagi ke jenjang 3"
        " (jenjang tertinggi dan admin nasional),"
        " ulangan ke-2."
    )
    offered = sentence("ComplaintEscalated", {**climb, "clock": "ombudsman", "round": 1}, {})
    assert "sejak tawaran ke Ombudsman" in offered and "sebelum" not in offered
    on = sentence("ComplaintEscalated", {**climb, "instead_of": [{"agency": ROADS, "role": "leader"}]}, {})
    assert on == "Laporan disampaikan kepada pejabat berikutnya, karena pejabat di jenjang 3 tidak terjangkau."
    assert "admin nasional" in sentence("ComplaintEscalated", {**climb, "clock": "life"}, {})


def test_a_promise_is_told_with_its_number_and_its_day() -> None:
    made = make.promised(COMPLAINT, due_on="2025-09-15").model_dump(mode="json")
    name = make.ref(ROADS).name
    assert sentence("PromiseMade", made, {}) == f"{name} berjanji (janji ke-1), paling lambat 15 September 2025."
    kept = make.promise_kept(COMPLAINT, make.utc("09-02 03:00")).model_dump(mode="json")
    assert sentence("PromiseKept", kept, {}) == f"{name} menyatakan janji ke-1 dipenuhi; batasnya 15 September 2025."
    moved = make.promise_moved(COMPLAINT, make.utc("09-02 03:00")).model_dump(mode="json")
    assert sentence("PromiseMoved", moved, {}).endswith("menjadi paling lambat 22 September 2025.")


def test_a_draft_is_told_without_its_words() -> None:
    name = make.ref(ROADS).name
    drafted = make.drafted(COMPLAINT).model_dump(mode="json")
    assert sentence("AnswerDrafted", drafted, {}) == f"Jawaban {name} sedang disetujui."
    returned = make.draft_returned(COMPLAINT, reason="forwarded").model_dump(mode="json")
    assert sentence("AnswerReturned", returned, {}) == (
        "Jawaban yang sedang disetujui tidak diterbitkan, karena laporan didisposisikan."
    )


def test_an_answer_says_until_when_its_reporter_may_reply_in_the_zone_of_its_agency() -> None:
    until = {"agency": "91.71", "reply_until": make.utc("09-15 15:00").isoformat()}
    said = [sentence("ComplaintAnswered", until, {}, zones) for zones in ({}, {"91.71": "Asia/Jayapura"})]
    assert said[0].endswith("Pelapor dapat menerima atau membantahnya sampai 15 September 2025 pukul 22.00 WIB.")
    assert said[1].endswith("Pelapor dapat menerima atau membantahnya sampai 15 September 2025 pukul 24.00 WIT.")
    assert (
        sentence("ComplaintAnswered", {"agency": "91.71", "reply_until": None}, {})
        == "91.71 menyampaikan jawaban akhir."
    )
