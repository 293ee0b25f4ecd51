"""Ratings: what a reporter judges after an answer, with points from 1 to 4 for each aspect, whose sum decides nothing.

The names of the points are those of the survey of public satisfaction (PermenPANRB 14/2017).
"""

from collections.abc import Mapping
from typing import Literal

Aspect = Literal["speed", "clarity", "outcome", "courtesy"]
ASPECT_NAMES: Mapping[Aspect, str] = {
    "speed": "Kecepatan penanganan",
    "clarity": "Kejelasan jawaban",
    "outcome": "Hasil penyelesaian",
    "courtesy": "Sikap petugas",
}
POINT_NAMES: Mapping[int, str] = {1: "tidak puas", 2: "kurang puas", 3: "puas", 4: "sangat puas"}
