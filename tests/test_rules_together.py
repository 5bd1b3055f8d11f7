"""One list with one planted error of each kind shows each exactly once, with reason and remedy.

Every other thing in the list is as it should be: what is paid out is in the bank, and what is
decided is planned. Sums, numbers and days are invented.
"""

from collections import Counter
from dataclasses import replace

import pytest
from test_rules_fixtures import AS_OF, FILES, ledger

from mikroledger.domain.finding import Finding
from mikroledger.domain.portfolio import portfolio
from mikroledger.domain.rule import check
from mikroledger.rules import ALL_RULES

BROKEN = (
    "journal/2011-05/000007-repay.beancount, linje 1: bogføring 000007 er ændret.",
    "journal/2011-05/000007-repay.beancount, line 1: commit 000007 was changed.",
)


class List:
    """A ledger that is written entry by entry, each commit with one of them."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.commit = 1

    def add(self, head: str, meta: str, *postings: str, name: str = "") -> str:
        """Write an entry, and return its id. `meta` is `key: value, key: value`."""
        self.commit += 1
        name = name or f"{self.commit:06d}-1"
        lines = [f'id: "{name}"', 'by: "anl"', *(part.strip() for part in meta.split(";"))]
        lines += postings
        self.text.append("\n".join((head, *(f"  {line}" for line in lines if line), "")))
        return name

    def record(self, day: str, words: str, meta: str = "", name: str = "") -> str:
        kind = words.split('"')[1]
        return self.add(
            f'{day} custom "mikroledger" {words}', f'kind: "{kind}"; {meta}', name=name
        )

    def decide(
        self,
        number: str,
        principal: int = 6000,
        terms: str = 'every: "1m"; instalments: 10',
        day: str = "2011-04-11",
    ) -> str:
        kind = {"L": "loan", "G": "grant", "S": "subsistence"}[number[0]]
        if kind == "loan":
            self.text.append(f"1970-01-01 open Assets:Loans:P65:{number} DKK\n")
            self.text.append(f"1970-01-01 open Liabilities:Overpaid:{number} DKK\n")
        meta = f'loan: "{number}"; debtor: "D{number[-4:]}"; {terms if kind == "loan" else ""}'
        return self.record(day, f'"decision" "{kind}" "{number}" {principal}.00 DKK', meta)

    def erp(self, number: str, account: str, amount: int, meta: str = "", **more: str) -> str:
        """Let the ERP list a payout; with `against` it goes against another account."""
        payment, day = more.get("payment", f"PAY-{number}"), more.get("day", "2011-12-01")
        flow = more.get("flow", "out")
        named = f'kind: "erp"; flow: "{flow}"; loan: "{number}"; payment: "{payment}"; {meta}'
        other = more.get("against", "Assets:Clearing:Payouts")
        source = '    source: "erp"'
        return self.add(
            f'{day} * "Bilag"',
            named,
            f"{account}  {amount}.00 DKK\n{source}",
            f"{other}  {-amount}.00 DKK",
        )

    def order(
        self, number: str, amount: int = 6000, meta: str = 'countersigned: "mkj"', **more: str
    ) -> str:
        payment, day = more.get("payment", f"PAY-{number}"), more.get("day", "2011-12-01")
        named = f'kind: "disburse"; flow: "out"; loan: "{number}"; payment: "{payment}"; {meta}'
        return self.add(
            f'{day} * "Udbetaling"',
            named,
            f"Assets:Loans:P65:{number}  {amount}.00 DKK",
            f"Assets:Clearing:Payouts  {-amount}.00 DKK",
        )

    def bank(self, number: str, amount: int = 6000, account: str = "Payouts", **more: str) -> str:
        payment, day = more.get("payment", f"PAY-{number}"), more.get("day", "2011-12-02")
        return self.add(
            f'{day} * "Banklinje"',
            f'kind: "bank"; flow: "out"; loan: "{number}"; payment: "{payment}"',
            f"Assets:Clearing:{account}  {amount}.00 DKK",
            f"Assets:Bank  {-amount}.00 DKK",
        )

    def pay(self, number: str, **more: str) -> None:
        """Decide a loan, and pay it out as it should be."""
        self.decide(number)
        self.order(number, 6000, 'countersigned: "mkj"', **more)
        self.bank(number, day=more.get("banked", "2011-12-02"))

    def repay(self, number: str, amount: int, meta: str = "", **more: str) -> str:
        kind, account = (
            more.get("kind", "repay"),
            more.get("account", f"Assets:Loans:P65:{number}"),
        )
        payment = more.get("payment", f"REP-{number}")
        return self.add(
            f'{more.get("day", "2011-12-20")} * "Afdrag"',
            f'kind: "{kind}"; flow: "in"; loan: "{number}"; payment: "{payment}"; {meta}',
            f"{account}  {-amount}.00 DKK",
            f"Assets:Clearing:Repayments  {amount}.00 DKK",
        )

    def correct(self, number: str, amount: int, corrects: str, day: str) -> str:
        return self.add(
            f'{day} * "Omp."',
            f'kind: "reclassify"; countersigned: "mkj"; loan: "{number}"; payment: "PAY-{number}";'
            f' corrects: "{corrects}"',
            f"Assets:Loans:P65:{number}  {amount}.00 DKK",
            f"Expenses:P65:Grants  {-amount}.00 DKK",
        )

    def hold(self, number: str, meta: str, day: str = "2011-12-01", name: str = "") -> str:
        return self.record(day, '"hold" "DISPUTE"', f'loan: "{number}"; {meta}', name)

    def letter(self, number: str, kind: str, day: str, meta: str = "") -> str:
        return self.record(day, f'"letter" "{kind}"', f'loan: "{number}"; {meta}')


def classified(book: List) -> None:
    """1xx: what stands where it does not belong."""
    grants, subsistence = "Expenses:P65:Grants", "Expenses:P65:Subsistence"
    for number, accounts in (
        ("L2011-0101", {grants: 6000}),
        ("L2011-0103", {subsistence: 6000}),
    ):
        book.decide(number)
        for account, amount in accounts.items():
            book.erp(number, account, amount)
        book.bank(number)
    book.decide("G2011-0102")
    book.text.append("1970-01-01 open Assets:Loans:P65:G2011-0102 DKK\n")
    book.erp("G2011-0102", "Assets:Loans:P65:G2011-0102", 6000)
    book.decide("S2011-0104", day="2011-10-03")
    book.text.append("1970-01-01 open Assets:Loans:P65:S2011-0104 DKK\n")
    book.erp("S2011-0104", "Assets:Loans:P65:S2011-0104", 6000)


def misplaced(book: List) -> None:
    """1xx, the others: refunds, repayments, account strings, parts."""
    grants, subsistence = "Expenses:P65:Grants", "Expenses:P65:Subsistence"
    book.decide("L2011-0105")
    book.add(
        '2011-12-05 * "Bilag"',
        'kind: "erp"; flow: "refund"; loan: "L2011-0105"; payment: "refund-1"',
        'Income:P65:Refund  -3000.00 DKK\n    source: "erp"',
        "Assets:RefundReceivable  3000.00 DKK",
    )
    book.decide("L2011-0106")
    book.bank("L2011-0106")
    book.pay("L2011-0107")
    book.repay("L2011-0107", 500, kind="erp", account="Income:P65:Repayments")
    book.pay("L2011-0108")
    book.repay("L2011-0108", 500, 'reference: "L2011-0107/1"')
    book.pay("L2011-0109")
    book.repay("L2011-0109", 500)
    book.erp(
        "L2011-0109",
        "Assets:Loans:P65:L2011-0109",
        500,
        flow="in",
        payment="REP-L2011-0109",
        day="2011-12-21",
        against="Assets:Clearing:Reposting",
    )
    book.decide("G2011-0110")
    book.erp("G2011-0110", subsistence, 6000)
    book.decide("L2011-0111")
    book.erp("L2011-0111", "Assets:Loans:P65:L2011-0111", 4000)
    book.erp("L2011-0111", grants, 2000)
    book.bank("L2011-0111")
    book.decide("L2011-0112", terms='plan: "2011-12-01 3000.00, 2012-02-01 3000.00"')
    book.order("L2011-0112")
    book.bank("L2011-0112")
    book.decide("L2011-0113")
    book.erp("L2011-0113", grants, 6000)
    book.bank("L2011-0113")
    book.erp("L2011-0113", grants, -6000, against="Assets:Clearing:Reposting", day="2011-12-15")


def paid(book: List) -> None:
    """2xx: what was paid, and should not have been; or was not, and should."""
    book.pay("L2011-0201")
    book.order("L2011-0201", payment="PAY-201", day="2011-12-05")
    book.bank("L2011-0201", payment="PAY-201", day="2011-12-06")
    book.pay("L2011-0202")
    book.order("L2011-0202", 500, payment="PAY-202", day="2011-12-05")
    book.bank("L2011-0202", 500, payment="PAY-202", day="2011-12-06")
    book.decide("L2011-0203", day="2011-12-20")
    book.order("L2011-0203")
    book.bank("L2011-0203")
    book.decide("L2011-0204", 3000)
    book.decide("L2011-0205")
    book.order("L2011-0205")
    book.pay("L2011-0206")
    book.bank("L2011-0206", -6000, "Returned", day="2011-12-06")
    book.decide("L2011-0207", terms='every: "1m"; instalments: 10; promised: 2011-06-01')
    book.decide("L2011-0208")
    book.erp("L2011-0208", "Assets:Loans:P65:L2011-0208", 6000, 'debtor: "D9999"')
    book.bank("L2011-0208")
    words = '"unplaced" "erp" Assets:Loans:P65:Unassigned -500.00 DKK'
    book.record("2011-12-05", words, 'debtor: "D0001"')


def repaid(book: List) -> None:
    """3xx: repayments and terms."""
    book.pay("L2011-0301")
    book.repay("L2011-0301", 6100)
    book.decide("L2011-0302")
    book.repay("L2011-0302", 500)
    book.add(
        '2011-07-04 * "Banklinje"',
        'kind: "bank"',
        "Liabilities:Suspense  -500.00 DKK",
        "Assets:Bank  500.00 DKK",
    )
    book.pay("L2011-0304")
    book.repay("L2011-0304", 500, 'reference: "FI-7"')
    book.repay("L2011-0304", 500, 'reference: "FI-7"', payment="REP-again", day="2011-12-21")
    book.decide("L2011-0305", terms='plan: "2012-07-02 3000.00, 2012-08-01 2000.00"')
    book.pay("L2011-0306")
    book.record(
        "2011-12-05",
        '"hold" "DEFERRAL"',
        'loan: "L2011-0306"; reason: "afgørelse 14"; until: 2012-01-15',
    )
    book.decide("S2011-0308", day="2011-07-10")


def written(book: List) -> None:
    """4xx: letters."""
    book.pay("L2011-0401")
    book.letter("L2011-0401", "reminder", "2011-12-01")
    book.decide("L2011-0402", terms='every: "1m"; instalments: 10; first-due: 2011-07-01')
    book.order("L2011-0402", day="2011-05-02")
    book.bank("L2011-0402", day="2011-05-02")
    book.letter("L2011-0402", "reminder", "2011-08-15")
    book.decide("L2011-0403")
    sent = book.letter("L2011-0403", "payout", "2011-12-01")
    meta = f'loan: "L2011-0403"; evidence: "{sent}"'
    book.record("2011-12-02", '"delivery" "handed-over"', meta)
    book.letter(
        "L2011-0403",
        "payout",
        "2011-12-30",
        'file: "letters/2011/lost.pdf"; sha256: "1111"; certificate: "2222"',
    )


def kept(book: List) -> None:
    """5xx: the book itself."""
    book.add(
        '2011-12-05 * "Rettet i hånden"',
        'kind: "erp"',
        "Assets:Loans:P65:L2011-0001  100.00 DKK",
        "Assets:Clearing:Repayments  -100.00 DKK",
    )
    book.hold("L2011-0001", 'reason: "ring til 610190-0000"')
    book.decide("L2011-0503")
    book.order("L2011-0503", meta="")
    book.bank("L2011-0503")
    book.hold("L2011-0002", 'reason: "indsigelse"', day="2011-02-10")
    book.hold("L2011-0599", 'reason: "indsigelse"')
    book.decide("L2011-0507")
    wrong = book.erp("L2011-0507", "Expenses:P65:Grants", 6000)
    book.bank("L2011-0507")
    book.correct("L2011-0507", 4000, wrong, "2011-12-05")
    book.correct("L2011-0507", 2000, wrong, "2011-12-06")
    copied = book.hold("L2011-0003", 'reason: "indsigelse"')
    book.hold("L2011-0003", 'reason: "indsigelse"', name=copied)
    book.decide("L2011-0509")
    late = book.erp("L2011-0509", "Expenses:P65:Grants", 6000, day="2011-05-02")
    book.bank("L2011-0509", day="2011-05-03")
    book.correct("L2011-0509", 6000, late, "2011-05-20")
    book.record("2011-09-05", '"import" "erp"')


def old(book: List) -> None:
    """Write what was booked before February 2011 was closed (ML307), and close it (ML505)."""
    plan = 'plan: "2009-02-02 3000.00, 2019-01-02 3000.00"'
    book.decide("L2008-0307", terms=plan, day="2008-05-05")
    book.order("L2008-0307", day="2008-05-06")
    book.bank("L2008-0307", day="2008-05-07")
    book.record("2011-03-02", '"close" "2011-02"')


def accepted(book: List) -> None:
    """0xx: acceptances."""
    book.record("2011-12-05", '"accept" "ML204-000098-1"', 'ml-ignore: "ML204"')
    book.record("2011-12-05", '"accept" "ML204-000099-1"', 'ml-ignore: "ML204 sag 2011-7"')


@pytest.fixture(scope="module")
def found() -> tuple[Finding, ...]:
    """What `check` shows of the list."""
    book = List()
    book.text.append('2011-01-01 custom "mikroledger" "payout-confirmation" "bank"\n')
    book.text.append('2011-01-01 custom "mikroledger" "erp-correction-days" 45\n')
    for part in (old, classified, misplaced, paid, repaid, written, kept, accepted):
        part(book)
    book.record("2011-12-30", '"import" "bank-csv"', "until: 2011-12-30")
    made = replace(ledger("\n".join(book.text)), flaws=(BROKEN,))
    return check(ALL_RULES, portfolio(made, AS_OF, FILES)).open


def test_each_kind_of_error_is_shown_exactly_once(found: tuple[Finding, ...]) -> None:
    assert Counter(f.code for f in found) == Counter(rule.code for rule in ALL_RULES)
    assert len({f.id for f in found}) == len(found)


def test_each_has_its_reason_and_its_remedy(found: tuple[Finding, ...]) -> None:
    rules = {rule.code: rule for rule in ALL_RULES}
    for finding in found:
        rule = rules[finding.code]
        assert (finding.name, finding.severity) == (rule.name, rule.severity)
        assert finding.text.da.endswith(".")
        assert finding.text.en.endswith(".")
        assert "To settle it: " in rule.manual.replace("\n", " ")
        assert finding.place.line


def test_they_come_worst_first(found: tuple[Finding, ...]) -> None:
    assert [f.severity for f in found] == sorted((f.severity for f in found), reverse=True)


def test_what_moves_money_to_its_place_is_proposed(found: tuple[Finding, ...]) -> None:
    assert {f.code for f in found if f.fix} == {
        *(f"ML10{n}" for n in (1, 2, 3, 4, 5, 7, 8, 9)),
        *("ML110", "ML111", "ML113"),
    }
