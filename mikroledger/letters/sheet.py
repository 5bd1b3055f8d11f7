"""What every letter has: letterhead, window, reference, common words, and how to pay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from mikroledger.domain import fik
from mikroledger.domain.letter import Addressee, Sender
from mikroledger.errors import RefusedError
from mikroledger.letters.clean import name, solid
from mikroledger.letters.labels import day, label, sum_of_money
from mikroledger.letters.tables import Block
from mikroledger.words import Language

YES = "1"
NO = ""
WINDOW_LINES = 6


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter before its text is read.

    Args:
        template: file name of the Markdown without folder and ending.
        number: loan or voucher, for messages and file properties.
        on: the day of the letter.
        words: what the Markdown may name; an empty word is a no.
        blocks: what the Markdown places with `[[name]]`, each exactly once.
        frame: letterhead, window, reference and foot, for the layout.
    """

    template: str
    number: str
    on: date
    words: Mapping[str, str]
    blocks: Mapping[str, Block]
    frame: Mapping[str, object]


class OnLoan(Protocol):
    """A letter on a loan, of a day, under a decision."""

    @property
    def loan(self) -> str: ...
    @property
    def on(self) -> date: ...
    @property
    def decision(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes to whom, and in which language."""

    to: Addressee
    sender: Sender
    language: Language

    def sum(self, amount: Decimal) -> str:
        """Write an amount; zero is an empty word, which is a no."""
        return sum_or_no(amount, self.language)

    def day(self, on: date | None) -> str:
        """Write a day; no day is an empty word."""
        return day(on, self.language) if on else NO

    def sheet(
        self,
        template: str,
        letter: OnLoan,
        words: Mapping[str, str],
        blocks: Mapping[str, Block] | None = None,
    ) -> Sheet:
        """Return a letter to a borrower, with what all of them have."""
        shared = common(letter.loan, letter.decision, letter.on, self.sender, self.language)
        return Sheet(
            template=template,
            number=letter.loan,
            on=letter.on,
            words={**words, **shared, "name": name(self.to.name, "name")},
            blocks=blocks or {},
            frame=self._frame(letter),
        )

    def _frame(self, letter: OnLoan) -> dict[str, object]:
        phone = solid(name(self.sender.phone, "phone"))
        hours = _hours(self.sender, self.language)
        reference = {
            "date": self.day(letter.on),
            "loan": letter.loan,
            "decision": name(letter.decision, "decision"),
            "ask": [phone, hours] if phone and hours else phone,
        }
        said = [[label(key, self.language), each] for key, each in reference.items() if each]
        frame = frame_of(self.sender, letter.loan, self.language)
        return frame | {"recipient": _window(self.to), "reference": said}


def flag(value: bool) -> str:  # noqa: FBT001 - it is the value that is turned into a word
    """Return a word that is a yes or a no in `{% if word %}`."""
    return YES if value else NO


def sum_or_no(amount: Decimal, language: Language) -> str:
    """Write an amount; zero is an empty word, which is a no."""
    return sum_of_money(amount, language) if amount else NO


def common(
    loan: str, decision: str, on: date, sender: Sender, language: Language
) -> dict[str, str]:
    """Return the words that every letter has."""
    return {
        "loan": loan,
        "decision": name(decision, "decision"),
        "today": day(on, language),
        "municipality": name(sender.municipality, "municipality"),
        "office": name(sender.office, "office"),
        "phone": solid(name(sender.phone, "phone")),
        "phone_hours": _hours(sender, language),
        "email": name(sender.email, "email"),
        "fik": flag(bool(sender.creditor)),
    }


def _hours(sender: Sender, language: Language) -> str:
    """Return when the phone is answered; nothing rather than another language's words."""
    said = sender.phone_hours if language == "da" else sender.phone_hours_en
    return name(said, "phone-hours")


def _window(to: Addressee) -> list[str]:
    """Return the lines in the window of the envelope.

    A protected address stands only where a postman needs it: on paper that the house itself
    puts into an envelope. Digital Post finds its reader without one.
    """
    address = () if to.protected and not to.paper else to.address
    shown = [name(to.name, "name"), *(name(line, "address") for line in address)]
    shown = [line for line in shown if line]
    if not name(to.name, "name") or (to.paper and len(shown) == 1):
        raise RefusedError(
            da=f"{to.debtor} mangler navn eller adresse. Skriv det i registret, og prøv igen.",
            en=f"{to.debtor} lacks a name or an address. Write it in the register, and try again.",
        )
    if len(shown) > WINDOW_LINES:
        raise RefusedError(
            da=f"Adressen på {to.debtor} har {len(shown)} linjer med navnet. "
            f"I ruden er der plads til {WINDOW_LINES}.",
            en=f"The address of {to.debtor} has {len(shown)} lines with the name. "
            f"The window holds {WINDOW_LINES}.",
        )
    return shown


def frame_of(sender: Sender, loan: str, language: Language) -> dict[str, object]:
    """Return letterhead and foot; window and reference are empty as in an internal sheet."""
    municipality = name(sender.municipality, "municipality")
    phone = solid(name(sender.phone, "phone"))
    cvr = name(sender.cvr, "cvr")
    where = [municipality, *(name(line, "office-address") for line in sender.address)]
    reach = [
        f"{label('phone', language)}\u00a0{phone}" if phone else "",
        name(sender.email, "email"),
        f"{label('cvr', language)}\u00a0{cvr}" if cvr else "",
    ]
    return {
        "author": municipality,
        "foot": [[part for part in line if part] for line in (where, reach)],
        "lang": language,
        "loan": f"{label('loan', language)}\u00a0{loan}",
        "mark": label("mark", language),
        "municipality": municipality,
        "office": name(sender.office, "office"),
        "page": [label("page", language), label("of", language)],
        "recipient": [],
        "reference": [],
    }


@dataclass(frozen=True, slots=True)
class Box:
    """The payment box: one way to pay, and only one."""

    loan: str
    instalment: int
    amount: Decimal
    pay_by: date
    amount_label: str


def payment(box: Box, sender: Sender, language: Language) -> Block:
    """Say how to pay.

    Raises:
        RefusedError: the policy says neither creditor number nor account.
    """
    main = [
        [label(box.amount_label, language), sum_of_money(box.amount, language)],
        [label("pay-by", language), day(box.pay_by, language)],
    ]
    block: Block = {"kind": "payment", "title": label("payment", language), "main": main}
    if sender.creditor:
        return block | _giro(box, sender.creditor, language)
    account = name(sender.bank_account, "bank-account")
    if not account:
        raise RefusedError(
            da="Brevet kan ikke sige, hvordan der betales. "
            "Sæt creditor-number eller bank-account i policy.beancount.",
            en="The letter cannot say how to pay. "
            "Set creditor-number or bank-account in policy.beancount.",
        )
    more = [[label("bank-account", language), solid(account)]]
    more.append([label("message", language), box.loan])
    return block | {"line": [], "more": more}


def _giro(box: Box, creditor: str, language: Language) -> Block:
    if not (creditor.isascii() and creditor.isdigit() and len(creditor) == 8):
        raise RefusedError(
            da=f"Kreditornummeret »{creditor}« har ikke 8 cifre. Ret det i policy.beancount.",
            en=f"The creditor number '{creditor}' has not 8 digits. Correct policy.beancount.",
        )
    number = fik.payment_id(box.loan, box.instalment)
    more = [[label("payment-id", language), number], [label("creditor", language), creditor]]
    return {"line": [label("line", language), fik.line(number, creditor)], "more": more}
