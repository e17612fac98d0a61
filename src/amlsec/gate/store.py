"""Objects named by their own hash: in a folder, or anywhere fsspec reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile
from typing import IO, Any, cast

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from amlsec.errors import AmlsecError, GateUnavailable, InvalidInput, Tampered
from amlsec.whole import remove_old, sync_folder, whole

_FAN = re.compile("[0-9a-f]{2}")
_NAME = re.compile("[0-9a-f]{64}")
_BLOCK = 2**20
_IN_MEMORY = 2**24


class Store:
    """Immutable objects, each named by its SHA-256; what was put is on the disk before its name is given.

    In a folder an object appears whole or not at all; elsewhere that is the service's promise, as object stores make it.
    What is read is checked against its name. Bad input gives InvalidInput; a store that is away, full or refuses gives
    GateUnavailable, and then nothing was put.

    Attributes
    ----------
    url : a folder, or a URL that fsspec knows, such as s3://bucket/gate; a bucket must exist
    options : what fsspec's file system is opened with, such as endpoint_url, key, secret; else from the environment

    >>> store = Store("memory://doctest")
    >>> name = store.put(b"rows")
    >>> name[:8], store.get(name), list(store.names()) == [name]
    ('bc51e9e6', b'rows', True)
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        self.url = url
        self._files, self._root = _opened(url, options or {})
        self._synced: set[Path] = set()  # folders whose own name is known to be on the disk, whoever made them

    @property
    def shown(self) -> str:
        """The URL without a password."""
        return _shown(self.url)

    def put(self, data: bytes) -> str:
        """Keep these bytes; their name."""
        name = sha256(data).hexdigest()
        with self._reached():
            if self._folder:
                self._write(name, iter([data]))
            else:
                self._files.pipe_file(self._path(name), data)
        return name

    def put_file(self, path: Path) -> str:
        """Keep a file's bytes as they are when read, a block at a time; their name."""
        with path.open("rb") as file, self._reached(), NamedTemporaryFile() as copy:
            name = _copied(file, copy)
            if self._folder:
                self._write(name, _blocks(copy))
            else:
                self._files.put_file(copy.name, self._path(name))
        return name

    def get(self, name: str) -> bytes:
        """The bytes of a name; raises Tampered where they are others, or gone."""
        with self._found(name):
            data = cast(bytes, self._files.cat_file(self._path(name)))
        if sha256(data).hexdigest() != name:
            raise Tampered(self._changed(name))
        return data

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A private copy of an object to read from, in memory where it is small; checked before it is given."""
        with SpooledTemporaryFile(_IN_MEMORY) as copy:
            with self._found(name), self._files.open(self._path(name), "rb") as file:
                found = _copied(file, cast(IO[bytes], copy))
            if found != name:
                raise Tampered(self._changed(name))
            yield cast(IO[bytes], copy)

    def has(self, name: str) -> bool:
        """Whether there is an object of that name."""
        path = self._path(name)
        with self._reached():
            try:
                return bool(self._files.info(path)["type"] == "file")
            except FileNotFoundError:
                return False

    def names(self) -> Iterator[str]:
        """Of all objects, sorted."""
        for fan in self._last_parts(self._root):
            yield from filter(_NAME.fullmatch, self._last_parts(f"{self._root}/{fan}") if _FAN.fullmatch(fan) else [])

    def delete(self, name: str) -> None:
        """Of what no ledger refers to; nothing happens where there is no such object."""
        path = self._path(name)
        with self._reached():
            try:
                self._files.rm_file(path)
            except FileNotFoundError:
                return

    def sweep(self, seconds: float = 86_400) -> int:
        """Remove what writers that were killed left in a folder, so many seconds ago at least; how many files it were."""
        if not self._folder:
            return 0
        return sum(remove_old(path, seconds) for path in Path(self._root).glob("??/.*"))

    @property
    def _folder(self) -> bool:
        return isinstance(self._files, LocalFileSystem)

    def _path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise InvalidInput("object", name, "must be 64 digits of lower-case hexadecimal")
        return f"{self._root}/{name[:2]}/{name}"

    def _last_parts(self, folder: str) -> list[str]:
        with self._reached():
            try:
                return sorted(path.rstrip("/").rpartition("/")[2] for path in self._files.ls(folder, detail=False))
            except FileNotFoundError:
                return []

    def _write(self, name: str, blocks: Iterator[bytes]) -> None:
        path = Path(self._path(name))
        if path.parent not in self._synced:
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(path.parents[1])
            self._synced.add(path.parent)
        with whole(path, mode=0o600) as file:
            file.writelines(blocks)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Every service has errors of its own; whatever it says, the store could not do its work."""
        try:
            yield
        except AmlsecError:
            raise
        except Exception as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            raise GateUnavailable(f"store {self.shown}: {reason}") from error

    @contextmanager
    def _found(self, name: str) -> Iterator[None]:
        with self._reached():
            try:
                yield
            except FileNotFoundError as error:
                if not self._files.exists(self._root if self._folder else self._root.partition("/")[0]):
                    raise
                raise Tampered(f"object {name} is missing from {self.shown}") from error

    def _changed(self, name: str) -> str:
        return f"object {name} in {self.shown} is not what was written"


def _opened(url: str, options: Mapping[str, Any]) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system, and the path of the store in it; others write to it too, so listings are not kept."""
    try:
        if "://" not in url:  # fsspec would take two colons in a path for two file systems
            return LocalFileSystem(**options), str(Path(url).resolve())
        files, root = fsspec.url_to_fs(url, use_listings_cache=False, **options)
    except ImportError as error:
        raise InvalidInput("store", _shown(url), f"{error}; for S3: pip install 'amlsec[s3]'") from error
    except (ValueError, TypeError) as error:
        rule = "must be a folder or a URL that fsspec knows, with options that it takes"
        raise InvalidInput("store", _shown(url), rule) from error
    return files, root.rstrip("/")


def _shown(url: str) -> str:
    return re.sub("//[^/@]*@", "//", url)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_BLOCK), b"")


def _copied(file: IO[bytes], copy: IO[bytes]) -> str:
    """The hash of what was copied; the copy is ready to be read from its beginning."""
    digest = sha256()
    for block in _blocks(file):
        digest.update(block)
        copy.write(block)
    copy.flush()
    copy.seek(0)
    return digest.hexdigest()
