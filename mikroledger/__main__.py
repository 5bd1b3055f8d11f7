"""`python -m mikroledger`."""

from mikroledger.cli.main import main

main()
