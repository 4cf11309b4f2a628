"""The artifact store: files named by their sha256, so that an event can hold a digest instead of a text."""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from hepcoder.ledger.errors import DigestError, StorageError
from hepcoder.ledger.files import reason, temporary_beside, write_atomically

_CHUNK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ArtifactStore:
    """A flat folder of files; safe for several threads and processes at once, since a file never changes.

    Args:
        folder: Made with the first artifact when it is missing.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     store = ArtifactStore(Path(folder))
        ...     store.get_text(store.put_text("print(1)"))
        'print(1)'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put_bytes(self, content: bytes) -> str:
        """Store bytes; storing the same again changes nothing, and replaces a damaged copy.

        Returns:
            Their sha256, 64 hexadecimal digits.

        Raises:
            StorageError: The store cannot be written.
        """
        sha = hashlib.sha256(content).hexdigest()
        path = self.path(sha)
        if not self._is_intact(path, sha):
            self._make_folder()
            write_atomically(path, [content])
        return sha

    def put_text(self, text: str) -> str:
        """Store a text as UTF-8.

        Returns:
            The sha256 of these bytes.

        Raises:
            StorageError: The store cannot be written.
            UnicodeEncodeError: The text holds half of a surrogate pair.
        """
        return self.put_bytes(text.encode())

    def put_file(self, source: Path) -> str:
        """Store a copy of a file of any size, a piece at a time.

        Returns:
            The sha256 of the bytes that were stored.

        Raises:
            StorageError: The file cannot be read, or the store cannot be written.
        """
        self._make_folder()
        temporary = temporary_beside(self.folder / "file")
        digest = hashlib.sha256()
        try:
            with source.open("rb") as file:
                write_atomically(temporary, _read_chunks(file, digest.update))
            sha = digest.hexdigest()
            temporary.replace(self.path(sha))
        except OSError as error:
            message = f"{source} cannot be stored in {self.folder}: {reason(error)}"
            raise StorageError(message) from error
        finally:
            temporary.unlink(missing_ok=True)
        return sha

    def get_bytes(self, sha: str) -> bytes:
        """The content of an artifact, checked against its name.

        Raises:
            StorageError: There is no such artifact, or it cannot be read.
            DigestError: The file was changed, or `sha` is no sha256.
        """
        path = self.path(sha)
        try:
            content = path.read_bytes()
        except OSError as error:
            message = f"artifact {sha} cannot be read from {self.folder}: {reason(error)}"
            raise StorageError(message) from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha:
            message = f"{path} was changed: its sha256 is {found}; restore it from a copy of the run"
            raise DigestError(message)
        return content

    def get_text(self, sha: str) -> str:
        """The content of an artifact as UTF-8 text.

        Raises:
            StorageError: There is no such artifact, or it cannot be read.
            DigestError: The file was changed, or `sha` is no sha256.
            UnicodeDecodeError: The artifact is not UTF-8 text.
        """
        return self.get_bytes(sha).decode()

    def path(self, sha: str) -> Path:
        """Where an artifact lies or would lie; its content is not checked.

        Raises:
            DigestError: `sha` is not 64 lower-case hexadecimal digits.
        """
        if not _SHA256.fullmatch(sha):
            message = f"{sha!r} is no sha256; 64 digits 0-9a-f are expected"
            raise DigestError(message)
        return self.folder / sha

    def has(self, sha: str) -> bool:
        """Whether there is a file of that name; its content is not checked.

        Raises:
            DigestError: `sha` is not 64 lower-case hexadecimal digits.
        """
        return self.path(sha).is_file()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{self.folder} cannot be made: {reason(error)}; choose another runs folder"
            raise StorageError(message) from error

    @staticmethod
    def _is_intact(path: Path, sha: str) -> bool:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha
        except OSError:
            return False


def _read_chunks(file: BinaryIO, seen: Callable[[bytes], None]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        seen(chunk)
        yield chunk
