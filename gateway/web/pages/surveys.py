"""The customer's pages of a survey. Whoever has the link may use it; looking at it changes nothing.

Mail scanners fetch every link of every mail, some with a browser: only a form's POST says anything. "No more surveys" also takes
the POST of mail programs (RFC 8058), which carries no cookie and follows no redirect.
"""

from dataclasses import replace
from datetime import UTC
from typing import Any

from starlette.responses import Response

from gateway.desk.questions import NO_SURVEYS_PATH, RATE_PATH
from gateway.desk.ratings import LONGEST_COMMENT, Asked, Given, Outcome, answer_label, decline, find_asked, rate
from gateway.threading.survey_tokens import NO_SURVEYS, SurveyToken, read_survey
from gateway.web.pages.not_me import POLICY
from gateway.web.visit import Refused, Visit, number_in


def question(visit: Visit) -> Response:
    """The question with the choices; what was answered, if it was."""
    token = _token(visit, stop=False)
    with visit.services.database.read() as connection:
        asked = _asked(find_asked(connection, token.ticket, token.participant))
    return _question_page(visit, token, asked)


def answer(visit: Visit) -> Response:
    """Record what the form says. Sent again, it changes nothing more."""
    token = _token(visit, stop=False)
    if visit.session is not None:
        raise Refused(403, "rate_own_people")
    with visit.services.database.write() as connection:
        asked = _asked(find_asked(connection, token.ticket, token.participant))
        given = Given(
            number_in(visit.form.get("value", "")) or 0,
            "page",
            visit.form.get("reason", ""),
            visit.form.get("comment", "").replace("\r\n", "\n").replace("\x00", "")[:LONGEST_COMMENT],
        )
        try:
            outcome = rate(connection, visit.services.desk.office(), asked, given, visit.now)
        except ValueError as error:
            raise Refused(400, "error_form") from error
    if outcome is Outcome.OVER:
        return _question_page(visit, token, asked)
    return visit.go(f"{RATE_PATH}/{visit.path['token']}")


def ask_to_stop(visit: Visit) -> Response:
    """Do they want no more surveys?"""
    token = _token(visit, stop=True)
    with visit.services.database.read() as connection:
        asked = _asked(find_asked(connection, token.ticket, token.participant))
    return _stop_page(visit, asked, stopped=asked.declined)


def stop(visit: Visit) -> Response:
    """They want none. The page itself is the answer: programs follow no redirect (RFC 8058 section 3.1)."""
    token = _token(visit, stop=True)
    with visit.services.database.write() as connection:
        asked = _asked(find_asked(connection, token.ticket, token.participant))
        decline(connection, asked, how="page", now=visit.now)
    return _stop_page(visit, asked, stopped=True)


def _question_page(visit: Visit, token: SurveyToken, asked: Asked) -> Response:
    rating = asked.rating
    chosen = rating.value if rating is not None else number_in(visit.query.get("choice", ""))
    return _customers_page(
        visit,
        asked,
        "survey.html.j2",
        number=asked.ticket,
        action=f"{RATE_PATH}/{visit.path['token']}",
        choices=[(value, answer_label(asked.language, asked.scale, value)) for value in range(asked.scale, 0, -1)],
        chosen=chosen or token.choice,
        reasons=[
            (reason.id, reason.in_language(asked.language)) for reason in visit.services.configuration().csat.reasons
        ],
        reason=rating.reason if rating is not None else "",
        given=answer_label(asked.language, rating.scale, rating.value) if rating is not None else "",
        takes_answers=asked.takes_answers(visit.now),
        longest=LONGEST_COMMENT,
    )


def _stop_page(visit: Visit, asked: Asked, *, stopped: bool) -> Response:
    local, _, domain = asked.address.rpartition("@")
    action = f"{NO_SURVEYS_PATH}/{visit.path['token']}"
    return _customers_page(
        visit, asked, "no_surveys.html.j2", mailbox=f"{local[:1]}…@{domain}", stopped=stopped, action=action
    )


def _customers_page(visit: Visit, asked: Asked, template: str, **values: Any) -> Response:
    """In the customer's language, and without scripts, also in the browser of somebody who is logged in."""
    brands = {brand.id: brand.name for brand in visit.services.configuration().brands}
    page = replace(visit, language=asked.language).page(
        template, agent=None, brand=brands.get(asked.brand, ""), **values
    )
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def _token(visit: Visit, *, stop: bool) -> SurveyToken:
    """404 for a token that is not ours, too old, or of another purpose: the same page as for a path that leads nowhere."""
    keyring = visit.services.desk.office().keyring
    token = read_survey(keyring, visit.path.get("token", ""), today=visit.now.astimezone(UTC).date())
    if token is None or (token.choice == NO_SURVEYS) is not stop:
        raise Refused(404, "error_404")
    return token


def _asked(found: Asked | None) -> Asked:
    if found is None:
        raise Refused(404, "error_404")
    return found
