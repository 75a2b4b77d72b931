"""What customers are sent, to look at before they are: each notice in each language, as each brand writes it, about a real ticket."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.desk.actions import DeskError
from gateway.desk.preview import KINDS, SITUATIONS, findings, html_part, longest, preview, reply_names
from gateway.mail.masking import mask_html
from gateway.threading.model import NoticeKind
from gateway.web.guard import FRAME_POLICY
from gateway.web.visit import Refused, Visit, number_in

LANGUAGES = ("ko", "ja", "en")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be looked at. What the query does not say, or says wrongly, is the usual."""

    kind: NoticeKind
    language: str
    brand: str
    ticket: str  # as typed; "" for a made-up one
    situation: str
    template: str

    def query(self, **changes: str) -> str:
        values = {
            "kind": self.kind.value,
            "language": self.language,
            "brand": self.brand,
            "ticket": self.ticket,
            "situation": self.situation if self.kind is NoticeKind.ACK else "",
            "template": self.template if self.kind is NoticeKind.REPLY else "",
        }
        return urlencode({name: value for name, value in {**values, **changes}.items() if value})


@dataclass(frozen=True, slots=True)
class Shown:
    subject: str
    text: str
    html: str


def notices(visit: Visit) -> Response:
    """The page. Nothing is written or sent, however often it is looked at."""
    asked, problem, shown = _asked(visit), "", None
    try:
        shown = _shown(visit, asked)
    except DeskError as error:
        problem = str(error)
    office = visit.services.desk.office()
    return visit.page(
        "notices.html.j2",
        200 if shown is not None else 409,
        asked=asked,
        kinds=[kind.value for kind in KINDS],
        languages=LANGUAGES,
        brands=[brand.id for brand in office.configuration.brands],
        situations=list(SITUATIONS),
        templates=reply_names(office, asked.brand, asked.language),
        shown=shown,
        limit=longest(asked.language),
        problem=problem,
        findings=[str(found) for found in findings(office)],
    )


def notice_html(visit: Visit) -> Response:
    """The HTML part as it is sent, for a sandboxed frame: no script runs, nothing is loaded from elsewhere."""
    try:
        shown = _shown(visit, _asked(visit))
    except DeskError as error:
        raise Refused(404, "error_404") from error
    html = mask_html(shown.html, visit.masked)
    return Response(html, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": FRAME_POLICY})


def _asked(visit: Visit) -> Asked:
    office = visit.services.desk.office()
    query, brands = visit.query, {brand.id: brand for brand in office.configuration.brands}
    brand = brands.get(query.get("brand", ""), office.configuration.brands[0])
    language = query.get("language", "")
    language = language if language in LANGUAGES else str(brand.language)
    kind, situation = query.get("kind", ""), query.get("situation", "")
    templates = reply_names(office, brand.id, language)
    template = query.get("template", "")
    return Asked(
        kind=NoticeKind(kind) if kind in KINDS else NoticeKind.ACK,
        language=language,
        brand=brand.id,
        ticket=query.get("ticket", "").strip()[:20],
        situation=situation if situation in SITUATIONS else "",
        template=template if template in templates else "",
    )


def _shown(visit: Visit, asked: Asked) -> Shown:
    number = number_in(asked.ticket) if asked.ticket else None
    if asked.ticket and number is None:
        raise DeskError(f"there is no ticket {asked.ticket}")
    with visit.services.database.read() as connection:
        finished = preview(
            connection,
            visit.services.desk.office(),
            asked.kind,
            visit.now,
            ticket=number,
            brand=asked.brand,
            language=asked.language,
            situation=SITUATIONS[asked.situation],
            template=asked.template or None,
        )
    return Shown(finished.subject, finished.text, html_part(finished))
