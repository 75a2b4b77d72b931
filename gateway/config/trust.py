"""How far a sender is believed, and whose word about senders is taken (docs/security.md)."""

from typing import Literal

from pydantic import Field, field_validator

from gateway.config.section import Domain, Line, NameServer, Network, Section, pieces


class TrustedForwarder(Section):
    """A mail server that hands mail to us, and whose word about a sender is taken. Its networks prove who it is; what counts of its word is said here."""

    name: Line = Field(min_length=1, max_length=80, examples=["our mail provider"], description="For reasons and logs.")
    networks: tuple[Network, ...] = Field(
        min_length=1,
        examples=[["192.0.2.0/24"]],
        description="Addresses from which it connects to us: its own alone, none that other customers of a provider send from.",
    )
    sealers: tuple[Domain, ...] = Field(
        default=(),
        description="Domains (`d=`) of ARC seals that count on its mail: `google.com`. Name only those that check senders before they seal.",
    )
    authserv_ids: tuple[Domain, ...] = Field(
        default=(),
        description="Names with which its own Authentication-Results begin: `mx.example.net`. Only fields above the Received that it wrote count.",
    )
    received: int = Field(
        default=1,
        ge=1,
        le=10,
        description="How many Received fields its own servers write on the way to us. Where its Authentication-Results stand below the first ones, raise it; never above what its servers really write.",
    )


class Trust(Section):
    verify: bool = Field(
        default=True,
        description="Check SPF, DKIM, DMARC and the forwarders' word for every mail. `false`: nothing is checked, and `unverified` says what senders count as.",
    )
    unverified: Literal["none", "weak", "forwarded"] = Field(
        default="forwarded",
        description="Only with `verify: false`: what a sender counts as. `forwarded`: the mail server before us filters forged senders. `none`: nobody is acknowledged, and replies are kept internal.",
    )
    refused: Literal["hold", "reject", "accept"] = Field(
        default="hold",
        description="With `verify`: mail that proves nothing although its domain asks (by DMARC) to refuse or quarantine such mail, or that names one of our own domains. `hold`: into the quarantine, for an admin; `reject`: where the domain asks to refuse and DNS tells so within 5 seconds, refused with 550 behind DATA, else as `hold`; `accept`: taken as unverified.",
    )
    dns: tuple[NameServer, ...] = Field(
        default=(),
        description="DNS servers to ask (recursive ones), `address` or `address:port`; several with commas or as a list. Empty: the system's.",
    )
    forwarders: tuple[TrustedForwarder, ...] = Field(
        default=(), max_length=100, description="Mail servers whose word about a sender is taken."
    )

    _split = field_validator("dns", mode="before")(pieces)
