"""The words that the layout prints around the text, and how a letter writes sums and days."""

from datetime import date
from decimal import Decimal

from mikroledger import days
from mikroledger.domain.plan import Settled
from mikroledger.letters.clean import solid
from mikroledger.money import ZERO, danish
from mikroledger.words import Language, Text

_LABELS = {
    "account": Text("Konto", "Account"),
    "agreed": Text("Aftalt", "Agreed"),
    "amount": Text("Beløb", "Amount"),
    "approved-by": Text("Godkendt af", "Approved by"),
    "ask": Text("Spørg os", "Ask us"),
    "bank-account": Text("Reg.nr. og kontonummer", "Bank account"),
    "change": Text("Ændring (kr.)", "Change (DKK)"),
    "credit": Text("Kredit (kr.)", "Credit (DKK)"),
    "creditor": Text("Kreditornummer", "Creditor number"),
    "cvr": Text("CVR", "CVR"),
    "date": Text("Dato", "Date"),
    "day": Text("Sidste betalingsdag", "Last day to pay"),
    "debit": Text("Debet (kr.)", "Debit (DKK)"),
    "debt": Text("Du skylder (kr.)", "You owe (DKK)"),
    "decision": Text("Afgørelse", "Decision"),
    "draft": Text("PRØVE", "DRAFT"),
    "draft-note": Text("Prøve: må ikke sendes", "Draft: not to be sent"),
    "each": Text("Beløb hver gang", "Amount each time"),
    "first": Text("Første gang", "First time"),
    "from": Text("Første dag", "First day"),
    "instalment": Text("Rate", "Instalment"),
    "last": Text("Sidste gang", "Last time"),
    "line": Text("Betalingslinje", "Payment line"),
    "loan": Text("Lånenummer", "Loan number"),
    "made-by": Text("Udført af", "Made by"),
    "mark": Text("Mærke: en spire med to blade", "Mark: a shoot with two leaves"),
    "message": Text("Skriv i beskeden", "Message to write"),
    "missing": Text("Mangler", "Still to pay"),
    "moves": Text(
        "Er dagen ikke en bankdag, har du til den næste bankdag.",
        "If that is not a banking day, you have until the next one.",
    ),
    "nothing": Text("0,00", "0.00"),
    "of": Text("af", "of"),
    "on": Text("Dag", "Day"),
    "once": Text("én gang", "once"),
    "opening": Text("Du skyldte i forvejen", "You owed before"),
    "original": Text("Oprindeligt bilag", "Original voucher"),
    "original-day": Text("Bilagets dato", "Day of the original"),
    "page": Text("Side", "Page"),
    "paid": Text("betalt", "paid"),
    "paid-before": Text("Betalt", "Paid"),
    "paid-on": Text("Lånet udbetalt", "Loan paid out"),
    "pay-by": Text("Betal senest", "Pay by"),
    "pay-first": Text("Første beløb", "First amount"),
    "pay-next": Text("Næste beløb", "Next amount"),
    "payment": Text("Sådan betaler du", "How to pay"),
    "payment-id": Text("Betalings-id", "Payment id"),
    "payout": Text("Udbetalt til dig", "Paid out to you"),
    "phone": Text("Telefon", "Phone"),
    "remitted": Text("Eftergivet: du skal ikke betale det", "Remitted: you need not pay it"),
    "repayment": Text("Du har betalt", "You have paid"),
    "returned": Text("Udbetaling kom retur", "Payout came back"),
    "reversed": Text("Rettelse af en betaling", "Correction of a payment"),
    "text": Text("Tekst", "Text"),
    "to": Text("Sidste dag", "Last day"),
    "total": Text("I alt", "Total"),
    "voucher": Text("Bilagsnummer", "Voucher number"),
    "waits": Text("afventer", "waiting"),
    "when": Text("Hvornår", "When"),
    "written-off": Text("Afskrevet", "Written off"),
}


def label(key: str, language: Language) -> str:
    """Return the label in the letter's language."""
    return _LABELS[key].say(language)


def sum_of_money(amount: Decimal, language: Language) -> str:
    """Write an amount as the letter's reader knows it, on one line.

    >>> sum_of_money(Decimal("20000.00"), "da").split()
    ['20.000,00', 'kr.']
    """
    return solid(f"{danish(amount)} kr." if language == "da" else f"DKK {amount:,.2f}")


def figure(amount: Decimal, language: Language) -> str:
    """Write an amount in a column whose heading says that it is kroner; zero is left empty."""
    if amount == ZERO:
        return ""
    return danish(amount) if language == "da" else f"{amount:,.2f}"


def day(on: date, language: Language) -> str:
    """Write a day in words, its day and month on one line."""
    return solid(days.long_day(on, language))


def quarter(text: str, language: Language) -> str:
    """Write a quarter such as `2011-Q2` in words; any other text stays.

    >>> quarter("2011-Q2", "da").split()
    ['2.', 'kvartal', '2011']
    """
    year, mark, number = text.partition("-Q")
    if not mark:
        return text
    return solid(f"{number}. kvartal {year}" if language == "da" else f"Q{number} {year}")


def numbers(first: Settled, last: Settled) -> str:
    """Write which instalments a row stands for: `1-35`, with an en dash."""
    if first is last:
        return str(first.part.number)
    return f"{first.part.number}\u2013{last.part.number}"


def how_often(step: str, first: date, language: Language) -> str:
    """Write in words how often an instalment is to be paid.

    >>> how_often("1m", date(2011, 5, 1), "da").split()
    ['den', '1.', 'i', 'hver', 'måned']
    """
    if not step:
        return label("once", language)
    count, unit = int(step[:-1]), step[-1]
    if step == "1m" and first.day <= 28:
        return Text(
            da=f"den\u00a0{first.day}. i hver måned",
            en=f"on the {ordinal(first.day)} of each month",
        ).say(language)
    what = Text("måned", "month") if unit == "m" else Text("dag", "day")
    if count == 1:
        return Text(f"hver {what.da}", f"every {what.en}").say(language)
    return Text(f"hver {count}. {what.da}", f"every {count} {what.en}s").say(language)


def ordinal(number: int) -> str:
    """Write the day of a month as an English ordinal.

    >>> [ordinal(n) for n in (1, 2, 3, 11, 22)]
    ['1st', '2nd', '3rd', '11th', '22nd']
    """
    if 11 <= number <= 13:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
