"""The typed configuration. Every field's description is its documentation: docs/configuration.md is generated from here.

Reading files, positions, overrides and secrets is ``gateway.config.load``'s work; this module only says what is valid.
"""

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from gateway.config.abuse import Abuse
from gateway.config.acknowledgements import Acknowledgements
from gateway.config.agents import AgentWork
from gateway.config.csat import Csat
from gateway.config.participants import Participants
from gateway.config.privacy import Privacy
from gateway.config.quarantine import Quarantine
from gateway.config.reminders import Reminders
from gateway.config.scanners import Scanner
from gateway.config.section import (
    Address,
    AddressPattern,
    Domain,
    Endpoint,
    Language,
    Line,
    Listen,
    Network,
    Re2,
    Section,
    Sender,
    TimeZone,
    domain_name,
    pieces,
)
from gateway.config.senders import Floods, ListEntry, Vip
from gateway.config.sign_in import Oidc
from gateway.config.surge import Surge
from gateway.config.trust import Trust
from gateway.config.verification import Verification


class DkimKey(Section):
    domain: Domain = Field(
        examples=["example.com"],
        description="The signing domain (d=): the domain of the brand's addresses, so that DMARC aligns.",
    )
    selector: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,63}$",
        examples=["s2026"],
        description="The selector (s=) under which the public key is published.",
    )
    key_file: Path = Field(
        examples=["dkim/s2026.pem"], description="PEM file with the private RSA (2048 bits or more) key."
    )


class Brand(Section):
    """A set of support addresses that customers see as one company or product."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_-]{0,39}$",
        examples=["shop"],
        description="Short name for rules, commands and logs. Never shown to customers; never change it.",
    )
    name: Line = Field(
        min_length=1,
        max_length=80,
        examples=["Example Support"],
        description="What customers read in From and in the mails: `Example Support`.",
    )
    addresses: tuple[Address, ...] = Field(
        min_length=1,
        max_length=3000,
        examples=[["support@example.com"]],
        description="Support addresses. The first one is the default sender.",
    )
    catch_all: tuple[Domain, ...] = Field(
        default=(),
        description="Domains of which every address counts as this brand's. Empty: unknown addresses are refused with 550 5.1.1.",
    )
    wildcard: tuple[AddressPattern, ...] = Field(
        default=(), description="Address patterns with one `*` in the local part, such as `support-*@example.com`."
    )
    language: Language = Field(
        default="en", description="Language of automatic mail when the customer's own script tells nothing."
    )
    time_zone: TimeZone = Field(
        default="UTC", description="Time zone of dates and times in this brand's mail: `Asia/Seoul`."
    )
    answers_from: Literal["brand", "agent_via_brand", "agent"] = Field(
        default="brand",
        description="Name in From of agents' answers: the brand's; the agent's and the brand's (`Kim via Example Support`); or the "
        "agent's alone. Automatic mail always comes from the brand, and the address is the same in any case.",
    )
    signature: dict[Language, str] = Field(
        default_factory=dict, description="Closing lines of every mail, by language. Text only; empty lines are kept."
    )
    team: Line | None = Field(default=None, max_length=64, description="Team of new tickets. Empty: no team.")
    acknowledge: bool = Field(default=True, description="Answer new tickets with an acknowledgement.")
    csat: bool = Field(
        default=True, description="Ask this brand's customers how they were served, where `csat.enabled` says so."
    )
    reply_to_solved: Literal["reopen", "follow_up"] | None = Field(
        default=None,
        description="What a customer's reply to a solved ticket does, where its team says nothing (`reply_to_solved` of `teams.yaml`).",
    )
    dkim: DkimKey | None = Field(default=None, description="Sign this brand's mail. Empty: the smarthost signs.")


class Tls(Section):
    certificate: Path = Field(
        examples=["tls/certificate.pem"], description="PEM file: the server's certificate and its chain."
    )
    key: Path = Field(examples=["tls/key.pem"], description="PEM file: the private key.")


class Forwarder(Section):
    """A server that hands mail on to us and needs its own rules."""

    name: Line = Field(min_length=1, max_length=80, examples=["old relay"], description="For the log.")
    networks: tuple[Network, ...] = Field(
        min_length=1, examples=[["192.0.2.25/32"]], description="Where it comes from."
    )
    bare_newlines: Literal["refuse", "normalize"] = Field(
        default="refuse",
        description="`normalize`: a bare LF in its mail becomes CR LF, but never ends a mail. Bare CR and NUL are refused all the same.",
    )


class Smtp(Section):
    listen: Listen = Field(
        default=("127.0.0.1:2525",), description="Where SMTP is spoken: `host:port`; several with commas or as a list."
    )
    lmtp: Listen = Field(
        default=(), description="Where LMTP (RFC 2033) is spoken: `host:port` or `unix:/path/to.sock`."
    )
    hostname: str = Field(
        default="", description="Our name in the greeting and in Received. Empty: the machine's name."
    )
    tls: Tls | None = Field(default=None, description="Certificate for STARTTLS. Empty: STARTTLS is not offered.")
    proxy_listen: Listen = Field(
        default=(),
        description="Where SMTP is spoken behind a proxy that says by the PROXY protocol who the client is: `host:port`.",
    )
    proxy_from: tuple[Network, ...] = Field(
        default=(), description="Networks of those proxies. Everybody else is cut at `proxy_listen`."
    )
    proxy_v1: bool = Field(default=False, description="Take the older, written form of the PROXY protocol too.")
    submission: Listen = Field(
        default=(),
        description="Where programs of ours log in to send mail in, by STARTTLS: `host:587`. Needs `tls`. Agents log in with their password, programs with a key of `gateway apikeys`.",
    )
    submissions: Listen = Field(default=(), description="The same with TLS from the first octet: `host:465`.")
    forwarders: tuple[Forwarder, ...] = Field(
        default=(), max_length=100, description="Servers that hand mail on to us and need their own rules."
    )

    _split = field_validator("listen", "lmtp", "proxy_listen", "submission", "submissions", mode="before")(pieces)

    @field_validator("hostname")
    @classmethod
    def _name(cls, value: str) -> str:
        return domain_name(value) if value else ""


class Web(Section):
    listen: Listen = Field(default=("127.0.0.1:8025",), description="Where the web view is served: `host:port`.")
    base_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+)?$",
        examples=["https://desk.example.com"],
        description="How browsers reach the web view, for links and cookies: `https://desk.example.com`. Empty: http and the first `listen`.",
    )

    second_factor: Literal["optional", "required"] = Field(
        default="optional",
        description="`required`: whoever logs in by password must set up codes of an authenticator program before anything else. A login at the provider in `oidc` is complete by itself.",
    )
    oidc: Oidc | None = Field(
        default=None, description="OpenID Connect provider for logins (single sign-on). Needs `base_url`."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Proxies whose X-Forwarded-For is believed. From everybody else it is ignored.",
    )

    _split = field_validator("listen", "trusted_proxies", mode="before")(pieces)


class Database(Section):
    url: str = Field(
        default="", description="Empty: SQLite in `data_dir/gateway.db`. PostgreSQL: `postgresql://user@host/name`."
    )
    password: SecretStr | None = Field(
        default=None, description="Password for the URL, from `${NAME}` or `file:`; never write it here in clear."
    )

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and not re.match(r"(sqlite:///|postgresql(\+psycopg)?://)", value):
            raise ValueError("the database URL begins with sqlite:/// or postgresql://")
        return value


class Outbound(Section):
    smarthost: str = Field(
        default="",
        description="Mail server that takes our mail: `host:port`. Empty: mail is held in the outbox, readable in the web view, until one is set.",
    )
    tls: Literal["none", "opportunistic", "required", "implicit"] = Field(
        default="opportunistic",
        description="`opportunistic`: STARTTLS where offered; `required`: STARTTLS with a valid certificate or nothing is sent; `implicit`: TLS from the first byte (port 465).",
    )
    username: str = Field(
        default="",
        description="User for AUTH. Needs `tls: required` or `implicit`, unless the smarthost is on this machine.",
    )
    password: SecretStr | None = Field(default=None, description="Password for AUTH, from `${NAME}` or `file:`.")
    connections: int = Field(default=4, ge=1, le=50, description="Connections to the smarthost at the same time.")
    answer_lifetime_hours: int = Field(
        default=120, ge=1, le=720, description="How long an agent's answer is tried before it is reported as failed."
    )
    notice_lifetime_hours: int = Field(
        default=24, ge=1, le=168, description="The same for automatic mail, which is stale sooner."
    )

    @field_validator("smarthost")
    @classmethod
    def _endpoint(cls, value: str) -> str:
        if value:
            Endpoint.parse(value, default_port=25)
        return value


class Limits(Section):
    """What a stranger may cost us. Sizes and syntax hold always; `enabled: false` switches off counts, rates and budgets."""

    enabled: bool = Field(
        default=True,
        description="`false` switches off rates, counts and budgets (never sizes or syntax): for benches and load tests only.",
    )
    message_size: int = Field(
        default=35 * 1024 * 1024,
        ge=64 * 1024,
        le=1024**3,
        description="Octets of one mail as it travels (25 MB of attachments are 35 MB in base64); announced by SIZE.",
    )
    small_body: int = Field(
        default=256 * 1024,
        ge=0,
        le=16 * 1024 * 1024,
        description="Octets up to which a mail is kept in the database; larger ones are files in `data_dir/blobs`.",
    )
    header_size: int = Field(default=256 * 1024, ge=16 * 1024, description="Octets of the header block.")
    recipients: int = Field(
        default=100, ge=100, le=1000, description="Recipients of one mail (RFC 5321 asks for at least 100)."
    )
    received_fields: int = Field(
        default=100, ge=100, le=1000, description="Received fields after which a mail counts as looping."
    )
    command_seconds: float = Field(default=300, ge=1, description="Time for one command, in seconds.")
    data_seconds: float = Field(
        default=600, ge=1, description="Time for DATA, in seconds, to which size at 10 kB/s is added."
    )
    session_seconds: float = Field(default=1800, ge=1, description="Time for one connection, in seconds.")
    errors: int = Field(default=10, ge=1, description="Refused commands until we hang up.")
    junk_commands: int = Field(default=100, ge=1, description="NOOP, RSET, VRFY and the like until we hang up.")
    stress_command_seconds: float = Field(
        default=30,
        ge=1,
        description="The same, in seconds, for strangers while more than four fifths of all connections are open.",
    )
    connections: int = Field(
        default=500,
        ge=1,
        description="Connections at the same time. A tenth of them is kept for `unlimited_networks`, which may have more.",
    )
    connections_per_address: int = Field(default=20, ge=1, description="Connections at the same time from one address.")
    connections_per_minute: int = Field(default=120, ge=1, description="New connections a minute from one address.")
    messages_per_minute: int = Field(default=120, ge=1, description="Mails a minute from one address.")
    network_factor: int = Field(
        default=3,
        ge=1,
        description="How many times as much as one address a whole network (IPv4 /24, IPv6 /64) may have of the three limits above.",
    )
    unlimited_networks: tuple[Network, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Networks of our own forwarders and monitors, to which counts and rates never apply.",
    )
    in_flight_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024 * 1024,
        description="Octets of mail being received at one time; beyond it 452 4.3.1.",
    )
    free_disk_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="Free space below which mail is refused with 452 4.3.1 (added to the size that the mail announces).",
    )
    pending_entries: int = Field(
        default=100_000, ge=1, description="Mails waiting for the pipeline above which new ones get 451 4.3.2."
    )


class Budgets(Section):
    """How much automatic mail one person, one ticket and the world may get. `[count, minutes]` each."""

    acks_per_person: tuple[tuple[int, int], ...] = Field(
        default=((2, 60), (3, 1440)), description="Acknowledgements to one address."
    )
    replies_per_ticket: tuple[tuple[int, int], ...] = Field(
        default=((2, 60), (3, 1440)), description="Replies and macros that rules send to one address about one ticket."
    )
    automatic_per_ticket: tuple[tuple[int, int], ...] = Field(
        default=((10, 10), (15, 30), (25, 60), (50, 180), (100, 600)),
        description="Automatic mail to one address about one ticket.",
    )
    automatic_per_person: tuple[tuple[int, int], ...] = Field(
        default=((30, 10), (60, 30), (120, 60), (240, 180), (360, 600)),
        description="Automatic mail to one address over all tickets.",
    )
    acks_to_unknown: tuple[int, int] = Field(
        default=(30, 15),
        description="Acknowledgements to people whom none of our agents ever answered and whose mail nothing proves, over the whole system; beyond it they are held and an alarm is raised.",
    )
    automatic_per_domain: tuple[int, int] = Field(
        default=(20, 60),
        description="Automatic mail to the addresses of one domain that no signature proves.",
    )
    automatic_in_all: tuple[int, int] = Field(
        default=(200, 60),
        description="Automatic mail to all addresses that no signature proves. Beyond it the breaker opens: none of them gets automatic mail until it closes.",
    )
    breaker_minutes: int = Field(
        default=60, ge=1, le=1440, description="How long the breaker stays open, unless an admin closes it before."
    )
    exempt: tuple[Sender, ...] = Field(
        default=(),
        max_length=1000,
        examples=[["monitor@example.com"]],
        description="Monitors and the like that no budget counts: addresses, or whole domains. As senders of a contact form's mail they lift the budgets of domain and system from its visitors, never those of one person.",
    )
    same_subject: int = Field(
        default=2, ge=1, description="Acknowledgements to one address for the same subject within a day."
    )


class Lifecycle(Section):
    close_after_hours: int = Field(
        default=96,
        ge=1,
        le=672,
        description="Solved tickets are closed after this time; until then a reply reopens them.",
    )
    tell_merged: bool = Field(
        default=True, description="Tell a customer whose ticket was merged into another, in their own thread."
    )
    token_days_after_close: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="How long a reply address leads to a linked follow-up after the ticket was closed.",
    )
    duplicate_window_hours: int = Field(
        default=240, ge=1, description="The same Message-ID with the same content within this time is the same mail."
    )
    shared_ancestor_days: int = Field(
        default=30,
        ge=1,
        description="How long mails that share an ancestor we never saw are taken as one conversation.",
    )


class Form(Section):
    """A contact form of a web site, whose mail is sent by the site and written by a visitor. The first that fits reads the mail.

    The visitor becomes the requester, and is answered under the same budgets as everybody; what they typed proves nothing about who
    they are, so the mail keeps the trust that its own sender has.
    """

    name: Line = Field(
        min_length=1, max_length=80, examples=["Shop contact form"], description="Unique name, shown with the ticket."
    )
    sender: Sender = Field(
        examples=["wordpress@www.example.com"],
        description="Who sends the form's mail: the address in From, or its domain. Not an address of a brand: such mail is a loop.",
    )
    subject: Re2 | None = Field(
        default=None,
        description="Regular expression (RE2) to be found in the subject, upper and lower case alike. Empty: any subject.",
    )
    author: Line = Field(
        default="reply_to",
        min_length=1,
        max_length=60,
        examples=["reply_to"],
        description="Where the visitor's address is: `reply_to`, or the label of a line such as `E-mail`, `이메일` or `メール`.",
    )
    author_name: Line | None = Field(
        default=None,
        max_length=60,
        description="Label of the line with the visitor's name. Empty: the name in Reply-To.",
    )
    fields: tuple[Line, ...] = Field(
        default=(), description="Labels of lines to note with the ticket. Empty: every line of the form `Label: value`."
    )


class Keys(Section):
    """Secrets that sign reply addresses and Message-IDs. Kept outside the database."""

    directory: Path | None = Field(
        default=None,
        description="Folder with files `reply-N.key` (N from 1 to 15, at least 32 random bytes in hexadecimal). Empty: `data_dir/keys`, made on the very first start. The highest N signs, all others still verify.",
    )


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What is worth a line.")


class Processes(Section):
    pipelines: int = Field(default=1, ge=1, le=64, description="Pipeline processes. Several may work on one database.")


class Configuration(Section):
    """One gateway, as its admin wrote it."""

    data_dir: Path = Field(
        default=Path("var"),
        json_schema_extra={"from_working_directory": True},
        description="Folder for database, blobs and keys. A relative path starts at the working directory.",
    )
    templates_dir: Path | None = Field(
        default=None,
        description="Folder whose files replace those of the shipped templates, by the same relative name.",
    )
    reply_domain: Domain = Field(
        examples=["reply.example.com"],
        description="Domain of the signed reply addresses, with its MX at this gateway. Use a sub-domain that serves nothing else.",
    )
    reply_local: str = Field(
        default="reply",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,15}$",
        examples=["reply"],
        description="Local part before the token: reply+TOKEN@reply_domain.",
    )
    admin: Address = Field(examples=["admin@example.com"], description="The first admin, made on the first start.")
    brands: tuple[Brand, ...] = Field(min_length=1, description="Who we are to customers.")
    smtp: Smtp = Field(default_factory=Smtp, description="The door: how mail comes in.")
    web: Web = Field(default_factory=Web, description="The web view.")
    database: Database = Field(default_factory=Database, description="Where tickets are kept.")
    outbound: Outbound = Field(default_factory=Outbound, description="How mail leaves.")
    limits: Limits = Field(default_factory=Limits, description="What a stranger may cost us.")
    verification: Verification = Field(
        default_factory=Verification, description="Mail that asks for a code or a click: for admins alone."
    )
    abuse: Abuse = Field(default_factory=Abuse, description="People in whose name somebody else wrote.")
    lists: tuple[ListEntry, ...] = Field(
        default=(),
        max_length=1000,
        description="Senders that are allowed, blocked, suspended or rejected, beside those that are listed by hand (`gateway lists`).",
    )
    floods: Floods = Field(default_factory=Floods, description="Senders of too many mails.")
    surge: Surge = Field(default_factory=Surge, description="Waves of similar mails.")
    vip: Vip = Field(default_factory=Vip, description="Important customers.")
    scanners: tuple[Scanner, ...] = Field(
        default=(), max_length=10, description="Programs that look at every mail for spam and viruses."
    )
    budgets: Budgets = Field(default_factory=Budgets, description="How much automatic mail we send.")
    lifecycle: Lifecycle = Field(default_factory=Lifecycle, description="How tickets age.")
    acknowledgements: Acknowledgements = Field(
        default_factory=Acknowledgements, description="What acknowledgements say of when we answer."
    )
    reminders: Reminders = Field(default_factory=Reminders, description="Customers who do not answer.")
    trust: Trust = Field(default_factory=Trust, description="What a sender counts as.")
    participants: Participants = Field(default_factory=Participants, description="Who takes part in a ticket by mail.")
    quarantine: Quarantine = Field(default_factory=Quarantine, description="Mail that is held.")
    csat: Csat = Field(default_factory=Csat, description="Asking customers how they were served.")
    agents: AgentWork = Field(default_factory=AgentWork, description="Agents who work from their own mailbox.")
    privacy: Privacy = Field(
        default_factory=Privacy, description="Numbers that are hidden, and how long anything is kept."
    )
    keys: Keys = Field(default_factory=Keys, description="Signing secrets.")
    logging: Logging = Field(default_factory=Logging, description="Log lines.")
    processes: Processes = Field(default_factory=Processes, description="How many of each role.")
    rules: Path | None = Field(
        default=None,
        description="File with intake rules, relative to this file. Empty: `rules.yaml` beside it, if there is one.",
    )
    calendars: Path | None = Field(
        default=None,
        description="File with working hours and holidays. Empty: `calendars.yaml` beside it, if there is one.",
    )
    teams: Path | None = Field(
        default=None, description="File with teams and their agents. Empty: `teams.yaml` beside it, if there is one."
    )
    sla: Path | None = Field(
        default=None, description="File with what is promised to whom. Empty: `sla.yaml` beside it, if there is one."
    )
    macros: Path | None = Field(
        default=None,
        description="File with texts that agents use again. Empty: `macros.yaml` beside it, if there is one.",
    )
    fields: Path | None = Field(
        default=None,
        description="File with own fields and statuses of tickets. Empty: `fields.yaml` beside it, if there is one.",
    )
    webhooks: Path | None = Field(
        default=None,
        description="File with programs that rules may tell. Empty: `webhooks.yaml` beside it, if there is one.",
    )
    menus: Path | None = Field(
        default=None,
        description="File with menus that customers answer with a number. Empty: `menus.yaml` beside it, if there is one.",
    )
    views: Path | None = Field(
        default=None,
        description="File with lists of tickets that agents share. Empty: `views.yaml` beside it, if there is one.",
    )
    organizations: Path | None = Field(
        default=None,
        description="File with companies and their domains, YAML or CSV. Empty: `organizations.yaml` or `organizations.csv` beside it, if there is one.",
    )
    forms: tuple[Form, ...] = Field(default=(), description="Contact forms whose visitors become requesters.")
    voicemail: Path | None = Field(
        default=None,
        description="File with more telephone and fax systems, relative to this file; they are asked before those that are shipped.",
    )
