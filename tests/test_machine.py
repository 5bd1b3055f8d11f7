"""A municipality's life in any order: what must hold after every step, whatever happens.

Never a letter on or before the payout day, never one for a misbooked or held loan, never two
for one level in the interval, every krone accounted for, and the debt is the same before,
during and after a misbooking.
"""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from fakes import FakeDebtors, FakeJournal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from office import FakeOutbox, FakePress, Office
from town import STRINGS, Town

from mikroledger.domain import chart
from mikroledger.domain.plan import Terms, total
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.record import BankLine, BankPart, Document, ErpRow
from mikroledger.domain.rule import check
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, Resumption, defer, resume
from mikroledger.services.import_ import import_
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.remind import run
from mikroledger.services.reschedule import Rescheduling, reschedule
from mikroledger.services.reverse import reverse

LOANS = ("L2011-0001", "L2011-0002")
SUM = kroner(6000)


class Municipality(RuleBasedStateMachine):
    """Two loans of 6.000,00 kr. in six instalments, and everything that may befall them."""

    @initialize()
    def begin(self) -> None:
        self.day = date(2011, 3, 1)
        self.count = 0
        self.letters: list[tuple[str, int, date]] = []
        self.town = self.settle_in()
        self.office = Office(self.town, FakePress(), FakeOutbox())
        for number in (1, 2):
            terms = Terms(first_due_after="2m", count=6)
            order = Approval("loan", f"D000{number}", SUM, self.day, f"2011-{number}", terms)
            approve(self.town.journal, self.town.debtors, order, self.who("anl"))

    def settle_in(self) -> Town:
        return Town(FakeJournal(), FakeDebtors())

    def who(self, by: str) -> Who:
        return Who(by, self.day)

    def folio(self) -> Portfolio:
        return portfolio(self.town.journal.read(), self.day)

    def fresh(self) -> int:
        self.count += 1
        return self.count

    def take(self, document: Document) -> None:
        import_(self.town.journal, self.town.debtors, document, self.who("reg"))

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days: int) -> None:
        self.day += timedelta(days=days)

    @rule(loan=st.sampled_from(LOANS), signed=st.booleans())
    def pay_out(self, loan: str, signed: bool) -> None:
        try:
            order = Pay("disburse", loan, SUM, self.day, f"PAY-{self.fresh()}")
            proposed = pay(self.town.journal, order, self.who("anl"))
        except RefusedError:
            return
        if signed:
            countersign(self.town.journal, proposed.id, self.who("bok"))

    @rule(
        loan=st.sampled_from(LOANS),
        place=st.sampled_from(["loan", "grant", "sub"]),
        amount=st.sampled_from([SUM, kroner(-500), kroner(500)]),
    )
    def the_erp_lists(self, loan: str, place: str, amount: Decimal) -> None:
        row = ErpRow(
            2,
            self.day,
            f"7{self.fresh():04d}",
            STRINGS[place],
            amount,
            "",
            decision=f"2011-{loan[-1]}",
        )
        self.take(Document("l.csv", "erp", "opus", str(self.count), erp=(row,)))

    @rule(loan=st.sampled_from(LOANS))
    def the_bank_pays(self, loan: str) -> None:
        part = BankPart(-SUM, text=loan)
        line = BankLine(1, f"N{self.fresh()}", self.day, self.day, -SUM, (part,))
        self.take(
            Document("k.csv", "bank-csv", "b", str(self.count), bank=(line,), until=self.day)
        )

    @rule(loan=st.sampled_from(LOANS), amount=st.integers(1, 2500).map(kroner))
    def the_borrower_pays(self, loan: str, amount: Decimal) -> None:
        part = BankPart(amount, text=loan)
        line = BankLine(1, f"N{self.fresh()}", self.day, self.day, amount, (part,))
        self.take(
            Document("k.csv", "bank-csv", "b", str(self.count), bank=(line,), until=self.day)
        )

    @rule(back=st.integers(1, 5))
    def a_posting_is_taken_back(self, back: int) -> None:
        ours = [
            t for t in self.town.journal.read().transactions if t.kind in {"repay", "disburse"}
        ]
        for txn in ours[-back:][:1]:
            undo = reverse(self.town.journal, txn.id, "fortrudt", self.who("anl"))
            if undo.outcome == "proposed":
                countersign(self.town.journal, undo.id, self.who("bok"))

    @rule(loan=st.sampled_from(LOANS), days=st.integers(1, 90))
    def a_deferral_is_granted(self, loan: str, days: int) -> None:
        order = Deferral(loan, self.day, self.day + timedelta(days=days), "aftale")
        try:
            defer(self.town.journal, order, self.who("anl"))
        except RefusedError:
            return

    @rule(loan=st.sampled_from(LOANS))
    def a_deferral_ends(self, loan: str) -> None:
        try:
            resume(self.town.journal, Resumption(loan, self.day, "i gang igen"), self.who("anl"))
        except RefusedError:
            return
        assert "DEFERRAL" not in {hold.code for hold in self.folio().loans[loan].held}

    @rule(loan=st.sampled_from(LOANS), count=st.integers(1, 12), wait=st.integers(0, 60))
    def a_new_plan_is_agreed(self, loan: str, count: int, wait: int) -> None:
        terms = Terms(first_due=self.day + timedelta(days=wait), count=count)
        order = Rescheduling(loan, self.day, terms, "aftale")
        before = self.folio().loans[loan]
        try:
            reschedule(self.town.journal, order, self.who("anl"))
        except RefusedError:
            return
        after = self.folio().loans[loan]
        assert after.outstanding == before.outstanding
        assert total(after.plan) == after.case.principal
        assert after.arrears.amount == 0

    @rule()
    def what_is_wrong_is_corrected(self) -> None:
        debts = [loan.outstanding for loan in self.folio().loans.values()]
        for each in reclassify(
            self.town.journal,
            ALL_RULES,
            Choice(all=True),
            self.who("reg"),
        ):
            try:
                countersign(self.town.journal, each.id, self.who("led"))
            except RefusedError:
                continue  # signed already, or the book has changed under it
        assert [loan.outstanding for loan in self.folio().loans.values()] == debts

    @precondition(lambda self: self.count > 1)
    @rule()
    def the_night_runs(self) -> None:
        before = self.folio()
        wrong = {f.loan for f in check(ALL_RULES, before).errors}
        done = run(self.office.desk, ALL_RULES, self.day, None, self.who("nat"))
        assert not done.failed
        for made in done.made:
            loan = before.loans[made.loan]
            assert loan.number not in wrong
            assert not loan.misbooked
            if made.kind == "reminder":
                assert loan.paid_out is not None
                assert loan.paid_out < self.day
                assert not loan.held
                assert loan.arrears.amount >= 100
                assert loan.arrears.oldest is not None
                assert loan.arrears.oldest.pay_by < self.day
                self.letters.append((made.loan, made.level, self.day))
        assert run(self.office.desk, ALL_RULES, self.day, None, self.who("nat")).made == ()

    @invariant()
    def every_krone_is_accounted_for(self) -> None:
        if not hasattr(self, "town"):
            return
        folio = self.folio()
        for loan in folio.loans.values():
            owed = -folio.ledger.balance(chart.overpaid_account(loan.number))
            assert owed == loan.overpaid
            assert loan.outstanding >= ZERO
            assert loan.outstanding - loan.overpaid == loan.disbursed - loan.repaid
        accounts = {p.account for t in folio.ledger.transactions for p in t.postings}
        assert sum((folio.ledger.balance(a) for a in accounts), ZERO) == ZERO

    @invariant()
    def no_two_letters_come_close(self) -> None:
        for loan in LOANS:
            days = [day for number, _, day in getattr(self, "letters", []) if number == loan]
            assert all((b - a).days >= 10 for a, b in pairwise(days))


TestMunicipality = Municipality.TestCase
TestMunicipality.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_the_machine_can_send_a_letter_at_all() -> None:
    """Silence is not safety: a plain life ends in a reminder."""
    town = Municipality()
    town.begin()
    town.pay_out("L2011-0001", signed=True)
    town.the_bank_pays("L2011-0001")
    town.time_goes_by(1)
    town.the_night_runs()
    town.time_goes_by(80)
    town.the_borrower_pays("L2011-0002", kroner(1))
    town.the_night_runs()

    assert [(loan, level) for loan, level, _ in town.letters] == [("L2011-0001", 1)]
