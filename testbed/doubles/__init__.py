"""Doubles of the services that MiniStack lacks: each is a set of functions from parameters to a result."""

SERVICES = {}


def reset():
    pass
