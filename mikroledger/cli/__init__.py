"""The command line: parsing, one call, showing; the only room that reads the clock."""

from mikroledger.cli.main import main

__all__ = ["main"]
