"""docs/configuration.md, written from the models: ``python -m gateway.config.document > docs/configuration.md``."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.config.beside import FILES, BesideFile
from gateway.config.model import Configuration
from gateway.config.overrides import PREFIX
from gateway.config.schema import Shape, fields_of, shape_of, type_name
from gateway.config.voicemail import WrittenSystem
from gateway.rules.automation import (
    AgeTest,
    EventRule,
    FieldTest,
    Notify,
    NumberTest,
    Reply,
    TicketThen,
    TicketWhen,
    TimedRule,
)
from gateway.rules.model import Rule, Then, When
from gateway.rules.trials import Expected, Trial, TrialEvent, TrialMail, TrialTicket

_INTRODUCTION = """\
# Configuration

*Written from the program's own models by `python -m gateway.config.document`; do not edit by hand.*

`config/gateway.yaml` is the entry; `-c FILE` or the variable `GATEWAY_CONFIG` names another. `gateway init DIR` writes a commented
starter with your own values. `gateway check` prints every mistake at once as `file:line:column: message` and exits 2, or exits 0.
`gateway reload` (or SIGHUP) lets the running gateway take over changed files: as a whole, or, where there is a mistake, not at all.
A change of `data_dir`, `database`, `keys.directory`, `processes`, or of where the gateway listens takes a restart, and a reload says so.

This is a whole configuration; everything else has a default:

```yaml
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
```

Files are YAML 1.2 in UTF-8, at most 1 MB: `no` and `on` are text, `true` and `false` are not. Unknown keys, keys that stand twice,
anchors, aliases and tags are refused. A key with nothing after it counts as left out.

## Paths

A relative path starts at the folder of `gateway.yaml`. Only `data_dir` starts at the working directory.

## Secrets

In every text, `${NAME}` stands for an environment variable, and a value `file:PATH` for the content of a file without its last line end.
A variable that is not set and a file that cannot be read are mistakes. For a plain `$` before a brace, write `$$`. Secrets are never
printed.

```yaml
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
outbound:
  smarthost: smtp.example.net:587
  tls: required
  username: gateway@example.com
  password: ${SMARTHOST_PASSWORD}
```

## Environment

Each single value can be set by an environment variable, which wins over the file: `GATEWAY__` and the names of the levels, in letters of
any case, with two underscores between them. Entries of lists are counted from 0; a list of single values also takes them all at once,
with commas. A variable that fits no setting is a mistake, `environment:GATEWAY__SMPT__LISTEN: there is no such setting`.

    GATEWAY__DATA_DIR=/var/lib/gateway
    GATEWAY__SMTP__LISTEN=0.0.0.0:25,[::]:25
    GATEWAY__BRANDS__0__NAME="Example Support"
    GATEWAY__OUTBOUND__PASSWORD=file:/run/secrets/smarthost
"""

_RULES = """\
## Rules

`rules.yaml` beside `gateway.yaml`, or the file that `rules` names. It has four lists: `rules` for mail that opens a ticket, `events` for
what happens to tickets, `timers` for what time brings, `tests` for what you expect of them: see [rules.md](rules.md), with recipes.
Every mail that opens a ticket goes through `rules` from top to bottom. All conditions under `when` must hold; of the values of one
condition, one is enough. A later rule overrides what an earlier one said, tags are gathered. `subject` and `body` take regular expressions
in the syntax of RE2 (no look-around, no back-references), found anywhere, upper and lower case alike. `gateway explain` shows which rules
were read, with file and line, and why each applied or did not.

```yaml
rules:
  - name: Invoices to billing
    when:
      any:
        - to: billing@example.com
        - subject: ['\\binvoice\\b', 세금계산서, 請求書]
      not:
        author_domain: partner.example
    then:
      team: billing
      priority: high
      tags: [invoice]

  - name: Nightly report of the old system
    when:
      author: reports@old.example.com
      subject: '^Nightly report'
    then:
      drop: true
```

Event rules and timed rules ask about the ticket. Later rules see what earlier ones changed; each rule acts once an event at most, and a
timed rule once each time that its conditions become true.

```yaml
events:
  - name: Order numbers
    on: [created, replied]
    when:
      mail:
        body: 'order (?P<order>[A-Z]-\\d+)'
    then:
      fields:
        order: '{match.order}'

timers:
  - name: Unanswered for four working hours
    when:
      status: [new, open]
      waiting: {over: 4h, hours: business}
    then:
      priority: high
```
"""

_REQUESTERS = """\
## Who asks: forwards, forms, voicemail

The requester of a new ticket is the author of its mail, with three exceptions. None of them makes anybody a verified sender: whoever is
named is answered under the same budgets as everybody else, and gets no right that a first mail would not give.

- **An agent forwards a customer's mail** to a support address, attached or in the text. If the agent's mail is strongly verified, the
  author of the original becomes the requester, under the original's subject; what the agent wrote above it stays with the agents. With
  less trust the ticket only notes "maybe from". A customer's forward keeps the customer.
- **A contact form** (`forms`): the visitor becomes the requester. A form's mail that says of itself that a machine wrote it is not
  acknowledged.
- **A telephone system** mails a voice message or a fax: the ticket is titled by the caller, its transcript is noted, and nobody is
  acknowledged.

```yaml
reply_domain: reply.example.com
admin: admin@example.com
brands:
  - id: example
    name: Example Support
    addresses: [support@example.com]
forms:
  - name: Shop contact form
    sender: wordpress@www.example.com
    subject: '^(Contact|문의|お問い合わせ)'
    author: 이메일
    author_name: 이름
    fields: [주문번호, 내용]
```

The common telephone and fax systems are known (`gateway/mail/voicemail.yaml`). Others go into a file that `voicemail` names:

    systems:
      - name: Our PBX
        kind: voicemail
        sender: 'pbx@phone\\.example\\.com'
        caller: 'Caller: ([^\\n]+)'
        duration: 'Length: ([0-9:]+)'
"""

_KEYS = """\
## Keys

Reply addresses are signed with secrets in files `reply-N.key`. The first is made on the very first start; back it up, for without it the
customers' answers to all earlier mail lose their way. `gateway keys new` makes the next one, which signs from the next reload on, while
the older ones still verify; `gateway keys list` shows them. Delete an old one when `lifecycle.token_days_after_close` has gone by. Nodes
that share a database share the same keys: copy them, and name their folder in `keys.directory`.
"""


_RULE_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("Rules: A rule", Rule),
    ("Rules: when", When),
    ("Rules: then", Then),
    ("Events: a rule", EventRule),
    ("Timers: a rule", TimedRule),
    ("Events and timers: when", TicketWhen),
    ("Events and timers: a number", NumberTest),
    ("Events and timers: a span of time", AgeTest),
    ("Events and timers: a field", FieldTest),
    ("Events and timers: then", TicketThen),
    ("Events and timers: notify", Notify),
    ("Events and timers: reply", Reply),
    ("Tests: a test", Trial),
    ("Tests: mail", TrialMail),
    ("Tests: ticket", TrialTicket),
    ("Tests: event", TrialEvent),
    ("Tests: expect", Expected),
)


def document() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, "## All settings\n", *_section(Configuration, "", PREFIX)]
    parts.append(_RULES)
    for title, model in _RULE_TABLES:
        parts += [f"### {title}\n", f"{_table(model, None)}\n"]
    for file in FILES:
        parts += _file(file)
    parts += [_REQUESTERS, "### Telephone systems: a system\n", f"{_table(WrittenSystem, None)}\n"]
    parts.append(_KEYS)
    return "\n".join(parts)


def _file(file: BesideFile) -> Iterator[str]:
    """One file beside gateway.yaml: what it is for, an example, and a table of each section."""
    yield f"## `{file.name}.yaml`\n\n{file.about.strip()}\n\n```yaml\n{file.example}```\n"
    yield from _sections(file.model, "")


def _sections(model: type[BaseModel], path: str) -> Iterator[str]:
    below = []
    for name, info in fields_of(model).items():
        inner, step = shape_of(info.annotation), f"{path}.{name}" if path else name
        while inner.kind in ("list", "map") and inner.item is not None:
            inner, step = inner.item, f"{step}[{'N' if inner.kind == 'list' else 'NAME'}]"
        if inner.model is not None:
            below.append((inner.model, step))
    if path:
        yield f"### `{path}`\n\n{(model.__doc__ or '').strip()}\n"
    yield f"{_table(model, None, _file_type)}\n"
    for inner_model, step in below:
        yield from _sections(inner_model, step)


def _section(model: type[BaseModel], path: str, environment: str, about: str = "") -> Iterator[str]:
    """One table of a section's values, then its sub-sections."""
    below: list[tuple[str, Shape, FieldInfo]] = []
    for name, info in fields_of(model).items():
        shape = shape_of(info.annotation)
        inner = shape.item if shape.kind == "list" and shape.item is not None else shape
        if inner.model is not None:
            below.append((name, shape, info))
    if path:
        yield f"### `{path}`\n"
        own = model.__doc__ if "__doc__" in vars(model) else None
        yield f"{(own or about).strip()}\n"
    yield f"{_table(model, environment)}\n"
    for name, shape, info in below:
        inner = shape.item if shape.kind == "list" and shape.item is not None else shape
        number = "[N]" if shape.kind == "list" else ""
        assert inner.model is not None
        step = f"{environment}{name.upper()}__{'N__' if number else ''}"
        title = f"{path}.{name}{number}" if path else f"{name}{number}"
        yield from _section(inner.model, title, step, info.description or "")


def _table(model: type[BaseModel], environment: str | None, spell: Callable[[Shape], str] | None = None) -> str:
    head = ["setting", "type", "default", "meaning"]
    rows = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for name, info in fields_of(model).items():
        shape = shape_of(info.annotation)
        meaning = (info.description or "").replace("|", "\\|")
        if environment is not None and (variable := _variable(environment, name, shape)):
            meaning += f" `{variable}`"
        kind = (spell or _rule_type)(shape) if environment is None else type_name(shape).replace("|", "\\|")
        rows.append(f"| `{name}` | {kind} | {_default(info, shape)} | {meaning} |")
    return "\n".join(rows)


def _file_type(shape: Shape) -> str:
    if shape.kind == "map" and shape.item is not None and not shape.choices:
        return "names below names" if shape.item.type is Any else f"{_file_type(shape.item)}, by name"
    return type_name(shape).replace("|", "\\|")


def _rule_type(shape: Shape) -> str:
    if shape.kind == "map":
        return "see below, by name" if shape.item is not None and shape.item.model else "text, by name"
    if shape.kind == "list" and shape.item is not None:
        if shape.item.model is not None:
            return "list, see below" if shape.item.model is Notify else "list of conditions"
        return f"{type_name(shape.item)}, or a list".replace("|", "\\|")
    return ("see below" if shape.kind == "section" else type_name(shape)).replace("|", "\\|")


def _variable(environment: str, name: str, shape: Shape) -> str:
    full = f"{environment}{name.upper()}"
    if shape.kind == "map":
        return f"{full}__{shape.choices[0].upper()}"
    while shape.kind == "list" and shape.item is not None and shape.item.kind == "list":
        full, shape = f"{full}__N", shape.item
    scalar = shape.kind == "scalar" or (shape.kind == "list" and shape.item is not None and shape.item.kind == "scalar")
    return full if scalar else ""


def _default(info: FieldInfo, shape: Shape) -> str:
    if info.is_required():
        return "**required**"
    value = info.default
    if shape.kind == "section" or (value is PydanticUndefined and shape.kind != "map"):
        return ""
    if value is None or value is PydanticUndefined or value in ("", (), {}):
        return "empty"
    return f"`{_yaml(value)}`"


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, BaseModel):
        return str(next(iter(value.__dict__.values())))
    return str(value.value if isinstance(value, Enum) else value)


if __name__ == "__main__":
    print(document(), end="")
