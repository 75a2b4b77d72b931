"""Sample mails to agents, with and without what is optional: what ``gateway check`` renders to find mistakes in their templates."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.config.model import Brand
from gateway.notify.agents import (
    AgentNotice,
    AgentRefusal,
    AgentReport,
    AgentUpdate,
    Card,
    Occasion,
    Said,
    agent_fields,
    template_of,
    write_to_agent,
)
from gateway.notify.notices import LANGUAGES, Addressee
from gateway.notify.render import NoticeError, Templates

_DATE = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
_TO = Addressee("agent@example.com", "reply+sample@reply.example.com", "sample@reply.example.com", None, ())
_CARD = Card(
    "주문 <&>", "customer@example.com", "김민지", "open", "high", "billing", "Kim", ("vip",), ((1, "Order", "new"),), ""
)
_LINKED = Card(
    "Order", "customer@example.com", "", "new", "normal", None, None, link="https://desk.example.com/tickets/42"
)
_SAID = Said("김민지", _DATE, "一\n二", public=True, folded=2, files=("a.pdf",), trust="none", trust_reason="nothing")

SAMPLES: tuple[AgentNotice, ...] = (
    AgentUpdate(Occasion.REPLY, "김민지", _LINKED, (_SAID,), internal=False, commands="#note"),
    AgentUpdate(Occasion.MENTION, "Kim", _CARD, (), internal=True),
    AgentReport(_LINKED, ("done",), ("not done",), ("held", "why"), "text", help=("#note",)),
    AgentReport(_CARD, ()),
    AgentRefusal("refusal_token", "https://desk.example.com/tickets/42"),
    AgentRefusal("refusal_other", ""),
)


def agent_template_names() -> tuple[str, ...]:
    """Every template of mails to agents, relative to a templates folder."""
    kinds = dict.fromkeys(template_of(notice) for notice in SAMPLES)
    return tuple(f"mail/{lang}/{kind}.{part}.j2" for lang in LANGUAGES for kind in kinds for part in ("txt", "html"))


def agent_placeholders(template: str, brand: Brand) -> frozenset[str]:
    """The placeholders of one of them, by the last part of its name without endings; empty where it is none of them."""
    sample = next((notice for notice in SAMPLES if template_of(notice) == template), None)
    if sample is None:
        return frozenset()
    text, _ = agent_fields(sample, brand, brand.addresses[0], brand.language, 1, reply_domain="reply.example.com")
    return frozenset(text)


def agent_mistakes(templates: Templates, brands: tuple[Brand, ...], faulty: set[str]) -> Iterator[str]:
    """Render every sample for every brand and language, but for templates that were complained about already."""
    for brand in brands:
        for language in LANGUAGES:
            for notice in SAMPLES:
                if any(f"mail/{language}/{template_of(notice)}.{part}.j2" in faulty for part in ("txt", "html")):
                    continue
                try:
                    write_to_agent(
                        notice,
                        _TO,
                        name="Kim",
                        templates=templates,
                        brand=brand,
                        sender=brand.addresses[0],
                        language=language,
                        ticket=42,
                        date=_DATE,
                    )
                except NoticeError as error:
                    yield from error.mistakes
