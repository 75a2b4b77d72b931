"""Every word of the web view, in English, Korean and Japanese. Templates name the keys."""

from gateway.web.words.abuse import ABUSE
from gateway.web.words.agents import AGENTS
from gateway.web.words.assigning import ASSIGNING
from gateway.web.words.audit import AUDIT
from gateway.web.words.automation import AUTOMATION
from gateway.web.words.begin import BEGIN
from gateway.web.words.events import EVENTS
from gateway.web.words.frame import FRAME
from gateway.web.words.health import HEALTH
from gateway.web.words.instead import INSTEAD
from gateway.web.words.lifecycle import LIFECYCLE
from gateway.web.words.lists import LISTS
from gateway.web.words.macros import MACROS
from gateway.web.words.mail import MAIL
from gateway.web.words.mail_as_test import MAIL_AS_TEST
from gateway.web.words.menus import MENUS
from gateway.web.words.notices import NOTICES
from gateway.web.words.organizations import ORGANIZATIONS
from gateway.web.words.people import PEOPLE
from gateway.web.words.promises import PROMISES
from gateway.web.words.proof import PROOF
from gateway.web.words.quarantine import QUARANTINE
from gateway.web.words.reports import REPORTS
from gateway.web.words.rules import RULES
from gateway.web.words.sending import SENDING
from gateway.web.words.sign_in import SIGN_IN
from gateway.web.words.surges import SURGES
from gateway.web.words.surveys import SURVEYS
from gateway.web.words.ticket_model import TICKET_MODEL
from gateway.web.words.tickets import TICKETS
from gateway.web.words.trace import TRACE
from gateway.web.words.views import VIEWS

LANGUAGES = ("en", "ko", "ja")

WORDS: dict[str, tuple[str, str, str]] = (
    LISTS
    | FRAME
    | SIGN_IN
    | TICKETS
    | TICKET_MODEL
    | TRACE
    | INSTEAD
    | ORGANIZATIONS
    | MACROS
    | MAIL
    | MAIL_AS_TEST
    | QUARANTINE
    | HEALTH
    | EVENTS
    | AUTOMATION
    | ASSIGNING
    | VIEWS
    | PEOPLE
    | PROMISES
    | REPORTS
    | PROOF
    | AGENTS
    | ABUSE
    | AUDIT
    | SURVEYS
    | LIFECYCLE
    | MENUS
    | NOTICES
    | BEGIN
    | RULES
    | SENDING
    | SURGES
)


def word(language: str, key: str, /, **names: object) -> str:
    """The sentence for ``key`` with ``{names}`` filled in; English where the language is unknown, the key itself for unknown keys."""
    found = WORDS.get(key)
    if found is None:
        return key.partition("_")[2].replace("_", " ") or key
    sentence = found[LANGUAGES.index(language) if language in LANGUAGES else 0]
    return sentence.format(**names) if names else sentence
