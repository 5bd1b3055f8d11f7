"""The workbook of a reconciliation: what an accountant and the auditor expect to see, as values.

The sheets are those that municipalities know (docs/book-format.md, *Reconciliation*); each total
ties to another one, or to a figure of the reconciliation, on the front sheet.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from mikroledger.domain import chart
from mikroledger.domain.accounts import is_year_end, pool
from mikroledger.domain.finding import Finding
from mikroledger.domain.labels import KINDS, STATES, label
from mikroledger.domain.periods import Month, month_of
from mikroledger.domain.reconciliation import BANK, CONTROL, LOANS, PLAN, Item, Reconciliation
from mikroledger.domain.sheets import Column, Fact, Row, Sheet, Tie, Workbook
from mikroledger.money import ZERO
from mikroledger.services.month import Moved, Movement, moved, movements, signatures
from mikroledger.words import Text

Facts = tuple[tuple[Text, Fact], ...]

_STATUS = {
    "open": Text("Åben", "Open"),
    "explained": Text("Forklaret", "Explained"),
    "settled": Text("Udlignet", "Settled"),
    "listed": Text("Oplyst", "Listed"),
}
_AGES = ((0, 0), (1, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, 0))
"""Days past due, from and to, of the columns of the chart; the last one has no end."""
_LEGS = {
    PLAN: Text("Plan mod bog", "Plan against ledger"),
    CONTROL: Text("Bog mod kontrolkonto", "Ledger against control account"),
    BANK: Text("Betalinger mod bank", "Payments against bank"),
}


def workbook(name: str, made: Reconciliation, today: date) -> Workbook:
    """Return a reconciliation as a workbook.

    Args:
        name: what the book is called.
        today: the day of the run.
    """
    month = month_of(made.as_of)
    changes = moved(made, month.first)
    return Workbook(
        title=Text(f"Afstemning pr. {made.as_of}", f"Reconciliation as of {made.as_of}"),
        facts=_facts(name, made, month, changes),
        sheets=tuple(map(_blanked, _sheets(made, month, changes))),
        ties=_ties(made, _of(changes, LOANS)),
        made=today,
    )


def _sheets(made: Reconciliation, month: Month, changes: Sequence[Moved]) -> tuple[Sheet, ...]:
    return (
        _legs(made),
        _loans(made),
        _movements(made, month.first),
        _items(made.items),
        _arrears(made),
        _misbookings(made.findings.open),
        _checks(made, month, changes),
        _read_me(),
    )


def _blanked(sheet: Sheet) -> Sheet:
    """Leave cells without anything empty: a filter's *blanks* finds them."""
    rows = (tuple(None if cell == "" else cell for cell in row) for row in sheet.rows)
    return replace(sheet, rows=tuple(rows))


def _of(changes: Sequence[Moved], account: str) -> Moved:
    found = (row for row in changes if row.account == account)
    return next(found, Moved(account, ZERO, {}))


def _facts(name: str, made: Reconciliation, month: Month, changes: Sequence[Moved]) -> Facts:
    signed = signatures(made.folio.ledger, month)
    loans, bank = _of(changes, LOANS), _of(changes, chart.BANK)
    nobody = Text("mangler", "missing")
    return (
        (Text("Kommune", "Municipality"), made.folio.policy.text("municipality")),
        (Text("Bog", "Book"), name),
        (Text("Bogens hoved", "Head of the book"), made.folio.ledger.head),
        (Text("Pr.", "As of"), made.as_of),
        (Text("Fra", "From"), month.first),
        (Text("Lånekonti, primo", "Loan accounts, opening"), loans.opening),
        (Text("Lånekonti, bevægelser", "Loan accounts, movements"), loans.movement),
        (Text("Lånekonti, ultimo", "Loan accounts, closing"), loans.closing),
        (Text("Bank i bogen, ultimo", "Bank in the book, closing"), bank.closing),
        (Text("Åbne poster", "Open items"), str(len(made.open))),
        (Text("Forberedt af", "Prepared by"), signed.prepared or nobody),
        (Text("Gennemgået af", "Reviewed by"), signed.reviewed or nobody),
    )


def _ties(made: Reconciliation, loans: Moved) -> tuple[Tie, ...]:
    legs = {leg.name: leg for leg in made.legs}
    items = "Open items"
    return (
        *(Tie(leg.title, leg.left, leg.right) for leg in made.legs),
        Tie(
            Text("Gæld på arket Lån", "Debt on the sheet Loans"),
            ("Loans", "Debt"),
            legs[PLAN].left,
        ),
        Tie(
            Text("Lånekonti på arket Lån", "Accounts on the sheet Loans"),
            ("Loans", "Account"),
            legs[PLAN].right,
        ),
        Tie(
            Text("Bevægelser på lånekonti", "Movements on loan accounts"),
            ("Movements", "Loan accounts"),
            loans.movement,
        ),
        Tie(
            Text("Posteringer går op", "Postings sum to nought"),
            ("Movements", "Amount"),
            ZERO,
        ),
        *(
            Tie(
                Text(f"Poster: {title.da}", f"Items: {title.en}"),
                (items, title.en),
                legs[name].difference,
            )
            for name, title in _LEGS.items()
        ),
        Tie(Text("Restance", "Arrears"), ("Arrears", "Arrears"), ("Loans", "Arrears")),
    )


def _money(da: str, en: str, *, total: bool = True) -> Column:
    return Column(Text(da, en), "money", total=total)


def _text(da: str, en: str) -> Column:
    return Column(Text(da, en))


def _day(da: str, en: str) -> Column:
    return Column(Text(da, en), "day")


def _count(da: str, en: str) -> Column:
    return Column(Text(da, en), "count")


def _legs(made: Reconciliation) -> Sheet:
    return Sheet(
        name=Text("Afstemning", "Reconciliation"),
        columns=(
            _text("Ben", "Leg"),
            _money("Venstre", "Left", total=False),
            _money("Højre", "Right", total=False),
            _money("Forskel", "Difference", total=False),
            _money("Heraf åbent", "Of it open"),
            _text("Kilde", "Source"),
        ),
        rows=tuple(
            (leg.title, leg.left, leg.right, leg.difference, _open(made, leg.name), leg.source)
            for leg in made.legs
        ),
        note=Text(
            "Hvert ben er to tal, som skal være ens; forskellen er summen af benets poster.",
            "Each leg is two figures that should be one; its items add up to the difference.",
        ),
    )


def _open(made: Reconciliation, leg: str) -> Decimal:
    return sum((item.share for item in made.open if item.leg == leg), ZERO)


def _loans(made: Reconciliation) -> Sheet:
    return Sheet(
        name=Text("Lån", "Loans"),
        columns=(
            _text("Lån", "Loan"),
            _text("Skyldner", "Debtor"),
            _text("Center", "Centre"),
            _text("Tilstand", "State"),
            _day("Udbetalt den", "Paid out on"),
            _day("Sidste rate", "Last instalment"),
            _money("Hovedstol", "Principal"),
            _money("Udbetalt", "Paid out"),
            _money("Tilbagebetalt", "Repaid"),
            _money("Gæld", "Debt"),
            _money("Konto", "Account"),
            _money("Forskel", "Difference"),
            _money("Restance", "Arrears"),
            _count("Dage over fristen", "Days past due"),
        ),
        rows=tuple(_loan_row(made, place) for place in range(len(made.loans))),
        note=Text(
            "Gæld er udbetalt minus tilbagebetalt, hvor det end står; konto er lånets egen konto"
            " minus det, der skyldes låntageren.",
            "Debt is paid out less repaid, wherever it stands; account is the loan's own account"
            " less what is owed to the borrower.",
        ),
    )


def _loan_row(made: Reconciliation, place: int) -> Row:
    row = made.loans[place]
    loan = made.folio.loans.get(row.number)
    return (
        row.number or Text("uden nummer", "without number"),
        row.debtor,
        loan.case.centre if loan else "",
        label(STATES, loan.state) if loan else "",
        loan.paid_out if loan else None,
        loan.plan[-1].due if loan else None,
        row.principal,
        row.disbursed,
        row.repaid,
        row.debt,
        row.account,
        row.difference,
        loan.arrears.amount if loan else ZERO,
        loan.arrears.days_past_due if loan else 0,
    )


def _movements(made: Reconciliation, first: date) -> Sheet:
    return Sheet(
        name=Text("Bevægelser", "Movements"),
        columns=(
            _day("Dato", "Date"),
            _day("Valør", "Value day"),
            _day("Bogført", "Booked"),
            _text("Art", "Kind"),
            _text("Konto", "Account"),
            _text("Lån", "Loan"),
            _text("Betaling", "Payment"),
            _text("Bilag", "Voucher"),
            _money("Beløb", "Amount"),
            _money("Lånekonti", "Loan accounts"),
            _money("Bank", "Bank"),
            _text("Id", "Id"),
            _text("Af", "By"),
            _text("Godkendt af", "Approved by"),
            _text("Tidligere periode", "Earlier period"),
        ),
        rows=tuple(_movement(each) for each in movements(made.folio.ledger, first, made.as_of)),
        note=Text(
            "Hver postering i perioden, debet positiv. »Tidligere periode« har valør før den.",
            "Every posting of the period, debit positive. 'Earlier period' has its value day"
            " before it.",
        ),
    )


def _movement(each: Movement) -> Row:
    entry = each.entry
    before = Text("ja", "yes") if each.earlier else ""
    return (
        entry.day,
        entry.value,
        entry.booked,
        label(KINDS, entry.kind),
        each.account,
        entry.get("loan"),
        each.payment,
        entry.get("voucher") or entry.get("original"),
        each.amount,
        each.amount if pool(each.account) == LOANS else None,
        each.amount if each.account == chart.BANK else None,
        entry.id,
        entry.by,
        entry.get("countersigned"),
        entry.get("prior-year") or before,
    )


def _items(items: Sequence[Item]) -> Sheet:
    return Sheet(
        name=Text("Afstemningsposter", "Open items"),
        columns=(
            _text("Post", "Item"),
            _day("Posteringsdato", "Posting date"),
            _text("Forklaring", "Explanation"),
            _text("Modtager", "Recipient"),
            _day("Dato for udligning", "Settlement date"),
            _money("Beløb", "Amount", total=False),
            *(_money(title.da, title.en) for title in _LEGS.values()),
            _count("Dage", "Days"),
            _text("Ejer", "Owner"),
            _text("Status", "Status"),
            _text("Begrundelse", "Reason"),
            _text("Givet af", "Given by"),
            _text("Bemærkninger", "Findings"),
            _text("Lån", "Loan"),
            _text("Konto", "Account"),
        ),
        rows=tuple(map(_item, items)),
        note=Text(
            "Det, kommuner specificerer en konto med: posteringsdato, forklaring, modtager, dato"
            " for udligning og beløb. De tre ben viser postens del af forskellen.",
            "What municipalities specify an account by: posting date, explanation, recipient,"
            " settlement date and amount. The three legs show its part of the difference.",
        ),
    )


def _item(item: Item) -> Row:
    known = item.explanation
    return (
        item.id,
        item.day,
        item.text,
        item.debtor,
        item.settled or item.expected,
        item.amount,
        *(item.share if item.leg == leg and item.share else None for leg in _LEGS),
        item.age,
        item.owner,
        _STATUS[item.status],
        known.reason if known else "",
        known.by if known else "",
        ", ".join(item.codes),
        item.loan,
        item.account,
    )


def _arrears(made: Reconciliation) -> Sheet:
    late = [loan.arrears for loan in made.folio.loans.values()]
    rows = []
    for start, end in _AGES:
        within = [a for a in late if _is_within(a.days_past_due, start, end)]
        amount = sum((a.amount for a in within), ZERO)
        rows.append((_age(start, end), amount, len(within)))
    return Sheet(
        name=Text("Restance", "Arrears"),
        columns=(
            _text("Dage over fristen", "Days past due"),
            _money("Restance", "Arrears"),
            _count("Lån", "Loans"),
        ),
        rows=tuple(rows),
        note=Text(
            "Restance efter alder: dage siden den ældste ubetalte rates sidste rettidige dag,"
            " uden dage med henstand.",
            "Arrears by age: days since the last day to pay of the oldest unpaid instalment,"
            " without days of deferral.",
        ),
        chart="column",
    )


def _is_within(days: int, start: int, end: int) -> bool:
    return days >= start and (days <= end or end < start)


def _age(start: int, end: int) -> Text:
    if end < start:
        return Text(f"over {start - 1}", f"over {start - 1}")
    return Text(f"{start}-{end}", f"{start}-{end}") if end else Text("ingen", "none")


def _misbookings(found: Sequence[Finding]) -> Sheet:
    wrong = [f for f in found if f.code.startswith("ML1")]
    return Sheet(
        name=Text("Fejlkonteringer", "Misbookings"),
        columns=(
            _text("Bemærkning", "Finding"),
            _text("Regel", "Rule"),
            _text("Alvor", "Severity"),
            _day("Valør", "Value day"),
            _text("Lån", "Loan"),
            _text("Skyldner", "Debtor"),
            _money("Beløb", "Amount"),
            _text("Hvad", "What"),
            _text("Postering", "Entry"),
            _text("Venter på", "Waits for"),
        ),
        rows=tuple(
            (
                f.id,
                f"{f.code} {f.name}",
                f.severity.word,
                f.day,
                f.loan,
                f.debtor,
                f.amount,
                f.text,
                f.transaction,
                f.waiting,
            )
            for f in wrong
        ),
        note=Text(
            "Betalinger, der står på en forkert konto. »mikroledger check --explain ML101« siger,"
            " hvad en regel betyder.",
            "Payments that stand on a wrong account. 'mikroledger check --explain ML101' says"
            " what a rule means.",
        ),
    )


_GOOD, _BAD, _UNTRIED = Text("ja", "yes"), Text("NEJ", "NO"), Text("ikke prøvet", "not tried")


def _checks(made: Reconciliation, month: Month, changes: Sequence[Moved]) -> Sheet:
    rows: list[Row] = [
        _zero(f"{leg.title.da}: forskel", f"{leg.title.en}: difference", leg.difference)
        for leg in made.legs
    ]
    rows += [
        _zero(f"{row.account}: bog = ERP + ahead - uplaceret",
              f"{row.account}: book = ERP + ahead - unplaced", row.difference)
        for row in made.accounts
    ]  # fmt: skip
    rows.append(_control(made))
    rows += _bank(made, month)
    rows.append(
        _zero("Halve rettelser er tomt", "Half corrections are empty",
              _of(changes, chart.REPOSTING).closing)
    )  # fmt: skip
    kinds = [
        ("unplaced", "Ingen uplacerede rækker", "No rows without a payment"),
        ("refund", "Ingen statsrefusion på lån", "No state refund on loans"),
    ]
    if is_year_end(made.as_of):
        kinds.append(("ahead", "Intet foran økonomisystemet", "Nothing ahead of the ERP"))
    for kind, da, en in kinds:
        rows.append(_none(da, en, [item for item in made.items if item.kind == kind]))
    signed = signatures(made.folio.ledger, month)
    both = bool(signed.prepared and signed.reviewed)
    rows.append(_row("Forberedt og gennemgået", "Prepared and reviewed", _said(good=both)))
    whole = _said(good=not made.folio.ledger.flaws)
    rows.append(_row("Bogens kæde er hel", "The book's chain is whole", whole))
    return Sheet(
        name=Text("Kontrol", "Checks"),
        columns=(
            _text("Kontrol", "Check"),
            _text("I orden", "In order"),
            _money("Tal", "Figure", total=False),
        ),
        rows=tuple(rows),
        note=Text(
            "Hvad der er prøvet, og hvordan det gik; »ikke prøvet« er det, der intet er at"
            " holde op imod.",
            "What was tried, and how it went; 'not tried' has nothing to be held against.",
        ),
    )


def _said(*, good: bool) -> Text:
    return _GOOD if good else _BAD


def _row(da: str, en: str, said: Text, amount: Decimal | None = None) -> Row:
    return (Text(da, en), said, amount)


def _zero(da: str, en: str, amount: Decimal) -> Row:
    return _row(da, en, _said(good=not amount), amount)


def _none(da: str, en: str, items: Sequence[Item]) -> Row:
    """Say whether there are none, or a person has explained each."""
    good = not any(item.is_open for item in items)
    return _row(da, en, _said(good=good), sum((item.amount for item in items), ZERO))


def _control(made: Reconciliation) -> Row:
    da, en = "Økonomisystemets egen saldo", "The ERP's own balance"
    if made.control is None:
        return _row(da, en, _UNTRIED)
    open_ones = [item for item in made.items if item.kind == "control"]
    good = not any(item.is_open for item in open_ones)
    return _row(da, en, _said(good=good), made.control.amount)


def _bank(made: Reconciliation, month: Month) -> list[Row]:
    rows = [
        _zero(f"Kontoudtog {bank.account} til {bank.until}",
              f"Statement {bank.account} until {bank.until}", bank.difference)
        for bank in made.statements
    ]  # fmt: skip
    until = max((bank.until for bank in made.statements), default=None)
    if until is None:
        return [_row("Kontoudtogets saldo", "The statement's balance", _UNTRIED)]
    in_month = _said(good=until >= month.first)
    return [*rows, _row("Kontoudtog fra måneden", "A statement of the month", in_month)]


def _read_me() -> Sheet:
    rows = (
        (
            Text("Afstemning", "Reconciliation"),
            Text(
                "Tre ben: plan mod bog, bog mod økonomisystemets kontrolkonto, betalinger mod"
                " bank. Alt følger posteringsdatoen.",
                "Three legs: plan against ledger, ledger against the ERP's control account,"
                " payments against the bank. Everything goes by the accounting day.",
            ),
        ),
        (
            Text("ahead", "ahead"),
            Text(
                "Det, bogen har, og som ingen liste fra økonomisystemet har vist endnu. Bog ="
                " ERP + ahead - uplaceret.",
                "What the book holds and no list of the ERP has shown yet. Book = ERP + ahead -"
                " unplaced.",
            ),
        ),
        (
            Text("Status", "Status"),
            Text(
                "Åben: mangler en rettelse eller en begrundelse. Udlignet: sket efter dagen."
                " Forklaret: en person har sagt hvorfor. Oplyst: ingen forskel.",
                "Open: lacks a correction or a reason. Settled: after the day. Explained: a"
                " person has said why. Listed: no difference.",
            ),
        ),
        (
            Text("Fortegn", "Signs"),
            Text(
                "Debet er positiv, kredit negativ.",
                "Debit is positive, credit negative.",
            ),
        ),
        (
            Text("Totaler", "Totals"),
            Text(
                "Totaler er formler og følger filtret; forsiden holder hele kolonner op mod"
                " hinanden.",
                "Totals are formulas and follow the filter; the front holds whole columns against"
                " each other.",
            ),
        ),
        (
            Text("Personer", "Persons"),
            Text(
                "Ingen navne: et skyldnernummer slås op i registret (mikroledger debtor show).",
                "No names: look a debtor number up in the register (mikroledger debtor show).",
            ),
        ),
    )
    return Sheet(
        name=Text("Læsmig", "Read me"),
        columns=(_text("Ord", "Word"), _text("Betydning", "Meaning")),
        rows=rows,
        note=Text(
            "Lavet af mikroledger ud fra bogen; ret i bogen, ikke her.",
            "Made by mikroledger from the book; correct the book, not this.",
        ),
    )
