"""What every section of the configuration is made of: its base, and the types of single values with their messages."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict

from gateway.mail.address import address_key, domain_key
from gateway.rules.patterns import compile_pattern

Language = Literal["ko", "ja", "en"]


class Section(BaseModel):
    """Unknown keys are refused: a misspelt key that is ignored is a setting that silently does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_LOCAL = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,64}")


def domain_name(value: str) -> str:
    key = domain_key(value.strip())
    if not _DOMAIN.fullmatch(key):
        raise ValueError(f"{value!r} is not a domain name; write it like example.com")
    return key


def _address(value: str) -> str:
    local, at, domain = value.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain_key(domain)):
        raise ValueError(f"{value!r} is not an e-mail address; write it like support@example.com")
    return f"{local}@{domain_key(domain)}"


Domain = Annotated[str, AfterValidator(domain_name)]
Address = Annotated[str, AfterValidator(_address)]


class Endpoint(BaseModel):
    """One place to listen or to connect: host and port, or a Unix socket."""

    model_config = ConfigDict(frozen=True)
    host: str = ""
    port: int = 0
    path: Path | None = None

    @classmethod
    def parse(cls, text: str, default_port: int | None = None) -> Self:
        """``127.0.0.1:2525``, ``[::1]:25``, ``mx.example.com:587`` or ``unix:/run/gateway/lmtp.sock``; ValueError else."""
        text = text.strip()
        if text.startswith("unix:"):
            return cls(path=Path(text[5:]))
        match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]\s]*))(?::(\d{1,5}))?", text)
        if match is None or (match[3] is None and default_port is None):
            raise ValueError(f"{text!r} is not an address to use; write it like 127.0.0.1:2525, [::1]:25 or unix:/path")
        port = int(match[3]) if match[3] else default_port
        if port is None or port > 65535:
            raise ValueError(f"port {match[3]} is above 65535")
        return cls(host=match[1] or match[2] or "0.0.0.0", port=port)  # noqa: S104 - ":25" means every interface

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(endpoint: str) -> bool:
    """Whether the endpoint, port 25 if it has none, is on this machine."""
    host = Endpoint.parse(endpoint, default_port=25).host if endpoint else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pieces(value: object) -> object:
    """Several endpoints may be a YAML list, or one string with commas (so that an environment variable can set them)."""
    if isinstance(value, str):
        return [part for part in (piece.strip() for piece in value.split(",")) if part]
    return value


def _endpoint(value: str) -> str:
    endpoint = Endpoint.parse(value)
    if endpoint.path is not None and not endpoint.path.is_absolute():
        raise ValueError(f"{value!r} needs a path from the root, as in unix:/run/gateway/lmtp.sock")
    return value


def _line(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError(f"{value!r} must be one line, without tabs and control characters")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a network; write it like 192.0.2.0/24") from error
    return value


def _pattern(value: str) -> str:
    local, _, _domain_part = value.rpartition("@")
    if local.count("*") != 1:
        raise ValueError(f"{value!r} needs exactly one * before the @, as in support-*@example.com")
    _address(value.replace("*", "x"))
    return address_key(value)


def _sender(value: str) -> str:
    return address_key(_address(value)) if "@" in value else domain_name(value)


def _re2(value: str) -> str:
    compile_pattern(value)
    return value


Sender = Annotated[str, AfterValidator(_sender)]
Re2 = Annotated[str, AfterValidator(_re2)]


def _name_server(value: str) -> str:
    endpoint = Endpoint.parse(value, default_port=53)
    try:
        ipaddress.ip_address(endpoint.host)
    except ValueError as error:
        raise ValueError(
            f"{value!r} is not a DNS server; write its address, like 192.0.2.53 or 127.0.0.1:5353"
        ) from error
    return str(endpoint)


Listen = tuple[Annotated[str, AfterValidator(_endpoint)], ...]
Line = Annotated[str, AfterValidator(_line)]
NameServer = Annotated[str, AfterValidator(_name_server)]
Network = Annotated[str, AfterValidator(_network)]
AddressPattern = Annotated[str, AfterValidator(_pattern)]


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is not a time zone; write it like Asia/Seoul, Asia/Tokyo or UTC") from error
    return value


TimeZone = Annotated[str, AfterValidator(_time_zone)]
