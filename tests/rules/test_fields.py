"""Fields of tickets: what a value may be, however people write it, and which are missing."""

from pathlib import Path

import pytest

from gateway.config.fields import FieldsFile, compile_fields, compile_statuses
from gateway.rules.fields import LEVELS, FieldType, Need, TicketFields, UnsoundValue
from gateway.rules.statuses import CATEGORIES, TicketStatus, default_status
from gateway.rules.ticket import FieldValue
from gateway.threading.model import Status

FIELDS = compile_fields(
    FieldsFile.model_validate(
        {
            "fields": [
                {"id": "remark", "type": "text"},
                {"id": "amount", "type": "number", "min": 0, "max": 1_000_000},
                {"id": "bought", "type": "date", "earliest": "2020-01-01", "latest": "2030-12-31"},
                {
                    "id": "topic",
                    "type": "choice",
                    "choices": ["delivery", "refund"],
                    "words": {"delivery": {"ko": "배송", "ja": "配送"}},
                    "required": "solve",
                    "purpose": "routing",
                },
                {"id": "parts", "type": "choices", "choices": ["lid", "base", "cable"]},
                {"id": "warranty", "type": "yes_no"},
                {
                    "id": "order",
                    "type": "pattern",
                    "pattern": "[A-Z]{2}-?[0-9]{6}|none",
                    "required": ["intake", "solve"],
                    "brands": ["shop"],
                    "teams": ["billing"],
                    "label": {"ko": "주문 번호", "en": "Order number"},
                },
                {
                    "id": "category",
                    "type": "tree",
                    "tree": {"Delivery": {"Late": ["Courier", "Warehouse"], "Lost": None}, "Payment": ["Card", "Lost"]},
                    "words": {"Delivery": {"ko": "배송"}, "Late": {"ko": "지연"}},
                    "required": ["solve"],
                },
            ]
        }
    )
)


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("remark", "  two\r\n lines\x00\u202e ", "two lines"),
        ("remark", "\u1112\u1161\u11ab", "한"),
        ("amount", "1,250", 1250.0),
        ("amount", "１２．５", 12.5),
        ("amount", "0", 0.0),
        ("bought", "2026-02-28", "2026-02-28"),
        ("bought", "2026. 2. 28.", "2026-02-28"),
        ("bought", "2026년 2월 28일", "2026-02-28"),
        ("bought", "２０２６年２月２８日", "2026-02-28"),
        ("topic", "DELIVERY", "delivery"),
        ("topic", "배송", "delivery"),
        ("topic", "", None),
        ("parts", "cable、lid, lid", ("lid", "cable")),
        ("parts", ["base", ""], ("base",)),
        ("parts", " , ", None),
        ("warranty", "はい", True),
        ("warranty", "아니요", False),
        ("order", "ab-123456", "ab-123456"),
        ("category", "Delivery > Late > Courier", "Delivery > Late > Courier"),
        ("category", "delivery/late", "Delivery > Late"),
        ("category", "배송 > 지연", "Delivery > Late"),
        ("category", "warehouse", "Delivery > Late > Warehouse"),
        ("category", "Payment ＞ Lost", "Payment > Lost"),
    ],
)
def test_read(name: str, written: str | list[str], kept: FieldValue | None) -> None:
    assert FIELDS.read(name, written) == kept


@pytest.mark.parametrize(
    ("name", "written", "why"),
    [
        ("remark", "x" * 1001, "remark: it takes at most 1000 characters"),
        ("amount", "12,5", "amount: '12,5' is no number; write it like 1250 or 12.5"),
        ("amount", "nan", "amount: 'nan' is no number; write it like 1250 or 12.5"),
        ("amount", "1e9", "amount: '1e9' is no number; write it like 1250 or 12.5"),
        ("amount", "-1", "amount: it must be at least 0"),
        ("amount", "1000001", "amount: it must be at most 1000000"),
        ("bought", "2026-02-30", "bought: '2026-02-30' is no day; write it like 2026-12-31"),
        ("bought", "28.02.2026", "bought: '28.02.2026' is no day; write it like 2026-12-31"),
        ("bought", "2019-12-31", "bought: it must not be before 2020-01-01"),
        ("bought", "2031-01-01", "bought: it must not be after 2030-12-31"),
        ("topic", "deliver", "topic: 'deliver' is none of its choices: delivery, refund"),
        ("topic", ["delivery", "refund"], "topic: it takes one value"),
        ("parts", "lid, wheel", "parts: 'wheel' is none of its choices: lid, base, cable"),
        ("warranty", "maybe", "warranty: 'maybe' is neither yes nor no"),
        ("order", "AB-1234567", "order: 'AB-1234567' does not have its form"),
        ("order", "see AB-123456", "order: 'see AB-123456' does not have its form"),
        ("category", "Lost", "category: 'Lost' is several: Delivery > Lost, Payment > Lost"),
        (
            "category",
            "Delivery > Card",
            "category: 'Delivery > Card' is none of its choices: Delivery, Delivery > Late,",
        ),
        ("ordr", "AB-123456", "there is no field 'ordr'; there are topic, remark, amount,"),
    ],
)
def test_unsound(name: str, written: str | list[str], why: str) -> None:
    with pytest.raises(UnsoundValue) as refused:
        FIELDS.read(name, written)
    assert str(refused.value).startswith(why)


def test_without_definitions_every_name_is_a_field_of_text() -> None:
    assert TicketFields().read("order", " 17 ") == "17"
    assert TicketFields().missing(Need.SOLVE, {}, brand="shop", team="") == ()


def test_what_is_missing_depends_on_brand_and_team_and_only_a_last_level_is_enough() -> None:
    def missing(
        values: dict[str, FieldValue], need: Need = Need.SOLVE, brand: str = "shop", team: str = ""
    ) -> list[str]:
        return [one.id for one in FIELDS.missing(need, values, brand=brand, team=team)]

    assert missing({}) == ["topic", "category"]
    assert missing({}, team="billing") == ["topic", "order", "category"]
    assert missing({}, team="billing", brand="other") == ["topic", "category"]
    assert missing({"topic": "refund", "category": "Delivery > Late"}) == ["category"]
    assert missing({"topic": "refund", "category": "Delivery > Lost"}) == []
    assert missing({}, Need.INTAKE, team="billing") == ["order"]


def test_how_values_are_shown() -> None:
    of = FIELDS.by_id
    assert of["amount"].shown(1250.0, "en") == "1250"
    assert of["topic"].shown("delivery", "ja") == "配送"
    assert of["topic"].shown("delivery", "en") == "delivery"
    assert of["parts"].shown(("lid", "cable"), "en") == "lid, cable"
    assert of["category"].shown("Delivery > Late > Courier", "ko") == "배송 > 지연 > Courier"
    assert of["warranty"].shown(True, "ko") == "yes"
    assert (of["order"].label("ja"), of["order"].label("ko"), of["topic"].label("ko")) == (
        "Order number",
        "주문 번호",
        "topic",
    )


def test_routing_comes_before_reporting() -> None:
    assert FIELDS.definitions[0].id == "topic"
    assert max(path.count(">") for path in FIELDS.by_id["category"].choices) == LEVELS - 1


def test_impact_and_urgency_make_the_priority() -> None:
    fields = compile_fields(FieldsFile.model_validate({"matrix": {}}))
    assert [one.id for one in fields.definitions] == ["impact", "urgency"]
    assert fields.priority_of({"impact": "high", "urgency": "high"}) == "urgent"
    assert fields.priority_of({"impact": "low", "urgency": "high"}) == "normal"
    assert fields.priority_of({"impact": "low"}) is None
    assert fields.read("impact", "높음") == "high"
    assert FIELDS.priority_of({"impact": "high", "urgency": "high"}) is None


def test_statuses() -> None:
    statuses = compile_statuses(
        FieldsFile.model_validate(
            {
                "statuses": [
                    {"id": "waiting-for-parts", "category": "on_hold", "label": {"ko": "부품 대기"}},
                    {"id": "in-repair", "category": "open", "sla": "pause", "waiting_on": "third"},
                ]
            }
        )
    )
    assert statuses.of("on_hold", "waiting-for-parts").label("en") == "부품 대기"
    assert statuses.of("open", "in-repair") == TicketStatus("in-repair", "open", False, "third")
    assert statuses.of("open", "") == default_status("open") == TicketStatus("open", "open", True, "us")
    assert statuses.of("pending", "in-repair").id == "pending"  # it was moved to another category since
    assert statuses.of("open", "gone").id == "open"
    assert statuses.of("open", "").label("ko") == ""


def test_the_fixed_ones_are_those_of_tickets() -> None:
    assert tuple(Status) == CATEGORIES


@pytest.mark.parametrize("kind", FieldType)
def test_every_type_is_one_that_files_may_name(kind: FieldType, tmp_path: Path) -> None:
    more = {
        "choice": {"choices": ["a"]},
        "choices": {"choices": ["a"]},
        "tree": {"tree": {"a": None}},
        "pattern": {"pattern": "a"},
    }
    written = FieldsFile.model_validate({"fields": [{"id": "it", "type": kind.value, **more.get(kind.value, {})}]})
    assert compile_fields(written).by_id["it"].type is kind
