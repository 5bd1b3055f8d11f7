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
from mikroledger.domain.parts import (
    of_debtor,
    of_entry,
    of_key,
    of_loan,
    of_reference,
    of_statement,
)
from mikroledger.domain.payment import Flow, Payment
from mikroledger.domain.personal import has_cpr
from mikroledger.domain.record import BankLine, BankPart
from mikroledger.domain.rooms import Debtors
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO, danish
from mikroledger.services.board import Board
from mikroledger.services.erp import Tally
from mikroledger.services.meet import meet_bank, meet_order, overlap, turned
from mikroledger.services.order import amount_of
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


Shares = list[tuple[Target, Decimal]]
"""What belongs where, of a part or of a line; money in is positive."""


@dataclass(slots=True)
class Told:
    """What notices have said of an entry of the bank's before its line came.

    Args:
        waiting: the payments that they name, and that no line has paid yet.
        loans: whose these are.
    """

    waiting: list[Payment]
    loans: frozenset[str]

    @classmethod
    def of(cls, board: Board, entry: str) -> "Told":
        """Look up an entry."""
        named = board.by_entry(entry)
        waiting = [p for p in named if p.flow == "in" and not p.banked and p.amount]
        return cls(waiting, frozenset(p.case for p in waiting))

    def take(self, amount: Decimal, loan: str) -> Target | None:
        """Return the payment that a part is, once."""
        for payment in self.waiting:
            if payment.amount == -amount and loan in ("", payment.case):
                self.waiting.remove(payment)
                return _repaid(payment)
        return None

    def divided(self, shares: Shares) -> Shares:
        """Divide what nobody could name among the payments left, if it holds them all.

        A statement often has one sum for all payments of a day, and the notice each of them.
        """
        lost = sum((amount for t, amount in shares if t.account == chart.SUSPENSE), ZERO)
        named = -sum((p.amount for p in self.waiting), ZERO)
        if not self.waiting or lost < named:
            return shares
        kept = [share for share in shares if share[0].account != chart.SUSPENSE]
        return [*kept, *_rest(lost, [(_repaid(p), -p.amount) for p in self.waiting])]


def _repaid(payment: Payment) -> Target:
    return Target(chart.REPAYMENTS, payment.id, payment.case, "in")


def place_lines(board: Board, lines: Sequence[BankLine], source: str, debtors: Debtors) -> Tally:
    """Place every line of a statement that the book has not seen.

    Raises:
        RefusedError: a line's id is known with another amount or day.
    """
    tally, taken = Tally(), set[str]()
    for line in sorted(lines, key=lambda each: (not _named_already(board, each), each.day)):
        key = key_of(source, line.entry)
        if key in taken or _seen(board, line, key):
            tally.already += 1
            continue
        taken.add(key)
        told = Told.of(board, f"{source}/{line.entry}")
        targets = [
            each
            for number, part in enumerate(line.parts)
            for each in _targets(board, line, part, name_of(line.entry, number), told, debtors)
        ]
        targets = told.divided(targets)
        _book(board, line, key, targets)
        lost = any(target.account == chart.SUSPENSE for target, _ in targets)
        tally.suspense += lost
        tally.booked += not lost
    return tally


def names(line: BankLine, source: str, debtors: Debtors) -> Iterator[str]:
    """Yield the names (`domain.parts`) of all that a line may be about."""
    yield of_key(key_of(source, line.entry))
    yield of_entry(f"{source}/{line.entry}")
    yield of_statement(seen_as(line))
    for number, part in enumerate(line.parts):
        yield from names_of(part, name_of(line.entry, number))
        if payer := debtors.payer(part.text) if part.amount > ZERO else None:
            yield of_debtor(payer[0])


def names_of(part: BankPart, fresh: str) -> Iterator[str]:
    """Yield the names (`domain.parts`) of all that a part may be about."""
    yield from map(of_reference, (fresh, *tokens(part)))
    loans = (fik.loan_of(part.fik), *chart.find_numbers(part.text))
    yield from map(of_loan, filter(None, loans))


def key_of(source: str, entry: str) -> str:
    """Return the key of the line of an account that has a bank's id."""
    return f"bank:{source}:{entry}"


def seen_as(line: BankLine) -> str:
    """Return what a line is in any statement of its account: the bank's day, and the amount."""
    return f"{line.day} {line.amount:.2f}"


def name_of(entry: str, number: int) -> str:
    """Name a payment that the bank alone knows; an entry may hold several, counted from 0."""
    return f"B{entry}-{number}" if number else f"B{entry}"


def _named_already(board: Board, line: BankLine) -> bool:
    """Tell whether a line carries a reference that the book knows: those are placed first."""
    return any(board.by_reference(part.reference) for part in line.parts if part.reference)


def _seen(board: Board, line: BankLine, key: str) -> bool:
    """Tell whether the line is in the book; a changed line under a known id is an error."""
    entry = board.ledger.keys.get(key)
    if entry is None:
        return False
    said = entry.on(chart.BANK) if isinstance(entry, Transaction) else amount_of(entry)
    if said != line.amount or entry.value != line.value:
        raise RefusedError(
            da=f"Linje {line.line}: banken har tidligere meldt {danish(said)} kr."
            f" den {long_day(entry.value, 'da')} under samme nummer ({entry.id}); nu siger den"
            f" {danish(line.amount)} kr. Intet er bogført. Spørg banken.",
            en=f"Line {line.line}: the bank reported {danish(said)} kr. on"
            f" {entry.value} under the same id ({entry.id}) before; now it says"
            f" {danish(line.amount)} kr. Nothing was booked. Ask the bank.",
        )
    return True


def _targets(
    board: Board,
    line: BankLine,
    part: BankPart,
    name: str,
    told: Told,
    debtors: Debtors,
) -> Shares:
    """Say where a part belongs; a batch reference belongs to several payments."""
    if part.amount < ZERO and not line.returned:
        return _paid_out(board, line, part)
    if part.amount < ZERO:
        return [(_bounced(board, part), part.amount)]
    loan = loan_of(board, part)
    if known := told.take(part.amount, loan):
        return [(known, part.amount)]
    if loan in told.loans:  # the notice says it otherwise: nothing is booked a second time
        return [(Target(chart.SUSPENSE), part.amount)]
    payer = debtors.payer(part.text)
    return [(_came_in(board, line, part, name, payer), part.amount)]


def tokens(part: BankPart) -> list[str]:
    """Return what could be a reference: the bank's own field first, then words of the text."""
    words = part.text.replace(";", " ").replace(",", " ").split()
    return [t for t in dict.fromkeys((part.reference, *words)) if t]


def _paid_out(board: Board, line: BankLine, part: BankPart) -> Shares:
    for token in tokens(part):
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
    named = [p.case for token in tokens(part) for p in board.by_reference(token)]
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
) -> Shares:
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
    own = [each for each in known if each[0] == token and each[3] == -amount]
    if len(known := own or known) == 1:
        name, case, ordered, _ = known[0]
        share = max(-ordered, amount) if ordered else amount
        return _rest(amount, [(Target(chart.PAYOUTS, name, case), share)])
    if not known or sum((each for *_, each in known), ZERO) > -amount:
        return []
    shares = [(Target(chart.PAYOUTS, name, case), -each) for name, case, _, each in known if each]
    return _rest(amount, shares)


def _rest(
    amount: Decimal,
    shares: Shares,
) -> Shares:
    """Leave in suspense what a line holds beyond the orders that are known: a batch may go on."""
    rest = amount - sum((share for _, share in shares), ZERO)
    return [*shares, (Target(chart.SUSPENSE), rest)] if rest else shares


def _bounced(board: Board, part: BankPart) -> Target:
    """An incoming payment that the bank took back: against the payment that it was."""
    loan = fik.loan_of(part.fik)
    named = [p for token in tokens(part) for p in board.by_reference(token)]
    alike = (*named, *reversed(board.by_case(loan)))
    found = [p for p in alike if p.flow == "in" and p.bank == part.amount]
    told = [p for p in found if taken_back(p)]
    return _repaid((told or found)[0]) if found else Target(chart.SUSPENSE)


def taken_back(payment: Payment) -> bool:
    """Tell whether a notice has said that a payment was taken back."""
    return any(
        entry.kind == "reverse" and entry.get("key").startswith("notice:")
        for entry in payment.entries
    )


def _came_in(
    board: Board,
    line: BankLine,
    part: BankPart,
    fresh: str,
    payer: tuple[str, str] | None,
) -> Target:
    for token in tokens(part):
        for payment in board.by_reference(token):
            whole = line.returned or payment.bank == part.amount
            if payment.flow == "out" and whole and payment.bank and not payment.returned:
                # one that was taken off already has its counterpart waiting on clearing
                account = chart.RETURNED if payment.amount else chart.PAYOUTS
                return Target(account, payment.id, payment.case, "out")
            if payment.flow == "in" and not payment.banked:
                return _repaid(payment)
    loan = loan_of(board, part) or (_of_payer(board, *payer) if payer else "")
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


def loan_of(board: Board, part: BankPart) -> str:
    """Return the loan that a payment id or a loan number in the text names."""
    named = [fik.loan_of(part.fik), *chart.find_numbers(part.text)]
    loans = dict.fromkeys(n for n in named if n in board.cases and board.cases[n].kind == "loan")
    return next(iter(loans)) if len(loans) == 1 else ""


def _of_payer(board: Board, debtor: str, loan: str) -> str:
    """Return the loan that a payer's text is recorded for, else the debtor's only open one."""
    owing = [c.number for c in board.cases_of(debtor) if c.kind == "loan"]
    named = [n for n in owing if n == loan] if loan else [n for n in owing if board.debt(n) > ZERO]
    return named[0] if len(named) == 1 else ""


def _book(
    board: Board,
    line: BankLine,
    key: str,
    targets: Shares,
) -> None:
    """Book a line as one transaction, with one posting for each payment in it."""
    single = targets[0][0] if len(targets) == 1 else Target("")
    postings = [
        Posting(target.account, -amount, {"payment": target.payment} if target.payment else {})
        for target, amount in targets
    ]
    meta: dict[str, Value] = {
        "kind": "bank",
        "flow": single.flow if single.payment else "",
        "loan": single.loan,
        "payment": single.payment,
        "fik": _other_loan(line, single),
        "reference": _named(line, single) or _again(board, line, single),
        "said": _said(line, single),
        "key": key,
        "statement": seen_as(line),
        "value": line.value,
    }
    kept = {k: v for k, v in meta.items() if v != ""}
    bank = Posting(chart.BANK, line.amount)
    txn = Transaction(line.day, "Banklinje", (*postings, bank), meta=kept)
    known = [board.get(target.payment) for target, _ in targets]
    board.add(txn)
    for (target, amount), before in zip(targets, known, strict=True):
        _what_it_is(board, line, target, amount, before)


def _other_loan(line: BankLine, target: Target) -> str:
    """Return the payment id of a line that its reference placed on another loan (ML108)."""
    card = line.parts[0].fik if len(line.parts) == 1 and target.flow == "in" else ""
    return card if fik.loan_of(card) not in ("", target.loan) else ""


def _named(line: BankLine, target: Target) -> str:
    """Return the reference that the line is found by again.

    A payer's own text on an instalment is none: a standing order says the same each month.
    """
    if len({part.reference for part in line.parts}) > 1:
        return ""
    part = line.parts[0]
    if target.flow == "in" and target.payment not in (part.reference, ""):
        return ""
    candidates = [token for token in tokens(part) if _REFERENCE.fullmatch(token)]
    named = part.reference or (candidates[0] if len(candidates) == 1 else "")
    return "" if has_cpr(named, dashed=True) else named


def _said(line: BankLine, target: Target) -> str:
    """Return the payer's own text with a repayment that has another name: orders may carry it."""
    if target.flow != "in" or not target.payment or len(line.parts) > 1:
        return ""
    text = line.parts[0].reference
    return "" if text == target.payment or has_cpr(text, dashed=True) else text


def _again(board: Board, line: BankLine, target: Target) -> str:
    """Return the reference of a repayment that another line of these days has carried (ML304)."""
    if target.flow != "in" or not target.payment or len(line.parts) > 1:
        return ""
    window = board.repayment_window
    for token in tokens(line.parts[0]):
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
        owed = overlap(-amount, -before.amount) if before and not wrong else -amount
        postings = meet_order(None, owed, home, "in").postings
        text = f"Afdrag på lån {target.loan}" if amount > ZERO else "Afdrag ført tilbage"
        kind = "repay" if amount > ZERO else "reverse"
        if postings:  # a notice may have taken it back before
            board.add(Transaction(line.day, text, postings, meta={**meta, "kind": kind}))
        return
    if target.account == chart.PAYOUTS:
        sent_back(board, target.payment, _named(line, target))
    if postings := meet_bank(board.get(target.payment), -amount, target.flow):
        text = f"Beløb kendt fra banken {target.loan}".strip()
        board.add(Transaction(line.day, text, postings, meta={**meta, "kind": "erp"}))
