"""What happens next is said of every state."""

from typing import get_args

import httpx
import pytest

from services.intake.domain.prospects import NEXT
from shared.vocabulary import State
from tests.intake.citizen import receipt


@pytest.mark.parametrize("state", get_args(State))
def test_each_state_has_a_whole_sentence(state: State) -> None:
    assert NEXT[state][0].isupper() and NEXT[state].endswith(".") and "{" not in NEXT[state]


async def test_the_page_says_what_happens_next(client: httpx.AsyncClient) -> None:
    reference = (await receipt(client))["tracking_reference"]
    assert NEXT["UNVERIFIED"] in (await client.get(f"/intake/pages/complaints/{reference}")).text
