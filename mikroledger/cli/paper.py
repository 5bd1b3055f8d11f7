"""Letters and vouchers that follow from a booking; the booking stands whatever they do."""

from collections.abc import Callable
from functools import partial

from mikroledger.cli.app import App
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.parts import of_id, of_loan
from mikroledger.domain.portfolio import Loan, Portfolio, portfolio
from mikroledger.domain.rule import check
from mikroledger.errors import MikroledgerError
from mikroledger.services import letters_
from mikroledger.services.order import Outcome, Who
from mikroledger.wiring import House


def notify(app: App, loan: str, who: Who) -> None:
    """Write the payout letter of a loan, if its borrower is owed one."""
    house = app.house
    folio = portfolio(house.journal.read((of_loan(loan),)), app.today)
    found = check(house.rules, folio)
    codes = [f.code for f in found.errors if f.loan == loan]
    if codes:
        said = ", ".join(dict.fromkeys(codes))
        app.tell(
            f"Intet brev til {loan} endnu: {said}. Se »mikroledger check --loan {loan}«.",
            f"No letter for {loan} yet: {said}. See 'mikroledger check --loan {loan}'.",
        )
    for owed in letters_.owed_notices(folio, found):
        if owed.number == loan:
            _try(app, partial(_notice, house, folio, owed, who))
            app.warn_of_examples(folio.policy)


def _notice(house: House, folio: Portfolio, loan: Loan, who: Who) -> str:
    return letters_.notify(house.desk, folio, loan, who).file


def voucher(app: App, outcome: Outcome) -> None:
    """Write the sheet of a correction that was booked."""
    folio = portfolio(app.house.journal.read((of_id(outcome.id),)), app.today)
    for entry in folio.ledger.by_id.get(outcome.id, ()):
        if isinstance(entry, Transaction) and entry.kind == "reclassify":
            _try(app, partial(letters_.print_voucher, app.house.desk, folio, entry))


def _try(app: App, make: Callable[[], str]) -> None:
    try:
        file = make()
    except MikroledgerError as error:
        app.tell(
            f"Bogført, men brevet kunne ikke laves endnu: {error.text.da}",
            f"Booked, but the letter could not be made yet: {error.text.en}",
        )
        return
    app.tell(f"Skrevet: {app.house.book / file}", f"Written: {app.house.book / file}")
