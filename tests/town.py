"""A municipality in memory, and the verbs of its staff; the tests tell their stories with it."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fakes import FakeDebtors, FakeJournal

from mikroledger.domain import chart
from mikroledger.domain.finding import Findings
from mikroledger.domain.plan import Terms
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.record import AccountString, BankLine, BankPart, Document, ErpRow
from mikroledger.domain.rule import check
from mikroledger.money import kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.board import Board
from mikroledger.services.correct import correction
from mikroledger.services.countersign import countersign
from mikroledger.services.import_ import Imported, import_
from mikroledger.services.order import Planned, Who, submit
from mikroledger.services.pay import Pay, pay

LOAN = chart.loan_account("L2011-0001")
TODAY = date(2011, 12, 31)
WHO, SECOND = Who("anl", TODAY), Who("bok", TODAY)
SUM = kroner(20000)
STRINGS = {
    "loan": AccountString("9.32.25", "5", "065", "6.0"),
    "other side": AccountString("8.32.25", "5", "065", "6.0"),
    "grant": AccountString("5.58.80", "1", "065", "5.2"),
    "sub": AccountString("5.58.80", "1", "014", "5.2"),
    "refund": AccountString("5.58.80", "2", "002", "8.6"),
    "income": AccountString("5.58.80", "1", "065", "7.1"),
    "bank": AccountString("9.22.05", "", "", ""),
}


@dataclass
class Town:
    """A municipality in memory, and the verbs of its staff."""

    journal: FakeJournal
    debtors: FakeDebtors
    lines: int = 0

    def grant(self, number: int = 1, amount: Decimal = SUM, decision: str = "") -> str:
        order = Approval(
            "loan",
            f"D{number:04d}",
            amount,
            date(2011, 3, 1),
            decision=decision or f"2011-{number:04d}",
            terms=Terms(first_due=date(2011, 9, 1), count=20),
        )
        return approve(self.journal, self.debtors, order, WHO).loan

    def disburse(self, loan: str = "L2011-0001", amount: Decimal = SUM, ref: str = "PAY-1") -> str:
        order = Pay("disburse", loan, amount, date(2011, 4, 15), ref)
        return pay(self.journal, order, WHO).id

    def paid(self, loan: str = "L2011-0001", amount: Decimal = SUM, ref: str = "PAY-1") -> str:
        number = self.disburse(loan, amount, ref)
        countersign(self.journal, number, SECOND)
        return number

    def repay(self, amount: int, ref: str, *, over: bool = False) -> str:
        day = date(2011, 10, 3)
        order = Pay("repay", "L2011-0001", kroner(amount), day, ref, overpayment=over)
        return pay(self.journal, order, WHO).id

    def erp(self, *rows: ErpRow) -> Imported:
        document = Document("liste.csv", "erp", "opus", f"{hash(rows)}", erp=rows)
        return import_(self.journal, self.debtors, document, WHO)

    def bank(self, *lines: BankLine, until: date | None = None) -> Imported:
        document = Document(
            "konto.csv", "bank-csv", "bank", f"{hash(lines)}", bank=lines, until=until
        )
        return import_(self.journal, self.debtors, document, WHO)

    def line(self, amount: int, ref: str = "", **more: object) -> BankLine:
        self.lines += 1
        part = BankPart(kroner(amount), ref, fik=str(more.get("fik", "")))
        day = date(2011, 4, 18)
        returned = bool(more.get("returned"))
        return BankLine(self.lines, f"N{self.lines}", day, day, kroner(amount), (part,), returned)

    def fix(self, payment: str = "PAY-1") -> None:
        board = Board(self.journal.read(), TODAY)
        voucher = correction(portfolio(self.journal.read(), TODAY), payment)
        board.add(replace(voucher, meta={**voucher.meta, "countersigned": "bok"}))
        entries = board.flow_back()
        submit(self.journal, "reclassify", WHO, lambda _: Planned(entries), dry_run=False)

    def now(self, day: date = TODAY) -> Portfolio:
        return portfolio(self.journal.read(), day)

    def found(self, day: date = TODAY) -> Findings:
        return check(ALL_RULES, self.now(day))

    def on(self, account: str) -> Decimal:
        return self.journal.read().balance(account)


def row(account: str, amount: int, voucher: str = "70010", **more: str) -> ErpRow:
    return ErpRow(
        int(more.get("line", 2)),
        date.fromisoformat(more.get("day", "2011-05-02")),
        voucher,
        STRINGS[account],
        kroner(amount),
        more.get("text", ""),
        more.get("person", ""),
        more.get("decision", "" if "person" in more else "2011-0001"),
        more.get("ref", "PAY-1"),
    )
