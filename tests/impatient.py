"""`cleverinvo serve` with deadlines that a test can wait for: python -m tests.impatient."""

from cleverinvo import serve
from cleverinvo.web.deadlines import Deadlines

DEADLINES = Deadlines(headers=0.6, body=1.0, idle=0.6, reading=1.0)

if __name__ == "__main__":
    serve.serve("127.0.0.1", 0, 1, with_worker=True, deadlines=DEADLINES)
