"""The books of the benchmarks are real ones: what the services would have written, but faster."""

import re
from datetime import date
from pathlib import Path

import pytest
from beancount import loader

from benchmarks.books import Loan, Plan, drafts, erp_row, main, register, statement_line, write
from mikroledger.domain.ledger import Draft, Transaction
from mikroledger.domain.plan import Terms
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.proposals import open_proposals
from mikroledger.domain.record import Document
from mikroledger.domain.rule import check
from mikroledger.journal.bind import bind
from mikroledger.journal.file import FileJournal
from mikroledger.journal.storage import DISK
from mikroledger.money import ZERO, kroner
from mikroledger.rules import ALL_RULES
from mikroledger.services.approve import Approval, approve
from mikroledger.services.countersign import countersign
from mikroledger.services.import_ import import_
from mikroledger.services.order import Who
from mikroledger.services.pay import Pay, pay
from mikroledger.wiring import House, new_book

SMALL = Plan(loans=3, repayments=2)
YEARS = Plan(loans=40, repayments=6)
_OWN = re.compile(r'^  (id|proposal|prev): ".*"\n', re.MULTILINE)
_COMMIT = re.compile(r'(custom "mikroledger" "commit") "\d{6}"')


def _commits(book: Path) -> list[str]:
    return [path.read_text() for path in sorted(book.glob("journal/*/*.beancount"))]


def _journal(book: Path) -> dict[str, bytes]:
    files = (path for path in book.glob("journal/**/*.beancount") if path.is_file())
    return {str(path.relative_to(book)): path.read_bytes() for path in files}


def _texts(book: Path) -> list[str]:
    """Return all entries as they stand, but for the numbers of the commits that hold them."""
    blocks = (block.strip("\n") + "\n" for text in _commits(book) for block in text.split("\n\n"))
    return [_OWN.sub("", block) for block in blocks if not _COMMIT.search(block)]


def _headers(book: Path) -> set[str]:
    """Return how the heads of commits look."""
    found = (_OWN.sub("", text.partition("\n\n")[0] + "\n") for text in _commits(book))
    return {re.sub(r"\d\d\d\d-\d\d-\d\d", "DAY", _COMMIT.sub(r"\1", text)) for text in found}


class Office:
    """The services, given the same orders on the same days as the generator has them."""

    def __init__(self, house: House, plan: Plan) -> None:
        self.house = house
        self.journal = house.journal
        self.loans = {loan.number: loan for loan in plan.loans_made}

    def do(self, draft: Draft) -> None:
        who = Who(draft.by, draft.day)
        for entry in draft.entries:
            loan = self.loans.get(entry.get("loan"))
            match draft.verb, entry:
                case "approve", _ if loan:
                    self._approve(loan, who)
                case "disburse", _ if loan:
                    order = Pay("disburse", loan.number, loan.principal, entry.day, loan.payout)
                    pay(self.journal, order, who)
                case "countersign", _ if loan:
                    (number,) = open_proposals(self.journal.read())
                    countersign(self.journal, number, who)
                case "repay", Transaction() if loan:
                    amount, reference = -entry.on(loan.account), entry.get("reference")
                    pay(self.journal, Pay("repay", loan.number, amount, entry.day, reference), who)
        if draft.verb == "import":
            self._import(draft, who)

    def _approve(self, loan: Loan, who: Who) -> None:
        order = Approval(
            "loan",
            loan.debtor,
            loan.principal,
            loan.decided,
            loan.decision,
            Terms(first_due=loan.first_due, count=loan.instalments),
            centre=loan.centre,
            support=loan.support,
        )
        assert approve(self.journal, self.house.debtors, order, who).loan == loan.number

    def _import(self, draft: Draft, who: Who) -> None:
        record = draft.entries[-1]
        kind, digest = record.get("format"), record.get("digest")
        loans = [self.loans[entry.get("loan")] for entry in draft.entries[:-1]]
        if kind == "erp":
            rows = tuple(map(erp_row, loans))
            document = Document("liste.csv", kind, "opus", digest, erp=rows)
        else:
            lines = tuple(map(statement_line, loans))
            until = lines[-1].day
            document = Document("konto.csv", kind, "bank", digest, bank=lines, until=until)
        import_(self.journal, self.house.debtors, document, who)


def test_each_entry_is_what_the_services_book_for_the_same_order(tmp_path: Path) -> None:
    write(tmp_path / "fast", SMALL)
    house = new_book(tmp_path / "slow", date(2014, 1, 1), "bench")
    register(house, SMALL.loans_made, date(2014, 1, 1))
    office = Office(house, SMALL)
    for draft in drafts(SMALL):
        office.do(draft)
    assert _texts(tmp_path / "fast") == _texts(tmp_path / "slow")
    assert _headers(tmp_path / "fast") == _headers(tmp_path / "slow")
    assert len(_texts(tmp_path / "fast")) == 1 + 3 * (3 + 1 + 1 + 2) + 2 * 3 + 3 * 2


@pytest.mark.parametrize("bound", [False, True], ids=["open", "bound"])
def test_the_chain_holds_and_the_checker_finds_what_was_planted(
    tmp_path: Path, *, bound: bool
) -> None:
    plan = Plan(loans=40, repayments=6, misbooked=3, bound=bound)
    booked = write(tmp_path / "book", plan)
    ledger = FileJournal(tmp_path / "book").read()
    assert ledger.flaws == ()
    assert not open_proposals(ledger)
    assert len(ledger.transactions) == booked == 40 * (2 + 6) + 3
    found = [f for f in check(ALL_RULES, portfolio(ledger, plan.today)).open if f.severity]
    assert {(f.code, f.loan) for f in found} == {("ML101", number) for number in plan.planted}
    assert len(plan.planted) == 3


@pytest.mark.parametrize("bound", [False, True], ids=["open", "bound"])
def test_beancount_finds_nothing_else_wrong(tmp_path: Path, *, bound: bool) -> None:
    plan = Plan(loans=40, repayments=6, bound=bound)
    booked = write(tmp_path / "book", plan)
    entries, errors, _ = loader.load_file(str(tmp_path / "book" / "main.beancount"))
    (planted,) = plan.planted
    assert [planted in error.message for error in errors] == [True]
    assert sum(type(entry).__name__ == "Transaction" for entry in entries) == booked


def test_some_loans_are_repaid_and_some_still_owe(tmp_path: Path) -> None:
    write(tmp_path / "book", YEARS)
    folio = portfolio(FileJournal(tmp_path / "book").read(), YEARS.today)
    assert {loan.outstanding > ZERO for loan in folio.loans.values()} == {False, True}
    assert len(folio.loans) == 40
    amounts = [loan.case.principal for loan in folio.loans.values()]
    assert min(amounts) >= 5000
    assert max(amounts) <= 42000
    assert len(set(amounts)) > 30


def test_the_book_goes_on_where_the_generator_stopped(tmp_path: Path) -> None:
    write(tmp_path / "book", YEARS)
    owing = next(x.number for x in YEARS.loans_made if x.instalments > YEARS.repayments)
    order = Pay("repay", owing, kroner(1), YEARS.today, "NY-1")
    outcome = pay(FileJournal(tmp_path / "book"), order, Who("anl", YEARS.today))
    assert outcome.outcome == "booked"
    assert FileJournal(tmp_path / "book").read().flaws == ()


def test_one_seed_makes_one_book(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write(tmp_path / name, Plan(loans=5, repayments=2, seed=seed))
    one, same, other = (_commits(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same != other


def test_a_bound_book_is_what_close_would_have_left(tmp_path: Path) -> None:
    write(tmp_path / "open", Plan(loans=5, repayments=2))
    write(tmp_path / "bound", Plan(loans=5, repayments=2, bound=True))
    months = sorted(path.name for path in (tmp_path / "open/journal").iterdir() if path.is_dir())
    assert bind(DISK, tmp_path / "open", months[-2]) == tuple(months[:-1])
    assert _journal(tmp_path / "open") == _journal(tmp_path / "bound")


def test_loan_numbers_stay_of_one_length_in_a_large_book() -> None:
    plan = Plan(loans=10_000, repayments=1)
    assert {len(loan.number) for loan in plan.loans_made} == {len("L2014-0001")}
    assert len({loan.number for loan in plan.loans_made}) == 10_000
    assert len({loan.person for loan in plan.loans_made}) == 10_000
    assert len(plan.planted) == 50


def test_the_command_says_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(tmp_path / "book"), "--loans", "4", "--repayments", "2", "--bind"])
    told = capsys.readouterr().out
    assert "4 loans, 17 transactions" in told
    assert "1 loans booked as grants; the day after is 2019-03-29" in told


@pytest.mark.parametrize("words", [["--loans", "0"], ["--loans", "60000"], ["--repayments", "0"]])
def test_the_command_refuses_what_no_book_can_hold(tmp_path: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "book"), *words])
    assert not (tmp_path / "book").exists()
