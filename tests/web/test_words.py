"""The page's own words: each has its three languages, each that a template names is there, times and sizes read well."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from jinja2 import DictLoader

from gateway.config.share import share_path
from gateway.journal import Fate
from gateway.store.view_model import VIEWS
from gateway.threading.model import NoticeKind, Outcome, Status
from gateway.web.pages.mail import disposition
from gateway.web.render import Renderer, initial, linked, size, tidy, tone
from gateway.web.words import WORDS, word

TEMPLATES = sorted((share_path("templates") / "web").glob("*.j2"))
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_that_a_template_names_is_there(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    named = set(re.findall(r"""\bt\(\s*['"]([a-z_]+)['"]\s*[),]""", text))
    assert named <= set(WORDS), named - set(WORDS)


def test_every_word_that_is_put_together_is_there() -> None:
    wanted = {f"status_{status}" for status in Status}
    wanted |= {f"fate_{fate}" for fate in Fate}
    wanted |= {f"notice_{kind}" for kind in NoticeKind}
    wanted |= {f"view_{view.id}" for view in VIEWS}
    wanted |= {f"outcome_{outcome}" for outcome in Outcome if outcome not in (Outcome.DUPLICATE, Outcome.QUARANTINE)}
    wanted |= {f"priority_{name}" for name in ("low", "normal", "high", "urgent")}
    wanted |= {f"state_{name}" for name in ("queued", "sending", "sent", "failed", "held")}
    wanted |= {f"{key}_why" for key in WORDS if key.startswith("error_") and not key.endswith("_why")}
    assert wanted <= set(WORDS), wanted - set(WORDS)


def test_every_word_has_three_languages_with_the_same_places() -> None:
    for key, sentences in WORDS.items():
        assert all(sentence.strip() for sentence in sentences), key
        places = {frozenset(re.findall(r"\{(\w+)\}", sentence)) for sentence in sentences}
        assert len(places) == 1, key
    korean = [sentences[1] for sentences in WORDS.values() if re.search("[가-힣]", sentences[1])]
    japanese = [sentences[2] for sentences in WORDS.values() if re.search("[ぁ-んァ-ヶ一-龥]", sentences[2])]
    assert len(korean) > len(WORDS) * 0.9
    assert len(japanese) > len(WORDS) * 0.9


def test_unknown_words_do_not_break_a_page() -> None:
    assert word("en", "hold_something_new") == "something new"
    assert word("xx", "save") == "Save"
    assert word("ko", "search_for", text="{0} {x}") == "검색: {0} {x}"


def test_text_of_strangers_for_one_line() -> None:
    assert tidy("invoice\u202efdp.exe") == "invoicefdp.exe"
    assert tidy("a\x1b]0;x\x07b\r\nc\u2066d\ufeff") == "a]0;xb cd"
    assert tidy("\u1112\u1161\u11ab\u1100\u1173\u11af") == "한글"
    assert tidy(None) == ""
    assert initial("  «박서연»") == "박"
    assert initial("!?") == "?"
    assert tone("kim@example.com") == tone("kim@example.com")
    assert 0 <= tone("\ud800") < 6


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see https://a.example/x?a=1&b=2.", 'see <a href="https://a.example/x?a=1&amp;b=2" rel="noopener noreferrer nofollow" target="_blank">https://a.example/x?a=1&amp;b=2</a>.'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ('https://a.example/"onmouseover="x', '<a href="https://a.example/" rel="noopener noreferrer nofollow" target="_blank">https://a.example/</a>&#34;onmouseover=&#34;x'),
        ("https://a.example/입니다", '<a href="https://a.example/" rel="noopener noreferrer nofollow" target="_blank">https://a.example/</a>입니다'),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
    ],
)  # fmt: skip
def test_links_in_text(text: str, html: str) -> None:
    assert linked(text) == html


def test_a_long_text_is_linked_in_bounded_time() -> None:
    assert len(linked("https://" * 200_000)) > 1_000_000
    assert len(linked("h" * 1_000_000)) == 1_000_000


def test_sizes_and_times() -> None:
    assert [size(octets) for octets in (0, 999, 1000, 83_000, 2_400_000, 52_000_000_000)] == [
        "0 B",
        "999 B",
        "1 kB",
        "83 kB",
        "2.4 MB",
        "52.0 GB",
    ]
    renderer = Renderer(DictLoader({}), zone=timezone(timedelta(hours=9)), version="1")
    texts = {
        timedelta(seconds=-5): "just now",
        timedelta(seconds=59): "just now",
        timedelta(minutes=1): "1 min ago",
        timedelta(minutes=119): "1 h ago",
        timedelta(days=29): "29 d ago",
        timedelta(days=40): "2026-01-24",
    }
    for passed, text in texts.items():
        assert f">{text}</time>" in renderer.ago(NOW - passed, NOW, "en")
    assert "1시간 전" in renderer.ago(NOW - timedelta(hours=1), NOW, "ko")
    assert renderer.moment(NOW) == "2026-03-05 18:00"


def test_templates_are_escaped_whatever_their_name() -> None:
    renderer = Renderer(DictLoader({"x.html.j2": "{{ a }}", "x.txt": "{{ a }}"}), zone=None, version="1")
    for name in ("x.html.j2", "x.txt"):
        assert renderer.environment.get_template(name).render(a="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    "name", ['a"b.txt', "a\r\nSet-Cookie: x=1.txt", "a%20b.txt", "../../etc/passwd", "", "\u202e", "견적서.pdf"]
)
def test_file_names_cannot_leave_their_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert re.fullmatch(r"attachment; filename=\"[^\"/\\]+\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+", header)
