"""The page at `/`: it leads to whatever this address offers, in Indonesian, without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from shared.http.pages import SHARED, Pages
from shared.identity.callers import public
from shared.service import RunningService


@dataclass(frozen=True, slots=True)
class Door:
    """A page that people use: its service, its path, and what it is for."""

    service: str
    path: str
    name: str
    purpose: str


DOORS = (
    Door("intake", "/intake/", "Buat laporan", "Sampaikan pengaduan, aspirasi, atau permintaan informasi."),
    Door("intake", "/intake/#follow", "Ikuti laporan", "Lihat status dan riwayat dengan nomor lacak."),
    Door("sla", "/sla/", "Papan tenggat", "Angka tahun ini dan laporan yang paling lama melewati tenggat."),
    Door("sla", "/sla/#silences", "Laporan yang paling lama tanpa kabar", "Daftar terbuka, diperbarui setiap menit."),
)


def router(services: Sequence[RunningService[Any]]) -> APIRouter:
    """The page of a process that runs these services.

    In production a gateway leads all services to one public address, and the page names the doors of all of them.
    """
    pages, routes = Pages(SHARED), APIRouter(include_in_schema=False)
    routes.add_api_route("/pages/style.css", pages.style)
    names = {service.name for service in services}
    gateway = next((one.settings.public_url for one in services if one.settings.environment == "production"), "")
    doors = [door for door in DOORS if gateway or door.service in names]

    @routes.get("/")
    @public
    async def show_home() -> Response:
        return pages.show("home.html", kept_seconds=60, doors=doors, begin=gateway.rstrip("/"))

    return routes
