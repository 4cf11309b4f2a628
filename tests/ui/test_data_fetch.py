"""`hepcoder data fetch` against a loopback server: ranges, cuts, wrong bytes, a full disk, the catalogue's client."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hepcoder.benchmarks.fetching import download
from hepcoder.benchmarks.fetching.checksums import checksum, parse_digest
from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit

CONTENT = b"root" + bytes(range(256)) * 1500
NAME = "data_A.GamGam.root"


class Server:
    """Serves the file; what it does wrong is set by the tests.

    Attributes:
        requests: Method, path and range of each request.
        cuts: After how many bytes each of the next answers breaks off.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str | None]] = []
        self.content = CONTENT
        self.cuts: list[int] = []
        self.digest: str | None = f"adler32={zlib.adler32(CONTENT):08x}"
        self.status = 200
        self.knows_ranges = True
        self.says_length = True
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                server.answer(self)

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, asked = urlsplit(handler.path), handler.headers.get("range")
        self.requests.append((handler.command, path.path, asked))
        if path.path.startswith("/api/"):
            self._send(handler, 200, {}, json.dumps(self.catalogue(path.path, parse_qs(path.query))).encode())
            return
        if self.status != 200 or not path.path.endswith(".root"):
            self._send(handler, self.status if self.status != 200 else 404, {}, b"")
            return
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.knows_ranges else 0
        size = len(self.content)
        headers = {"Content-Range": f"bytes {begin}-{size - 1}/{size}"} if begin else {}
        if self.digest:
            headers["Digest"] = self.digest
        self._send(handler, 206 if begin else 200, headers, self.content[begin:])

    def catalogue(self, path: str, query: dict[str, list[str]]) -> Any:
        """What the catalogue's own server would say."""
        root = f"{self.address}/copy"
        data = {
            "dataset_number": "data",
            "physics_short": None,
            "file_list": [],
            "skims": [
                {"skim_type": "GamGam", "file_list": [f"{root}/Data/data_{each}.GamGam.root" for each in "ABCD"]},
                {"skim_type": "4lep", "file_list": [f"{root}/Data/data_A.4lep.root"]},
            ],
        }
        return {"count": 1} if path.endswith("/count") else [data]

    def _send(self, handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if self.says_length:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        cut = self.cuts.pop(0) if self.cuts and len(content) > 1000 else None
        handler.wfile.write(content if cut is None else content[:cut])
        handler.wfile.flush()
        if cut is not None:
            handler.connection.shutdown(socket.SHUT_RDWR)

    def ranges(self) -> list[str | None]:
        return [asked for method, path, asked in self.requests if method == "GET" and path.endswith(".root")]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(download, "WAIT_SECONDS", 0.0)
    served = Server()
    yield served
    served.close()


def fetch(server: Server, *names: str, folder: str = "data") -> int:
    return run(["data", "fetch", *(names or ("data_A",)), "--to", folder, "--base-url", f"{server.address}/copy"])


def names_in(folder: str = "data") -> set[str]:
    return {path.name for path in Path(folder).iterdir() if not path.name.endswith(".lock")}


def test_a_file_comes_whole_and_is_not_fetched_twice(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch(server) == Exit.SOLVED
    assert Path("data", NAME).read_bytes() == CONTENT
    assert ("GET", f"/copy/Data/{NAME}", None) in server.requests
    assert fetch(server) == Exit.SOLVED
    assert server.ranges() == [None]
    assert names_in() == {NAME}
    assert f"data/{NAME}" in capsys.readouterr().out


def test_a_cut_connection_is_gone_on_with(server: Server) -> None:
    server.cuts = [100_000, 50_000]
    assert fetch(server) == Exit.SOLVED
    assert server.ranges() == [None, "bytes=100000-", "bytes=150000-"]
    assert Path("data", NAME).read_bytes() == CONTENT
    assert names_in() == {NAME}


def test_what_came_stays_for_the_next_time_and_never_under_the_files_name(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.cuts = [100_000, 0, 0, 0]
    assert fetch(server) == Exit.FAILED
    assert "100,000 of 384,004 bytes of data_A.GamGam.root are here and no more come" in capsys.readouterr().err
    assert not Path("data", NAME).exists()
    (partial,) = names_in()
    assert partial.endswith(".part")
    assert fetch(server) == Exit.SOLVED
    assert server.ranges()[-1] == "bytes=100000-"
    assert names_in() == {NAME}


def test_a_server_without_ranges_sends_all_again(server: Server) -> None:
    server.cuts, server.knows_ranges = [100_000], False
    assert fetch(server) == Exit.SOLVED
    assert Path("data", NAME).read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.digest = "adler32=deadbeef"
    assert fetch(server) == Exit.STORAGE
    assert "the published file has adler32:deadbeef; it was removed" in capsys.readouterr().err
    assert names_in() == set()


def test_a_login_page_is_no_root_file(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.content, server.digest = b"<html>please log in</html>", None
    assert fetch(server) == Exit.STORAGE
    assert "does not begin with 'root'" in capsys.readouterr().err
    assert names_in() == set()


def test_a_file_that_was_published_anew_is_not_pasted_together(server: Server) -> None:
    server.cuts = [100_000, 0, 0, 0]
    assert fetch(server) == Exit.FAILED
    server.content = CONTENT[::-1].replace(CONTENT[:4][::-1], b"") + b"more"
    server.content = b"root" + server.content
    server.digest = f"adler32={zlib.adler32(server.content):08x}"
    assert fetch(server) == Exit.SOLVED
    assert Path("data", NAME).read_bytes() == server.content
    assert names_in() == {NAME}


def test_a_broken_file_that_is_there_is_named_and_left(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data").mkdir()
    Path("data", NAME).write_bytes(CONTENT[:1000])
    assert fetch(server) == Exit.STORAGE
    assert "has 1,000 bytes, the published file has 384,004; move it away" in capsys.readouterr().err
    assert Path("data", NAME).read_bytes() == CONTENT[:1000]


def test_a_full_disk_is_said_before_and_on_the_way(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free = shutil.disk_usage(".")._replace(free=1000)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: free)
        assert fetch(server) == Exit.STORAGE
    assert "384,004 bytes to write, 1,000 free" in capsys.readouterr().err
    program = (
        "import resource, signal, sys\n"
        "from hepcoder.ui.cli import run\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    words = ["data", "fetch", "data_A", "--to", "data", "--base-url", f"{server.address}/copy"]
    ended = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == Exit.STORAGE, ended.stderr
    assert "make room, then run the same command again" in ended.stderr
    assert fetch(server) == Exit.SOLVED
    assert server.ranges()[-1] == "bytes=150000-"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["data_E"], Exit.USAGE, "there is no open-data file 'data_E'; near ones: data_"),
        (["--base-url", "ftp://x"], Exit.USAGE, "begins with http:// or https://"),
        (["data_A", "--base-url", "http://127.0.0.1:9"], Exit.FAILED, "cannot be reached"),
    ],
)
def test_what_cannot_be_is_said(
    server: Server, words: list[str], code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "fetch", *words]) == code
    assert said in capsys.readouterr().err


def test_a_missing_file_and_a_busy_one(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.status = 404
    assert fetch(server) == Exit.FAILED
    assert "the server answered 404" in capsys.readouterr().err
    server.status = 200
    with Claim(Path("data", f".{NAME}.lock")):
        assert fetch(server) == Exit.FAILED
    assert "another process is fetching" in capsys.readouterr().err


def test_the_catalogue_says_where(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata = pytest.importorskip("atlasopenmagic", reason="needs hepcoder[opendata]").metadata
    monkeypatch.setattr(metadata, "API_BASE_URL", f"{server.address}/api")
    monkeypatch.setattr(metadata, "_metadata", {})
    assert run(["data", "fetch", "data_A", "data_C", "--to", "data", "--json"]) == Exit.SOLVED
    told = json.loads(capsys.readouterr().out)
    assert [Path(file["path"]).name for file in told["files"]] == [NAME, "data_C.GamGam.root"]
    assert names_in() == {NAME, "data_C.GamGam.root"}
    metadata.get_session().close()


def test_no_catalogue_is_said(server: Server, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    metadata = pytest.importorskip("atlasopenmagic", reason="needs hepcoder[opendata]").metadata
    monkeypatch.setattr(metadata, "API_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(metadata, "_metadata", {})
    monkeypatch.setattr(metadata, "_session", __import__("requests").Session())
    assert run(["data", "fetch", "data_A"]) == Exit.FAILED
    assert "the catalogue of the ATLAS open data does not answer" in capsys.readouterr().err


def test_the_list_needs_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "list", "--json"]) == Exit.SOLVED
    files = json.loads(capsys.readouterr().out)["files"]
    assert len(files) == 9
    assert files[0]["file_name"] == NAME


def test_checksums(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(CONTENT)
    assert checksum(path, "adler32") == f"adler32:{zlib.adler32(CONTENT):08x}"
    assert parse_digest("unixsum=3, MD5=" + "ab" * 16) == "md5:" + "ab" * 16
    assert parse_digest("") is None
