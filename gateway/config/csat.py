"""Asking customers how they were served, some time after their ticket was solved (docs/csat.md)."""

from collections import Counter
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.config.section import Language, Line, Section


class Reason(Section):
    """A reason that a customer can choose beside a rating."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_-]{0,39}$", examples=["slow"], description="Short name for figures; never change it."
    )
    words: dict[Language, Line] = Field(
        min_length=1,
        examples=[{"en": "It took too long"}],
        description="What customers read, by language. A language that is missing gets the English words, else the first.",
    )

    def in_language(self, language: str) -> str:
        by_language: dict[str, str] = {str(key): value for key, value in self.words.items()}
        return by_language.get(language) or by_language.get("en") or next(iter(by_language.values()))


_REASONS = (
    Reason(
        id="slow",
        words={"en": "It took too long", "ko": "답변이 늦었습니다", "ja": "対応に時間がかかった"},
    ),
    Reason(
        id="unsolved",
        words={"en": "The problem is not solved", "ko": "문제가 해결되지 않았습니다", "ja": "問題が解決していない"},
    ),
    Reason(
        id="unclear",
        words={"en": "The answer was hard to understand", "ko": "설명이 어려웠습니다", "ja": "説明がわかりにくかった"},
    ),
    Reason(
        id="unfriendly",
        words={"en": "The tone was not friendly", "ko": "응대가 친절하지 않았습니다", "ja": "対応が丁寧ではなかった"},
    ),
    Reason(id="other", words={"en": "Something else", "ko": "기타", "ja": "その他"}),
)


class Csat(Section):
    """Customer satisfaction: one question about each solved ticket."""

    enabled: bool = Field(
        default=False, description="Ask customers how they were served. A brand with `csat: false` is left out."
    )
    delay_hours: int = Field(default=24, ge=0, le=672, description="How long after the ticket was solved.")
    hours: Literal["calendar", "business"] = Field(
        default="calendar",
        description="Of `delay_hours`: `business` counts only the working hours of the ticket's team.",
    )
    with_solution: bool = Field(
        default=False,
        description="Ask in the mail that tells a customer that an agent solved the ticket, and not later. Tickets that are solved "
        "together with an answer, by a rule or by silence have no such mail, or one without the question: there `delay_hours` counts.",
    )
    window_days: int = Field(
        default=28,
        ge=1,
        le=90,
        description="How long a customer can answer. Nobody is asked later than this after the ticket was solved either.",
    )
    scale: Literal[2, 3, 5] = Field(default=5, description="How many answers there are: 1 is the worst.")
    reasons: tuple[Reason, ...] = Field(
        default=_REASONS,
        max_length=12,
        description="What customers can choose on the page, beside the rating. Empty list: they are not asked for a reason.",
    )
    person_days: int = Field(
        default=30, ge=0, le=365, description="The same person is asked once within so many days. `0`: each time."
    )
    with_tags: tuple[Line, ...] = Field(
        default=(), description="Ask only about tickets with one of these tags. Empty: about all."
    )
    without_tags: tuple[Line, ...] = Field(
        default=("no_csat",), description="Never ask about tickets with one of these tags."
    )

    @model_validator(mode="after")
    def _tells_reasons_apart(self) -> Self:
        twice = [name for name, count in Counter(reason.id for reason in self.reasons).items() if count > 1]
        if twice:
            raise ValueError(f"two reasons have the id {twice[0]!r}; give each its own")
        return self
