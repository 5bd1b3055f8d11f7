"""What a user can act on, and the exit code that a script sees (design: product.md)."""

from mikroledger.words import Text


class MikroledgerError(Exception):
    """A failure with a sentence for the user: where, what, and what to do next."""

    exit_code = 4

    def __init__(self, da: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(da, en)


class UsageError(MikroledgerError):
    """The order is not well formed: an amount, a day or a number cannot be read."""

    exit_code = 2


class BrokenBookError(MikroledgerError):
    """The book does not load, its chain is broken, or it changed meanwhile."""

    exit_code = 3


class RefusedError(MikroledgerError):
    """The order is well formed, but wrong to book."""

    exit_code = 4


class NotCertainError(MikroledgerError):
    """Not done, or not known to be done: run the same command again with the same key."""

    exit_code = 5
