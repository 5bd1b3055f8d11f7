"""`mikroledger demo`: what went wrong in Aarhus in 2011, and why it cannot any more.

The replay calls the same services as the commands, on the files that ship in
`ledger/aarhus-2011/`, with the days of the story in place of the clock.
"""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from mikroledger.cli.app import safe, said
from mikroledger.cli.debtor import read_debtors
from mikroledger.cli.output import show_table
from mikroledger.days import long_day, parse_day
from mikroledger.debtors import Debtor, read_cpr
from mikroledger.domain.finding import Findings, Severity
from mikroledger.domain.plan import Terms
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.rule import check
from mikroledger.errors import RefusedError
from mikroledger.importers import read
from mikroledger.money import danish, parse_amount
from mikroledger.services import letters_
from mikroledger.services.approve import Approval, Kind, approve
from mikroledger.services.correct import Choice, reclassify
from mikroledger.services.countersign import countersign
from mikroledger.services.defer import Deferral, defer
from mikroledger.services.import_ import Imported, import_
from mikroledger.services.order import Outcome, Who
from mikroledger.services.pay import Pay, pay
from mikroledger.services.remind import Proposal, Run, judge, run
from mikroledger.wiring import House, new_book, shipped

_MARK = "demo.txt"
_DECIDED = date(2011, 3, 25)
_PAID = date(2011, 5, 2)
_LISTED = date(2011, 5, 6)
_CORRECTED = date(2011, 5, 9)
_TOLD = date(2011, 5, 10)
_AGREED = date(2011, 6, 6)
_DEFERRED = date(2011, 9, 28)
_NOVEMBER = date(2011, 11, 15)
_LATER = date(2012, 1, 12)
_ORDERED = (1, 2, 3, 4, 6, 7, 8)  # the rest were paid by the local centres, past the ledger
_STOPPED = (7, 8)


@click.command(
    help=said(
        "Genspil Aarhus 2011, fra fejl til rettelse. Lån bogført som tilskud ses, ingen rykkes"
        " for dem, de rettes, og siden får kun de rigtige brev.\n\nEksempel: mikroledger demo",
        "Replay Aarhus 2011, from the mistake to the correction. Loans booked as grants are seen,"
        " nobody is reminded for them, they are corrected, and later only the right ones get a"
        " letter.\n\n"
        "Example: mikroledger demo",
    ),
)
@click.argument("folder", type=click.Path(path_type=Path), default="mikroledger-demo")
@click.option("--fresh", is_flag=True, help=said("Begynd forfra i samme mappe.", "Start afresh."))
def demo(folder: Path, *, fresh: bool) -> None:
    """Replay Aarhus 2011."""
    _clear(folder, fresh=fresh)
    replay = Replay(folder)
    click.echo(
        said(
            "Aarhus 2011, genspillet. Beløb, rater, dage, navne og numre er opdigtede.",
            "Aarhus 2011, replayed. Sums, instalments, days, names and numbers are invented.",
        )
    )
    for line in replay.tell():
        click.echo(safe(line))
    _end(replay)


def _clear(folder: Path, *, fresh: bool) -> None:
    """Make room for a run; two runs are never mixed, and only a demo's folder is removed."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if fresh and (folder / _MARK).is_file():
        shutil.rmtree(folder)
        return
    if (folder / _MARK).is_file():
        raise RefusedError(
            da=f"{folder} rummer allerede en demo. Begynd forfra med --fresh, eller vælg en anden"
            " mappe.",
            en=f"{folder} holds a demo already. Start afresh with --fresh, or choose another"
            " folder.",
        )
    raise RefusedError(
        da=f"{folder} er ikke tom. Vælg en anden mappe: mikroledger demo MAPPE.",
        en=f"{folder} is not empty. Choose another folder: mikroledger demo DIR.",
    )


@dataclass(frozen=True, slots=True)
class _People:
    """Initials of the invented staff: caseworker, cashier, accountant, team lead."""

    caseworker: str = "anl"
    cashier: str = "kas"
    accountant: str = "reg"
    lead: str = "led"


class Replay:
    """The story, day by day; each step returns the lines that tell it."""

    def __init__(self, folder: Path) -> None:
        self.data = shipped("ledger") / "aarhus-2011"
        policy = (self.data / "policy.beancount").read_text()
        mark = "mikroledger demo\n"
        self.house: House = new_book(
            folder,
            _DECIDED,
            "demo",
            more={"policy.beancount": policy, _MARK: mark},
        )
        self.people = _People()
        self.held: Proposal | None = None
        self.letters: Run | None = None

    def tell(self) -> Iterator[str]:
        """Play the whole story."""
        for day, step, da, en in (
            (_DECIDED, self.decide, "Bevillinger", "Decisions"),
            (_PAID, self.pay_out, "Udbetaling, to personer", "Payout, two persons"),
            (_LISTED, self.import_may, "Regnskab indlæser", "The accounts department imports"),
            (_LISTED, self.look, "Bemærkninger", "Findings"),
            (_LISTED, self.hold, "Rykkerkørslen", "The reminder run"),
            (_CORRECTED, self.correct, "Ompostering, to personer", "Corrections, two persons"),
            (_TOLD, self.notify, "Planen i brev", "The plan in a letter"),
            (_AGREED, self.agree, "Økonomisystemets egne rettelser", "The ERP's own corrections"),
            (_DEFERRED, self.defer, "To er stoppet og får henstand", "Two have stopped, deferred"),
            (_NOVEMBER, self.november, "Den tolvte låntager", "The twelfth borrower"),
            (_LATER, self.remind, "Otte måneder senere", "Eight months later"),
        ):
            yield ""
            yield f"== {said(long_day(day, 'da'), long_day(day, 'en'))}: {said(da, en)}"
            yield from step(day)

    def _who(self, by: str, day: date) -> Who:
        return Who(by, day)

    def _folio(self, day: date) -> tuple[Portfolio, Findings]:
        folio = portfolio(self.house.journal.read(), day)
        return folio, check(self.house.rules, folio)

    def decide(self, day: date) -> Iterator[str]:
        """Register the borrowers, and record the decisions."""
        people = [_debtor(row) for row in read_debtors(self.data / "debtors.csv")]
        self.house.register.add_all(people, by="demo", on=day)
        made = list(self._approve("decisions.csv", day))
        loans = [o for o in made if o.loan.startswith("L")]
        yield said(
            f"{len(loans)} lån og {len(made) - len(loans)} tilskud er bevilget; udbetaling er"
            " lovet 1. april.",
            f"{len(loans)} loans and {len(made) - len(loans)} grant are granted; the payout is"
            " promised for 1 April.",
        )

    def _approve(self, name: str, day: date) -> Iterator[Outcome]:
        who = self._who(self.people.caseworker, day)
        with (self.data / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                order = _approval(row, day)
                yield approve(self.house.journal, self.house.debtors, order, who)

    def pay_out(self, day: date) -> Iterator[str]:
        """Pay seven loans through the ledger; the local centres pay the rest past it."""
        for number in _ORDERED:
            self._disburse(f"L2011-{number:04d}", f"PAY-{number}", day)
        yield said(
            f"{len(_ORDERED)} lån udbetalt til lånenes egne konti og godkendt af en anden; brev"
            " med plan til hver. De øvrige udbetaler lokalcentrene uden om lånebogen.",
            f"{len(_ORDERED)} loans paid to their own accounts and approved by a second person;"
            " a letter with the plan to each. The local centres pay the rest past the ledger.",
        )
        proposal = self._judge(day)
        yield said(
            f"Rykkerkørsel samme dag: {len(proposal.letters)} breve.",
            f"Reminder run on the same day: {len(proposal.letters)} letters.",
        )

    def _disburse(self, loan: str, reference: str, day: date) -> None:
        amount = portfolio(self.house.journal.read(), day).cases[loan].principal
        order = Pay("disburse", loan, amount, day, reference)
        proposed = pay(self.house.journal, order, self._who(self.people.caseworker, day))
        who = self._who(self.people.cashier, day)
        countersign(self.house.journal, proposed.id, who)
        folio, found = self._folio(day)
        for owed in letters_.owed_notices(folio, found):
            letters_.notify(self.house.desk, folio, owed, who)

    def _import(self, name: str, day: date) -> Imported:
        document = read(self.data / name)
        who = self._who(self.people.accountant, day)
        return import_(self.house.journal, self.house.debtors, document, who)

    def _imported(self, *names: str, day: date) -> Iterator[str]:
        for name in names:
            done = self._import(name, day)
            yield said(
                f"{name}: {done.rows} rækker, {done.booked} bogført, {done.suspense} uafklaret.",
                f"{name}: {done.rows} rows, {done.booked} booked, {done.suspense} unplaced.",
            )

    def import_may(self, day: date) -> Iterator[str]:
        """Import the ERP's list with the faults in it, and the account statement."""
        yield from self._imported("posteringer-2011-05.csv", "kontoudtog-2011-05.csv", day=day)

    def look(self, day: date) -> Iterator[str]:
        """Show every finding."""
        _, found = self._folio(day)
        for f in found.open:
            amount = danish(f.amount) if f.amount is not None else ""
            yield f"  {f.code}  {f.loan}  {amount:>10} kr.  {said(f.text.da, f.text.en)}"
        errors = sum(f.severity is Severity.ERROR for f in found.open)
        yield said(f"{errors} fejl.", f"{errors} errors.")

    def _judge(self, day: date) -> Proposal:
        return judge(self.house.rules, self.house.journal.read(), day, day)

    def hold(self, day: date) -> Iterator[str]:
        """Show that nobody is reminded, and every reason."""
        self.held = self._judge(day)
        yield said(
            f"{len(self.held.letters)} breve. Holdt, med hver grund:",
            f"{len(self.held.letters)} letters. Held, with every reason:",
        )
        for held in self.held.held:
            yield f"  {held.loan}"
            for c in held.reasons:
                yield f"      {c.code:<15} {said(c.text.da, c.text.en)}"

    def correct(self, day: date) -> Iterator[str]:
        """Book the corrections: one person proposes, another approves."""
        who = self._who(self.people.accountant, day)
        lead = self._who(self.people.lead, day)
        for proposed in reclassify(self.house.journal, self.house.rules, Choice(all=True), who):
            done = countersign(self.house.journal, proposed.id, lead)
            folio, _ = self._folio(day)
            txn = next(t for t in folio.ledger.transactions if t.id == done.id)
            letters_.print_voucher(self.house.desk, folio, txn)
            yield f"  {done.loan}  {txn.text}  {danish(done.amount)} kr."
        _, found = self._folio(day)
        yield said(
            f"Bemærkninger tilbage: {len(found.open)}.",
            f"Findings left: {len(found.open)}.",
        )

    def notify(self, day: date) -> Iterator[str]:
        """Write the plan to those who have not got it, or whose loan was corrected."""
        done = run(self.house.desk, self.house.rules, day, None, self._who("nat", day))
        yield said(
            f"{len(done.made)} udbetalingsbreve, 0 rykkere.",
            f"{len(done.made)} payout letters, 0 reminders.",
        )

    def agree(self, day: date) -> Iterator[str]:
        """Import the ERP's own corrections: they confirm ours and move nothing."""
        before, _ = self._folio(day)
        yield from self._imported("posteringer-2011-06.csv", day=day)
        after, _ = self._folio(day)
        same = all(after.loans[n].account == loan.account for n, loan in before.loans.items())
        yield said(
            "Ingen saldo flyttede sig." if same else "En saldo flyttede sig!",
            "No balance moved." if same else "A balance moved!",
        )

    def defer(self, day: date) -> Iterator[str]:
        """Give two of the four who stopped a deferral."""
        for number in _STOPPED:
            order = Deferral(
                f"L2011-{number:04d}",
                date(2011, 10, 1),
                date(2012, 3, 31),
                "afgørelse om henstand",
            )
            defer(self.house.journal, order, self._who(self.people.caseworker, day))
            yield said(f"  {order.loan} til 31. marts 2012", f"  {order.loan} until 31 March 2012")

    def november(self, day: date) -> Iterator[str]:
        """The one who came later: decided, paid and listed right."""
        list(self._approve("decisions-november.csv", day))
        self._disburse("L2011-0012", "PAY-12", day)
        yield from self._imported("posteringer-2011-11.csv", day=day)

    def remind(self, day: date) -> Iterator[str]:
        """Import the bank, and remind those who really are late."""
        yield from self._imported("kontoudtog-2012-01.csv", day=day)
        proposal = self._judge(day)
        who = self._who("nat", day)
        self.letters = run(self.house.desk, self.house.rules, day, proposal.hash, who)
        again = run(self.house.desk, self.house.rules, day, None, who)
        for held in proposal.held:
            yield f"  {held.loan}  {', '.join(c.code for c in held.reasons)}"
        made = len(self.letters.made)
        yield said(
            f"{made} rykkere, {len(proposal.held)} holdt, {proposal.nothing_due} skylder intet"
            f" endnu. En kørsel til samme dag: {len(again.made)} breve.",
            f"{made} reminders, {len(proposal.held)} held, {proposal.nothing_due} owe nothing"
            f" yet. Another run on the same day: {len(again.made)} letters.",
        )


def _debtor(row: dict[str, str]) -> Debtor:
    return Debtor(
        number=row["number"],
        name=row["name"],
        address=row["address"],
        id_kind="cpr",
        id_number=read_cpr(row["cpr"]).digits,
        paper=bool(row["paper"]),
        protected=bool(row["protected"]),
    )


def _approval(row: dict[str, str], day: date) -> Approval:
    kind: Kind = "loan" if row["kind"] == "loan" else "grant"
    terms = None
    if kind == "loan":
        terms = Terms(
            first_due=parse_day(row["first_due"], day),
            each=parse_amount(row["instalment"]),
        )
    return Approval(
        kind=kind,
        debtor=row["debtor"],
        principal=parse_amount(row["principal"]),
        decided=parse_day(row["decided"], day),
        decision=row["decision"],
        terms=terms,
        centre=row["centre"],
        support=row["support"],
        promised=parse_day(row["promised"], day) if row["promised"] else None,
    )


def _end(replay: Replay) -> None:
    """Close with a short table, and say where the files are."""
    folio = portfolio(replay.house.journal.read(), _LATER)
    found = check(replay.house.rules, folio)
    stopped = {h.loan for h in replay.held.held} if replay.held else set()
    reminded = {m.loan for m in replay.letters.made} if replay.letters else set()
    yes = said("ja", "yes")
    click.echo("")
    show_table(
        said(
            "Lån;Hovedstol;Restgæld;Lånets konto;Restance;Holdt i maj;Rykker nu",
            "Loan;Principal;Outstanding;Account;Arrears;Held in May;Reminder now",
        ).split(";"),
        [
            [
                loan.number,
                danish(loan.case.principal),
                danish(loan.outstanding),
                danish(loan.account),
                danish(loan.arrears.amount),
                yes if loan.number in stopped else "",
                yes if loan.number in reminded else "",
            ]
            for loan in folio.loans.values()
        ],
        frozenset({1, 2, 3, 4}),
    )
    click.echo("")
    book = replay.house.book
    for made in replay.letters.made if replay.letters else ():
        click.echo(str(book / made.file))
    click.echo(said(f"Åbne bemærkninger: {len(found.open)}", f"Open findings: {len(found.open)}"))
    click.echo(said(f"Bog: {book}/main.beancount", f"Book: {book}/main.beancount"))
    click.echo(said(f"Breve: {book}/letters/", f"Letters: {book}/letters/"))
    click.echo(
        said(
            f"Prøv selv: mikroledger --book {book} explain L2011-0002 --as-of 06-05-2011"
            " --known-on 06-05-2011",
            f"Try it: mikroledger --book {book} explain L2011-0002 --as-of 06-05-2011"
            " --known-on 06-05-2011",
        )
    )
