"""The same meaning in one form: time, names, params and what an event says about its profile."""

from collector.normalise.event import normalise

__all__ = ["normalise"]
