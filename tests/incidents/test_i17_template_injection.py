"""I-17, template injection: what a stranger or an agent writes is a value, shown as it stands, everywhere and after any detour."""

from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path

import pytest

from gateway.store.database import Database
from gateway.store.schema import contacts
from tests.support.day import letter
from tests.support.office import TestOffice
from tests.support.web import Browser, add_agent, logged_in, running, services

# 7919 * 7907 = 62615533: a figure that stands nowhere by chance.
RESULT = "62615533"
WORDS = (
    "{{7919*7907}}",
    "{% print(7919*7907) %}",
    "{%for c in [].__class__.__base__.__subclasses__()%}{{c}}{%endfor%}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{self.__init__.__globals__}}",
    "{{cycler.__init__.__globals__.os.popen('id').read()}}",
    "{{ticket.reply_token}}{{config}}{{request}}",
    "{{''|attr('__class__')}}{{'%s'|format(7919*7907)}}",
    "{{lipsum.__globals__['os'].system('touch /tmp/x')}}",
    "{#comment#}{{7919*7907}}",
    "${7919*7907}",
    "#{7919*7907}",
    "<%= 7919*7907 %>",
    "@(7919*7907)",
    "{0.__init__.__globals__}",
    "{text.__class__}{message}{name!r:>99999999}",
    "%(x)s%s%n%999999d",
    "$name ${name} $(id) `id`",
    "\\{{7919*7907}}\\u007b\\u007b7919*7907}}",
    "&#123;&#123;7919*7907&#125;&#125;",
    "{{{7919*7907}}}",
    "[[${7919*7907}]]__${7919*7907}__::.x",
    "{% include '/etc/passwd' %}{% import 'os' as os %}",
    "{% raw %}{{7919*7907}}{% endraw %}",
)  # fmt: skip
LEAKS = (RESULT, "root:x:0", "__globals__'", "<class '", "<function", "uid=", "Undefined", "jinja2.")


def readable(raw: bytes) -> str:
    """Every field and every body of a mail as a person reads it."""
    mail = message_from_bytes(raw, policy=default)
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *map(unescape, bodies)])


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> TestOffice:
    made = TestOffice(sqlite_database, tmp_path, limits={"enabled": False})
    for number, text in enumerate(WORDS):
        raw = letter(
            f'"{text.replace(chr(92), "").replace(chr(34), "")}" <hong{number}@customer.example>',
            text,
            text,
            at=made.now,
            files=((f"{text[:60]}.txt", "text/plain", b"x"),),
        )
        made.take(raw)
    return made


def test_in_every_mail_it_is_the_text_that_it_is(office: TestOffice) -> None:
    """The acknowledgement has none of it; the answer quotes it and says it; the resolution comes after it."""
    for number, text in enumerate(WORDS, start=1):
        office.desk.reply(number, office.agent, f"You wrote: {text}")
        office.desk.solve(number, office.agent)
    assert len(office.outbox()) >= 3 * len(WORDS)
    for row in office.outbox():
        told = readable(row.raw)
        assert not [leak for leak in LEAKS if leak in told], (row.kind, WORDS[row.ticket_id - 1])
        if row.kind == "answer":
            assert f"You wrote: {WORDS[row.ticket_id - 1]}" in told, row.ticket_id


def test_on_every_page_it_is_the_text_that_it_is(office: TestOffice) -> None:
    agent = add_agent(office, "lee@example.com", name=WORDS[0], role="admin")
    for number, text in enumerate(WORDS, start=1):
        office.desk.note(number, agent, text)
        office.desk.tag(number, agent, add=(text.replace(" ", "")[:20].replace(",", ""),))
        office.desk.team(number, text[:60], agent)
    with office.database.write() as connection:
        connection.execute(contacts.update().values(name=WORDS[3]))
    with running(services(office)) as port:
        browser, csrf = logged_in(office, port, agent)
        pages = ["/tickets?view=all", f"/tickets?q={WORDS[0]}", "/outbox", "/account", "/sessions", "/messages/1/trace"]
        pages = [page.replace("{", "%7B").replace("}", "%7D") for page in pages]
        for path in [*pages, *(f"/tickets/{number}" for number in range(1, len(WORDS) + 1))]:
            answer = browser.get(path)
            assert answer.status == 200, path
            assert not [leak for leak in LEAKS if leak in answer.text.replace("data-jinja2.", "")], path
        for number, text in enumerate(WORDS, start=1):
            page = unescape(browser.get(f"/tickets/{number}").text)
            assert page.count(text) >= 3, "as subject, as text and as note"
        refused = browser.post("/tickets/1/merge", {"csrf": csrf, "target": WORDS[0]})
        assert RESULT not in refused.text
        login = Browser(port).log_in(WORDS[0], WORDS[1])
        assert RESULT not in login.text
        assert WORDS[0] in unescape(login.text)
