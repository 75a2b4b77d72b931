"""A mail to be looked at, and what came of it. Pure values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """A mail as scanners are given it."""

    receipt: str
    raw: bytes
    peer: str  # the client's IP address, "" where there is none
    helo: str
    reverse_path: str  # "" is the null reverse-path
    forward_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one scanner said, as its protocol has it."""

    score: float | None = None  # of spam; None: this one does not look for it
    symbols: tuple[str, ...] = ()  # names of what it noticed
    virus: str = ""  # the name; "" none


@dataclass(frozen=True, slots=True)
class Report:
    """What one scanner said of one mail, or why it said nothing."""

    scanner: str  # its name in the configuration
    finding: Finding | None
    fault: str = ""  # for people, where ``finding`` is None
    is_down: bool = False  # the scanner failed; False with a fault: the mail is not for it (too large)


@dataclass(frozen=True, slots=True)
class Scan:
    """What all scanners said of one mail."""

    reports: tuple[Report, ...] = ()

    @property
    def score(self) -> float | None:
        """The highest of the spam scores."""
        scores = [it.finding.score for it in self.reports if it.finding is not None and it.finding.score is not None]
        return max(scores, default=None)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(name for it in self.reports if it.finding is not None for name in it.finding.symbols)
        )

    @property
    def virus(self) -> str:
        return next((it.finding.virus for it in self.reports if it.finding is not None and it.finding.virus), "")

    @property
    def silent(self) -> tuple[Report, ...]:
        """Those that said nothing."""
        return tuple(it for it in self.reports if it.finding is None)


class ScannerFault(Exception):
    """The scanner did not answer, or not in its protocol. The message is for people."""
