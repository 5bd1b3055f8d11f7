"""Accept a finding that is right as it is, or withdraw that; nothing is edited.

An error needs a second person: the acceptance is a proposal until `countersign` signs it. It
names what was seen, so that a finding of another amount is a new one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mikroledger.domain.acceptance import ACCEPT, IGNORE, WITHDRAWN, Acceptance, acceptances
from mikroledger.domain.finding import Finding, Severity
from mikroledger.domain.ledger import Journal, Ledger, Meta, Record, Value
from mikroledger.domain.parts import belongs_to_nobody, of_finding
from mikroledger.domain.portfolio import Portfolio, portfolio
from mikroledger.domain.proposals import open_proposals
from mikroledger.domain.rule import Rule, check
from mikroledger.errors import RefusedError, UsageError
from mikroledger.services.order import Outcome, Planned, Who, already, signed, submit

_PROPOSED = frozenset({"id", "by", "booked", "value"})


@dataclass(frozen=True, slots=True)
class Accepting:
    """Which finding, and why it is right as it is (or why that no longer holds).

    Args:
        files: SHA-256 of what lies in `letters/`, for a finding about a letter (ML404).
    """

    finding: str
    reason: str
    files: Mapping[str, str] | None = None


def accept(
    journal: Journal,
    rules: Sequence[Rule],
    order: Accepting,
    who: Who,
    *,
    dry_run: bool = False,
) -> Outcome:
    """Accept an open finding; an error's acceptance waits for the second person.

    Raises:
        UsageError: no reason.
        RefusedError: there is no such open finding, its correction waits for a signature, or
            it is one that nobody can accept.
    """
    who, order = replace(who, by=signed(who.by)), _with_reason(order)
    return submit(
        journal,
        ACCEPT,
        who,
        lambda ledger: _make(ledger, rules, order, who),
        about=of_finding(order.finding),
        dry_run=dry_run,
    )


def withdraw(journal: Journal, order: Accepting, who: Who, *, dry_run: bool = False) -> Outcome:
    """End an acceptance: the finding counts again.

    Raises:
        UsageError: no reason.
        RefusedError: the finding is not accepted, or not by a command.
    """
    who, order = replace(who, by=signed(who.by)), _with_reason(order)
    return submit(
        journal,
        WITHDRAWN,
        who,
        lambda ledger: _end(ledger, order, who),
        about=of_finding(order.finding),
        dry_run=dry_run,
    )


def _with_reason(order: Accepting) -> Accepting:
    reason = " ".join(order.reason.split())
    if not reason:
        raise UsageError(
            da="Skriv hvorfor med --reason: en revisor vil læse det om fem år.",
            en="Say why with --reason: an auditor will read it in five years.",
        )
    return replace(order, reason=reason)


def _make(
    ledger: Ledger,
    rules: Sequence[Rule],
    order: Accepting,
    who: Who,
) -> Planned | Outcome:
    folio = portfolio(ledger, who.today, order.files)
    found = check(rules, folio)
    if any(f.id == order.finding for f in found.ignored):
        return already(_standing(ledger, order.finding)[-1].record)
    finding = next((f for f in found.open if f.id == order.finding), None)
    if finding is None:
        raise _unknown(order.finding)
    for number, proposal in open_proposals(ledger).items():
        if proposal.values == (ACCEPT, finding.id):
            return already(proposal)
        if finding.waiting == number:
            raise _being_corrected(finding)
    if any(rule.code == finding.code and rule.final for rule in rules):
        raise _final(finding)
    meta = _meta(folio, finding, order.reason)
    if finding.severity is Severity.ERROR and folio.policy.text("countersign") != "off":
        values = (ACCEPT, finding.id)
        return Planned((Record(who.today, "proposal", values, meta=meta),))
    return Planned((Record(who.today, ACCEPT, (finding.id,), meta=meta),))


def _meta(folio: Portfolio, finding: Finding, reason: str) -> Meta:
    """Say what was accepted and why, and tie it to whose it is (`domain.parts`)."""
    meta: dict[str, Value] = {
        "kind": ACCEPT,
        "loan": finding.loan,
        "debtor": finding.debtor,
        "accepts": finding.transaction,
        IGNORE: f"{finding.code} {reason}",
    }
    if finding.amount is not None:
        meta["amount"] = finding.amount
    entries = folio.ledger.by_id.get(finding.transaction, ())
    if not (finding.loan or finding.debtor or all(map(belongs_to_nobody, entries))):
        meta["evidence"] = finding.transaction
    return {k: v for k, v in meta.items() if v != ""}


def accepted(proposal: Record, who: Who) -> Record:
    """Return a proposed acceptance as the second person signs it."""
    meta: dict[str, Value] = {k: v for k, v in proposal.meta.items() if k not in _PROPOSED}
    meta |= {"id": proposal.id, "by": proposal.by, "countersigned": who.by}
    if not belongs_to_nobody(proposal):  # else the tie would make it somebody's
        meta["proposal"] = proposal.id
    return Record(who.today, ACCEPT, proposal.values[1:], meta=meta)


def _standing(ledger: Ledger, finding: str) -> list[Acceptance]:
    """Return the acceptances of a finding, or the one that a finding of ours is about."""
    entry = finding.partition("-")[2]
    return [a for a in acceptances(ledger) if finding == a.finding or entry == a.record.id != ""]


def _end(ledger: Ledger, order: Accepting, who: Who) -> Planned | Outcome:
    standing = _standing(ledger, order.finding)
    if not standing:
        for record in reversed(ledger.records(WITHDRAWN)):
            if order.finding in (record.values[0], f"ML001-{record.get('ends')}"):
                return already(record)
        raise RefusedError(
            da=f"{order.finding} er ikke accepteret. Venter det på en anden person, så afvis det"
            " med »mikroledger countersign ID --decline --reason TEKST«.",
            en=f"{order.finding} is not accepted. If that waits for a second person, decline it"
            " with 'mikroledger countersign ID --decline --reason TEXT'.",
        )
    record = standing[-1].record
    if not record.id:
        where = f"{record.place.file}:{record.place.line}"
        raise RefusedError(
            da=f"{where}: den linje er skrevet i hånden. Slet den dér.",
            en=f"{where}: that line was written by hand. Delete it there.",
        )
    meta: dict[str, Value] = {"kind": WITHDRAWN, "ends": record.id, "reason": order.reason}
    meta |= {key: record.meta[key] for key in ("loan", "debtor") if key in record.meta}
    values = (standing[-1].finding,)
    return Planned((Record(who.today, WITHDRAWN, values, meta=meta),))


def _unknown(finding: str) -> RefusedError:
    return RefusedError(
        da=f"Der er ingen åben bemærkning {finding}. Se dem med »mikroledger check«.",
        en=f"There is no open finding {finding}. See them with 'mikroledger check'.",
    )


def _being_corrected(finding: Finding) -> RefusedError:
    return RefusedError(
        da=f"Rettelsen af {finding.id} venter på en anden person ({finding.waiting}). Er"
        " posteringen rigtig, som den er, så afvis rettelsen først: mikroledger countersign"
        f" {finding.waiting} --decline --reason TEKST",
        en=f"The correction of {finding.id} waits for a second person ({finding.waiting}). If the"
        " posting is right as it is, decline the correction first: mikroledger countersign"
        f" {finding.waiting} --decline --reason TEXT",
    )


def _final(finding: Finding) -> RefusedError:
    return RefusedError(
        da=f"{finding.id} kan ikke accepteres. Læs hvad der skal til med »mikroledger check"
        f" --explain {finding.code}«.",
        en=f"{finding.id} cannot be accepted. Read what it takes with 'mikroledger check"
        f" --explain {finding.code}'.",
    )
