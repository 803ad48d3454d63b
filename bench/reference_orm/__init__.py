"""Reference A: FastAPI, pydantic and the SQLAlchemy ORM, a session and a commit a request.

Creates invoices, sends them, and records payments.

Written as a good developer writes it in a day: the stack's documented idioms, and for each request all that our
server does, but for its search index and its line in a log. Lines are JSON in the invoice's row, as in ours.
Sending makes no document: ours is made after the answer, too, and by the worker.
"""
