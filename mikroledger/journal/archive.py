"""A copy of a book that can be proven whole, and the way back.

A backup is one zip file: the settings, the journal, letters and register, and the run log, with a
manifest of all their hashes. It is read back before it gets its name. A restore first lays
everything out beside the book and follows the chain there; what it takes the place of is moved
aside and not destroyed, and a run log that is newer than the backup stays, so that an older book
is recognised as one.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError
from mikroledger.journal import chain, layout, runlog
from mikroledger.journal.file import FileJournal
from mikroledger.journal.lock import locked
from mikroledger.journal.storage import DISK, FOLDER_MODE, Storage, write_end

MANIFEST = "manifest.json"
REGISTER = "debtors.sqlite"
_FORMAT = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same book gives the same bytes
_PRIVATE = 0o600
_FOLDERS = ("templates", "maps", layout.JOURNAL, "letters")
_LOG = f"{layout.STATE}/{runlog.NAME}"
_NAME = re.compile(
    rf"(?:{'|'.join(_FOLDERS)})(?:/[\w-][\w. -]*)+"
    rf"|{'|'.join(map(re.escape, (*layout.SETTINGS, REGISTER, _LOG)))}"
)
_LARGEST = 20_000_000_000  # bytes of a whole book
_SLACK = 100_000  # bytes that a small file may unpack to, however well it is packed
_RATIO = 200  # text of a ledger packs to a tenth; what packs better is no ledger
_MANIFEST_LARGEST = 200_000_000
_CHUNK = 1 << 20
_SEAL = 64
# What Python's zip reader raises on bytes that are no zip file, or no more.
_NO_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: the newest commit, and the hash of each file by its name."""

    number: int
    head: str
    first: str
    """The hash of commit 000000: of which book it is."""
    files: Mapping[str, str]

    @property
    def manifest(self) -> bytes:
        said = {
            "format": _FORMAT,
            "commit": f"{self.number:06d}",
            "head": self.head,
            "first": self.first,
            "files": self.files,
        }
        return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


# Backup


def backup(journal: FileJournal, file: Path) -> Backup:
    """Write a backup of a book; while it is taken, nobody books.

    Raises:
        RefusedError: the file is there.
        BrokenBookError: the book is not whole.
        NotCertainError: the book is busy, or the disk did not take the backup.
    """
    file = file.absolute()
    if file.exists():
        raise RefusedError(
            da=f"{file} findes allerede. Vælg et andet navn; en sikkerhedskopi overskrives ikke.",
            en=f"{file} is there already. Choose another name; a backup is not overwritten.",
        )
    temporary = file.with_name(f"{DISK.temporary()}-{file.name}")
    with journal.alone(), _written(file):
        book, commits = journal.book, _whole(journal.book)
        try:
            with _opened_private(temporary) as out:
                made = _write(out, book, commits)
                _seal(out)
                os.fsync(out.fileno())
            assert look(temporary) == made, "what was written is what is read"
            temporary.rename(file)
            DISK.fsync_folder(file.parent)
        finally:
            temporary.unlink(missing_ok=True)
    return made


def _whole(book: Path) -> tuple[chain.Commit, ...]:
    """Return the commits of a book whose chain holds."""
    found = chain.verify(book)
    for fault in found.faults:
        raise BrokenBookError(da=fault.text.da, en=fault.text.en)
    if not found.commits:
        raise BrokenBookError(
            da="Der er ingen bogføring i bogen. Hent den fra en sikkerhedskopi.",
            en="There is no commit in the book. Restore it from a backup.",
        )
    return found.commits


@contextmanager
def _opened_private(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that its owner alone may read: the register is in it."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE), "w+b") as file:
        yield file


def _write(out: IO[bytes], book: Path, commits: tuple[chain.Commit, ...]) -> Backup:
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = b"0" * _SEAL
        for name in _names(book):
            content = _register(book / name) if name == REGISTER else (book / name).read_bytes()
            hashes[name] = layout.digest((content,))
            packed.writestr(_info(name), content)
        newest = commits[-1]
        made = Backup(newest.named, newest.hash, commits[0].hash, hashes)
        packed.writestr(_info(MANIFEST), made.manifest)
    return made


def _seal(out: IO[bytes]) -> None:
    """Write the hash of the whole archive into its last bytes: nothing in it changes unseen."""
    content = _hash_of(out)
    out.seek(-_SEAL, os.SEEK_END)
    out.write(content.encode())
    out.flush()


def _hash_of(file: IO[bytes]) -> str:
    """Return the hash of all but the seal."""
    rest = file.seek(-_SEAL, os.SEEK_END)
    file.seek(0)
    whole = hashlib.sha256()
    while rest:
        part = file.read(min(rest, _CHUNK))
        whole.update(part)
        rest -= len(part)
    return whole.hexdigest()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = (stat.S_IFREG | _PRIVATE) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _names(book: Path) -> Iterator[str]:
    """Yield the files of a book, in a fixed order; links and temporary files are none.

    Raises:
        BrokenBookError: one has a name that a restore would not take.
    """
    singles = (*layout.SETTINGS, REGISTER, _LOG)
    paths = [book / name for name in singles]
    for folder in _FOLDERS:
        paths += sorted((book / folder).rglob("*"))
    for path in paths:
        if path.is_file() and not path.is_symlink() and not _is_temporary(path):
            name = path.relative_to(book).as_posix()
            if not _NAME.fullmatch(name):
                raise BrokenBookError(
                    da=f"{name} kan ikke komme med: giv filen et navn af bogstaver, cifre, . - _.",
                    en=f"{name} cannot be taken: give the file a name of letters, digits, . - _.",
                )
            yield name


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(layout.TEMPORARY)


def _register(path: Path) -> bytes:
    """Return a consistent copy of the register, whoever is writing to it."""
    source = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    copy = sqlite3.connect(":memory:")
    try:
        source.backup(copy)
        copy.execute("VACUUM")  # what was deleted stays out, and empty pages are no bomb
        return copy.serialize()
    finally:
        copy.close()
        source.close()


@contextmanager
def _written(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise NotCertainError(
            da=f"Sikkerhedskopien {file} blev ikke lavet ({_reason(error)}). Skaf plads eller"
            " adgang, og kør samme kommando igen.",
            en=f"The backup {file} was not made ({_reason(error)}). Make room or give access,"
            " and run the same command again.",
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


# Proof


def look(file: Path) -> Backup:
    """Prove a backup whole, file by file and as one, and return what it holds.

    Raises:
        BrokenBookError: it is not, with the file that is wrong.
    """
    with _packed(file) as packed:
        return _checked(packed)


@contextmanager
def _packed(file: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup whose seal holds; where it does not, say which file in it is to blame."""
    try:
        with file.open("rb") as content:
            sealed = _hash_of(content) == content.read().decode("ascii", "replace")
            with zipfile.ZipFile(content) as packed:
                if not sealed:
                    _checked(packed)
                    raise _not_whole(file.name, "er ændret", "was changed")
                yield packed
    except _NO_ZIP as error:
        raise _not_whole(
            file.name, f"kan ikke læses ({error})", f"cannot be read ({error})"
        ) from error


def _not_whole(name: str, da: str, en: str) -> BrokenBookError:
    return BrokenBookError(
        da=f"Sikkerhedskopien er ikke hel: {name} {da}. Intet er lagt ind. Tag en anden kopi.",
        en=f"The backup is not whole: {name} {en}. Nothing was restored. Take another copy.",
    )


def _checked(packed: zipfile.ZipFile) -> Backup:
    """Return the manifest of a backup whose files are exactly those that it names."""
    infos = packed.infolist()
    if not infos or infos[-1].filename != MANIFEST:
        raise _not_whole(MANIFEST, "mangler", "is missing")
    said = _manifest(_content(packed, infos[-1], _MANIFEST_LARGEST))
    there = [info.filename for info in infos[:-1]]
    for name in sorted({*said.files, *there}):
        if name not in said.files or there.count(name) > 1:
            raise _not_whole(name, "hører ikke til i den", "has no place in it")
        if name not in there:
            raise _not_whole(name, "mangler", "is missing")
    if sum(info.file_size for info in infos) > _LARGEST:
        raise _not_whole(packed.filename or "", "er for stor", "is too large")
    for info in infos[:-1]:
        _is_plain(info)
        content = _content(packed, info, _SLACK + _RATIO * info.compress_size)
        if layout.digest((content,)) != said.files[info.filename]:
            raise _not_whole(info.filename, "er ændret", "was changed")
    return said


def _is_plain(info: zipfile.ZipInfo) -> None:
    """Refuse what would be written anywhere but into the book, or as anything but a file."""
    mode = info.external_attr >> 16
    if not _NAME.fullmatch(info.filename) or ".." in info.filename or not stat.S_ISREG(mode):
        raise _not_whole(ascii(info.filename), "er ikke en fil i en bog", "is no file of a book")


def _content(packed: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Unpack a file, and no more of it than it may be large."""
    with packed.open(info) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise _not_whole(info.filename, "er for stor", "is too large")
    return content


def _manifest(content: bytes) -> Backup:
    try:
        said: Any = json.loads(content)
        files = {str(name): str(value) for name, value in said["files"].items()}
        made = Backup(int(said["commit"]), str(said["head"]), str(said["first"]), files)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _not_whole(MANIFEST, "kan ikke læses", "cannot be read") from error
    if said.get("format") != _FORMAT or made.manifest != content:
        raise _not_whole(MANIFEST, "er ændret", "was changed")
    return made


# Restore


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, where that which was there before lies, and whether it is older."""

    backup: Backup
    aside: Path | None = None
    newer: runlog.Said | None = None
    """What the run log says last, where the backup is older than that."""


def restore(
    file: Path, folder: Path, *, replace: bool = False, storage: Storage = DISK
) -> Restored:
    """Lay out a backup in a new folder, or in that of the same book.

    Args:
        replace: whether a person said that the book in the folder may be replaced.

    Raises:
        BrokenBookError: the backup is not whole.
        RefusedError: the folder holds something else, or `replace` is not given.
        NotCertainError: the disk did not take it; the same command again goes on.
    """
    folder = folder.absolute()
    staging = folder.with_name(f".{folder.name}.restoring")
    with _packed(file) as packed:
        said = _checked(packed)
        with _laid(folder):
            there = folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
            if there:
                _may_replace(folder, said, replace=replace)
            try:
                _lay_out(storage, packed, said, staging)
                _prove(staging, said)
                if there:
                    return _swap(storage, staging, folder, said)
                storage.replace(staging, folder)
                storage.fsync_folder(folder.parent)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    return Restored(said)


def _may_replace(folder: Path, said: Backup, *, replace: bool) -> None:
    """Refuse a folder that holds anything but the book of the backup."""
    if said.first not in {first for journal in _journals(folder) for first in _first(journal)}:
        raise RefusedError(
            da=f"{folder} er ikke tom og er ikke den samme bog. Vælg en ny mappe.",
            en=f"{folder} is not empty and is not the same book. Choose a new folder.",
        )
    if not replace:
        raise RefusedError(
            da=f"Bogen i {folder} vil blive erstattet. Tilføj --yes, hvis den skal.",
            en=f"The book in {folder} would be replaced. Add --yes if it shall be.",
        )


def _journals(folder: Path) -> Iterator[Path]:
    """Yield the folders whose journal says which book this is; one may have been put aside."""
    yield folder
    if aside := _interrupted(folder):
        yield aside


def _interrupted(folder: Path) -> Path | None:
    """Return where an interrupted restore put what was there, if there is one."""
    marker = folder / layout.RESTORING
    if not marker.is_file():
        return None
    name = marker.read_text(errors="replace")
    return folder / layout.STATE / name if _ASIDE.fullmatch(name) else None


def _first(book: Path) -> frozenset[str]:
    """Return what the hash of commit 000000 is, and what the commit after it says that it is."""
    commits = chain.verify(book).commits
    return frozenset(
        (commit.hash, commit.prev)[commit.named] for commit in commits if commit.named in {0, 1}
    )


def _lay_out(storage: Storage, packed: zipfile.ZipFile, said: Backup, staging: Path) -> None:
    """Unpack into a folder of its own, and wait until all of it is on the disk."""
    shutil.rmtree(staging, ignore_errors=True)
    storage.make_folder(staging)
    staging.chmod(0o700)
    storage.make_folder(staging / layout.STATE)
    for name in said.files:
        path = staging / name
        storage.make_folder(path.parent)
        write_end(storage, path, packed.read(name))
        if name == REGISTER:
            path.chmod(_PRIVATE)
    for folder in (staging, *(path for path in staging.rglob("*") if path.is_dir())):
        storage.fsync_folder(folder)
    staging.chmod(FOLDER_MODE)


def _prove(staging: Path, said: Backup) -> None:
    """Follow the chain in what was laid out."""
    found = chain.verify(staging)
    for fault in found.faults:
        raise _not_whole(fault.file, f"({fault.text.da})", f"({fault.text.en})")
    if (found.head, found.commits[-1].named) != (said.head, said.number):
        raise _not_whole(layout.JOURNAL, "har et andet hoved", "has another head")


_ASIDE = re.compile(r"before-restore-[0-9]+")
_ITEMS = (
    layout.MAIN,  # first away and last back: in between there is no book, and nobody reads half
    *layout.SETTINGS[1:],
    layout.JOURNAL,
    "templates",
    "maps",
    REGISTER,
    f"{REGISTER}-journal",
)


def _swap(storage: Storage, staging: Path, folder: Path, said: Backup) -> Restored:
    """Put what was laid out into the place of a book; what was there goes aside."""
    state = folder / layout.STATE
    storage.make_folder(state)
    with locked(state / layout.LOCK):
        aside = _aside(storage, folder)
        for item in _ITEMS:
            _move_aside(storage, folder / item, aside / item)
        for changed in (aside, folder):
            storage.fsync_folder(changed)
        newer = _log(storage, staging, folder, said)
        _letters(storage, staging, folder, aside)
        for item in _ITEMS[:0:-1]:
            if (staging / item).exists():
                storage.replace(staging / item, folder / item)
        storage.fsync_folder(folder)
        storage.unlink(folder / layout.RESTORING)
        storage.fsync_folder(state)
        storage.replace(staging / layout.MAIN, folder / layout.MAIN)
        storage.fsync_folder(folder)
    return Restored(said, aside, newer)


def _aside(storage: Storage, folder: Path) -> Path:
    """Return where what was there goes, and note it: an interrupted restore goes on there."""
    aside = _interrupted(folder)
    if aside is None:
        (folder / layout.RESTORING).unlink(missing_ok=True)
        taken = len(list((folder / layout.STATE).glob("before-restore-*")))
        aside = folder / layout.STATE / f"before-restore-{taken + 1}"
        storage.make_folder(aside)
        write_end(storage, folder / layout.RESTORING, aside.name.encode())
        storage.fsync_folder(aside.parent)
    return aside


def _move_aside(storage: Storage, path: Path, aside: Path) -> None:
    if path.is_dir() and aside.exists():
        shutil.rmtree(path)  # an interrupted restore put it there
    elif path.exists() and aside.exists():
        storage.unlink(path)
    elif path.exists():
        storage.replace(path, aside)


def _log(storage: Storage, staging: Path, folder: Path, said: Backup) -> runlog.Said | None:
    """Keep the run log that says more; return what it says if that is not in the backup."""
    kept, packed = runlog.last(folder), runlog.last(staging)
    if kept is None:
        return None  # then the letters that are there must tell (`runlog.older`)
    if packed and packed.number > kept.number:
        storage.replace(runlog.path_of(staging), runlog.path_of(folder))
        return None
    known = kept.number < said.number or (kept.number, kept.head) == (said.number, said.head)
    return None if known else kept


def _letters(storage: Storage, staging: Path, folder: Path, aside: Path) -> None:
    """Add the letters of the backup to those that are there: what was sent was sent."""
    for path in sorted((staging / "letters").rglob("*.*")):
        name = path.relative_to(staging)
        target, old = folder / name, aside / name
        if target.exists() and target.read_bytes() != path.read_bytes() and not old.exists():
            storage.make_folder(old.parent)
            storage.replace(target, old)
        storage.make_folder(target.parent)
        storage.replace(path, target)
        storage.fsync_folder(target.parent)


@contextmanager
def _laid(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotCertainError(
            da=f"Sikkerhedskopien blev ikke lagt ind i {folder} ({error.strerror}). Skaf plads"
            " eller adgang, og kør samme kommando igen.",
            en=f"The backup was not restored into {folder} ({error.strerror}). Make room or give"
            " access, and run the same command again.",
        ) from error
