"""The directory of a simulation: seats that are vacant from the start, and what changes halfway."""

from collections.abc import Mapping, Sequence

UNITS: Mapping[str, Sequence[str]] = {
    "35.78": ("DPUPR", "DISHUB", "DLH", "DINSOS"),
    "91.71": ("DPUPR", "DISHUB", "DLH", "DINSOS"),
}
CITY, ROADS, TRANSPORT = "35.78", "35.78.DPUPR", "35.78.DISHUB"
# This agency leaves the directory halfway.
LEAVES = "35.78.LAMA"
# Leaders who are in the directory and cannot be reached.
DEAD_ADDRESSES = frozenset({"pimpinan.dpupr@35-78.go.example", "pimpinan.dishub@91-71.go.example"})

HEADER = (
    "code,name,tier,parent,region,zone,field,liaison,liaison_email,coordinator,coordinator_email,leader,leader_email,"
    "approver\n"
)
SOCIAL = "91.71.DINSOS,Dinas Sosial,unit,91.71,91.71,WIT,social,Penghubung,p@jpr.example,,,Kepala,,none\n"
# The leaders of these approve its answers; of one the leader is vacant, and of another cannot be reached.
APPROVED = (
    "91.71.DLH,Dinas LH,unit,91.71,91.71,WIT,environment,Penghubung,dlh@jpr.example,,,Kepala,kepala@jpr.example,"
    "leader\n"
    f"{TRANSPORT},Dinas Perhubungan,unit,{CITY},{CITY},WIB,transport,Penghubung,dishub@kota.example,,,Kepala,,leader\n"
    f"{ROADS},Dinas PU,unit,{CITY},{CITY},WIB,roads,Penghubung,dpu@kota.example,,,Kepala,"
    "pimpinan.dpupr@35-78.go.example,leader\n"
)
BEFORE = (
    HEADER
    + f"{LEAVES},Dinas Lama,unit,35.78,35.78,WIB,,Penghubung,lama@kota.example,,,Kepala,kepala.lama@kota.example,none\n"
    + "35.78.DLH,Dinas LH,unit,35.78,35.78,WIB,environment,Penghubung,,,,Kepala,,none\n"
    + SOCIAL
    + APPROVED
)
# A seat is filled, another falls vacant, and one agency is gone.
AFTER = (
    HEADER
    + "35.78.DLH,Dinas LH,unit,35.78,35.78,WIB,environment,Penghubung,dlh@kota.example,,,Kepala,,none\n"
    + "91.71,Pemerintah Kota Jayapura,city,91,91.71,WIT,,,,Koordinator,,Wali Kota,,\n"
    + SOCIAL
    + APPROVED
)
