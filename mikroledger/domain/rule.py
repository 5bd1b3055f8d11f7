"""A rule: its manual, its identity, and one judgement over the portfolio."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mikroledger.domain.acceptance import ACCEPT, Acceptance, acceptances
from mikroledger.domain.finding import Finding, Findings, Hit, Severity
from mikroledger.domain.ledger import Transaction
from mikroledger.domain.payment import paid_in
from mikroledger.domain.portfolio import Portfolio

Judgement = Callable[[Portfolio], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue (findings.md). Codes are never reused.

    Args:
        final: its findings cannot be accepted; what they hold stays held.
        last: it judges what all others have left (`Portfolio.idle`).
    """

    code: str
    name: str
    severity: Severity
    manual: str
    judge: Judgement
    final: bool = False
    last: bool = False

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
            name = f"{name}.{count}" if count > 1 else name
            yield Finding(
                id=name,
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
                waiting=_waiting(portfolio, hit, name),
            )


def _waiting(portfolio: Portfolio, hit: Hit, finding: str) -> str:
    """Return the open proposal that would settle a hit: a correction, else an acceptance."""
    found = ""
    for number, proposal in portfolio.waiting.items():
        covers = (proposal.get("payment"), proposal.get("also"))
        if hit.fix and proposal.values[0] == "reclassify" and hit.fix.payment in covers:
            return number
        if proposal.values == (ACCEPT, finding):
            found = number
    return found


def rule(
    code: str,
    name: str,
    severity: Severity,
    *,
    manual: str | None,
    final: bool = False,
    last: bool = False,
) -> Callable[[Judgement], Rule]:
    """Make a judgement into a rule."""
    assert manual, "a rule has a manual"
    return lambda judge: Rule(code, name, severity, manual, judge, final, last)


def check(rules: Sequence[Rule], portfolio: Portfolio) -> Findings:
    """Run every rule; worst first. Accepted ones apart, each where an acceptance hides it."""
    found = [f for each in rules if not each.last for f in each.hits(portfolio)]
    accepted = acceptances(portfolio.ledger)
    if not accepted:
        return Findings(worst_first(found))
    final = {each.code for each in rules if each.final}
    hidden = {f.id: _hiding(accepted, f, portfolio) for f in found if f.code not in final}
    used = [acceptance for each in hidden.values() for acceptance in each]
    idle = tuple(a.record for a in accepted if a.well_formed and a not in used)
    left = replace(portfolio, idle=idle)
    found += [f for each in rules if each.last for f in each.hits(left)]
    return Findings(
        open=worst_first(f for f in found if not hidden.get(f.id)),
        ignored=worst_first(f for f in found if hidden.get(f.id)),
    )


def _hiding(
    accepted: Sequence[Acceptance],
    finding: Finding,
    portfolio: Portfolio,
) -> list[Acceptance]:
    """Return what hides a finding; one whose correction waits for its signature stays open."""
    if finding.waiting:
        return []
    return [each for each in accepted if each.hides(finding, portfolio.ledger)]


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by severity, then by day, code, loan and entry."""
    return tuple(
        sorted(found, key=lambda f: (-f.severity, f.day, f.code, f.loan, f.transaction, f.id))
    )
