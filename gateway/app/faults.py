"""Why a gateway cannot start."""


class CannotStart(Exception):
    """One clear sentence."""
