"""The correction voucher (omposteringsbilag): a payment moved to where it belongs.

Balanced, and naming both vouchers; the payment keeps its value day, so that neither payout day
nor plan moves; the state refund claimed on a loan is taken back in the same voucher
(domain/danish-municipal.md 2.6).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from mikroledger.domain import chart
from mikroledger.domain.finding import Finding, Findings
from mikroledger.domain.judge import named_loan
from mikroledger.domain.ledger import Journal, Ledger, Posting, Transaction, Value
from mikroledger.domain.parts import of_finding, of_loan, of_reference
from mikroledger.domain.payment import Payment, payments
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services.board import Board
from mikroledger.services.order import Outcome, Planned, Who, already, signed, submit
from mikroledger.services.proposal import proposal_of
from mikroledger.services.survey import findings


def correction(folio: Portfolio, payment_id: str) -> Transaction:
    """Return the voucher that puts a payment right, as of the portfolio's day.

    Raises:
        RefusedError: nothing is wrong with it any more, or nobody can tell where it belongs.
    """
    payment = folio.payments[payment_id]
    refunds = _refunds(folio, payment)
    lines = [*_own_lines(folio, payment)]
    lines += [line for refund in refunds for line in _refund_lines(refund)]
    if not lines:
        raise RefusedError(
            da=f"Betalingen {payment.id} står allerede rigtigt. Der er intet at ompostere.",
            en=f"The payment {payment.id} already stands right. There is nothing to correct.",
        )
    return Transaction(
        folio.as_of,
        _text(folio, payment),
        tuple(lines),
        meta=_meta(folio, payment, refunds),
    )


def _own_lines(folio: Portfolio, payment: Payment) -> Iterator[Posting]:
    """Take the payment off every wrong account, and put it on the right one."""
    if payment.flow == "refund":
        if folio.kind(payment) == "loan" and payment.amount:
            yield from _refund_lines(payment)
        return
    home = _home(folio, payment)
    wrong = {a: s for a, s in payment.book.items() if a != home}
    if not wrong:
        return
    if not home:
        raise RefusedError(
            da=f"Betalingen {payment.id} hører ikke til en bevilling, så ingen kan vide, hvor"
            " den skal stå. Registrér bevillingen med »mikroledger approve« først.",
            en=f"The payment {payment.id} belongs to no decision, so nobody can tell where it"
            " should stand. Record the decision with 'mikroledger approve' first.",
        )
    moved = sum(wrong.values(), ZERO)
    if moved:
        yield Posting(home, moved)
    for account, amount in wrong.items():
        yield Posting(account, -amount)


def _home(folio: Portfolio, payment: Payment) -> str:
    """Return where a payment belongs: by its decision, or by the loan that a repayment names."""
    named = _named(payment)
    if not named:
        return payment.right(folio.kind(payment))
    if named not in folio.loans:
        raise RefusedError(
            da=f"Betalingen {payment.id} nævner {named}, som bogen ikke kender. Registrér"
            " bevillingen med »mikroledger approve« først.",
            en=f"The payment {payment.id} names {named}, which the book does not know. Record the"
            " decision with 'mikroledger approve' first.",
        )
    return chart.loan_account(named)


def _named(payment: Payment) -> str:
    """Return the loan that a repayment's id names, where it is another than its own (ML108).

    What only the ERP knows may be a second record of money that the other loan has.
    """
    known = payment.flow == "in" and (payment.orders or payment.banked)
    named = named_loan(payment) if known else ""
    return named if named != payment.case else ""


def _refund_lines(refund: Payment) -> Iterator[Posting]:
    """Take a refund back, under the refund's own payment."""
    own = {"payment": refund.id}
    yield Posting(chart.REFUND, -refund.amount, own)
    yield Posting(chart.REFUND_RECEIVABLE, refund.amount, own)


def _refunds(folio: Portfolio, payment: Payment) -> list[Payment]:
    """Return the refunds claimed on a loan's payout."""
    if payment.flow != "out" or folio.kind(payment) != "loan":
        return []
    return [
        p
        for p in folio.payments.values()
        if p.flow == "refund" and p.case == payment.case and p.amount
    ]


_KINDS = {"loan": "lån", "grant": "tilskud", "subsistence": "forsørgelse"}
_STOOD = {
    chart.GRANTS: "som tilskud",
    chart.SUBSISTENCE: "som forsørgelse",
    chart.INCOME: "som indtægt",
    chart.REFUND: "med statsrefusion",
}


def _text(folio: Portfolio, payment: Payment) -> str:
    """Say what is corrected, and why: `Omp. bilag 70011 - lån L2011-0002 konteret som tilskud`."""
    vouchers = ", ".join(sorted(v.partition("/")[0] for v in payment.vouchers))
    named = f" bilag {vouchers}" if vouchers else ""
    kind = folio.kind(payment)
    stood = next((_STOOD[a] for a in payment.book if a in _STOOD and a != payment.right(kind)), "")
    if payment.flow == "refund":
        stood = _STOOD[chart.REFUND]
    if loan := _named(payment):
        return f"Omp.{named} - afdrag på {loan} konteret på {payment.case}"
    return f"Omp.{named} - {_KINDS[kind]} {payment.case} konteret {stood or 'forkert'}"


def _meta(folio: Portfolio, payment: Payment, refunds: Sequence[Payment]) -> dict[str, Value]:
    count = len(folio.corrected.get(payment.id, ())) + 1
    original = max(
        (payment.last_on(a) for a in payment.book if a != _home(folio, payment)),
        key=lambda txn: txn.commit,
        default=None,
    )
    meta: dict[str, Value] = {
        "kind": "reclassify",
        "loan": _named(payment) or payment.case,
        "payment": payment.id,
        "debtor": payment.debtor,
        "corrects": (original or payment.entries[-1]).id,
        "original": ", ".join(sorted(payment.vouchers)),
        "value": payment.value,
        "key": f"reclassify:{payment.id}/{count}",
    }
    if refunds or payment.flow == "refund":
        refund = refunds[0] if refunds else payment
        meta["also"] = refund.id
        meta["refund-quarter"] = quarter(refund.value)
    if payment.value.year < folio.as_of.year:
        meta["prior-year"] = payment.value.year
    return {k: v for k, v in meta.items() if v != ""}


def quarter(day: date) -> str:
    """Return the quarter of a day, as a refund claim names it.

    >>> quarter(date(2011, 6, 30))
    '2011-Q2'
    """
    return f"{day.year}-Q{(day.month + 2) // 3}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which findings to settle: some by id, or all that have a fix."""

    ids: tuple[str, ...] = ()
    all: bool = False


def choose(folio: Portfolio, found: Findings, choice: Choice) -> dict[str, Finding]:
    """Return the payments to correct, each with the finding that names it.

    Raises:
        RefusedError: a finding is not open, or has no correction that could be booked.
    """
    fixable = [f for f in found.open if f.fix]
    if not choice.all:
        by_id = {f.id: f for f in found.open}
        fixable = [_fixable(by_id, number) for number in choice.ids]
    chosen = {f.fix.payment: f for f in fixable if f.fix}
    covered = {
        refund.id
        for name in chosen
        for refund in _refunds(folio, folio.payments[name])
        if any(_own_lines(folio, folio.payments[name]))
    }
    return {name: finding for name, finding in chosen.items() if name not in covered}


def _fixable(by_id: dict[str, Finding], number: str) -> Finding:
    finding = by_id.get(number)
    if finding is None:
        raise RefusedError(
            da=f"Der er ingen åben bemærkning {number}. Se dem med »mikroledger check«.",
            en=f"There is no open finding {number}. See them with 'mikroledger check'.",
        )
    if finding.fix is None:
        raise RefusedError(
            da=f"{number} kan ikke rettes med en ompostering. Læs hvad der skal til med"
            f" »mikroledger check --explain {finding.code}«.",
            en=f"{number} cannot be settled by a correction voucher. Read what it takes with"
            f" 'mikroledger check --explain {finding.code}'.",
        )
    return finding


def reclassify(
    journal: Journal,
    rules: Sequence[Rule],
    choice: Choice,
    who: Who,
    *,
    dry_run: bool = False,
) -> list[Outcome]:
    """Propose (or, where policy needs no second person, book) the corrections.

    Raises:
        RefusedError: a finding is not open or cannot be settled by a voucher.
    """
    who = replace(who, by=signed(who.by))
    names = frozenset(name for number in choice.ids for name in of_finding(number))
    if choice.all:
        fixable = [f for f in findings(journal, rules, who.today).open if f.fix]
        names = frozenset(name for f in fixable for name in _about(f))
    folio = portfolio(_with_named(journal, names), who.today)
    settled = [_settled(folio.ledger, number) for number in choice.ids]
    open_ids = tuple(i for i, old in zip(choice.ids, settled, strict=True) if old is None)
    chosen = choose(folio, check(rules, folio), replace(choice, ids=open_ids))
    made = [
        submit(
            journal,
            "reclassify",
            who,
            partial(_make, name, finding.id, who),
            about={*_about(finding), of_loan(named_loan(folio.payments[name]))},
            dry_run=dry_run,
        )
        for name, finding in chosen.items()
    ]
    return [*(old for old in settled if old), *made]


def _about(finding: Finding) -> frozenset[str]:
    """Return what a correction is about: its finding, and the payment that it moves."""
    payment = finding.fix.payment if finding.fix else ""
    return of_finding(finding.id) | {of_reference(payment), of_loan(finding.loan)}


def _with_named(journal: Journal, names: frozenset[str]) -> Ledger:
    """Read what some names are about, and the loans that payments among it name (ML108)."""
    found = journal.read(names)
    loans = {of_loan(named_loan(payment)) for payment in payments(found).values()}
    return journal.read(names | loans) if loans - names - {of_loan("")} else found


def _settled(ledger: Ledger, number: str) -> Outcome | None:
    """Return the correction of a finding that has been booked or proposed before."""
    for entry in reversed(ledger.entries):
        if number in entry.get("finding").split():
            declined = {r.get("proposal") for r in ledger.records("declined")}
            return None if entry.id in declined else already(entry)
    return None


def _make(name: str, finding: str, who: Who, ledger: Ledger) -> Planned | Outcome:
    folio = portfolio(ledger, who.today)
    for proposal in folio.waiting.values():
        if proposal.values[0] == "reclassify" and name in (
            proposal.get("payment"),
            proposal.get("also"),
        ):
            return already(proposal)
    voucher = correction(folio, name)
    voucher = replace(voucher, meta={**voucher.meta, "finding": finding})
    if folio.policy.text("countersign") != "off":
        return Planned((proposal_of(voucher, "reclassify"),))
    board = Board(ledger, who.today)
    board.add(voucher)
    return Planned(board.flow_back())
