"""`python -m cleverinvo` is the command `cleverinvo`."""

from cleverinvo.cli import app

app()
