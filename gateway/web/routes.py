"""Every page, in one table: how it is asked for, what answers, and who may."""

from dataclasses import dataclass

from gateway.web.guard import Handler
from gateway.web.pages import (
    abuse,
    agent_work,
    audit,
    entrance,
    health,
    lists,
    login_code,
    mail,
    model_acts,
    not_me,
    oidc,
    outbox,
    people,
    presence,
    quarantine,
    second_factor,
    sessions,
    surveys,
    tickets,
)
from gateway.web.visit import Who


@dataclass(frozen=True, slots=True)
class Page:
    method: str  # GET (changes nothing) or POST
    path: str
    answer: Handler
    who: Who


PAGES = (
    Page("GET", "/healthz", health.healthz, Who.ANYBODY),
    Page("GET", "/metrics", health.metrics, Who.ANYBODY),  # looks itself: see there
    Page("GET", "/not-me/{token}", not_me.ask, Who.HOLDER),
    Page("POST", "/not-me/{token}", not_me.say, Who.HOLDER),
    Page("GET", "/rate/{token}", surveys.question, Who.HOLDER),
    Page("POST", "/rate/{token}", surveys.answer, Who.HOLDER),
    Page("GET", "/no-surveys/{token}", surveys.ask_to_stop, Who.HOLDER),
    Page("POST", "/no-surveys/{token}", surveys.stop, Who.HOLDER),
    Page("GET", "/login", entrance.login_form, Who.ANYBODY),
    Page("POST", "/login", entrance.log_in, Who.ANYBODY),
    Page("GET", "/login/code", login_code.code_form, Who.ANYBODY),
    Page("POST", "/login/code", login_code.check, Who.ANYBODY),
    Page("GET", "/login/oidc", oidc.begin, Who.ANYBODY),
    Page("GET", oidc.CALLBACK, oidc.come_back, Who.ANYBODY),  # the one GET that may open a session: see there
    Page("POST", "/logout", entrance.log_out, Who.NEWCOMER),
    Page("GET", "/account", entrance.account, Who.NEWCOMER),
    Page("POST", "/account/password", entrance.change_password, Who.NEWCOMER),
    Page("POST", "/account/language", entrance.change_language, Who.AGENT),
    Page("POST", "/account/notifications", agent_work.change_notifications, Who.AGENT),
    Page("POST", "/account/presence", presence.change_presence, Who.AGENT),
    Page("GET", "/account/second-factor", second_factor.second_factor, Who.NEWCOMER),
    Page("POST", "/account/second-factor/start", second_factor.start, Who.NEWCOMER),
    Page("POST", "/account/second-factor/confirm", second_factor.confirm, Who.NEWCOMER),
    Page("POST", "/account/second-factor/codes", second_factor.new_codes, Who.AGENT),
    Page("POST", "/account/second-factor/remove", second_factor.remove, Who.AGENT),
    Page("POST", "/account/sessions/end", sessions.end_others, Who.AGENT),
    Page("POST", "/account/sessions/{number}/end", sessions.end_own, Who.AGENT),
    Page("GET", "/sessions", sessions.sessions, Who.ADMIN),
    Page("POST", "/sessions/{number}/end", sessions.end_any, Who.ADMIN),
    Page("GET", "/", entrance.home, Who.AGENT),
    Page("GET", "/tickets", tickets.ticket_list, Who.AGENT),
    Page("GET", "/tickets/{number}", tickets.ticket, Who.AGENT),
    Page("POST", "/tickets/{number}/reply", tickets.reply, Who.AGENT),
    Page("POST", "/tickets/{number}/note", tickets.note, Who.AGENT),
    Page("POST", "/tickets/{number}/drafts/{message}/send", tickets.draft, Who.AGENT),
    Page("POST", "/tickets/{number}/assign", tickets.assign, Who.AGENT),
    Page("POST", "/tickets/{number}/status", tickets.status, Who.AGENT),
    Page("POST", "/tickets/{number}/change", tickets.change, Who.AGENT),
    Page("POST", "/tickets/{number}/unmasked", audit.unmasked, Who.ADMIN),
    Page("POST", "/tickets/{number}/fields", model_acts.fields, Who.AGENT),
    Page("POST", "/tickets/{number}/merge", tickets.merge, Who.AGENT),
    Page("POST", "/tickets/{number}/people", people.add_person, Who.AGENT),
    Page("POST", "/tickets/{number}/people/{participant}/remove", people.remove_person, Who.AGENT),
    Page("POST", "/tickets/{number}/people/{participant}/withdraw", people.withdraw_addresses, Who.AGENT),
    Page("POST", "/tickets/{number}/join/{message}/accept", people.accept, Who.AGENT),
    Page("POST", "/tickets/{number}/join/{message}/decline", people.decline, Who.AGENT),
    Page("POST", "/tickets/{number}/join/{message}/split", people.split, Who.AGENT),
    Page("GET", "/messages/{number}/html", mail.html_frame, Who.AGENT),
    Page("GET", "/messages/{number}/raw", mail.raw, Who.ADMIN),
    Page("GET", "/messages/{number}/trace", mail.trace, Who.AGENT),
    Page("GET", "/messages/{number}/attachments/{part}", mail.attachment, Who.AGENT),
    Page("GET", "/outbox", outbox.outbox, Who.AGENT),
    Page("GET", "/outbox/{number}", outbox.outbox_mail, Who.AGENT),
    Page("GET", "/outbox/{number}/html", outbox.outbox_html, Who.AGENT),
    Page("GET", "/outbox/{number}/raw", outbox.outbox_raw, Who.ADMIN),
    Page("GET", "/outbox/{number}/attachments/{part}", outbox.outbox_attachment, Who.AGENT),
    Page("POST", "/outbox/{number}/hold", outbox.hold_mail, Who.AGENT),
    Page("POST", "/outbox/{number}/release", outbox.release_mail, Who.ADMIN),
    Page("POST", "/outbox/{number}/discard", outbox.discard_mail, Who.ADMIN),
    Page("POST", "/outbox/{number}/retry", outbox.retry_mail, Who.ADMIN),
    Page("GET", "/quarantine", quarantine.quarantine, Who.AGENT),
    Page("GET", "/quarantine/{number}", quarantine.quarantine_entry, Who.AGENT),
    Page("GET", "/quarantine/{number}/raw", quarantine.quarantine_raw, Who.ADMIN),
    Page("POST", "/quarantine/act", quarantine.quarantine_act, Who.ADMIN),
    Page("GET", "/abuse", abuse.abuse, Who.ADMIN),
    Page("POST", "/abuse/breaker/close", abuse.close_breaker, Who.ADMIN),
    Page("POST", "/abuse/silences/end", abuse.unsilence, Who.ADMIN),
    Page("GET", "/lists", lists.lists, Who.ADMIN),
    Page("POST", "/lists", lists.add_to_list, Who.ADMIN),
    Page("POST", "/lists/{number}/remove", lists.remove_from_list, Who.ADMIN),
    Page("GET", "/health", health.health, Who.AGENT),
)
    Page("GET", "/audit", audit.audit_log, Who.ADMIN),
