"""The table of commands: `--help` reads it, and imports no command.

A command's module is imported when the command is given. tests/test_startup.py holds every
line here to the command that it stands for.
"""

from importlib import import_module

import click

from mikroledger.cli.app import said


class Lazy(click.Command):
    """Stands for a command: its name and the first sentence of its help."""

    def __init__(self, name: str, place: str, da: str, en: str, *, books: bool = False) -> None:
        super().__init__(name, help=said(da, en))
        self._place = place
        self._books = books

    def load(self) -> click.Command:
        """Import the command itself; beancount gets ready meanwhile for one that books."""
        if self._books:
            from mikroledger.wiring import get_ready

            get_ready()
        module, _, attribute = self._place.partition(":")
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), attribute)
        return command


# In the order of use; the second word is the module in this folder, and the name in it.
COMMANDS = (
    Lazy(
        "demo",
        "demo:demo",
        "Genspil Aarhus 2011, fra fejl til rettelse.",
        "Replay Aarhus 2011, from the mistake to the correction.",
    ),
    Lazy("init", "init:init", "Lav en ny, tom bog.", "Make a new, empty book."),
    Lazy(
        "debtor",
        "debtor:debtor",
        "Låntagerregistret: navn, adresse, CPR.",
        "The register of borrowers.",
    ),
    Lazy(
        "approve",
        "approve:approve",
        "Registrér en bevilling: lån, tilskud eller forsørgelse.",
        "Record a decision: loan, grant or subsistence.",
        books=True,
    ),
    Lazy(
        "disburse",
        "pay:disburse",
        "Udbetal et lån: altid til lånets egen konto.",
        "Pay out a loan: only ever to its own account.",
        books=True,
    ),
    Lazy(
        "countersign",
        "reverse:countersign",
        "Godkend det, en anden har foreslået.",
        "Approve what another person has proposed.",
        books=True,
    ),
    Lazy("repay", "pay:repay", "Bogfør et afdrag.", "Book a repayment.", books=True),
    Lazy(
        "import",
        "document:import_",
        "Indlæs ERP-lister, kontoudtog og adviseringer.",
        "Import ERP lists, bank statements and notices.",
        books=True,
    ),
    Lazy(
        "match",
        "match:match",
        "Placér banklinjer og rækker, som ingen kunne placere.",
        "Place bank lines and rows that nobody could place.",
        books=True,
    ),
    Lazy(
        "check",
        "check:check",
        "Vis alle bemærkninger, de værste først.",
        "Show every finding, worst first.",
    ),
    Lazy(
        "reclassify",
        "reclassify:reclassify",
        "Ompostér: flyt en betaling derhen, hvor den hører til.",
        "Correct: move a payment to where it belongs.",
        books=True,
    ),
    Lazy(
        "accept",
        "accept:accept",
        "Acceptér en bemærkning, der er rigtig, som den er.",
        "Accept a finding that is right as it is.",
        books=True,
    ),
    Lazy(
        "reverse",
        "reverse:reverse",
        "Tag en postering tilbage med en ny, modsat postering.",
        "Take a posting back with a new, opposite one.",
        books=True,
    ),
    Lazy("defer", "defer:defer", "Giv henstand.", "Grant a deferral.", books=True),
    Lazy(
        "resume",
        "defer:resume",
        "Lad en henstand slutte, så der igen kan sendes breve.",
        "End a deferral, so that letters may go again.",
        books=True,
    ),
    Lazy(
        "reschedule",
        "reschedule:reschedule",
        "Lav en ny plan for restgælden.",
        "Make a new plan for what is outstanding.",
        books=True,
    ),
    Lazy(
        "remind",
        "remind:remind",
        "Vis, hvem der får brev eller ikke, og hvorfor.",
        "Show who gets a letter or not, and why.",
    ),
    Lazy(
        "explain",
        "explain:explain",
        "Forklar, hvorfor et lån får eller ikke får brev.",
        "Explain why a loan gets a letter or not.",
    ),
    Lazy(
        "apologise",
        "apologise:apologise",
        "Find de rykkere, der ikke skulle have været sendt.",
        "Find the reminders that should not have been sent.",
    ),
    Lazy(
        "post",
        "post:post",
        "Aflevér brevene til Digital Post og til print.",
        "Hand the letters over to Digital Post and to print.",
    ),
    Lazy(
        "hand-over",
        "handover:hand_over",
        "Overdrag krav til Gældsstyrelsen.",
        "Hand claims over to Gældsstyrelsen.",
    ),
    Lazy(
        "letters",
        "letters:letters",
        "Brevenes tekster: se dem, prøv dem.",
        "The texts of the letters: look at them, try them.",
    ),
    Lazy(
        "show",
        "show:show",
        "Vis ét lån: gæld, konto, restance, plan og historie.",
        "Show one loan: debt, account, arrears, plan and history.",
    ),
    Lazy("list", "show:list_", "Vis alle lån på én dag.", "Show all loans on a day."),
    Lazy(
        "export",
        "export:export",
        "Skriv en tabel til dansk Excel (CSV) eller Parquet.",
        "Write a table for Danish Excel (CSV) or Parquet.",
    ),
    Lazy(
        "reconcile",
        "reconcile:reconcile",
        "Afstem plan, bog, kontrolkonto og bank.",
        "Reconcile plan, ledger, control account and bank.",
    ),
    Lazy(
        "close",
        "close:close",
        "Luk en måned for nye posteringer.",
        "Close a month to new entries.",
    ),
    Lazy(
        "verify",
        "verify:verify",
        "Undersøg, om bogen er hel.",
        "Tell whether the book is whole.",
    ),
    Lazy(
        "adopt",
        "adopt:adopt",
        "Tag rettelser i bogens filer eller en ældre kopi ind.",
        "Take in edits of the book's files, or an older copy.",
    ),
    Lazy(
        "backup",
        "backup:backup",
        "Lav en sikkerhedskopi, og bevis, at den er hel.",
        "Make a backup, and prove it whole.",
    ),
    Lazy("restore", "backup:restore", "Læg en sikkerhedskopi ind.", "Restore a backup."),
)
