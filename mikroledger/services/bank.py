"""Place an account statement: the bank's half of each payment.

Only a statement line touches the bank account. A line with a payment id (FIK) of ours says
what it is as well; money in that nobody can name goes to suspense, never to a guess.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mikroledger.days import long_day
from mikroledger.domain import chart, fik
from mikroledger.domain.ledger import Posting, Transaction, Value
from mikroledger.domain.parts import of_key, of_loan, of_reference
from mikroledger.domain.payment import Flow, Payment
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.record import BankLine, BankPart
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, danish
from mikroledger.services.board import Board
from mikroledger.services.erp import Tally
from mikroledger.services.meet import meet_bank, meet_order, turned
from mikroledger.services.suspense import sent_back

_REFERENCE = re.compile(r"[A-Z]{1,10}-[0-9][A-Z0-9-]{0,24}", re.ASCII)
"""A word of a bank's text that looks like one of our references: `PAY-1`."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a part of a line belongs to: a payment, known or new, and its account."""

    account: str
    payment: str = ""
    loan: str = ""
    flow: Flow = "out"


def place_lines(board: Board, lines: Sequence[BankLine], source: str) -> Tally:
    """Place every line of a statement that the book has not seen.

    Raises:
        RefusedError: a line's id is known with another amount or day.
    """
    tally = Tally()
    for line in sorted(lines, key=lambda each: (not _named_already(board, each), each.day)):
        key = _key(line, source)
        if _seen(board, line, key):
            tally.already += 1
            continue
        targets = [
            (part, each)
            for number, part in enumerate(line.parts)
            for each in _targets(board, line, part, _name(line, number))
        ]
        _book(board, line, key, targets)
        lost = any(target.account == chart.SUSPENSE for _, (target, _) in targets)
        tally.suspense += lost
        tally.booked += not lost
    return tally


def names(line: BankLine, source: str) -> Iterator[str]:
    """Yield the names (`domain.parts`) of all that a line may be about."""
    yield of_key(_key(line, source))
    for number, part in enumerate(line.parts):
        yield from map(of_reference, (_name(line, number), *_tokens(part)))
        loans = (fik.loan_of(part.fik), *chart.find_numbers(part.text))
        yield from map(of_loan, filter(None, loans))


def _key(line: BankLine, source: str) -> str:
    return f"bank:{source}:{line.entry}"


def _name(line: BankLine, number: int) -> str:
    """Name a payment that the bank alone knows; a line may hold several."""
    return f"B{line.entry}-{number}" if number else f"B{line.entry}"


def _named_already(board: Board, line: BankLine) -> bool:
    """Tell whether a line carries a reference that the book knows: those are placed first."""
    return any(board.by_reference(part.reference) for part in line.parts if part.reference)


def _seen(board: Board, line: BankLine, key: str) -> bool:
    """Tell whether the line is in the book; a changed line under a known id is an error."""
    entry = board.ledger.keys.get(key)
    if entry is None:
        return any(key == made.get("key") for made in board.made if made.kind == "bank")
    assert isinstance(entry, Transaction), "a bank line is a transaction"
    if entry.on(chart.BANK) != line.amount or entry.value != line.value:
        raise RefusedError(
            da=f"Linje {line.line}: banken har tidligere meldt {danish(entry.on(chart.BANK))} kr."
            f" den {long_day(entry.value, 'da')} under samme nummer ({entry.id}); nu siger den"
            f" {danish(line.amount)} kr. Intet er bogført. Spørg banken.",
            en=f"Line {line.line}: the bank reported {danish(entry.on(chart.BANK))} kr. on"
            f" {entry.value} under the same id ({entry.id}) before; now it says"
            f" {danish(line.amount)} kr. Nothing was booked. Ask the bank.",
        )
    return True


def _targets(
    board: Board,
    line: BankLine,
    part: BankPart,
    name: str,
) -> list[tuple[Target, Decimal]]:
    """Say where a part belongs; a batch reference belongs to several payments."""
    if part.amount < ZERO and not line.returned:
        return _paid_out(board, line, part)
    if part.amount < ZERO:
        return [(_bounced(board, part), part.amount)]
    return [(_came_in(board, line, part, name), part.amount)]


def _tokens(part: BankPart) -> list[str]:
    """Return what could be a reference: the bank's own field first, then words of the text."""
    words = part.text.replace(";", " ").replace(",", " ").split()
    return [t for t in dict.fromkeys((part.reference, *words)) if t]


def _paid_out(board: Board, line: BankLine, part: BankPart) -> list[tuple[Target, Decimal]]:
    for token in _tokens(part):
        paid = [p for p in board.by_reference(token) if p.flow == "out"]
        if found := _shares(board, paid, token, part.amount):
            return found
    for number in chart.find_numbers(part.text):
        paid = [p for p in board.by_case(number) if _waits(p, part.amount)]
        monthly = number in board.cases and board.cases[number].kind == "subsistence"
        if monthly or len(paid) > 1:  # equal sums come monthly
            window = board.repayment_window
            paid = [p for p in paid if abs((p.value - line.value).days) <= window]
        waiting = [r for r in board.proposals_of(number) if r.meta.get("amount") == -part.amount]
        if len(paid) == 1:
            return [(Target(chart.PAYOUTS, paid[0].id, paid[0].case), part.amount)]
        if waiting and not paid:
            return [(Target(chart.PAYOUTS, waiting[0].get("payment"), number), part.amount)]
    named = [p.case for token in _tokens(part) for p in board.by_reference(token)]
    numbers = [n for n in (*named, *chart.find_numbers(part.text)) if n in board.cases]
    loan = numbers[0] if len(set(numbers)) == 1 else ""
    return [(Target(chart.SUSPENSE, loan=loan), part.amount)]


def _waits(payment: Payment, amount: Decimal) -> bool:
    return payment.flow == "out" and not payment.banked and payment.amount == -amount


def _shares(
    board: Board,
    paid: list[Payment],
    token: str,
    amount: Decimal,
) -> list[tuple[Target, Decimal]]:
    """Divide a line among the payments that its reference names, if it is their sum."""
    known = [
        (p.id, p.case, p.amount if p.ordered else ZERO, p.amount) for p in paid if not p.banked
    ]
    known += [
        (r.get("payment"), r.get("loan"), ordered, ordered)
        for r in board.proposals(token)
        if isinstance(ordered := r.meta.get("amount"), Decimal)
        and r.get("payment") not in {p.id for p in paid}
    ]
    if len(known) == 1:
        name, case, ordered, _ = known[0]
        share = max(-ordered, amount) if ordered else amount
        return _rest(amount, [(Target(chart.PAYOUTS, name, case), share)])
    if not known or sum((each for *_, each in known), ZERO) > -amount:
        return []
    shares = [(Target(chart.PAYOUTS, name, case), -each) for name, case, _, each in known if each]
    return _rest(amount, shares)


def _rest(
    amount: Decimal,
    shares: list[tuple[Target, Decimal]],
) -> list[tuple[Target, Decimal]]:
    """Leave in suspense what a line holds beyond the orders that are known: a batch may go on."""
    rest = amount - sum((share for _, share in shares), ZERO)
    return [*shares, (Target(chart.SUSPENSE), rest)] if rest else shares


def _bounced(board: Board, part: BankPart) -> Target:
    """An incoming payment that the bank took back: against the payment that it was."""
    loan = fik.loan_of(part.fik)
    named = [p for token in _tokens(part) for p in board.by_reference(token)]
    for payment in (*named, *reversed(board.by_case(loan))):
        if payment.flow == "in" and payment.bank == part.amount:
            return Target(chart.REPAYMENTS, payment.id, payment.case, "in")
    return Target(chart.SUSPENSE)


def _came_in(board: Board, line: BankLine, part: BankPart, fresh: str) -> Target:
    for token in _tokens(part):
        for payment in board.by_reference(token):
            whole = line.returned or payment.bank == part.amount
            if payment.flow == "out" and whole and payment.bank and not payment.returned:
                return Target(chart.RETURNED, payment.id, payment.case, "out")
            if payment.flow == "in" and not payment.banked:
                return Target(chart.REPAYMENTS, payment.id, payment.case, "in")
    loan = _loan(board, part)
    if not loan:
        return Target(chart.SUSPENSE)
    window = board.repayment_window
    alike = [
        p
        for p in board.by_case(loan)
        if p.flow == "in"
        and not p.banked
        and -part.amount in (p.amount, -turned(p))
        and abs((p.value - line.value).days) <= window
    ]
    if len(alike) > 1:
        return Target(chart.SUSPENSE)
    name = alike[0].id if alike else board.fresh(fresh)
    return Target(chart.REPAYMENTS, name, loan, "in")


def _loan(board: Board, part: BankPart) -> str:
    """Return the loan that a payment id or a loan number in the text names."""
    named = [fik.loan_of(part.fik), *chart.find_numbers(part.text)]
    loans = dict.fromkeys(n for n in named if n in board.cases and board.cases[n].kind == "loan")
    return next(iter(loans)) if len(loans) == 1 else ""


def _book(
    board: Board,
    line: BankLine,
    key: str,
    targets: Sequence[tuple[BankPart, tuple[Target, Decimal]]],
) -> None:
    """Book a line as one transaction, with one posting for each payment in it."""
    single = targets[0][1][0] if len(targets) == 1 else Target("")
    postings = [
        Posting(target.account, -amount, {"payment": target.payment} if target.payment else {})
        for _, (target, amount) in targets
    ]
    meta: dict[str, Value] = {
        "kind": "bank",
        "flow": single.flow if single.payment else "",
        "loan": single.loan,
        "payment": single.payment,
        "reference": _named(line, single) or _again(board, line, single),
        "key": key,
        "value": line.value,
    }
    kept = {k: v for k, v in meta.items() if v != ""}
    bank = Posting(chart.BANK, line.amount)
    txn = Transaction(line.day, "Banklinje", (*postings, bank), meta=kept)
    known = [board.get(target.payment) for _, (target, _) in targets]
    board.add(txn)
    for (_, (target, amount)), before in zip(targets, known, strict=True):
        _what_it_is(board, line, target, amount, before)


def _named(line: BankLine, target: Target) -> str:
    """Return the reference that the line is found by again.

    A payer's own text on an instalment is none: a standing order says the same each month.
    """
    if len({part.reference for part in line.parts}) > 1:
        return ""
    part = line.parts[0]
    if target.flow == "in" and target.payment not in (part.reference, ""):
        return ""
    candidates = [token for token in _tokens(part) if _REFERENCE.fullmatch(token)]
    named = part.reference or (candidates[0] if len(candidates) == 1 else "")
    return "" if has_cpr(named, dashed=True) else named


def _again(board: Board, line: BankLine, target: Target) -> str:
    """Return the reference of a repayment that another line of these days has carried (ML304)."""
    if target.flow != "in" or not target.payment or len(line.parts) > 1:
        return ""
    window = board.repayment_window
    for token in _tokens(line.parts[0]):
        for twin in board.by_reference(token):
            near = abs((twin.value - line.value).days) <= window
            if twin.flow == "in" and twin.bank == -line.amount and twin.banked and near:
                return token if twin.id != target.payment else ""
    return ""


def _what_it_is(
    board: Board,
    line: BankLine,
    target: Target,
    amount: Decimal,
    before: Payment | None,
) -> None:
    """Book the other half where the line itself says it, or fills what the ERP left open."""
    meta: dict[str, Value] = {
        "flow": target.flow,
        "loan": target.loan,
        "payment": target.payment,
        "value": line.value,
    }
    meta = {k: v for k, v in meta.items() if v != ""}
    wrong = before is not None and turned(before) > ZERO and not before.orders
    unsaid = before is None or amount < ZERO or wrong
    if target.flow == "in" and target.loan and unsaid:
        home = chart.loan_account(target.loan)
        postings = meet_order(None, -amount, home, "in").postings
        text = f"Afdrag på lån {target.loan}" if amount > ZERO else "Afdrag ført tilbage"
        kind = "repay" if amount > ZERO else "reverse"
        board.add(Transaction(line.day, text, postings, meta={**meta, "kind": kind}))
        return
    if target.account == chart.PAYOUTS:
        sent_back(board, target.payment, _named(line, target))
    if postings := meet_bank(board.get(target.payment), -amount, target.flow):
        text = f"Beløb kendt fra banken {target.loan}".strip()
        board.add(Transaction(line.day, text, postings, meta={**meta, "kind": "erp"}))
