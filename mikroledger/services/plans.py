"""A plan as it is agreed on, first with the decision and later for what is outstanding."""

from datetime import date
from decimal import Decimal

from mikroledger.domain.case import rows_text
from mikroledger.domain.ledger import Value
from mikroledger.domain.plan import Instalment, Terms, total
from mikroledger.errors import RefusedError, UsageError
from mikroledger.money import ZERO, danish


def required(terms: Terms | None) -> Terms:
    """Return the terms of a plan that there must be.

    Raises:
        UsageError: there are none.
    """
    if terms is None:
        raise UsageError(
            da="Et lån skal have en afdragsplan: giv --instalments, --instalment eller --plan.",
            en="A loan has a plan: give --instalments, --instalment or --plan.",
        )
    return terms


def plan_for(terms: Terms, amount: Decimal, day: date) -> tuple[Instalment, ...]:
    """Make a plan for an amount, counted from a day where its terms name none.

    Raises:
        RefusedError: the plan does not come to the amount, or an instalment is not above zero.
    """
    plan = terms.plan(amount, day)
    if total(plan) != amount or any(part.amount <= ZERO for part in plan):
        raise RefusedError(
            da=f"Planen er på {danish(total(plan))} kr., men der skal betales"
            f" {danish(amount)} kr. De skal være ens, og hver rate over nul.",
            en=f"The plan comes to {danish(total(plan))} kr., but {danish(amount)} kr. is to be"
            " paid. They must agree, and each instalment be above zero.",
        )
    return plan


def said(terms: Terms) -> dict[str, Value]:
    """Return terms as a record keeps them (docs/book-format.md)."""
    if terms.rows:
        return {"plan": rows_text(terms.rows)}
    made: dict[str, Value] = {"every": terms.every}
    if terms.count:
        made["instalments"] = terms.count
    else:
        made["instalment"] = terms.each
    if terms.first_due:
        made["first-due"] = terms.first_due
    if terms.first_due_after:
        made["first-due-after"] = terms.first_due_after
    if terms.whole:
        made["whole-kroner"] = True
    return made
