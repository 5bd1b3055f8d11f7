"""What each kind of letter says, as words for the text and blocks for the layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mikroledger.domain import fik
from mikroledger.domain.letter import Addressee, PayoutLetter, ReminderLetter, Sender, Voucher
from mikroledger.domain.plan import Settled
from mikroledger.errors import RefusedError
from mikroledger.letters import tables
from mikroledger.letters.clean import name, prose, solid
from mikroledger.letters.labels import day, label, quarter, sum_of_money
from mikroledger.letters.tables import Block
from mikroledger.money import ZERO
from mikroledger.words import Language

YES = "1"
NO = ""
WINDOW_LINES = 6


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter before its text is read.

    Args:
        template: file name of the Markdown without folder and ending.
        number: loan or voucher, for messages and file properties.
        on: the day of the letter.
        words: what the Markdown may name; an empty word is a no.
        blocks: what the Markdown places with `[[name]]`, each exactly once.
        frame: letterhead, window, reference and foot, for the layout.
    """

    template: str
    number: str
    on: date
    words: Mapping[str, str]
    blocks: Mapping[str, Block]
    frame: Mapping[str, object]


def payout(letter: PayoutLetter, to: Addressee, sender: Sender, language: Language) -> Sheet:
    """Tell that a loan is paid, and how it is paid back."""
    next_, late = _next(letter)
    begun = bool(late) or any(each.paid for each in letter.plan)
    words = {
        "amount": sum_of_money(letter.amount, language),
        "paid_on": day(letter.paid_on, language),
        "corrected": _flag(letter.corrected),
        "begun": _flag(begun),
        "late": _sum_or_no(late, language),
        "several": _flag(len(letter.plan) > 1),
        "instalments": str(len(letter.plan)),
        "first_amount": sum_of_money(next_.missing, language),
        "first_pay_by": day(next_.part.pay_by, language),
        "last_pay_by": day(tables.last_day(letter.plan), language),
    }
    box = _Box(
        letter.loan, 0, next_.missing, next_.part.pay_by, "pay-next" if begun else "pay-first"
    )
    return Sheet(
        template="payout",
        number=letter.loan,
        on=letter.on,
        words=words | _common(letter.loan, letter.decision, letter.on, sender, language) | _to(to),
        blocks={
            "plan": tables.plan(letter.plan, language),
            "payment": _payment(box, sender, language),
        },
        frame=_letter(letter, to, sender, language),
    )


def _next(letter: PayoutLetter) -> tuple[Settled, Decimal]:
    """Return the first open instalment from the letter's day on, and what was due before it.

    Nobody is asked to pay by a day that is gone; that would be a reminder.
    """
    still = [each for each in letter.plan if each.missing > ZERO]
    ahead = [each for each in still if each.part.pay_by >= letter.on]
    if not ahead:
        raise RefusedError(
            da=f"{letter.loan} har ingen rate efter {letter.on}. "
            "Aftal en ny plan med låntageren først.",
            en=f"{letter.loan} has no instalment left to pay after {letter.on}. "
            "Agree on a new plan with the borrower first.",
        )
    late = sum((each.missing for each in still if each.part.pay_by < letter.on), ZERO)
    return ahead[0], late


def reminder(letter: ReminderLetter, to: Addressee, sender: Sender, language: Language) -> Sheet:
    """Tell what is late, how to pay it, and what to do if one cannot."""
    late = [each for each in letter.instalments if each.missing > ZERO]
    missing = sum((each.missing for each in late), ZERO)
    assert missing == letter.arrears, f"{letter.loan}: the instalments are not the arrears"
    words = {
        "arrears": sum_of_money(letter.arrears, language),
        "outstanding": sum_of_money(letter.outstanding, language),
        "deadline": day(letter.deadline, language),
        "pay_by": day(letter.pay_by, language),
        "several": _flag(len(late) > 1),
        "fee": _sum_or_no(letter.fee, language),
        "total": sum_of_money(letter.arrears + letter.fee, language),
    }
    which = late[0].part.number if len(late) == 1 else 0
    box = _Box(letter.loan, which, letter.arrears + letter.fee, letter.deadline, "amount")
    return Sheet(
        template=f"reminder-{letter.level}",
        number=letter.loan,
        on=letter.on,
        words=words | _common(letter.loan, letter.decision, letter.on, sender, language) | _to(to),
        blocks={
            "instalments": tables.missing(late, language),
            "payment": _payment(box, sender, language),
        },
        frame=_letter(letter, to, sender, language),
    )


def voucher(slip: Voucher, sender: Sender, language: Language) -> Sheet:
    """Write down a correction for the accounts department."""
    words = {
        "number": name(slip.number, "number"),
        "original": _originals(slip),
        "original_day": day(slip.original_day, language),
        "paid_on": day(slip.paid_on, language),
        "reason": prose(slip.reason, "reason"),
        "refund": _sum_or_no(abs(slip.refund), language),
        "quarter": quarter(name(slip.refund_quarter, "quarter"), language),
        "prior_year": str(slip.prior_year) if slip.prior_year else NO,
        "year": str(slip.on.year),
    }
    return Sheet(
        template="voucher",
        number=slip.number,
        on=slip.on,
        words=words | _common(slip.loan, NO, slip.on, sender, language),
        blocks={
            "facts": _facts(slip, language),
            "lines": tables.lines(slip, language),
            "signatures": _signatures(slip, language),
        },
        frame=_frame(sender, slip.loan, language),
    )


def _flag(value: bool) -> str:  # noqa: FBT001 - it is the value that is turned into a word
    return YES if value else NO


def _sum_or_no(amount: Decimal, language: Language) -> str:
    return sum_of_money(amount, language) if amount else NO


def _common(
    loan: str, decision: str, on: date, sender: Sender, language: Language
) -> dict[str, str]:
    return {
        "loan": loan,
        "decision": name(decision, "decision"),
        "today": day(on, language),
        "municipality": name(sender.municipality, "municipality"),
        "office": name(sender.office, "office"),
        "phone": solid(name(sender.phone, "phone")),
        "phone_hours": name(sender.phone_hours, "phone-hours"),
        "email": name(sender.email, "email"),
        "fik": _flag(bool(sender.creditor)),
    }


def _to(to: Addressee) -> dict[str, str]:
    return {"name": name(to.name, "name")}


def _originals(slip: Voucher) -> str:
    return ", ".join(solid(name(each, "original")) for each in slip.original)


def _letter(
    letter: PayoutLetter | ReminderLetter, to: Addressee, sender: Sender, language: Language
) -> dict[str, object]:
    phone = solid(name(sender.phone, "phone"))
    hours = name(sender.phone_hours, "phone-hours")
    reference = {
        "date": day(letter.on, language),
        "loan": letter.loan,
        "decision": name(letter.decision, "decision"),
        "ask": [phone, hours] if phone and hours else phone,
    }
    return _frame(sender, letter.loan, language) | {
        "recipient": _window(to),
        "reference": [[label(key, language), said] for key, said in reference.items() if said],
    }


def _window(to: Addressee) -> list[str]:
    """Return the lines in the window of the envelope."""
    shown = [name(to.name, "name"), *(name(line, "address") for line in to.address)]
    shown = [line for line in shown if line]
    if not name(to.name, "name") or (to.paper and len(shown) == 1):
        raise RefusedError(
            da=f"{to.debtor} mangler navn eller adresse. Skriv det i registret, og prøv igen.",
            en=f"{to.debtor} lacks a name or an address. Write it in the register, and try again.",
        )
    if len(shown) > WINDOW_LINES:
        raise RefusedError(
            da=f"Adressen på {to.debtor} har {len(shown)} linjer med navnet. "
            f"I ruden er der plads til {WINDOW_LINES}.",
            en=f"The address of {to.debtor} has {len(shown)} lines with the name. "
            f"The window holds {WINDOW_LINES}.",
        )
    return shown


def _frame(sender: Sender, loan: str, language: Language) -> dict[str, object]:
    municipality = name(sender.municipality, "municipality")
    phone = solid(name(sender.phone, "phone"))
    cvr = name(sender.cvr, "cvr")
    where = [municipality, *(name(line, "office-address") for line in sender.address)]
    reach = [
        f"{label('phone', language)}\u00a0{phone}" if phone else "",
        name(sender.email, "email"),
        f"{label('cvr', language)}\u00a0{cvr}" if cvr else "",
    ]
    return {
        "author": municipality,
        "foot": [[part for part in line if part] for line in (where, reach)],
        "lang": language,
        "loan": f"{label('loan', language)}\u00a0{loan}",
        "mark": label("mark", language),
        "municipality": municipality,
        "office": name(sender.office, "office"),
        "page": [label("page", language), label("of", language)],
        "recipient": [],
        "reference": [],
    }


@dataclass(frozen=True, slots=True)
class _Box:
    """The payment box: one way to pay, and only one."""

    loan: str
    instalment: int
    amount: Decimal
    pay_by: date
    amount_label: str


def _payment(box: _Box, sender: Sender, language: Language) -> Block:
    main = [
        [label(box.amount_label, language), sum_of_money(box.amount, language)],
        [label("pay-by", language), day(box.pay_by, language)],
    ]
    block: Block = {"kind": "payment", "title": label("payment", language), "main": main}
    if sender.creditor:
        return block | _giro(box, sender.creditor, language)
    account = name(sender.bank_account, "bank-account")
    if not account:
        raise RefusedError(
            da="Brevet kan ikke sige, hvordan der betales. "
            "Sæt creditor-number eller bank-account i policy.beancount.",
            en="The letter cannot say how to pay. "
            "Set creditor-number or bank-account in policy.beancount.",
        )
    more = [[label("bank-account", language), solid(account)]]
    more.append([label("message", language), box.loan])
    return block | {"line": [], "more": more}


def _giro(box: _Box, creditor: str, language: Language) -> Block:
    if not (creditor.isascii() and creditor.isdigit() and len(creditor) == 8):
        raise RefusedError(
            da=f"Kreditornummeret »{creditor}« har ikke 8 cifre. Ret det i policy.beancount.",
            en=f"The creditor number '{creditor}' has not 8 digits. Correct policy.beancount.",
        )
    number = fik.payment_id(box.loan, box.instalment)
    more = [[label("payment-id", language), number], [label("creditor", language), creditor]]
    return {"line": [label("line", language), fik.line(number, creditor)], "more": more}


def _facts(slip: Voucher, language: Language) -> Block:
    said = {
        "voucher": name(slip.number, "number"),
        "date": day(slip.on, language),
        "loan": slip.loan,
        "original": _originals(slip),
        "original-day": day(slip.original_day, language),
        "paid-on": day(slip.paid_on, language),
    }
    return {"kind": "facts", "rows": [[label(key, language), each] for key, each in said.items()]}


def _signatures(slip: Voucher, language: Language) -> Block:
    waits = label("waits", language)
    return {
        "kind": "signatures",
        "rows": [
            [label("made-by", language), name(slip.made_by, "made-by") or waits],
            [label("approved-by", language), name(slip.approved_by, "approved-by") or waits],
        ],
    }
