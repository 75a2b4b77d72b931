"""``webhooks.yaml``: other programs that rules may tell of a ticket."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from gateway.config.mistakes import Mistake
from gateway.config.section import Section
from gateway.config.source import Node
from gateway.config.validate import place_of

MIN_SECRET = 16


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError(
            f"{value!r} is not an address to call; write it like https://hooks.example.com/gateway"
        ) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(f"{value!r} is not an address to call; write it like https://hooks.example.com/gateway")
    if parts.username or parts.password:
        raise ValueError("a user name or password in the address would stand in logs: the signature proves who calls")
    if parts.fragment or any(ord(character) <= 32 or ord(character) > 126 for character in value):
        raise ValueError(f"{value!r} is not an address to call; write it in plain ASCII, without spaces and without #")
    return value


class Webhook(Section):
    """One program."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = Field(
        examples=["shop"], description="What rules call it: small letters, digits, hyphens."
    )
    url: Annotated[str, AfterValidator(_url)] = Field(
        examples=["https://hooks.example.com/gateway"], description="Where the ticket is posted to, as JSON."
    )
    secret: SecretStr = Field(
        examples=["${SHOP_HOOK_SECRET}"],
        description="At least 16 characters, from `${NAME}` or `file:`. Every call is signed with it (HMAC-SHA256).",
    )
    allow_private: bool = Field(
        default=False,
        description="Let it be in a private network or on this machine. Else an address there is refused whenever a name leads to it.",
    )
    words: bool = Field(default=False, description="Send the subject and the newest public text along, not only facts.")


class WebhooksFile(Section):
    """The file."""

    webhooks: tuple[Webhook, ...] = Field(default=(), max_length=100, description="Programs that rules may tell.")


def check_webhooks(written: WebhooksFile, tree: Node) -> Iterator[Mistake]:
    """Ids that stand twice, secrets that are short, and words or secrets on their way in clear."""
    seen: set[str] = set()
    for index, hook in enumerate(written.webhooks):
        if hook.id in seen:
            yield Mistake.at(place_of(tree, "webhooks", index, "id"), f"another webhook has the id `{hook.id}` too")
        seen.add(hook.id)
        if len(hook.secret.get_secret_value()) < MIN_SECRET:
            yield Mistake.at(
                place_of(tree, "webhooks", index, "secret"),
                f"this secret is too short: {MIN_SECRET} characters at least",
            )
        parts = urlsplit(hook.url)
        if parts.scheme == "http" and not hook.allow_private:
            yield Mistake.at(
                place_of(tree, "webhooks", index, "url"),
                "tickets would travel in clear: use https, or `allow_private: true` for a program in your own network",
            )
        if not hook.allow_private and _is_private(parts.hostname or ""):
            yield Mistake.at(
                place_of(tree, "webhooks", index, "url"),
                f"{parts.hostname} is no public address; write `allow_private: true` if that is meant",
            )


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
