"""The configuration that a role gets is the one that the supervisor loaded, rules and secrets included."""

from gateway.config.load import load_all
from gateway.config.packed import pack
from gateway.handover import Handover, take
from gateway.mail.read import read
from gateway.rules import evaluate, facts_of
from tests.support.gateways import REPOSITORY

STARTER = REPOSITORY / "config" / "gateway.yaml"


def test_what_is_taken_is_what_was_published() -> None:
    environ = {"GATEWAY__OUTBOUND__PASSWORD": "canary", "GATEWAY__OUTBOUND__SMARTHOST": "127.0.0.1:1"}
    loaded = load_all(STARTER, environ)
    taken = take(Handover(pack(loaded)).descriptor)
    assert taken.configuration == loaded.configuration
    assert taken.configuration.outbound.password is not None
    assert taken.configuration.outbound.password.get_secret_value() == "canary"
    assert (taken.stamp, taken.path, taken.written) == (loaded.stamp, loaded.path, loaded.written)
    assert taken.address_book.verdict("support@example.com").kind == "brand"


def test_rules_do_the_same_on_the_other_side() -> None:
    loaded = load_all(STARTER, {})
    taken = take(Handover(pack(loaded)).descriptor)
    message = read(b"From: a@b.test\r\nSubject: URGENT please\r\n\r\nx\r\n")
    facts = facts_of(message, envelope_recipients=("support@example.com",), brand="example")
    outcome = evaluate(taken.ruleset, facts)
    assert outcome == evaluate(loaded.ruleset, facts)
    assert outcome.actions.priority == "high"
    assert outcome.hits[0].file == "rules.yaml"


def test_a_later_one_replaces_it() -> None:
    handover = Handover(pack(load_all(STARTER, {"GATEWAY__LIMITS__ERRORS": "7"})))
    for errors in ("11", "3"):
        changed = {"GATEWAY__LIMITS__ERRORS": errors, "GATEWAY__WEB__BASE_URL": "http://" + "a" * int(errors)}
        handover.publish(pack(load_all(STARTER, changed)))
        assert take(handover.descriptor).configuration.limits.errors == int(errors)
