"""How long a client may take over each part of a request, before its place goes to somebody else."""

from typing import Final, NamedTuple


class Deadlines(NamedTuple):
    """In seconds. Each is for the whole of its part, however steadily it drips."""

    headers: float = 10
    body: float = 30
    idle: float = 30
    """Between two requests on one connection."""
    reading: float = 30
    """In which some of an answer must be taken: whoever takes nothing any more keeps it in our memory."""


DEADLINES: Final = Deadlines()
