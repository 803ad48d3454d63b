"""Whom we tell: the endpoints that events are delivered to, and what became of every delivery."""
