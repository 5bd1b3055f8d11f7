"""The correction voucher (omposteringsbilag): internal, for the accounts department."""

from mikroledger.domain.letter import Sender, Voucher
from mikroledger.letters import tables
from mikroledger.letters.clean import name, prose, solid
from mikroledger.letters.labels import day, label, quarter
from mikroledger.letters.sheet import NO, Sheet, common, frame_of, sum_or_no
from mikroledger.letters.tables import Block
from mikroledger.words import Language


def voucher(slip: Voucher, sender: Sender, language: Language) -> Sheet:
    """Write down a correction for the accounts department."""
    words = {
        "number": name(slip.number, "number"),
        "original": _originals(slip),
        "original_day": day(slip.original_day, language),
        "paid_on": day(slip.paid_on, language),
        "reason": prose(slip.reason, "reason"),
        "refund": sum_or_no(abs(slip.refund), language),
        "quarter": quarter(name(slip.refund_quarter, "quarter"), language),
        "prior_year": str(slip.prior_year) if slip.prior_year else NO,
        "year": str(slip.on.year),
    }
    return Sheet(
        template="voucher",
        number=slip.number,
        on=slip.on,
        words=words | common(slip.loan, NO, slip.on, sender, language),
        blocks={
            "facts": _facts(slip, language),
            "lines": tables.lines(slip, language),
            "signatures": _signatures(slip, language),
        },
        frame=frame_of(sender, slip.loan, language),
    )


def _originals(slip: Voucher) -> str:
    return ", ".join(solid(name(each, "original")) for each in slip.original)


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
