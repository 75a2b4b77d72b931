"""What a template may do, what it may not, and how its mistakes are told."""

from pathlib import Path

import pytest

from gateway.notify import render
from gateway.notify.notices import Acknowledgement, Answer
from gateway.notify.render import NoticeError, Templates, split_subject
from tests.support.notices import BRAND, Writer, body

HTML_FIELDS = (
    "language",
    "brand",
    "fonts",
    "reference",
    "number",
    "signature",
    "situation",
    "holiday",
    "opens",
    "promised",
    "missing",
    "options",
)


def one_template(folder: Path, source: str, name: str = "mail/en/ack.txt.j2") -> Templates:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return Templates(folder)


def rendered(folder: Path, source: str, **values: object) -> str:
    templates = one_template(folder, source)
    return templates.render(
        "en",
        "ack",
        values,
        dict.fromkeys(HTML_FIELDS, ""),
    ).text


def test_an_admins_file_replaces_the_shipped_one(tmp_path: Path, writer: Writer) -> None:
    changed = Writer()
    changed.templates = one_template(tmp_path, "Subject: Got it {{ reference }}\n\nWe are on it.\n")
    finished = changed(Acknowledgement())
    assert finished.subject == "Got it [#42]"
    assert finished.text == "We are on it."
    assert body(finished.raw, "html") == body(writer(Acknowledgement()).raw, "html")  # the other part stays as shipped
    assert changed(Acknowledgement(), language="ko").text == writer(Acknowledgement(), language="ko").text


def test_loops_conditions_and_filters(tmp_path: Path) -> None:
    source = (
        "{% for line in lines %}{{ loop.index }}{{ line|upper }}{% if not loop.last %},{% endif %}{% endfor %}"
        "{{ ' yes' if name else ' no' }}{{ name|default('-')|trim }}"
    )
    assert rendered(tmp_path, source, lines=("a", "b"), name="") == "1A,2B no"


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 100000000 }}",
        "{{ 'a' + 'b' }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 7 // 1 }}",
        "{{ brand.__class__ }}",
        "{{ brand['__class__'] }}",
        "{{ brand.upper() }}",
        "{{ range(100000000) }}",
        "{{ cycler }}{{ lipsum() }}",
        "{{ brand|center(100000000) }}",
        "{{ brand|indent(100000000) }}",
        "{{ '%s'|format(1) }}",
        "{{ brand|attr('__class__') }}",
        "{{ brand|safe }}",
        "{{ brand|map('upper') }}",
        "{{ brand|replace('a', 'aaaa') }}",
        "{% set x = 'a' %}",
        "{% set x %}a{% endset %}",
        "{% macro x() %}{% endmacro %}",
        "{% include 'mail/en/ack.txt.j2' %}",
        "{% import 'mail/en/ack.txt.j2' as x %}",
        "{% from 'mail/en/ack.txt.j2' import x %}",
        "{% for a in signature %}{% for b in signature %}{% endfor %}{% endfor %}",
        "{% for a in signature recursive %}{% endfor %}",
        "{% for a in 'abc' %}{% endfor %}",
        "{% extends brand %}",
        "{% call brand() %}{% endcall %}",
        "{% filter upper %}{% endfilter %}",
        "{% autoescape false %}{% endautoescape %}",
        "{{ loop.__class__ }}",
        "{{ self }}{{ self.x() }}",
        "{{ [1, 2, 3] }}",
        "{{ {'a': 1} }}",
        "{{ -brand }}",
        "{% if brand is callable %}{% endif %}",
    ],
)
def test_what_could_read_secrets_run_long_or_fill_the_memory_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(NoticeError, match=r"ack\.txt\.j2:3: "):
        rendered(tmp_path, "\n\n" + source, brand="b", signature=("a",))


def test_a_customers_words_are_never_compiled(tmp_path: Path) -> None:
    words = "{{ 7*7 }} {% for %} ${7*7} {0.__init__} %(x)s"
    assert rendered(tmp_path, "{{ brand }}", brand=words) == words


def test_html_is_escaped_and_text_is_not(tmp_path: Path) -> None:
    one_template(tmp_path, "{{ brand }}")
    templates = one_template(tmp_path, "{{ brand }}", "mail/en/ack.html.j2")
    letter = templates.render("en", "ack", {"brand": "<&>"}, {"brand": "<&>"})
    assert (letter.text, letter.html) == ("<&>", "&lt;&amp;&gt;")


def test_an_unknown_placeholder_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(NoticeError) as caught:
        rendered(tmp_path, "Subject: x\n\nHello\n{{ nubmer }}\n", number="1")
    assert str(caught.value) == f"{tmp_path}/mail/en/ack.txt.j2:4: 'nubmer' is undefined"


def test_all_forbidden_uses_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(NoticeError) as caught:
        rendered(tmp_path, "{{ brand.x }}\n{{ brand|uper }}\n{% set a = 1 %}", brand="b")
    assert len(caught.value.mistakes) == 3
    assert "did you mean 'upper'?" in caught.value.mistakes[1]


def test_a_template_and_its_outcome_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoticeError, match="longer than 262144 characters"):
        rendered(tmp_path, "x" * (render.MAX_SOURCE + 1))
    monkeypatch.setattr(render, "MAX_OUTPUT", 100)
    with pytest.raises(NoticeError, match="longer than 100 characters"):
        rendered(tmp_path, "{{ brand }}", brand="x" * 101)


def test_a_missing_template_is_named() -> None:
    with pytest.raises(NoticeError, match=r"mail/fr/ack\.txt\.j2:1: this template is missing"):
        Templates().template("mail/fr/ack.txt.j2")


def test_a_template_cannot_leave_its_folder() -> None:
    with pytest.raises(NoticeError, match="missing"):
        Templates().template("../../etc/passwd")


def test_templates_are_compiled_once(tmp_path: Path) -> None:
    templates = one_template(tmp_path, "one")
    assert templates.template("mail/en/ack.txt.j2") is templates.template("mail/en/ack.txt.j2")
    one_template(tmp_path, "two")
    assert templates.template("mail/en/ack.txt.j2").render() == "one"


@pytest.mark.parametrize(
    ("text", "subject", "rest"),
    [
        ("Subject: Hello\n\nBody\n", "Hello", "Body\n"),
        ("\nSubject:Hello  \n  \nBody", "Hello", "Body"),
        ("Body\nSubject: no\n\n", None, "Body\nSubject: no\n\n"),
        ("Subject: Hello\nBody\n", None, "Subject: Hello\nBody\n"),
    ],
)
def test_the_subject_line_of_a_template(text: str, subject: str | None, rest: str) -> None:
    assert split_subject(text) == (subject, rest)


def test_a_notice_without_any_subject_is_refused(tmp_path: Path) -> None:
    changed = Writer()
    changed.templates = one_template(tmp_path, "We are on it.\n")
    with pytest.raises(NoticeError, match=r"mail/en/ack\.txt\.j2:1: begin with a line 'Subject: \.\.\.'"):
        changed(Acknowledgement())


def test_an_answers_first_line_is_never_taken_for_a_subject(writer: Writer) -> None:
    finished = writer(Answer("Subject: pay me\n\nHello", subject="Order"), brand=BRAND)
    assert finished.subject == "Re: Order"
    assert finished.text.startswith("Subject: pay me\n\nHello")
