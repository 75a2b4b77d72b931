"""Programs that look at mail for spam and viruses, each behind its own socket."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.config.mistakes import Mistake, Place
from gateway.config.section import Endpoint, Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of

_MIB = 1024 * 1024
_MAX_BYTES = {"rspamd": 10 * _MIB, "spamassassin": _MIB, "clamav": 25 * _MIB}


def _socket(value: str) -> str:
    endpoint = Endpoint.parse(value)
    if endpoint.path is not None and not endpoint.path.is_absolute():
        raise ValueError(f"{value!r} needs a path from the root, as in unix:/run/clamav/clamd.ctl")
    if endpoint.path is None and not endpoint.port:
        raise ValueError(f"{value!r} needs a port, as in 127.0.0.1:11333")
    return value


class Scanner(Section):
    """One scanner. While it is down, slow or talks nonsense, mail is accepted, and its tickets say that it was not scanned."""

    name: Line = Field(
        min_length=1, max_length=40, examples=["rspamd"], description="Unique name, for reasons, events and logs."
    )
    kind: Literal["rspamd", "spamassassin", "clamav"] = Field(
        examples=["rspamd"],
        description="What is spoken there: `rspamd` (HTTP, its normal worker), `spamassassin` (spamd), `clamav` (clamd).",
    )
    address: Annotated[str, AfterValidator(_socket)] = Field(
        examples=["127.0.0.1:11333"],
        description="Where it listens: `127.0.0.1:11333` (rspamd), `127.0.0.1:783` (spamd), `unix:/run/clamav/clamd.ctl` (clamd).",
    )
    seconds: float = Field(
        default=5.0, gt=0, le=30, description="Longest time for one mail, from connecting to the last octet."
    )
    max_bytes: int | None = Field(
        default=None,
        ge=1024,
        le=100 * _MIB,
        description="Larger mails are not scanned. Empty: 10 MiB for rspamd, 1 MiB for SpamAssassin, 25 MiB for ClamAV (never above its own `StreamMaxLength`).",
    )
    concurrency: int = Field(
        default=4, ge=1, le=32, description="Mails that one pipeline process lets it look at, at one time."
    )
    hold_at: float | None = Field(
        default=15.0, description="Spam score from which a mail is held in quarantine (`spam`). Empty: never."
    )
    tag_at: float | None = Field(
        default=6.0, description="Spam score from which its ticket gets the tag `spam`. Empty: never."
    )
    virus: Literal["hold", "tag"] = Field(
        default="hold",
        description="A mail in which it found a virus: `hold` in quarantine (`virus`), or only `tag` the ticket with `virus`.",
    )

    @property
    def largest(self) -> int:
        """Octets of the largest mail that is scanned."""
        return self.max_bytes or _MAX_BYTES[self.kind]


def check_scanners(scanners: tuple[tuple[int, Scanner], ...], tree: Node) -> Iterator[Mistake]:
    names: dict[str, Place] = {}
    for index, scanner in scanners:
        place = place_of(tree, "scanners", index, "name")
        if scanner.name in names:
            yield Mistake.at(place, f"another scanner is called `{scanner.name}` too; names must be unique")
        names.setdefault(scanner.name, place)
