"""Fetching weights over HTTP: cuts, wrong bytes, short files, closed networks, full disks."""

import hashlib
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hepcoder.agents.models.weights import find_weights, install_weights, pull_weights, weights_named
from hepcoder.agents.models.weights_progress import Progress
from hepcoder.agents.models.weights_store import cache_folder, weights_path
from hepcoder.agents.models.weights_table import DigestError, UnknownWeightsError, Weights, WeightsError

BYTES = bytes(range(256)) * 12_000  # 3 MB


class Hub(ThreadingHTTPServer):
    """A file server that may cut its answers, lie about bytes or about lengths."""

    daemon_threads = True
    body = BYTES
    cut_after: int | None = None
    status: int | None = None
    ranges: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file.gguf"


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.server.status is not None:
            self.send_error(self.server.status)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        body = self.server.body[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        if asked:
            total = len(self.server.body)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        self.wfile.write(body[: self.server.cut_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub(("127.0.0.1", 0), _Answer)
    server.ranges = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HEPCODER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def row(url: str | None, *, data: bytes = BYTES) -> Weights:
    return Weights(
        name="tiny",
        file_name="tiny.gguf",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="CC0-1.0",
        context_tokens=512,
        kv_bytes_per_token=1,
        hub_url=url,
        wheels=None,
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_pull_fetches_reports_and_keeps_only_the_file(hub: Hub, cache: Path) -> None:
    seen: list[Progress] = []
    weights = row(hub.url)
    path = pull_weights(weights, progress=seen.append)
    assert path.read_bytes() == BYTES
    assert find_weights(weights) == path
    assert names(path.parent) == {"tiny.gguf", "tiny.gguf.sha256", "tiny.gguf.lock"}
    assert [moment.stage for moment in seen][-2:] == ["checking", "done"]
    assert seen[-1].bytes_done == len(BYTES)
    pull_weights(weights, progress=seen.append)
    assert seen[-1].source == "cache"
    assert len(hub.ranges) == 1


def test_a_cut_is_resumed_where_it_happened(hub: Hub) -> None:
    hub.cut_after = 1_000_000
    path = pull_weights(row(hub.url), progress=lambda _: None)
    assert path.read_bytes() == BYTES
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0 for asked in hub.ranges]
    assert len(starts) >= 4
    assert starts == sorted(set(starts))


def test_a_hub_that_sends_nothing_more_is_given_up_and_resumed_later(hub: Hub) -> None:
    hub.cut_after = 0
    with pytest.raises(WeightsError, match=r"sent 0 of 3,072,000 bytes and no more"):
        pull_weights(row(hub.url), progress=lambda _: None)
    partial = weights_path(row(None)).with_name("tiny.gguf.hub.part")
    partial.write_bytes(BYTES[:2_000_000])
    hub.cut_after = None
    pull_weights(row(hub.url), progress=lambda _: None)
    assert hub.ranges[-1] == "bytes=2000000-"


def test_a_wrong_digest_deletes_the_file_and_says_so(hub: Hub, cache: Path) -> None:
    hub.body = BYTES[:-1] + b"x"
    with pytest.raises(DigestError, match=r"publisher's file has .*; it was deleted"):
        pull_weights(row(hub.url), progress=lambda _: None)
    assert names(cache / "weights") == {"tiny.gguf.lock"}


@pytest.mark.parametrize("body", [BYTES[:-1], BYTES + b"x", b"<html>please log in</html>"])
def test_a_file_of_another_length_is_refused_before_it_is_read(hub: Hub, body: bytes) -> None:
    hub.body = body
    with pytest.raises(WeightsError, match=rf"with '{len(body)}' in place of '3072000'"):
        pull_weights(row(hub.url), progress=lambda _: None)


def test_a_refusal_names_status_and_address(hub: Hub) -> None:
    hub.status = 403
    with pytest.raises(WeightsError, match=r"403 Forbidden .*file\.gguf"):
        pull_weights(row(hub.url), progress=lambda _: None)


def test_a_closed_network_falls_through_quickly(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be reached"):
        pull_weights(row("http://127.0.0.1:9/file.gguf"), progress=lambda _: None)


def test_no_room_is_said_before_anything_is_fetched(hub: Hub) -> None:
    huge = row(hub.url).model_copy(update={"size_bytes": 1 << 60})
    hub.body = BYTES
    with pytest.raises(WeightsError, match="in place of"):
        pull_weights(huge, progress=lambda _: None)


def test_a_disk_that_fills_up_is_its_own_error_and_can_be_resumed(hub: Hub, cache: Path) -> None:
    weights = row(hub.url)
    script = textwrap.dedent("""
        import resource, signal, sys
        from hepcoder.agents.models.weights import Weights, pull_weights
        from hepcoder.agents.models.weights_table import DiskFullError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
        try:
            pull_weights(Weights.model_validate_json(sys.argv[1]), progress=lambda _: None)
        except DiskFullError as error:
            print("full:", error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, weights.model_dump_json()], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("full: no room for the weights of 'tiny'")
    assert 0 < (cache / "weights" / "tiny.gguf.hub.part").stat().st_size <= 1_500_000
    assert pull_weights(weights, progress=lambda _: None).read_bytes() == BYTES
    assert str(hub.ranges[-1]).startswith("bytes=")


def test_a_tampered_cache_is_noticed_and_fetched_again(hub: Hub) -> None:
    weights = row(hub.url)
    path = pull_weights(weights, progress=lambda _: None)
    path.write_bytes(BYTES[:-1] + b"x")
    assert find_weights(weights) is None
    assert pull_weights(weights, progress=lambda _: None).read_bytes() == BYTES
    path.with_name("tiny.gguf.sha256").write_bytes(b"\xff nonsense")
    assert find_weights(weights) == path
    path.write_bytes(BYTES[:-1])
    assert find_weights(weights) is None


def test_install_takes_only_the_publishers_file(tmp_path: Path) -> None:
    weights = row(None)
    mine = tmp_path / "mine.gguf"
    with pytest.raises(WeightsError, match="there is no file"):
        install_weights(weights, mine)
    mine.write_bytes(BYTES[:-1])
    with pytest.raises(DigestError, match="3,071,999 bytes"):
        install_weights(weights, mine)
    mine.write_bytes(BYTES[:-1] + b"x")
    with pytest.raises(DigestError, match="it was deleted"):
        install_weights(weights, mine)
    assert mine.exists()
    mine.write_bytes(BYTES)
    assert install_weights(weights, mine) == find_weights(weights)


def test_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("HEPCODER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "hepcoder"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "hepcoder"


def test_a_cache_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hub: Hub) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEPCODER_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="set HEPCODER_CACHE to another"):
        pull_weights(row(hub.url), progress=lambda _: None)


def test_an_unknown_model_lists_the_known() -> None:
    with pytest.raises(UnknownWeightsError, match=r"'gpt-9'; there are: .*qwen2\.5-coder-1\.5b"):
        find_weights("gpt-9")
    assert weights_named("qwen2.5-coder-1.5b").size_bytes == 1_117_320_768
