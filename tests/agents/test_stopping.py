import threading
import time

import pytest

from hepcoder.agents.stopping import closed_on_stop


class Client:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


class Failing(Client):
    def close(self) -> None:
        super().close()
        message = "this client does not close"
        raise RuntimeError(message)


def watchers() -> int:
    return sum(thread.name == "hepcoder-stop" for thread in threading.enumerate())


def wait_for_watchers(most: int) -> int:
    """The watchers that are left when there are not more than `most`, or after 10 s."""
    deadline = time.monotonic() + 10
    while watchers() > most and time.monotonic() < deadline:
        time.sleep(0.05)
    return watchers()


def test_one_thread_closes_all_clients_of_a_stop_at_once() -> None:
    stop, first, second = threading.Event(), Client(), Client()
    before = watchers()
    with closed_on_stop(first, stop), closed_on_stop(second, stop):
        assert watchers() == before + 1
        asked = time.monotonic()
        stop.set()
        assert first.closed.wait(5)
        assert second.closed.wait(5)
        assert time.monotonic() - asked < 0.5


def test_a_client_whose_trial_is_over_is_left_alone() -> None:
    stop, over, at_work = threading.Event(), Client(), Client()
    with closed_on_stop(at_work, stop):
        with closed_on_stop(over, stop):
            pass
        stop.set()
        assert at_work.closed.wait(5)
    assert not over.closed.is_set()


def test_a_client_that_begins_after_the_stop_is_closed_too() -> None:
    stop, late = threading.Event(), Client()
    with closed_on_stop(Client(), stop):
        stop.set()
    with closed_on_stop(late, stop):
        assert late.closed.wait(5)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_client_that_fails_to_close_keeps_no_other_open() -> None:
    stop, broken, other = threading.Event(), Failing(), Client()
    before = watchers()
    with closed_on_stop(other, stop), closed_on_stop(broken, stop):
        stop.set()
        assert broken.closed.wait(5)
        assert other.closed.wait(5)
    assert wait_for_watchers(before) <= before


def test_the_thread_ends_when_nothing_is_left_to_close() -> None:
    stop = threading.Event()
    before = watchers()
    with closed_on_stop(Client(), stop):
        pass
    assert wait_for_watchers(before) <= before
