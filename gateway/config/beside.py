"""What docs/configuration.md says of the files beside ``gateway.yaml``: what each is for, with an example that loads."""

from dataclasses import dataclass

from pydantic import BaseModel

from gateway.config.calendars import CalendarsFile
from gateway.config.fields import FieldsFile
from gateway.config.macros import MacrosFile
from gateway.config.menus import MenusFile
from gateway.config.organizations import OrganizationsFile
from gateway.config.sla import SlaFile
from gateway.config.teams import TeamsFile
from gateway.config.views import ViewsFile
from gateway.config.webhooks import WebhooksFile


@dataclass(frozen=True, slots=True)
class BesideFile:
    """``name`` without ``.yaml``; ``example`` is YAML that loads by itself."""

    name: str
    model: type[BaseModel]
    about: str
    example: str


_CALENDARS = BesideFile(
    "calendars",
    CalendarsFile,
    """
When people work. Teams, agents and promises name a calendar by its `id`; `always` is there without being written. Holidays are worked out
for two years back and six ahead, by the program itself: nothing is downloaded. Single `days` win over holidays and files.
""",
    """\
calendars:
  - id: seoul
    time_zone: Asia/Seoul
    hours:
      mon-fri: ["09:00-12:00", "13:00-18:00"]
    holidays: [KR]
    language: ko
    days:
      "2026-12-31": ["09:00-12:00"]
      "2027-01-04": closed
""",
)

_TEAMS = BesideFile(
    "teams",
    TeamsFile,
    """
Who works where, and how tickets find them. Rules may name teams that do not stand here: their tickets wait until somebody takes them.
With the file, a team that it does not know is a mistake in rules.
""",
    """\
teams:
  - id: billing
    name: Billing
    members: [kim@example.com, lee@example.com]
    assign: round_robin
  - id: support
    members: [lee@example.com]
    overflow: {team: billing, waiting: 40}
agents:
  - address: kim@example.com
    skills: [ko, refunds]
    capacity: 20
""",
)

_SLA = BesideFile(
    "sla",
    SlaFile,
    """
What is promised to whom. The first policy whose conditions hold is the ticket's. What each promise measures:
[rules.md](rules.md#promises).
""",
    """\
policies:
  - id: contract
    when: {requester_domain: [acme.example]}
    targets:
      urgent: {first_reply: 30m, resolution: 4h}
      any: {first_reply: 2h, next_reply: 4h, resolution: 24h}
  - id: standard
    warn_before: 1h
    targets:
      any: {first_reply: 8h, next_reply: 8h}
""",
)

_MACROS = BesideFile(
    "macros",
    MacrosFile,
    """
Texts that are used again and again, with what they set on the ticket. Agents apply them in the web view and by mail, rules with `macro`.
""",
    """\
macros:
  - id: tracking
    title: Where is my parcel
    text:
      en: "Hello {{ customer }}, you can follow your parcel at https://www.example.com/parcels."
      ko: "{{ customer }}님, 배송 조회는 https://www.example.com/parcels 에서 하실 수 있습니다."
      ja: "{{ customer }} 様、お荷物の状況は https://www.example.com/parcels でご確認いただけます。"
    status: pending
    tags: [parcel]
""",
)

_MENUS = BesideFile(
    "menus",
    MenusFile,
    """
What customers may choose by answering with a number alone: up to five choices, up to three levels. Nobody sees a menu by itself: the
setting `acknowledgements.menu` or a rule offers it ([notices.md](notices.md#menus)).
""",
    """\
menus:
  - id: welcome
    choices:
      - label: {en: Where is my parcel?, ko: 배송 조회, ja: 配送状況の確認}
        reply: {template: in-progress}
        tags: [parcel]
      - label: {en: Invoices and payments, ko: 결제·세금계산서, ja: お支払い・請求書}
        team: billing
        choices:
          - label: {en: A copy of an invoice, ko: 세금계산서 재발급, ja: 請求書の再発行}
            tags: [invoice-copy]
          - label: {en: A wrong amount, ko: 금액 오류, ja: 金額の誤り}
            priority: high
""",
)

_FIELDS = BesideFile(
    "fields",
    FieldsFile,
    """
What a ticket carries besides its conversation: own fields, own statuses inside the fixed ones, priorities by impact and urgency. With the
file, a field or a status that it does not know is a mistake in rules.
""",
    """\
fields:
  - id: order_number
    type: pattern
    pattern: '[A-Z]-\\d+'
    label: {en: Order number, ko: 주문번호, ja: 注文番号}
    purpose: solving
statuses:
  - id: waiting-for-parts
    category: on_hold
    label: {en: Waiting for parts, ko: 부품 대기, ja: 部品待ち}
""",
)

_ORGANIZATIONS = BesideFile(
    "organizations",
    OrganizationsFile,
    """
Companies that write to you. Whoever writes from one of their domains, or from a domain below it, belongs to
them: [tickets.md](tickets.md#organisations).
""",
    """\
organizations:
  - id: acme
    name: Acme Corp.
    domains: [acme.example]
    tags: [gold]
    contract: {level: gold, until: '2027-03-31'}
""",
)

_WEBHOOKS = BesideFile(
    "webhooks",
    WebhooksFile,
    """
Other programs that rules may tell of a ticket. What they get, and how they know that it is us: [rules.md](rules.md#webhooks).
""",
    """\
webhooks:
  - id: shop
    url: https://hooks.example.com/gateway
    secret: ${SHOP_HOOK_SECRET}
""",
)

_VIEWS = BesideFile(
    "views",
    ViewsFile,
    """
Lists of tickets that all agents see in the side bar of the web view, below those that every gateway has; agents keep lists of their own
beside them. `gateway tickets list --view late-refunds` prints one. Views of solved or closed tickets are not counted in the side bar.
""",
    """\
views:
  - id: late-refunds
    name: Refunds that wait
    when: {tags: [refund], waiting_over: 4h}
    order: waiting
  - id: pool
    name: Nobody's, most urgent first
    when: {agent: [none], status: [new, open]}
    order: priority
    columns: [number, customer, preview, team, priority, waiting, due]
""",
)

FILES = (_CALENDARS, _TEAMS, _SLA, _MACROS, _MENUS, _FIELDS, _ORGANIZATIONS, _WEBHOOKS, _VIEWS)
