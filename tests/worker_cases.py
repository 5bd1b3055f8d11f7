"""The worker, run here to be looked at: in a letter it is in a process of its own."""

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mikroledger.confine import Enclosed
from mikroledger.errors import RefusedError
from mikroledger.letters import Press, press, sheets
from mikroledger.letters.folder import Templates
from mikroledger.letters.pages import pages
from mikroledger.letters.samples import FULL, TO, samples
from mikroledger.letters.worker import Worker

SHIPPED = Path(__file__).parent.parent / "templates"


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Let what the worker freezes be collected again."""
    yield
    gc.unfreeze()


class Noted:
    """Stands in for the child: it keeps what a press sends."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.ended = 0

    def tell(self, argument: Any, seconds: int) -> None:
        self.asked.append(argument)
        assert seconds == press.SECONDS

    def hear(self, seconds: int) -> Any:
        assert seconds == press.SECONDS
        return Enclosed(["title", "text"], b"pdf")

    def end(self) -> None:
        self.ended += 1


def asked(
    monkeypatch: pytest.MonkeyPatch, name: str = "reminder-2", *, draft: bool = False
) -> Any:
    """Return what a press sends to its worker."""
    noted = Noted()
    monkeypatch.setattr(press, "Child", lambda *_: noted)
    one = Press([SHIPPED])
    sheet = sheets.of(samples(date(2011, 9, 12))[name][0].content, TO, FULL, "da")
    printed = one.print(sheet, "da", draft=draft)
    assert (printed.pdf, printed.title, printed.text) == (b"pdf", "title", "text")
    one.close()
    assert noted.ended == 1
    return noted.asked[0]


def worker(folder: Path) -> Worker:
    made = press._prepared(Templates([folder, SHIPPED]))
    assert isinstance(made, Worker)
    return made


def test_the_worker_makes_what_the_press_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    (title, text), pdf = worker(SHIPPED)(asked(monkeypatch))
    assert pdf.startswith(b"%PDF")
    assert title.startswith("Du mangler stadig at betale")
    assert text.replace("\u00a0", " ").startswith(title)


def test_a_letter_that_is_set_closer_keeps_its_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sheet = asked(monkeypatch)
    assert pages(worker(SHIPPED)(sheet).file) == 1
    (tmp_path / "letter.typ").write_text(
        (SHIPPED / "letter.typ").read_text("utf-8").replace("= letter.tight", "= false"), "utf-8"
    )
    assert pages(worker(tmp_path)(sheet).file) == 2


def test_a_layout_that_cannot_be_set_is_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sheet = asked(monkeypatch, "repaid")
    shipped = (SHIPPED / "letter.typ").read_text("utf-8")
    lines = shipped.count("\n") + 1
    for wrong, said in (
        ("#nix", "unknown variable: nix"),
        ('#text(font: "Nix")[x]', "unknown font family"),
        ('#read("nix.txt")', "it asks for a file that is not beside"),
    ):
        (tmp_path / "letter.typ").write_text(f"{shipped}{wrong}\n", "utf-8")
        with pytest.raises(RefusedError) as caught:
            worker(tmp_path)(sheet)
        assert f"letter.typ, linje {lines}: {said}" in caught.value.text.da
        assert "L2011-0000" in caught.value.text.en


def test_a_draft_is_asked_for_by_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(monkeypatch, draft=True)["frame"]["draft"] == "PRØVE"
    assert asked(monkeypatch)["frame"]["draft"] == ""


def test_a_fork_of_its_owner_leaves_a_worker_alone() -> None:
    noted = Noted()
    press._end(noted, os.getpid() + 1)  # type: ignore[arg-type]
    assert noted.ended == 0
    press._end(noted, os.getpid())  # type: ignore[arg-type]
    assert noted.ended == 1


def test_fonts_of_the_municipality_are_loaded_beside_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "fonts").mkdir()
    shutil.copy(SHIPPED / "fonts" / "Inter-Bold.otf", tmp_path / "fonts" / "Own.otf")
    title, _ = worker(tmp_path)(asked(monkeypatch, "repaid")).said
    assert title == "Dit lån er betalt"
