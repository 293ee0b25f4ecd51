"""What an error says to a person, in Indonesian and English."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from shared.fields import CODE, IDEMPOTENCY_KEY, NO_PHONE, PHONE

LONGEST_NAME = 64

TITLES: Mapping[int, tuple[str, str]] = {
    400: ("Permintaan tidak dapat dibaca.", "The request cannot be read."),
    401: ("Kredensial yang sah diperlukan.", "Valid credentials are required."),
    403: ("Tindakan ini tidak diizinkan.", "This is not permitted."),
    404: ("Alamat ini tidak ada.", "There is nothing at this address."),
    405: ("Metode ini tidak tersedia di sini.", "This method is not available here."),
    409: ("Permintaan tidak sesuai dengan keadaan saat ini.", "The request does not fit the present state."),
    413: ("Isi permintaan terlalu besar.", "The request body is too large."),
    415: ("Jenis isi ini tidak didukung.", "This content type is not supported."),
    422: ("Isi permintaan tidak dapat diterima.", "The request is not acceptable."),
    500: ("Terjadi kesalahan di pihak kami.", "Something failed on our side."),
    503: ("Layanan sedang terganggu; coba lagi sebentar lagi.", "The service is disturbed; try again shortly."),
}

# Source of the keys: pydantic's error types; `{…}` are the values of its `ctx`.
INDONESIAN: Mapping[str, str] = {
    "missing": "wajib diisi",
    "extra_forbidden": "tidak dikenal",
    "json_invalid": "bukan JSON yang sah",
    "string_type": "harus berupa teks",
    "string_too_short": "paling sedikit {min_length} karakter",
    "string_too_long": "paling banyak {max_length} karakter",
    "string_pattern_mismatch": "tidak sesuai pola",
    "shape": "{shape}",
    "email": "bukan alamat surel yang sah",
    "phone": "bukan nomor telepon yang sah",
    "string_unicode": "bukan teks Unicode yang sah",
    "too_long": "paling banyak {max_length} unsur",
    "too_short": "paling sedikit {min_length} unsur",
    "bool_type": "harus benar atau salah",
    "bool_parsing": "harus benar atau salah",
    "int_type": "harus bilangan bulat",
    "int_parsing": "harus bilangan bulat",
    "int_from_float": "harus bilangan bulat",
    "int_parsing_size": "bilangan terlalu besar",
    "float_type": "harus bilangan",
    "float_parsing": "harus bilangan",
    "finite_number": "harus bilangan terhingga",
    "greater_than": "harus lebih dari {gt}",
    "less_than": "harus kurang dari {lt}",
    "greater_than_equal": "paling kecil {ge}",
    "less_than_equal": "paling besar {le}",
    "list_type": "harus berupa daftar",
    "dict_type": "harus berupa objek",
    "model_type": "harus berupa objek",
    "tuple_type": "harus berupa daftar",
    "set_type": "harus berupa daftar",
    "model_attributes_type": "harus berupa objek",
    "literal_error": "harus salah satu dari {expected}",
    "enum": "harus salah satu dari {expected}",
    "uuid_parsing": "bukan UUID yang sah",
    "uuid_type": "bukan UUID yang sah",
    "datetime_parsing": "bukan waktu yang sah",
    "datetime_from_date_parsing": "bukan waktu yang sah",
    "timezone_aware": "memerlukan zona waktu",
    "datetime_type": "bukan waktu yang sah",
    "iso_moment": "harus waktu ISO 8601, misalnya 2025-07-07T08:59:00+07:00",
    "iso_day": "harus tanggal ISO 8601, misalnya 2025-07-07",
    "date_type": "bukan tanggal yang sah",
    "date_from_datetime_inexact": "bukan tanggal yang sah",
    "date_parsing": "bukan tanggal yang sah",
    "date_from_datetime_parsing": "bukan tanggal yang sah",
    "control_characters": "mengandung karakter kendali",
    "line_breaks": "harus satu baris",
    "absurd_moment": "harus di antara tahun 2000 dan 2100",
    "union_tag_invalid": "bukan jenis yang dikenal",
    "value_error": "{error}",
}


# Where pydantic's own words repeat a part of what was sent.
ENGLISH: Mapping[str, str] = {
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "Input is of no known kind",
}

# What a text is that does not fit its pattern, in both languages.
SHAPES: Mapping[str, tuple[str, str]] = {
    CODE: ("bukan kode yang sah, misalnya 35.78", "String should be a code, such as 35.78"),
    PHONE: ("bukan nomor telepon yang sah", NO_PHONE),
    IDEMPOTENCY_KEY: (
        "harus 1 sampai 200 karakter ASCII tanpa spasi",
        "String should have 1 to 200 ASCII characters and no space",
    ),
}


def title(status: int, language: str) -> str:
    indonesian, english = TITLES.get(status, TITLES[500 if status >= 500 else 422])
    return indonesian if language == "id" else english


@lru_cache(maxsize=256)
def language_of(accepted: str | None) -> str:
    """`id` or `en`, by the weights of an Accept-Language header; Indonesian where it prefers neither."""
    weights = {"id": 0.0, "en": 0.0}
    for part in (accepted or "").lower().split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)", parameters)
        code = tag.split("-")[0]
        if code in weights:
            weights[code] = max(weights[code], float(weight[1]) if weight else 1.0)
    return "en" if weights["en"] > weights["id"] else "id"


def explain(error: Mapping[str, Any], language: str) -> dict[str, str]:
    """One validation error: the field by its path, and what is wrong with it. The refused input is never repeated."""
    error = _of_shape(_of_text(error))
    path = [_readable(str(part)) for part in error["loc"]]
    where, field = path[0], ".".join(path[1:]) or path[0]
    english = ENGLISH.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    reason = english if language == "en" else _indonesian(error, english)
    return {"in": where, "field": field, "reason": reason}


def _of_text(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A length limit behind a validator is reported in items, even where what was refused is a text."""
    lengths = {"too_long": ("at most", "max_length"), "too_short": ("at least", "min_length")}
    if error["type"] not in lengths or not isinstance(error.get("input"), str):
        return error
    bound, limit = lengths[error["type"]]
    message = f"String should have {bound} {error['ctx'][limit]} characters"
    return {**error, "type": f"string_{error['type']}", "msg": message}


def _of_shape(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """A pattern is for machines; where we know what it is the pattern of, that is said instead."""
    shape = SHAPES.get(error["ctx"]["pattern"]) if error["type"] == "string_pattern_mismatch" else None
    return {**error, "type": "shape", "msg": shape[1], "ctx": {"shape": shape[0]}} if shape else error


def _readable(name: str) -> str:
    """A field's name as the caller wrote it; one that is no name is cut short."""
    return name[:LONGEST_NAME].encode(errors="replace").decode()


def _indonesian(error: Mapping[str, Any], english: str) -> str:
    template, values = INDONESIAN.get(error["type"]), dict(error.get("ctx", {}))
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace("' or '", "' atau '")
    try:
        return template.format(**values) if template else english
    except (KeyError, IndexError):
        return english
