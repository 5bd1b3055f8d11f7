"""An office in memory: a press and an out-tray that keep what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from town import Town

from mikroledger.domain.gate import Cleared
from mikroledger.domain.letter import Addressee, Content, ReminderLetter, Sender
from mikroledger.errors import RefusedError
from mikroledger.services.letters_ import Desk
from mikroledger.words import Language


@dataclass
class Print:
    pdf: bytes
    template_hash: str = "t"
    sources: dict[str, str] = field(default_factory=dict)


@dataclass
class FakePress:
    """Prints what it is given, and refuses the loans it is told to refuse."""

    refused: set[str] = field(default_factory=set)
    printed: list[object] = field(default_factory=list)

    def reminder(
        self,
        cleared: Cleared,
        to: Addressee,
        sender: Sender,
        language: Language,
    ) -> Job:
        return self._print(cleared, cleared.loan, language)

    def render(
        self,
        content: Content,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> Job:
        return self._print(content, content.loan, language)

    def preview(
        self,
        content: Content | ReminderLetter,
        to: Addressee | None,
        sender: Sender,
        language: Language,
    ) -> Print:
        return Print(f"draft {content}{language}".encode())

    def _print(self, content: object, loan: str, language: str) -> Job:
        return Job(self, content, loan, language)

    def finish(self, job: Job) -> Print:
        if job.loan in self.refused:
            raise RefusedError("skabelonen mangler et ord", "the template lacks a word")
        self.printed.append(job.content)
        return Print(f"{job.content}{job.language}".encode())


@dataclass
class Job:
    press: FakePress
    content: object
    loan: str
    language: str

    def result(self) -> Print:
        return self.press.finish(self)


@dataclass
class FakeOutbox:
    """Keeps what it is given by its name."""

    files: dict[str, bytes] = field(default_factory=dict)

    def get(self, file: str) -> bytes | None:
        return self.files.get(file.removeprefix("letters/"))

    def put(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        self.files |= files
        return tuple(f"letters/{name}" for name in files)


@dataclass
class Office:
    town: Town
    press: FakePress
    outbox: FakeOutbox

    @property
    def desk(self) -> Desk:
        return Desk(self.town.journal, self.town.debtors, self.press, self.outbox)
