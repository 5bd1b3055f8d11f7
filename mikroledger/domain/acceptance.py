"""Acceptances: findings that are right as they are, each with a reason and who stands for it.

An acceptance is a record, `custom "mikroledger" "accept" "<finding>"`, whose `ml-ignore` says the
rule and the reason (findings.md). It holds for what was looked at and no more: another amount is
another finding, and an error needs a second person. A record `withdrawn` ends it.
"""

import re
from dataclasses import dataclass

from mikroledger.domain.finding import Finding, Severity
from mikroledger.domain.ledger import Ledger, Record
from mikroledger.domain.policy import policy_on
from mikroledger.domain.proposals import same_person

ACCEPT, WITHDRAWN, IGNORE = "accept", "withdrawn", "ml-ignore"
"""The records of an acceptance and of its end, and the metadata that says why."""
_FINDING = re.compile(r"(?P<code>ML[0-9]{3})-.+")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One acceptance. `code` and `reason` are what its `ml-ignore` says."""

    finding: str
    code: str
    reason: str
    record: Record

    @property
    def well_formed(self) -> bool:
        """Whether it names a finding, that finding's rule, and a reason."""
        named = _FINDING.fullmatch(self.finding)
        return bool(named and named["code"] == self.code and self.reason)

    def hides(self, finding: Finding, ledger: Ledger) -> bool:
        """Tell whether a finding is the one that was accepted, by as many as it takes."""
        amount = self.record.meta.get("amount", finding.amount)
        if not self.well_formed or (self.finding, amount) != (finding.id, finding.amount):
            return False
        return finding.severity is not Severity.ERROR or self._signed(ledger)

    def _signed(self, ledger: Ledger) -> bool:
        """Tell whether a second person stands for it, or policy asked for none on its day."""
        second = self.record.get("countersigned")
        if second and not same_person(second, self.record.by):
            return True
        return policy_on(ledger, self.record.booked).text("countersign") == "off"


def acceptances(ledger: Ledger) -> tuple[Acceptance, ...]:
    """Return the acceptances that nobody has withdrawn, in the order of booking."""
    ended = {record.get("ends") for record in ledger.records(WITHDRAWN)}
    return tuple(_read(r) for r in ledger.records(ACCEPT) if not r.id or r.id not in ended)


def _read(record: Record) -> Acceptance:
    code, _, reason = record.get(IGNORE).strip().partition(" ")
    finding = str(record.values[0]) if len(record.values) == 1 else ""
    return Acceptance(finding, code, reason.strip(), record)
