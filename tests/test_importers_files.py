"""What is taken in at all: plain files, whole, in letters that can be told for certain."""

import os
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mikroledger.errors import RefusedError, UsageError
from mikroledger.importers import files, read, read_bytes
from mikroledger.importers.encoding import decode

DANISH = "Bogføringsdato: Søren Kjær, Åse Ærø og Ørsted på Ågade"


@pytest.mark.parametrize("name", ["findes-ikke.csv", "nul\0byte.csv"])
def test_a_file_that_is_not_there_is_an_error_of_the_command_line(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        read(tmp_path / name)


def test_a_folder_a_device_and_a_fifo_are_no_plain_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    for path in (tmp_path, Path("/dev/zero"), tmp_path / "fifo"):
        with pytest.raises(RefusedError, match="is not a plain file"):
            read(path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").touch()

    with pytest.raises(RefusedError, match="is empty"):
        read(tmp_path / "x.csv")


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "x.csv").open("wb") as file:
        file.truncate(files.LARGEST + 1)

    with pytest.raises(RefusedError, match="larger than 20 MB"):
        read(tmp_path / "x.csv")


def test_a_file_that_grows_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"Dato")
    opened = os.fdopen

    def growing(descriptor: int, mode: str, *, closefd: bool) -> BinaryIO:
        with path.open("ab") as file:
            file.write(b";Tekst")
        return opened(descriptor, "rb", closefd=closefd)

    monkeypatch.setattr(os, "fdopen", growing)
    with pytest.raises(RefusedError, match="changed while it was read"):
        read(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0", "not a text file"),
        (b"PK\x03\x04\x14\0", "Excel/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel/Office"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\xfeabc", "not a text file"),
        (b"Dato;\x07Tekst", "not a text file"),
        (b"\xb0\xb1\xb2\xc4", "cannot be read for certain"),
        ("Dato;Beløb".encode("cp1252") + "Søren".encode(), "cannot be read for certain"),
        ("Dato;BelÃ¸b".encode(), "converted twice"),
        ("Dato;Řřč".encode("cp1250"), "cannot be read for certain"),
    ],
)
def test_what_is_no_danish_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        read_bytes("x.csv", data)


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "cp865",
        "mac_roman",
    ],
)
def test_danish_is_read_in_every_encoding(encoding: str) -> None:
    assert decode(DANISH.encode(encoding)) == DANISH


@pytest.mark.parametrize("text", ["Beløb \u2013 \u201cså\u201d § 65", "O\u2019Brien; Beløb; café"])
def test_punctuation_of_windows_is_kept(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


def test_one_letter_is_enough_for_the_code_page_of_dos() -> None:
    assert decode("Kjær".encode("cp865")) == "Kjær"


def test_letters_in_two_parts_and_the_end_mark_of_dos_are_put_right() -> None:
    assert decode("Belo\u0308b Å\x1a".encode()) == "Belöb Å"


@given(
    st.text(st.sampled_from("abcæøåÆØÅ ;0123\n"), min_size=1), st.sampled_from(["cp865", "cp1252"])
)
def test_danish_letters_decide(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@given(st.binary(max_size=300))
def test_bytes_are_refused_or_text(data: bytes) -> None:
    with pytest.raises(RefusedError):
        read_bytes("x", data)


def test_nine_letters_of_ten_must_be_danish() -> None:
    assert decode(("æ" * 9 + "Š").encode("cp1252")) == "æ" * 9 + "Š"
    with pytest.raises(RefusedError, match="cannot be read for certain"):
        decode(("æ" * 8 + "Š").encode("cp1252"))
