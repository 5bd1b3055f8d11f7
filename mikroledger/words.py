"""What is said to people, in Danish and in English, side by side."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["da", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages; whoever shows it picks one."""

    da: str
    en: str

    def say(self, language: Language) -> str:
        """Return the sentence in `language`.

        >>> Text("lån", "loan").say("en")
        'loan'
        """
        return self.da if language == "da" else self.en
