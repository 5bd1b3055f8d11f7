"""The life of one loan by command lines: every command that writes, each a line of a list.

A new command that writes gets a line here, and is then killed and failed at every call.
"""

import hashlib
import json
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner
from sweep import Case, Ended, Run

from mikroledger.cli.main import main
from mikroledger.journal.file import FileJournal

HEAD = (
    "Bogføringsdato;Bilagsnr;Funktion;Dranst;Gruppering;Art;Posteringstekst;Beløb;CPR/CVR;"
    "Afgørelse;Reference;Bruger\n"
)
BANK = "Dato;Valørdato;Tekst;Beløb;Saldo;Reference\n"
DOCUMENTS = {
    "erp.csv": HEAD + "02-05-2011;70010;5.58.80;1;065;5.2;§ 65;20.000,00;;2011-0412;PAY-1;anl\n",
    "bank.csv": BANK + "02-05-2011;02-05-2011;NEMKONTO;-20.000,00;80.000,00;PAY-1\n",
    "bank2.csv": BANK + "11-10-2011;11-10-2011;RENTE;1,00;80.001,00;\n",
    "bank3.csv": BANK + "07-11-2011;07-11-2011;RENTE;1,00;80.002,00;\n",
    "bank4.csv": BANK + "05-12-2011;05-12-2011;RENTE;1,00;80.003,00;\n",
    "bank5.csv": BANK + "02-01-2012;02-01-2012;RENTE;1,00;80.004,00;\n",
    "receipts.csv": "letter;state;day\n000012;delivered;13-10-2011\n",
    "sent.csv": "loan;day;fee\nL2011-0001;02-05-2011;100,00\n",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A command line; {id} is what the step before was booked as."""

    words: str
    day: str
    by: str = "anl"
    swept: bool = True
    edited: str = ""
    """A file that somebody has edited before."""
    edit: str = "; rettet i hånden\n"
    """What was added to it."""
    codes: tuple[int, ...] = (0, 3, 5)
    """How it may end when a call fails: done, no access, or not certain."""

    may_lack: str = "$^"
    """Files that giving the order again need not make."""

    @property
    def name(self) -> str:
        return self.words.split()[0]


OWN = """
1970-01-01 custom "mikroledger" "creditor-number" "81234567"
1970-01-01 custom "mikroledger" "cvr" "12345678"
1970-01-01 custom "mikroledger" "claim-type" "KTEKSEMPEL"
"""
LETTER = r"^letters/|-letter\.beancount"
"""A booking stands without its letter, which the reminder run makes."""
STORY = (
    Step("init {book}", "2011-03-25"),
    Step(
        "debtor add D0001 --name 'Ane Opdigtet' --address 'Vej 1; 9999 By' --cpr 610190-0000",
        "2011-03-25",
        swept=False,
        edited="policy.beancount",
        edit=OWN,
    ),
    Step(
        "approve --debtor D0001 --principal 20.000,00 --decision 2011-0412 --instalments 20"
        " --first-due 2011-09-01",
        "2011-04-01",
    ),
    Step("disburse L2011-0001 20.000,00 --on 02-05-2011 --ref PAY-1", "2011-05-06"),
    Step("countersign {id}", "2011-05-06", "bok"),
    Step("import {folder}/erp.csv", "2011-05-09"),
    Step("reclassify --all --yes", "2011-05-10"),
    Step("countersign {id}", "2011-06-01", "bok"),
    Step("import {folder}/bank.csv", "2011-07-01"),
    Step("repay L2011-0001 500 --ref FI-1", "2011-08-01"),
    Step("reverse {id} --reason forkert", "2011-08-02"),
    Step("import {folder}/bank2.csv", "2011-10-12"),
    Step("remind --yes", "2011-10-12", codes=(0, 1, 3, 5), may_lack=r"-run\.beancount"),
    Step("post out", "2011-10-12"),
    Step("post receipt {folder}/receipts.csv", "2011-10-13"),
    Step("apologise --sent {folder}/sent.csv --yes", "2011-10-13", codes=(0, 1, 3, 5)),
    Step("import {folder}/bank3.csv", "2011-11-08", swept=False),
    Step("remind --yes", "2011-11-08", swept=False),
    Step("import {folder}/bank4.csv", "2011-12-06", swept=False),
    Step("remind --yes", "2011-12-06", swept=False),
    Step("import {folder}/bank5.csv", "2012-01-03", swept=False),
    Step("hand-over L2011-0001", "2012-01-03"),
    Step("resume L2011-0001 --claim --reason tilbagekaldt", "2012-01-04"),
    Step("defer L2011-0001 --until 2012-02-29 --reason aftale", "2012-01-04"),
    Step(
        "reschedule L2011-0001 --instalments 10 --first-due 2012-03-01 --reason aftale",
        "2012-01-04",
    ),
    Step(
        "adopt --reason tastefejl", "2012-01-05", edited="journal/2011-08/000009-repay.beancount"
    ),
    Step("close 2011-03 --yes", "2012-01-06", swept=False),
    Step("countersign {id}", "2012-01-06", "bok", swept=False),
    Step("close 2011-04 --yes", "2012-01-06", swept=False),
    Step("close 2011-04 --yes", "2012-01-06", "bok", swept=False),
    Step("reconcile --month 2011-05 --explain misbooked:PAY-1 --reason rettet", "2012-01-06"),
    Step("close 2011-05 --yes", "2012-01-06", swept=False),
    Step("close 2011-05 --yes", "2012-01-06", "bok"),
)


EMPTY_IT = 4
"""`init` refuses a folder that is not empty."""


class _Press:
    """Stands in for Typst, which starts threads and takes its time: a PDF is bytes here."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def fonts(self) -> list[object]:
        return []

    def compile_with_warnings(self, **given: object) -> tuple[bytes, list[object]]:
        told = repr(sorted(given.items())).encode()
        return b"%PDF-1.7 " + hashlib.sha256(told).hexdigest().encode(), []


def run(folder: Path, step: Step, last: str = "") -> Ended:
    """Run a step on the book in `folder`."""
    book = folder / "book"
    env = {
        "MIKROLEDGER_BOOK": str(book),
        "MIKROLEDGER_TODAY": step.day,
        "MIKROLEDGER_BY": step.by,
        "MIKROLEDGER_LANG": "en",
    }
    words = [w.format(book=book, folder=folder, id=last) for w in shlex.split(step.words)]
    with patch.multiple("typst", Compiler=_Press, Fonts=_Press):
        result = CliRunner().invoke(main, [*words, "--json"], env=env)
    tidy = result.exception is None or isinstance(result.exception, SystemExit)
    return Ended(
        result.exit_code, f"{result.output}{'' if tidy else repr(result.exception)}", tidy
    )


def _order(step: Step, last: str) -> Run:
    """Return the order as an operator gives it, once or again."""

    def given(folder: Path) -> Ended:
        book = folder / "book"
        if step.name == "init" and book.exists() and not (book / "main.beancount").exists():
            shutil.rmtree(book)  # as the message says
        there = book.exists()
        ended = run(folder, step, last)
        if step.name == "init" and there and ended.code == EMPTY_IT:
            return Ended(0, ended.said)
        return ended

    return given


def _flaws(folder: Path) -> list[str]:
    return [en for _, en in FileJournal(folder / "book").read().flaws]


def cases(folder: Path) -> list[Case]:
    """Play the story undisturbed, keeping the folder between any two steps."""
    now = folder / "000"
    now.mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (now / name).write_text(text)
    made, last = [], ""
    for number, step in enumerate(STORY, 1):
        if step.edited:
            now = Path(shutil.copytree(now, folder / f"{number:03d}-edited"))
            with (now / "book" / step.edited).open("a") as file:
                file.write(step.edit)
        after = folder / f"{number:03d}"
        shutil.copytree(now, after)
        ended = run(after, step, last)
        assert ended.code == 0, f"{step.words}: {ended.said}"
        if step.swept:
            name = f"{number:02d} {step.name}"
            made.append(
                Case(name, now, after, _order(step, last), step.codes, step.may_lack, _flaws)
            )
        now, last = after, _id(ended.said)
    return made


def _id(said: str) -> str:
    """Return what a command's JSON says that it booked; a list says it of its first."""
    start = min((said.find(mark) for mark in "{[" if mark in said), default=-1)
    if start < 0:
        return ""
    found, _ = json.JSONDecoder().raw_decode(said[start:])
    first = found[0] if isinstance(found, list) and found else found
    return str(first.get("id", "")) if isinstance(first, dict) else ""
