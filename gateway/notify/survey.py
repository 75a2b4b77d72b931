"""The question how somebody was served: what each answer is called, and the ways to give it (docs/csat.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from gateway.notify.headers import one_line

LABELS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "en": {
        2: ("Not satisfied", "Satisfied"),
        3: ("Not satisfied", "Neither", "Satisfied"),
        5: ("Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"),
    },
    "ko": {
        2: ("불만족", "만족"),
        3: ("불만족", "보통", "만족"),
        5: ("매우 불만족", "불만족", "보통", "만족", "매우 만족"),
    },
    "ja": {
        2: ("不満", "満足"),
        3: ("不満", "どちらでもない", "満足"),
        5: ("とても不満", "やや不満", "どちらでもない", "やや満足", "とても満足"),
    },
}
"""What answers are called, from the worst to the best, by language and by how many there are."""

NO_SURVEYS_ANSWER = {"en": "no more surveys", "ko": "설문 그만", "ja": "アンケート不要"}
"""What to answer to be asked no more; ``gateway.mail.rating.declines`` understands it."""

_BUTTON = Markup(
    '<a href="{0}" class="link" style="display:block;padding:11px 16px;color:#1a56db;text-decoration:none;font-size:16px;'
    'line-height:1.4;"><strong>{1}</strong>&nbsp;&nbsp;{2}</a>'
)
_NUMBER = Markup('<a href="{0}" class="link" style="padding:0 4px;color:#1a56db;">{1}</a>')


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer and where it is given."""

    value: int
    link: str  # to the page, with this answer chosen; "" where there is no page
    mailbox: str  # an address of its own: an empty mail to it is the answer


@dataclass(frozen=True, slots=True)
class Survey:
    """ "How satisfied are you?" ``customer`` and ``subject`` as in ``Resolution``: for verified customers alone."""

    choices: tuple[Choice, ...]  # from the worst to the best
    stop_link: str  # "" where there is no page
    stop_mailbox: str
    subject: str | None = None
    customer: str = ""


def label_of(language: str, scale: int, value: int) -> str:
    """What the answer is called; ``language`` is one of LABELS."""
    return LABELS[language][scale][value - 1]


def survey_fields(survey: Survey, language: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """The placeholders beside those that every mail has, for the text part and for the HTML part (docs/notices.md)."""
    scale = len(survey.choices)
    best_first = tuple(reversed(survey.choices))
    labels = {choice.value: label_of(language, scale, choice.value) for choice in survey.choices}
    by_mail = f"mailto:{_address(survey.stop_mailbox)}?subject={quote(NO_SURVEYS_ANSWER[language])}"
    has_page = bool(survey.stop_link)
    common: dict[str, object] = {
        "customer": one_line(survey.customer, 80),
        "scale": str(scale),
        "best": labels[scale],
        "worst": labels[1],
        "has_page": has_page,
        "stop_words": NO_SURVEYS_ANSWER[language],
    }
    text = {
        "choices": tuple(f"{it.value}  {labels[it.value]}\n   {it.link or it.mailbox}" for it in best_first),
        "mail_choices": (),
        "stop": survey.stop_link or survey.stop_mailbox,
    }
    html = {
        "choices": tuple(
            _BUTTON.format(it.link or _answer_by_mail(it, labels[it.value], scale), it.value, labels[it.value])
            for it in best_first
        ),
        "mail_choices": tuple(
            _NUMBER.format(_answer_by_mail(it, labels[it.value], scale), it.value) for it in best_first if has_page
        ),
        "stop": survey.stop_link or by_mail,
    }
    return common | text, common | html


def unsubscribe_uris(survey: Survey) -> tuple[str, ...]:
    """Where programs end the surveys of this person: the page by POST (RFC 8058), and a mail (RFC 2369)."""
    by_mail = f"mailto:{_address(survey.stop_mailbox)}?subject=unsubscribe"
    return (survey.stop_link, by_mail) if survey.stop_link else (by_mail,)


def _answer_by_mail(choice: Choice, label: str, scale: int) -> str:
    words = quote(f"{choice.value}/{scale} {label}", safe="")
    return f"mailto:{_address(choice.mailbox)}?subject={words}"


def _address(mailbox: str) -> str:
    return quote(mailbox, safe="@+")
