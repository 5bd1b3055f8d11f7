"""A rule: its manual, its identity, and one judgement over the portfolio."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mikroledger.domain.finding import Finding, Findings, Hit, Severity
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.payment import paid_in
from mikroledger.domain.portfolio import Portfolio

Judgement = Callable[[Portfolio], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue (findings.md). Codes are never reused."""

    code: str
    name: str
    severity: Severity
    manual: str
    judge: Judgement

    @property
    def title(self) -> str:
        """The first line of the manual, without the code."""
        return self.manual.strip().partition("\n")[0].partition(": ")[2]

    def section(self, heading: str) -> str:
        """Return one section of the manual, for example `Example`."""
        pattern = rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)"
        found = re.search(pattern, self.manual, re.MULTILINE | re.DOTALL)
        return found[1] if found else ""

    def hits(self, portfolio: Portfolio) -> Iterator[Finding]:
        """Judge a portfolio, and sign each hit with the rule's identity."""
        seen: dict[str, int] = {}
        for hit in self.judge(portfolio):
            name = f"{self.code}-{hit.entry.id}"
            whose = hit.loan or hit.debtor
            if whose and isinstance(hit.entry, Transaction) and len(paid_in(hit.entry)) > 1:
                name += f"-{whose}"  # a line of the bank may pay many at once
            count = seen[name] = seen.get(name, 0) + 1
            yield Finding(
                id=f"{name}.{count}" if count > 1 else name,
                code=self.code,
                name=self.name,
                severity=self.severity if hit.severity is None else hit.severity,
                loan=hit.loan,
                debtor=hit.debtor,
                day=hit.entry.value,
                amount=hit.amount,
                text=hit.text,
                transaction=hit.entry.id,
                place=hit.entry.place,
                fix=hit.fix,
                waiting=_waiting(portfolio, hit),
            )


def _waiting(portfolio: Portfolio, hit: Hit) -> str:
    """Return the open proposal that would settle a hit."""
    if hit.fix is None:
        return ""
    for number, proposal in portfolio.waiting.items():
        covers = (proposal.get("payment"), proposal.get("also"))
        if proposal.values[0] == "reclassify" and hit.fix.payment in covers:
            return number
    return ""


def rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    manual: str | None,
) -> Callable[[Judgement], Rule]:
    """Make a judgement into a rule."""
    assert manual, "a rule has a manual"
    return lambda judge: Rule(code, name, severity, manual, judge)


def check(rules: Sequence[Rule], portfolio: Portfolio) -> Findings:
    """Run every rule; worst first. Accepted ones apart."""
    found = worst_first(finding for each in rules for finding in each.hits(portfolio))
    accepted = {str(r.values[0]) for r in portfolio.ledger.records("accept")}
    return Findings(
        open=tuple(f for f in found if f.id not in accepted),
        ignored=tuple(f for f in found if f.id in accepted),
    )


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, then by day, code, loan and entry."""
    return tuple(
        sorted(found, key=lambda f: (-f.severity, f.day, f.code, f.loan, f.transaction, f.id))
    )
