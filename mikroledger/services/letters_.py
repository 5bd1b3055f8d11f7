"""Make letters and keep them: PDF, certificate, and the record in the book.

The order of effects: render, move the files into place (the name says loan, kind, level and
day), then record; some letters together are one commit. A crash anywhere repeats into the same
files and makes no second letter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.conditions import NOTICES, Condition, notices
from mikroledger.domain.finding import Findings
from mikroledger.domain.gate import Cleared
from mikroledger.domain.ledger import Journal, Ledger, Record, Transaction, Value
from mikroledger.domain.letter import (
    ApologyLetter,
    Content,
    NewPlanLetter,
    PayoutLetter,
    Sender,
    Voucher,
    VoucherLine,
)
from mikroledger.domain.parts import of_loan
from mikroledger.domain.policy import Policy
from mikroledger.domain.portfolio import APOLOGY, REMINDER, Letter, Loan, Portfolio
from mikroledger.domain.rooms import Debtors, Letters, Outbox, Printed, PrintJob
from mikroledger.errors import RefusedError
from mikroledger.money import ZERO
from mikroledger.services.order import Outcome, Planned, Who, already, amount_of, submit
from mikroledger.words import Language, Text


@dataclass(frozen=True, slots=True)
class Desk:
    """The rooms that a letter passes through."""

    journal: Journal
    debtors: Debtors
    letters: Letters
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Made:
    """A letter that was made: its record, and where it lies."""

    loan: str
    kind: str
    level: int
    file: str
    outcome: Outcome


def sender(policy: Policy) -> Sender:
    """Return who writes, as of the policy's day."""
    return Sender(
        municipality=policy.text("municipality"),
        office=policy.text("office"),
        address=tuple(filter(None, (s.strip() for s in policy.text("office-address").split(";")))),
        cvr=policy.text("cvr"),
        phone=policy.text("phone"),
        phone_hours=policy.text("phone-hours"),
        phone_hours_en=policy.text("phone-hours-en"),
        email=policy.text("email"),
        creditor=policy.text("creditor-number"),
        bank_account=policy.text("bank-account"),
    )


def language(policy: Policy) -> Language:
    """Return the language that letters are written in."""
    return "en" if policy.text("letter-language") == "en" else "da"


def owed_notices(folio: Portfolio, found: Findings) -> list[Loan]:
    """Return the loans whose borrowers should get the plan: paid out, right, and not told.

    It is told once per plan, and again after a correction. A plan of which no instalment is left
    to pay tells nobody anything: the gate asks for a new one (NOTICED).
    """
    wrong_loans = {f.loan for f in found.errors}
    wrong_debtors = {f.debtor for f in found.errors if f.debtor}
    return [
        loan
        for loan in folio.loans.values()
        if loan.payouts
        and loan.outstanding
        and not loan.misbooked
        and not any(p.due_back for p in loan.payouts)
        and loan.number not in wrong_loans
        and loan.case.debtor not in wrong_debtors
        and loan.next_part
        and not _told(loan)
    ]


def _told(loan: Loan) -> bool:
    """Tell whether the plan was sent since the last correction; on its own day nothing is."""
    last = loan.corrections[-1].commit if loan.corrections else -1
    if loan.corrections and loan.corrections[-1].booked >= loan.as_of:
        return True
    if any(letter.kind in NOTICES and letter.on == loan.as_of for letter in loan.letters):
        return True  # a plan that moves on the day of its letter is told the day after
    return any(notice.record.commit > last for notice in notices(loan))


def notify(desk: Desk, folio: Portfolio, loan: Loan, who: Who) -> Made:
    """Make one notice and keep it.

    Raises:
        RefusedError: it cannot be made from the templates or the register as they are.
    """
    (made,) = keep(desk, (notice(desk, folio, loan).ready(),), who)
    return made


def notice(desk: Desk, folio: Portfolio, loan: Loan) -> InPrint:
    """Start the letter that tells the plan: of the payout, or of a new plan agreed on since.

    Raises:
        RefusedError: it cannot be made from the register as it is.
    """
    changed = loan.changes[-1].commit if loan.changes else -1
    corrected = loan.corrections[-1].commit if loan.corrections else -1
    name, amount = "payout", loan.disbursed
    content: Content = payout_letter(loan, corrected=bool(loan.corrections))
    if changed > corrected:
        name, amount, content = "new-plan", loan.outstanding, new_plan_letter(loan)
    meta: dict[str, Value] = {
        "amount": amount,
        "plan": loan.plan_name,
        "first-due": loan.plan[0].due,
    }
    return _start(desk, folio, _Sheet(name, loan.number, 0, folio.as_of), content, meta)


def new_plan_letter(loan: Loan) -> NewPlanLetter:
    """Say what was agreed on for what was outstanding."""
    return NewPlanLetter(
        loan=loan.number,
        on=loan.as_of,
        agreed_on=loan.changes[-1].value,
        plan=loan.settled,
        outstanding=loan.outstanding,
        decision=loan.case.decision,
    )


def payout_letter(loan: Loan, *, corrected: bool) -> PayoutLetter:
    """Say what was paid out, and the plan."""
    assert loan.paid_out is not None, "only a paid-out loan is owed a notice"
    return PayoutLetter(
        loan=loan.number,
        on=loan.as_of,
        paid_on=loan.paid_out,
        amount=loan.disbursed,
        plan=loan.settled,
        decision=loan.case.decision,
        corrected=corrected,
    )


def reminder(desk: Desk, folio: Portfolio, cleared: Cleared) -> InPrint:
    """Start a reminder from a cleared case.

    Raises:
        RefusedError: it cannot be made from the register as it is.
    """
    loan = folio.loans[cleared.loan]
    to = desk.debtors.addressee(cleared.debtor)
    job = desk.letters.reminder(cleared, to, sender(folio.policy), language(folio.policy))
    meta: dict[str, Value] = {
        "amount": cleared.arrears,
        "deadline": cleared.deadline,
        "level": cleared.level,
        "plan": loan.plan_name,
        "first-due": loan.plan[0].due,
    }
    if cleared.fee:
        meta["fee"] = cleared.fee
    sheet = _Sheet(REMINDER, cleared.loan, cleared.level, cleared.as_of)
    return InPrint(sheet, job, folio, cleared.debtor, cleared.conditions, meta)


def apologise(
    desk: Desk,
    folio: Portfolio,
    letter: Letter,
    why: Sequence[Condition],
    who: Who,
) -> Made:
    """Take a reminder back: it is cancelled with its fee, and we are sorry. Once for each.

    Args:
        why: the conditions that were not met on the letter's day.

    Raises:
        RefusedError: it cannot be made from the templates or the register as they are.
    """
    loan = folio.loans[letter.loan]
    content = apology_letter(loan, letter, tuple(each.code for each in why))
    meta: dict[str, Value] = {"corrects": letter.record.id}
    if letter.fee:
        meta["cancels-fee"] = letter.fee
    about = letter.record.id.replace("-", ".")
    sheet = _Sheet(APOLOGY, loan.number, 0, folio.as_of, about)
    meta["key"] = f"{APOLOGY}:{letter.record.id}"
    in_print = _start(desk, folio, sheet, content, meta, why)
    (made,) = keep(desk, (in_print.ready(),), who)
    return made


def apology_letter(loan: Loan, letter: Letter, reasons: tuple[str, ...]) -> ApologyLetter:
    """Say that a reminder was a mistake, why (codes of conditions), and what is to be paid now."""
    return ApologyLetter(
        loan=loan.number,
        on=loan.as_of,
        sent_on=letter.on,
        reasons=reasons,
        fee=letter.fee,
        next=loan.next_part if loan.outstanding else None,
        late=loan.arrears.amount,
        decision=loan.case.decision,
    )


def other(desk: Desk, folio: Portfolio, loan: Loan, name: str, content: Content) -> InPrint:
    """Start a letter of another kind: it asks for nothing that is late, and is no step.

    Raises:
        RefusedError: it cannot be made from the register as it is.
    """
    sheet = _Sheet(name, loan.number, 0, folio.as_of)
    return _start(desk, folio, sheet, content, {"plan": loan.plan_name})


def _start(
    desk: Desk,
    folio: Portfolio,
    sheet: _Sheet,
    content: Content,
    meta: dict[str, Value],
    why: Sequence[Condition] = (),
) -> InPrint:
    """Have a letter printed that is no reminder."""
    debtor = folio.loans[sheet.loan].case.debtor
    to = desk.debtors.addressee(debtor)
    job = desk.letters.render(content, to, sender(folio.policy), language(folio.policy))
    return InPrint(sheet, job, folio, debtor, why, meta)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What names a letter: never two of one name."""

    kind: str
    loan: str
    level: int
    on: date
    about: str = ""

    @property
    def name(self) -> str:
        more = self.about or (str(self.level) if self.level else "")
        return f"{self.on.year}/{self.loan}-{self.kind}{f'-{more}' if more else ''}-{self.on}"


@dataclass(frozen=True, slots=True)
class InPrint:
    """A letter that is being printed, and all that will vouch for it."""

    sheet: _Sheet
    job: PrintJob
    folio: Portfolio
    debtor: str
    conditions: Sequence[Condition]
    meta: dict[str, Value]

    def ready(self) -> Ready:
        """Return the letter with its certificate, when it is printed.

        Raises:
            RefusedError: it cannot be made from the templates as they are.
        """
        printed = self.job.result()
        certificate = _certificate(self.folio, printed, self.debtor, self.conditions)
        full: dict[str, Value] = {
            "kind": "letter",
            "loan": self.sheet.loan,
            "file": f"letters/{self.sheet.name}.pdf",
            "sha256": hashlib.sha256(printed.pdf).hexdigest(),
            "certificate": hashlib.sha256(certificate).hexdigest(),
            "template": printed.template_hash,
            "key": f"letter:{self.sheet.name}",
            **self.meta,
        }
        record = Record(self.sheet.on, "letter", (self.sheet.kind,), meta=full)
        judged_on = self.folio.ledger.touched.get(self.sheet.loan, 0)
        return Ready(self.sheet, printed.pdf, certificate, record, judged_on)


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter as it is kept.

    Args:
        judged_on: the newest commit about the loan when it was judged.
    """

    sheet: _Sheet
    pdf: bytes
    certificate: bytes
    record: Record
    judged_on: int

    @property
    def key(self) -> str:
        return self.record.get("key")

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in `letters/`: the letter and its certificate."""
        return {f"{self.sheet.name}.pdf": self.pdf, f"{self.sheet.name}.json": self.certificate}


def keep(desk: Desk, letters: Sequence[Ready], who: Who) -> tuple[Made, ...]:
    """Move the files of some letters into place, then record all of them with one commit.

    Both is done under the book's lock. A letter that is recorded already keeps its files,
    whoever makes it again.

    Raises:
        RefusedError: something was booked on a loan since it was judged; none is recorded.
        NotCertainError: the disk did not take it; none is recorded.
        BrokenBookError: the book does not load.
    """
    known: dict[str, Outcome] = {}

    def make(ledger: Ledger) -> Planned | Outcome:
        there = {each.key: ledger.keys.get(each.key) for each in letters}
        known.update({key: already(entry) for key, entry in there.items() if entry})
        fresh = [each for each in letters if each.key not in known]
        for each in fresh:
            _unchanged(ledger, each)
        desk.outbox.put({name: file for each in fresh for name, file in each.files.items()})
        records = tuple(each.record for each in fresh)
        return Planned(records) if records else known[letters[0].key]

    about = {of_loan(each.sheet.loan) for each in letters}
    outcome = submit(desk.journal, "letter", who, make, about=about, dry_run=False)
    booked = {
        entry.get("key"): replace(
            outcome, id=entry.id, loan=entry.get("loan"), day=entry.value, amount=amount_of(entry)
        )
        for entry in outcome.entries
    }
    return tuple(_made(each, {**known, **booked}[each.key]) for each in letters)


def _unchanged(ledger: Ledger, letter: Ready) -> None:
    loan = letter.sheet.loan
    if ledger.touched.get(loan, 0) != letter.judged_on:
        raise RefusedError(
            da=f"Der er bogført på {loan}, mens brevet blev lavet. Brevet er ikke lavet; kør"
            " samme kommando igen.",
            en=f"Something was booked on {loan} while the letter was made. The letter was not"
            " made; run the same command again.",
        )


def _made(letter: Ready, outcome: Outcome) -> Made:
    sheet = letter.sheet
    return Made(sheet.loan, sheet.kind, sheet.level, letter.record.get("file"), outcome)


def _certificate(
    folio: Portfolio,
    printed: Printed,
    debtor: str,
    conditions: Sequence[Condition],
) -> bytes:
    """Say on what the letter rests: every condition with its evidence, and what was in force.

    JSON, a line for each thing that is said.
    """
    said = {
        "as_of": folio.as_of.isoformat(),
        "debtor": debtor,
        "ledger": folio.ledger.head,
        "pdf": hashlib.sha256(printed.pdf).hexdigest(),
        "template": printed.template_hash,
        "templates": dict(printed.sources),
        "policy": {key: str(value) for key, value in sorted(folio.policy.values.items())},
        "conditions": [
            {
                "code": c.code,
                "met": c.met,
                "text": {"da": c.text.da, "en": c.text.en},
                "source": c.source,
                "evidence": list(c.evidence),
            }
            for c in conditions
        ],
    }
    lines = (
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, sort_keys=True)}"
        for key, value in sorted(said.items())
    )
    return ("{" + ",\n ".join(lines) + "}\n").encode()


def voucher_sheet(folio: Portfolio, txn: Transaction) -> Voucher:
    """Return a booked correction as the sheet that the accounts department files."""
    refund = sum((p.amount for p in txn.postings if p.account == chart.REFUND), ZERO)
    prior = txn.meta.get("prior-year", 0)
    assert isinstance(prior, int), "a year is a whole number"
    original = folio.ledger.by_id.get(txn.get("corrects"), (txn,))[0]
    return Voucher(
        number=txn.id,
        on=txn.day,
        loan=txn.get("loan"),
        original=tuple(filter(None, (txn.get("original"), txn.get("corrects")))),
        original_day=original.day,
        paid_on=txn.value,
        lines=tuple(_line(folio, p.account, p.amount) for p in txn.postings),
        reason=txn.text,
        refund=refund,
        refund_quarter=txn.get("refund-quarter"),
        prior_year=prior,
        made_by=txn.by,
        approved_by=txn.get("countersigned"),
    )


def _line(folio: Portfolio, account: str, amount: Decimal) -> VoucherLine:
    """Return a voucher line with the municipal number from the chart."""
    name = account
    if chart.is_loan(account):
        account = chart.UNASSIGNED
    opening = next((o for o in folio.ledger.openings if o.account == account), None)
    if opening is None:
        return VoucherLine(name, "", _called(folio, name), amount)
    funktion = opening.get("funktion").partition(" ")[0]
    parts = [funktion, *(opening.get(key) for key in ("dranst", "gruppering", "art"))]
    return VoucherLine(name, " / ".join(filter(None, parts)), _called(folio, name), amount)


_CALLED = {
    chart.GRANTS: ("Tilskud", "Grant"),
    chart.SUBSISTENCE: ("Forsørgelse", "Subsistence"),
    chart.ELSEWHERE: ("Anden konto", "Another account"),
    chart.INCOME: ("Indtægt", "Income"),
    chart.REFUND: ("Statsrefusion", "State refund"),
    chart.REFUND_RECEIVABLE: ("Refusionstilgodehavende", "Refund receivable"),
    chart.REPOSTING: ("Under ompostering", "Being reposted"),
    chart.UNASSIGNED: ("Lån uden bevilling", "Loan without decision"),
}


def _called(folio: Portfolio, account: str) -> str:
    """Say in words what an account is."""
    number = chart.number_of(account)
    da, en = _CALLED.get(account, (f"Lån {number}", f"Loan {number}"))
    return Text(da, en).say(language(folio.policy))


def print_voucher(desk: Desk, folio: Portfolio, txn: Transaction) -> str:
    """Write the sheet of a booked correction; made again it is the same file."""
    sheet = voucher_sheet(folio, txn)
    job = desk.letters.render(sheet, None, sender(folio.policy), language(folio.policy))
    printed = job.result()
    name = f"{txn.booked.year}/{txn.get('loan')}-voucher-{txn.id}.pdf"
    (file,) = desk.outbox.put({name: printed.pdf})
    return file
