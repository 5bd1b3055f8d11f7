"""What a document from outside says, before anybody has judged it: bank lines and ERP rows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.words import Text


@dataclass(frozen=True, slots=True)
class AccountString:
    """A municipal account string (kontostreng): where the ERP has put a row.

    Args:
        funktion: normalised, for example `5.58.80`.
        dranst: one digit: 1 expense, 2 state refund, 5 balance movement.
        gruppering: three digits, or empty.
        art: for example `5.2`, or empty.
    """

    funktion: str
    dranst: str = ""
    gruppering: str = ""
    art: str = ""

    def __str__(self) -> str:
        return f"{self.funktion}/{self.dranst}/{self.gruppering}/{self.art}"


@dataclass(frozen=True, slots=True)
class ErpRow:
    """One row of an ERP posting list; debit is positive.

    `person` is the CPR or CVR number as the list has it (digits only); services turn it into
    a debtor number and forget it. `text` is judged and never stored.
    """

    line: int
    day: date
    voucher: str
    account: AccountString
    amount: Decimal
    text: str = ""
    person: str = ""
    decision: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BankPart:
    """One payment inside a bank line (a batch has many)."""

    amount: Decimal
    reference: str = ""
    fik: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of an account statement; money in is positive.

    Args:
        line: line or entry number in the document, for messages.
        entry: the bank's own id of the line, or one made of its content where the bank has
            none (account, day, amount, text, balance, number among equals).
        returned: the bank says that an earlier payment came back.
        parts: the payments in the line; their sum is `amount`.
    """

    line: int
    entry: str
    day: date
    value: date
    amount: Decimal
    parts: tuple[BankPart, ...]
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One payment as the bank or Nets tells it beside the statement; money in is positive.

    It says what the payment is, and moves nothing: only a statement line touches the bank.

    Args:
        line: line or entry number in the document, for messages.
        entry: the bank's own id of the entry that the payment is in, as on its `BankLine`.
        number: its number among the payments of that entry, from 1.
        returned: an earlier payment came back.
    """

    line: int
    entry: str
    number: int
    day: date
    value: date
    part: BankPart
    returned: bool = False

    @property
    def amount(self) -> Decimal:
        return self.part.amount


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be read, and why; one is enough to refuse its file."""

    line: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its rows, and the rows that could not be read.

    Args:
        file: the file's own name, without its folder.
        format: `erp`, `bank-csv`, `camt.053`, `camt.054` or `nets-0602`.
        source: the map's name for an ERP list, the account for a statement or notice, the data
            supplier's number for a delivery of Nets'.
        digest: SHA-256 of the bytes.
        until: for a bank statement, the last day that it covers; else None.
        account: the bank account, if the file or whoever imports it says which.
        since: the first day of which balances prove that the statement has every line.
        closing: the account's balance at the end of `until`, if the statement says so.
    """

    file: str
    format: str
    source: str
    digest: str
    erp: tuple[ErpRow, ...] = ()
    bank: tuple[BankLine, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    until: date | None = None
    account: str = ""
    since: date | None = None
    closing: Decimal | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.erp) + len(self.bank) + len(self.notices) + len(self.rejected)
