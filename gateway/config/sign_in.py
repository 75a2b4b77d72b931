"""How agents log in besides by password: an OpenID Connect provider."""

import ipaddress
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from gateway.config.section import Domain, Line, Section, pieces


class Oidc(Section):
    """One OpenID Connect provider at which agents may log in. Nobody becomes an agent by it: admins make agents."""

    issuer: str = Field(
        max_length=255,
        examples=["https://accounts.google.com"],
        description="The provider's issuer, exactly as it names itself: `https://accounts.google.com`. Nothing but what it names in its own discovery document is ever asked.",
    )
    client_id: Line = Field(min_length=1, max_length=255, examples=["desk"], description="Our client id there.")
    client_secret: SecretStr = Field(
        examples=["${OIDC_CLIENT_SECRET}"], description="Our client secret there, from `${NAME}` or `file:`."
    )
    label: Line = Field(
        default="SSO", min_length=1, max_length=40, description="What the button names: `Google`, `Microsoft`."
    )
    trusted_domains: tuple[Domain, ...] = Field(
        default=(),
        description="Domains for whose addresses this provider may say who somebody is. The first login of an agent with a *verified* address there links the two; every later one goes by the link alone. Empty: an admin links each agent, with `gateway agents link`.",
    )
    scopes: tuple[Line, ...] = Field(
        default=("openid", "email"), description="What is asked for; `openid` must be among them."
    )

    _split = field_validator("trusted_domains", "scopes", mode="before")(pieces)

    @field_validator("issuer")
    @classmethod
    def _address(cls, value: str) -> str:
        if not is_provider_address(value) or "?" in value or "#" in value:
            raise ValueError(f"{value!r} is not an issuer; write it like https://login.example.com")
        return value

    @field_validator("scopes")
    @classmethod
    def _openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("`openid` must be among the scopes")
        return value


def is_provider_address(address: str) -> bool:
    """Whether an address is one at which a provider may be asked: https, or http on this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username is not None or not address.isprintable() or " " in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
