"""Backup and restore: a copy that is proven whole, and an older one that is known to be older."""

import hashlib
import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from books import JULY, MAY, Failing, flaws, keys, make, once, tree, troubles

from mikroledger.errors import BrokenBookError, NotCertainError, RefusedError
from mikroledger.journal import archive, audit, chain, runlog
from mikroledger.journal.archive import backup, look, restore
from mikroledger.journal.bind import bind
from mikroledger.journal.file import FileJournal
from mikroledger.journal.lock import Waiting
from mikroledger.journal.storage import DISK

LETTER = "letters/2011/L2011-0001-voucher-000004.pdf"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return full(tmp_path / "book")


def full(folder: Path) -> Path:
    """Make a book with something of everything."""
    make(folder)
    bind(DISK, folder, "2011-05")
    for name in ("templates/da/reminder.md", "maps/opus.toml", LETTER):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    register(folder, "Ane")
    return folder


def register(folder: Path, name: str) -> None:
    with sqlite3.connect(folder / "debtors.sqlite") as database:
        database.execute("CREATE TABLE IF NOT EXISTS debtor (name TEXT)")
        database.execute("INSERT INTO debtor VALUES (?)", (name,))
    database.close()
    (folder / "debtors.sqlite").chmod(0o600)


def names_in(folder: Path) -> list[str]:
    database = sqlite3.connect(folder / "debtors.sqlite")
    found = [name for (name,) in database.execute("SELECT name FROM debtor")]
    database.close()
    return found


def content(folder: Path) -> dict[str, bytes | None]:
    """Return what a backup keeps byte for byte; the register is kept row for row."""
    left = ("lock", "debtors.sqlite")
    return {n: c for n, c in tree(folder).items() if c and not n.endswith(left)}


def save(book: Path, name: str = "backup.zip") -> Path:
    file = book.with_name(name)
    backup(FileJournal(book), file)
    return file


# Backup


def test_a_backup_holds_the_book_and_says_so(book: Path) -> None:
    file = book.with_name("backup.zip")
    made = backup(FileJournal(book), file)
    whole = chain.verify(book)
    assert (made.number, made.head, made.first) == (4, whole.head, whole.commits[0].hash)
    assert look(file) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(made.files) == [
        ".mikroledger/acknowledged",
        "accounts.beancount",
        "debtors.sqlite",
        "journal/2011-05.beancount",
        "journal/2011-06.beancount",
        "journal/2011-06/000003-import.beancount",
        "journal/2011-06/000004-import.beancount",
        LETTER,
        "main.beancount",
        "maps/opus.toml",
        "policy.beancount",
        "templates/da/reminder.md",
    ]
    with zipfile.ZipFile(file) as packed:
        assert packed.testzip() is None
        assert packed.namelist()[-1] == "manifest.json"
    assert not list(book.parent.glob(".tmp-*"))


def test_the_same_book_gives_the_same_bytes(book: Path) -> None:
    assert save(book, "a.zip").read_bytes() == save(book, "b.zip").read_bytes()


def test_a_smaller_book_can_be_saved_too(tmp_path: Path) -> None:
    book = make(tmp_path / "book", log=False)
    restore(save(book), tmp_path / "new")
    assert keys(tmp_path / "new") == keys(book)
    assert audit.audit(tmp_path / "new").findings == (), "without a log there is none to ask"


def test_a_backup_is_not_overwritten(book: Path) -> None:
    before = save(book).read_bytes()
    with pytest.raises(RefusedError, match="is there already"):
        save(book)
    assert book.with_name("backup.zip").read_bytes() == before


def test_what_is_half_or_a_link_is_left_out(book: Path) -> None:
    (book / "letters/2011/.tmp-1").write_text("half")
    (book / "letters/2011/away.pdf").symlink_to("/etc/hostname")
    assert [name for name in look(save(book)).files if name.startswith("letters")] == [LETTER]


def test_a_broken_book_is_not_saved(book: Path) -> None:
    path = book / "journal/2011-06/000003-import.beancount"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(BrokenBookError, match="commit 000003 was changed"):
        save(book)
    shutil.rmtree(book / "journal")
    (book / "journal").mkdir()
    with pytest.raises(BrokenBookError, match="no commit in the book"):
        save(book)
    assert not list(book.parent.glob("*.zip"))
    assert not list(book.parent.glob(".tmp-*"))


def test_a_name_that_a_restore_would_not_take(book: Path) -> None:
    (book / "maps/a\nb.toml").write_text("x")
    with pytest.raises(BrokenBookError, match="give the file a name"):
        save(book)


def test_nobody_books_while_a_backup_is_made(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = archive._write

    def meanwhile(*given: object) -> archive.Backup:
        with pytest.raises(NotCertainError, match="Somebody else is booking"):
            FileJournal(book, waiting=Waiting(seconds=0)).write(once("K5"))
        return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(archive, "_write", meanwhile)
    save(book)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), sqlite3.OperationalError("bad")])
def test_a_backup_that_fails_leaves_nothing(
    book: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise error

    monkeypatch.setattr(archive, "_seal", fails)
    with pytest.raises(NotCertainError, match=r"was not made \((No space left|bad)\)"):
        save(book)
    assert [path.name for path in book.parent.iterdir()] == ["book"]


# A backup that is not whole


def test_any_changed_byte_of_a_backup_is_found(tmp_path: Path) -> None:
    original = save(make(tmp_path / "small", (MAY,), log=False)).read_bytes()
    file = tmp_path / "changed.zip"
    for place in range(len(original)):
        changed = bytearray(original)
        changed[place] ^= 1
        file.write_bytes(changed)
        with pytest.raises(BrokenBookError, match="The backup is not whole"):
            look(file)


def test_any_cut_of_a_backup_is_found(book: Path, tmp_path: Path) -> None:
    original = save(book).read_bytes()
    file = tmp_path / "cut.zip"
    for end in (0, 1, 63, 64, 100, len(original) // 2, len(original) - 1):
        file.write_bytes(original[:end])
        with pytest.raises(BrokenBookError, match="The backup is not whole"):
            look(file)
    file.write_bytes(original + b"\n")
    with pytest.raises(BrokenBookError, match="The backup is not whole"):
        look(file)


Change = Callable[[dict[str, bytes]], None]


def forged(book: Path, change: Change, *, seal: bool = True, mode: int = stat.S_IFREG) -> Path:
    """Pack a backup anew, with a change to its files, and seal it as its maker would."""
    file = book.with_name("forged.zip")
    with zipfile.ZipFile(save(book)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    book.with_name("backup.zip").unlink()
    manifest = files.pop("manifest.json")
    change(files)
    manifest = files.pop("manifest.json", manifest)
    with file.open("w+b") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.comment = b"0" * 64
            for name, data in files.items():
                info = archive._info(name.removesuffix("#2"))
                info.external_attr = (mode | 0o600) << 16
                packed.writestr(info, data)
            if manifest:
                packed.writestr(archive._info("manifest.json"), manifest)
        if seal:
            archive._seal(out)
    return file


def resealed(files: dict[str, bytes], book: Path) -> None:
    """Write a manifest that fits the files."""
    first, *_, last = chain.verify(book).commits
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    files["manifest.json"] = archive.Backup(4, last.hash, first.hash, hashes).manifest


def _set(name: str, data: bytes) -> Change:
    return lambda files: files.update({name: data})


def _drop(name: str) -> Change:
    def drop(files: dict[str, bytes]) -> None:
        del files[name]

    return drop


JUNE = "journal/2011-06/000004-import.beancount"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set(JUNE, b"x"), f"{JUNE} was changed"),
        (_drop(JUNE), f"{JUNE} is missing"),
        (_set("journal/x.beancount", b"x"), "journal/x.beancount has no place in it"),
        (_set(f"{JUNE}#2", b"x"), f"{JUNE} has no place in it"),
        (_set("manifest.json", b""), "manifest.json is missing"),
        (_set("manifest.json", b"{"), "manifest.json cannot be read"),
        (_set("manifest.json", b"[]"), "manifest.json cannot be read"),
        (_set("manifest.json", b'{"files": 1}'), "manifest.json cannot be read"),
        (_set("manifest.json", b'{"commit": "0", "head": "", "first": "", "files": {}}'), "was"),
        (_set("manifest.json", b"[" * 100_000), "manifest.json cannot be read"),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("seal", [True, False])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_backup_that_is_not_whole_says_which_file(
    book: Path, change: Change, says: str, seal: bool
) -> None:
    file = forged(book, change, seal=seal)
    with pytest.raises(BrokenBookError, match=says):
        restore(file, book.with_name("new"))
    assert not book.with_name("new").exists()


def test_a_backup_without_its_seal(book: Path) -> None:
    with pytest.raises(BrokenBookError, match=r"forged\.zip was changed"):
        look(forged(book, lambda _: None, seal=False))


@pytest.mark.parametrize(
    "name",
    [
        "../evil.beancount",
        "journal/../../evil.beancount",
        "/etc/evil",
        "journal\\evil",
        "other/evil",
        "journal/",
        ".mikroledger/lock",
        "letters/.hidden",
        "maps/a\nb",
        "main.beancount/x",
    ],
)
def test_what_would_be_written_elsewhere_is_refused(book: Path, name: str) -> None:
    def add(files: dict[str, bytes]) -> None:
        files[name] = b"x"
        resealed(files, book)

    with pytest.raises(BrokenBookError, match=r"no file of a book|has no place in it|is missing"):
        restore(forged(book, add), book.with_name("new"))
    assert sorted(path.name for path in book.parent.iterdir()) == ["book", "forged.zip"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR])
def test_a_link_is_refused(book: Path, mode: int) -> None:
    with pytest.raises(BrokenBookError, match="no file of a book"):
        restore(forged(book, lambda _: None, mode=mode), book.with_name("new"))


def test_what_unpacks_to_too_much_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(files: dict[str, bytes]) -> None:
        files["journal/2011-06/000004-import.beancount"] = bytes(3_000_000)
        resealed(files, book)

    file = forged(book, add)
    with pytest.raises(BrokenBookError, match=r"000004-import\.beancount is too large"):
        look(file)
    monkeypatch.setattr(archive, "_LARGEST", 1000)
    with pytest.raises(BrokenBookError, match=r"forged\.zip is too large"):
        look(file)


def test_a_backup_of_a_broken_chain_is_refused(book: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        name = "journal/2011-06/000003-import.beancount"
        files[name] = files[name].replace(b"Linje", b"Linie")
        resealed(files, book)

    with pytest.raises(BrokenBookError, match="commit 000003 was changed"):
        restore(forged(book, change), book.with_name("new"))


def test_a_backup_with_another_head_is_refused(book: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[JUNE] = files[JUNE].replace(b"Linje", b"Linie")
        resealed(files, book)

    with pytest.raises(BrokenBookError, match="journal has another head"):
        restore(forged(book, change), book.with_name("new"))
    assert not book.with_name("new").exists()


def test_a_backup_that_is_not_there(book: Path) -> None:
    with pytest.raises(BrokenBookError, match="cannot be read"):
        look(book.with_name("nothing.zip"))


# Restore


@pytest.mark.parametrize("there", [False, True])
def test_a_restored_book_is_the_book(book: Path, there: bool) -> None:
    file, new = save(book), book.with_name("new")
    if there:
        new.mkdir()
    done = restore(file, new)
    assert (done.aside, done.newer) == (None, None)
    assert content(new) == content(book)
    assert names_in(new) == ["Ane"]
    assert stat.S_IMODE((new / "debtors.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE(new.stat().st_mode) == 0o750
    assert audit.audit(new).findings == ()
    assert FileJournal(new).write(once("K5")) is not None
    assert sorted(path.name for path in book.parent.iterdir()) == ["backup.zip", "book", "new"]


def test_a_folder_that_is_no_book_or_another_is_left_alone(book: Path, tmp_path: Path) -> None:
    file = save(book)
    other = make(tmp_path / "other", (JULY,))
    (tmp_path / "stuff").mkdir()
    (tmp_path / "stuff/mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    before = tree(tmp_path)
    for folder in (other, tmp_path / "stuff", tmp_path / "file"):
        with pytest.raises(RefusedError, match="is not the same book"):
            restore(file, folder, replace=True)
    with pytest.raises(RefusedError, match="Add --yes"):
        restore(file, book)
    assert tree(tmp_path) == before


def test_an_older_backup_keeps_the_log_and_is_recognised(book: Path) -> None:
    file, before = save(book), content(book)
    FileJournal(book).write(once("K5"))
    FileJournal(book).bind("2011-06")
    register(book, "Bo")
    (book / "letters/2011/new.pdf").write_text("sent")
    (book / LETTER).write_text("made again")
    (book / "maps/opus.toml").unlink()
    (book / "templates/da/mine.md").write_text("mine")
    said = runlog.last(book)
    newest = content(book)
    done = restore(file, book, replace=True)
    assert (done.newer, runlog.last(book)) == (said, said)
    assert done.aside is not None
    assert (names_in(book), names_in(done.aside)) == (["Ane"], ["Ane", "Bo"])
    aside = content(done.aside)
    kept = {n: c for n, c in content(book).items() if not n.startswith(".mikroledger")}
    expected = {n: c for n, c in before.items() if not n.startswith(".mikroledger")}
    assert kept == {**expected, "letters/2011/new.pdf": b"sent"}
    assert aside["journal/2011-06.beancount"] == newest["journal/2011-06.beancount"]
    assert (aside["templates/da/mine.md"], aside[LETTER]) == (b"mine", b"made again")
    (flaw,) = flaws(book)
    assert "commit 000005" in flaw
    with pytest.raises(BrokenBookError, match="Was an older backup put back"):
        FileJournal(book).write(once("K6"))


def test_the_newest_backup_mends_a_damaged_book(book: Path) -> None:
    file = save(book)
    shutil.copy(book / "journal/2011-05.beancount", book / "journal/2011-05.beancount.bak")
    (book / "journal/2011-06/000003-import.beancount").write_text("gone")
    done = restore(file, book, replace=True)
    assert done.newer is None
    assert audit.audit(book).findings == ()
    assert FileJournal(book).write(once("K5")) is not None


def test_the_first_commit_may_be_what_is_damaged(book: Path) -> None:
    file = save(book)
    path = book / "journal/2011-05.beancount"
    path.write_bytes(path.read_bytes().replace(b'kind: "init"', b'kind: "unit"'))
    restore(file, book, replace=True)
    assert audit.audit(book).findings == ()


def test_a_newer_backup_brings_its_own_log(book: Path) -> None:
    older = book.with_name("older")
    shutil.copytree(book, older)
    FileJournal(book).write(once("K5"))
    done = restore(save(book), older, replace=True)
    assert done.newer is None
    assert runlog.last(older) == runlog.last(book)
    assert keys(older)[-1] == "K5"
    assert flaws(older) == []


def test_another_history_is_recognised(book: Path) -> None:
    other = book.with_name("other")
    shutil.copytree(book, other)
    FileJournal(book).write(once("K5"))
    FileJournal(other).write(once("X5"))
    done = restore(save(book), other, replace=True)
    assert done.newer is not None
    assert "commit 000005" in flaws(other)[0]


def test_without_a_log_the_letters_tell(book: Path) -> None:
    file = save(book)
    runlog.path_of(book).unlink()
    (book / "letters/2011/L2011-0001-reminder-1-2011-07-20.pdf").write_text("sent")
    done = restore(file, book, replace=True)
    assert (done.newer, runlog.last(book)) == (None, None)
    assert "letters that the book does not know" in flaws(book)[0]


def test_each_restore_puts_aside_what_was_there(book: Path) -> None:
    file = save(book)
    for number in (1, 2):
        done = restore(file, book, replace=True)
        assert done.aside == book / f".mikroledger/before-restore-{number}"
    assert audit.audit(book).findings == ()


def test_nobody_reads_half_a_restored_book(book: Path) -> None:
    (book / ".mikroledger/restoring").write_text("before-restore-1")
    with pytest.raises(BrokenBookError, match=r"was interrupted\. Run the same command again"):
        FileJournal(book).read()
    (book / ".mikroledger/restoring").write_text("../..")
    restore(save_of(book), book, replace=True)
    assert audit.audit(book).findings == ()


def save_of(book: Path) -> Path:
    """Save a book although a restore into it was interrupted."""
    (book / ".mikroledger/restoring").rename(book / "away")
    file = save(book)
    (book / "away").rename(book / ".mikroledger/restoring")
    return file


def test_whatever_fails_in_a_new_folder_the_same_command_again_ends_it(tmp_path: Path) -> None:
    book = full(tmp_path / "book")
    file = save(book)
    disk = Failing()
    restore(file, tmp_path / "first", storage=disk)
    _sweep(book, file, disk, lambda _: None)


def test_whatever_fails_in_the_books_folder_the_same_command_again_ends_it(
    tmp_path: Path,
) -> None:
    book = full(tmp_path / "book")
    file = save(book)
    newer = tmp_path / "newer"
    shutil.copytree(book, newer)
    FileJournal(newer).write(once("K5"))
    (newer / LETTER).write_text("made again")
    disk = Failing()
    first = tmp_path / "first"
    shutil.copytree(newer, first)
    restore(file, first, replace=True, storage=disk)
    lost = ["000005-import.beancount"]
    _sweep(book, file, disk, lambda folder: shutil.copytree(newer, folder), lost)


def _sweep(
    book: Path,
    file: Path,
    disk: Failing,
    before: Callable[[Path], object],
    lost: Sequence[str] = (),
) -> None:
    """Fail at each call, and restore again: the book is there, and nothing else is lost."""
    expected = {n: c for n, c in content(book).items() if not n.startswith(".mikroledger")}
    answers: list[str] = []

    def restoring(disk: Failing) -> None:
        try:
            restore(file, folder, replace=True, storage=disk)
        except NotCertainError as error:
            answers.append(error.text.en)

    for how, run in troubles(len(disk.calls)):
        folder = book.with_name(how.replace(" ", "-"))
        before(folder)
        run(restoring)
        if (folder / "main.beancount").exists():
            assert chain.verify(folder).faults == (), how
        restore(file, folder, replace=True, storage=Failing())
        found = content(folder)
        assert {n: c for n, c in found.items() if not n.startswith(".mikroledger")} == expected
        assert names_in(folder) == ["Ane"], how
        aside = [p.name for p in folder.glob(".mikroledger/before-restore-*/journal/2011-07/*")]
        assert aside == list(lost), how
        assert not (folder / ".mikroledger/restoring").exists(), how
    assert answers
    assert all("same command again" in answer for answer in answers)


def test_reading_a_restored_register(book: Path) -> None:
    """Empty pages of the register are left out: they would look like a bomb."""
    database = sqlite3.connect(book / "debtors.sqlite")
    database.execute("CREATE TABLE large (data BLOB)")
    database.execute("INSERT INTO large VALUES (zeroblob(2000000))")
    database.commit()
    database.execute("PRAGMA secure_delete=ON")
    database.execute("DELETE FROM large")
    database.commit()
    database.close()
    assert (book / "debtors.sqlite").stat().st_size > 2_000_000
    restore(save(book), book.with_name("new"))
    assert names_in(book.with_name("new")) == ["Ane"]
    assert json.loads(look(book.with_name("backup.zip")).manifest)["format"] == 1
