from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from hepcoder.agents.models.shared_http import next_over, shared_http


def replies() -> Iterator[str]:
    """Two replies, each asked for when it is wanted, as a chat model does."""
    for number in range(2):
        yield shared_http().post("http://nowhere.invalid/v1", content=str(number)).text


def transport(name: str) -> httpx2.BaseTransport:
    return httpx2.MockTransport(lambda request: httpx2.Response(200, text=f"{name}{request.read().decode()}"))


def test_each_trial_asks_over_its_own_transport() -> None:
    first, second = transport("a"), transport("b")
    of_first, of_second = replies(), replies()
    assert next_over(first, of_first) == "a0"
    assert next_over(second, of_second) == "b0"
    assert next_over(first, of_first) == "a1"
    assert next_over(first, of_first) is None
    assert next_over(second, of_second) == "b1"


def test_trials_in_threads_do_not_mix() -> None:
    def ask(name: str) -> list[str | None]:
        mine, chunks = transport(name), replies()
        return [next_over(mine, chunks) for _ in range(2)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, "abcdefgh" * 20))
    assert found == [[f"{name}0", f"{name}1"] for name in "abcdefgh" * 20]


def test_a_request_outside_of_any_trial_is_refused() -> None:
    with pytest.raises(LookupError):
        shared_http().get("http://nowhere.invalid/v1")
