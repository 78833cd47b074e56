"""Lets a supervisor run the command line with `python -m services.cli`, whatever is on the PATH."""

from services.cli import main

main(prog_name="conflictlog")
