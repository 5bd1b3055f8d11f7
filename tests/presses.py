"""A press whose letters are waited for one at a time."""

from mikroledger import letters
from mikroledger.domain.gate import Cleared
from mikroledger.domain.letter import Addressee, Content, Sender
from mikroledger.letters import Press, Printed
from mikroledger.words import Language


def reminder(
    press: Press, cleared: Cleared, to: Addressee, sender: Sender, language: Language
) -> Printed:
    return letters.reminder(press, cleared, to, sender, language).result()


def render(
    press: Press, content: Content, to: Addressee | None, sender: Sender, language: Language
) -> Printed:
    return letters.render(press, content, to, sender, language).result()
