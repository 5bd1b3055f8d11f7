"""The letters: a cleared case and an addressee in, a PDF out. Never the ledger.

The text is the municipality's own Markdown; the layout is one Typst file that is handed data
and never text to read as markup. What is missing stops the letter: no gap is ever printed.
"""

from mikroledger.domain.gate import Cleared
from mikroledger.domain.letter import Addressee, PayoutLetter, ReminderLetter, Sender, Voucher
from mikroledger.letters import content
from mikroledger.letters.press import Press, Printed
from mikroledger.letters.readability import lix
from mikroledger.words import Language

__all__ = ["Press", "Printed", "lix", "reminder", "render"]


def reminder(
    press: Press, cleared: Cleared, to: Addressee, sender: Sender, language: Language
) -> Printed:
    """Print a reminder. There is no other way to make one.

    Raises:
        RefusedError: a word, a template or a sign is missing; nothing was made.
    """
    letter = ReminderLetter(
        loan=cleared.loan,
        on=cleared.as_of,
        level=cleared.level,
        arrears=cleared.arrears,
        outstanding=cleared.outstanding,
        instalments=cleared.instalments,
        pay_by=cleared.pay_by,
        deadline=cleared.deadline,
        decision=cleared.decision,
        fee=cleared.fee,
    )
    return press.print(content.reminder(letter, to, sender, language), language)


def render(
    press: Press,
    content_: PayoutLetter | Voucher,
    to: Addressee | None,
    sender: Sender,
    language: Language,
) -> Printed:
    """Print a letter that asks nobody for money that is late, or an internal voucher.

    Raises:
        RefusedError: a word, a template or a sign is missing; nothing was made.
    """
    if isinstance(content_, Voucher):
        assert to is None, "a voucher is internal"
        return press.print(content.voucher(content_, sender, language), language)
    assert isinstance(content_, PayoutLetter), "a reminder is made by `reminder` alone"
    assert to is not None, "a letter has an addressee"
    return press.print(content.payout(content_, to, sender, language), language)
