"""HTML of strangers: nothing that acts, nothing that loads, and text that says what a person would have seen."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from gateway.mail.html import sanitise
from gateway.mail.html_text import html_to_text
from gateway.mail.read import read

ACTIVE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.test/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<a href=vbscript:x>x</a>",
    "<a href=data:text/html,<script>alert(1)</script>>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=//evil.test/x></object>",
    "<embed src=//evil.test/x>",
    "<base href=//evil.test/>",
    "<meta http-equiv=refresh content='0;url=//evil.test/'>",
    "<form action=//evil.test/><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<p style='behavior:url(#x)'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<style><img src='</style><img src=x onerror=alert(1)//'>",
    "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<plaintext><script>alert(1)</script>",
    "<select><style></select><img src=x onerror=alert(1)></style>",
    "<a href='https://ok.test/' target=_top ping=//evil.test/ rel=opener>x</a>",
]
LOADING = [
    "<img src=http://evil.test/a.png>",
    "<img src=//evil.test/a.png>",
    "<img src=\\\\evil.test\\a.png>",
    "<img src=/\\evil.test/a.png>",
    "<img srcset='http://evil.test/a.png 2x'>",
    "<img src=cid:a lowsrc=http://evil.test/>",
    "<picture><source srcset=http://evil.test/a.png><img></picture>",
    "<input type=image src=http://evil.test/a.png>",
    "<body background=http://evil.test/a.png>x</body>",
    "<table background=http://evil.test/a.png><tr><td background=http://evil.test/b.png>x</table>",
    "<video src=http://evil.test/a poster=http://evil.test/b></video>",
    "<audio src=http://evil.test/a></audio>",
    "<link rel=stylesheet href=http://evil.test/a.css>",
    "<link rel=dns-prefetch href=//evil.test>",
    "<style>@import 'http://evil.test/a.css';</style>",
    "<style>@font-face{font-family:x;src:url(http://evil.test/f)}</style>",
    "<p style='background:url(http://evil.test/a)'>x</p>",
    "<p style='background:URL(http://evil.test/a)'>x</p>",
    "<p style='background:u\\72l(http://evil.test/a)'>x</p>",
    "<p style='background:\\75 rl(http://evil.test/a)'>x</p>",
    "<p style='background:ur/**/l(http://evil.test/a)'>x</p>",
    "<p style='background:image-set(\"http://evil.test/a\" 1x)'>x</p>",
    "<p style='list-style:url(http://evil.test/a)'>x</p>",
    "<p style='cursor:url(http://evil.test/a),auto'>x</p>",
    "<p style='content:url(http://evil.test/a)'>x</p>",
    "<p style='color:red;-moz-binding:url(http://evil.test/a)'>x</p>",
    "<p style='width:calc(1px + var(--x, url(http://evil.test/a)))'>x</p>",
    "<p style='font-family:\"x\";src:url(http://evil.test/a)'>x</p>",
    "<svg><image href=http://evil.test/a /></svg>",
    "<svg><image xlink:href=http://evil.test/a /></svg>",
    "<svg><use href=http://evil.test/a#x /></svg>",
    "<svg><filter><feImage href=http://evil.test/a /></filter></svg>",
    "<svg><style>@import url(http://evil.test/a)</style></svg>",
    "<math href=http://evil.test/a>x</math>",
    "<iframe src=http://evil.test/></iframe>",
    "<frameset><frame src=http://evil.test/></frameset>",
    "<object data=http://evil.test/a><param name=src value=http://evil.test/a></object>",
    "<blockquote cite=http://evil.test/>x</blockquote>",
    "<q cite=http://evil.test/>x</q>",
    "<img longdesc=http://evil.test/ src=cid:a>",
    "<img usemap=http://evil.test/ src=cid:a>",
    "<html manifest=http://evil.test/>",
]
LOADS_OR_ACTS = {
    "src",
    "srcset",
    "background",
    "poster",
    "data",
    "action",
    "formaction",
    "ping",
    "cite",
    "xlink:href",
    "lowsrc",
}
NEVER = {
    "script",
    "style",
    "svg",
    "math",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "link",
    "meta",
    "base",
    "video",
    "audio",
}


@pytest.mark.parametrize("html", [*ACTIVE, *LOADING])
def test_nothing_acts_and_nothing_loads(html: str) -> None:
    once = sanitise(html).html
    assert sanitise(once).html == once
    for node in LexborHTMLParser(f"<div>{once}</div>").css("div *"):
        assert node.tag not in NEVER
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name not in LOADS_OR_ACTS or (name == "src" and (value or "").startswith("cid:")), once
            if name == "href":
                assert (value or "").startswith("https://ok.test/")
            if name == "style":
                assert "url" not in (value or "").lower()
    assert "evil.test" not in once


def test_links_open_without_telling_where_from() -> None:
    assert sanitise('<a href="https://shop.test/" target="_blank">x</a>').html == (
        '<a href="https://shop.test/" rel="noopener nofollow noreferrer">x</a>'
    )


def test_remote_content_is_counted_and_enclosed_images_stay() -> None:
    safe = sanitise('<img src="cid:logo@x"><img src="https://a.test/1.gif"><img src="//b.test/2.gif" alt="two">')
    assert (safe.remote, safe.html) == (2, '<img src="cid:logo@x"><img><img alt="two">')


def test_marks_of_quotes_stay() -> None:
    html = '<div class="gmail_quote"><blockquote type="cite">x</blockquote></div><div id="divRplyFwdMsg">y</div>'
    assert sanitise(html).html == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<p>two", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<div>one<div><br></div>two</div>", "one\n\ntwo"),
        ("a <b>b</b>\n <i>c</i>", "a b c"),
        ("<ol start=3><li>x</li><li>y</li></ol>", "3. x\n4. y"),
        ("<pre>a\n  b\n</pre>", "a\n  b"),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>d", "> a\n>\n> > b\n>\n> c\n\nd"),
        ('<a href="https://x.test/a">https://x.test/a</a>', "https://x.test/a"),
        ('<a href="mailto:a@x.test">a@x.test</a>', "a@x.test"),
        ('<a href="https://evil.test/">https://bank.test/</a>', "https://bank.test/ <https://evil.test/>"),
        ('<img src="cid:a" alt="a chart">', "a chart"),
        ("<p>&nbsp;a&nbsp;b</p>", "a b"),
        ('<span style="display: none !important">no</span>yes', "yes"),
        ('<span style="visibility:hidden">no</span>yes', "yes"),
        ('<div style="font-size:0">no</div>yes', "yes"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a b\n1 2"),
        ("", ""),
    ],
)
def test_text_of_html(html: str, text: str) -> None:
    assert html_to_text(sanitise(html).html) == text


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<p>seen</p>", 0),
        ("<p>seen</p><p style='display:none'>not at all</p>", 8),
        ("<p hidden>ab</p><div style='color:red'>seen <span style='font-size:0'>cd</span></div>", 4),
        ("<div style='visibility:hidden'>a <b style='display:none'>b</b></div>", 2),  # nobody is counted twice
        ("<p style='color:#fff'>white on white</p><p>seen</p>", 12),
    ],
)
def test_text_that_nobody_sees_is_counted(html: str, count: int) -> None:
    raw = b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    message = read(raw)
    assert message.hidden_text == count
    assert "not at all" not in message.text
