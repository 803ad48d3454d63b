"""CleverInvo: an invoicing server that people run themselves and developers drive over a REST API."""

__version__ = "0.1.0"
