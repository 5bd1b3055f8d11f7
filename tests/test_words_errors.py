"""What is said to people, and the exit code that a script sees."""

import pytest

from mikroledger.errors import (
    BrokenBookError,
    MikroledgerError,
    NotCertainError,
    RefusedError,
    UsageError,
)
from mikroledger.words import Text


def test_a_text_is_said_in_the_language_asked_for() -> None:
    text = Text(da="lån", en="loan")
    assert (text.say("da"), text.say("en")) == ("lån", "loan")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (UsageError, 2),
        (BrokenBookError, 3),
        (RefusedError, 4),
        (NotCertainError, 5),
        (MikroledgerError, 4),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(kind: type[MikroledgerError], code: int) -> None:
    assert kind("nej", "no").exit_code == code
    assert issubclass(kind, MikroledgerError)


def test_an_error_carries_both_languages_and_shows_english_to_programmers() -> None:
    error = RefusedError(da="Findes ikke.", en="There is none.")
    assert error.text == Text("Findes ikke.", "There is none.")
    assert str(error) == "There is none."
