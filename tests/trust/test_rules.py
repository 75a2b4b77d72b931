"""Rules that ask about the sender's proof, over the whole way from DNS to the ticket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.rules import Ruleset, compile_ruleset
from gateway.rules.file import RulesFile
from gateway.store.database import Database
from gateway.store.schema import ticket_tags
from tests.support.databases import SqliteFiles
from tests.support.dns_server import DnsServer
from tests.support.office import TestOffice
from tests.support.signed_mail import sign
from tests.trust.conftest import NOW, RIGHT, mail
from tests.trust.test_pipeline import take

CONDITIONS = {
    "strong": {"trust": "strong"},
    "believed": {"trust": ["weak", "forwarded", "strong"]},
    "forged": {"proof": "failed"},
    "doubtful": {"proof": ["failed", "unproven", "unknown"]},
    "theirs": {"verified_domain": "victim.test"},
    "below": {"verified_domain": "*.victim.test"},
    "signed": {"dkim": "pass"},
    "right-path": {"spf": "pass"},
    "wrong-path": {"spf": "fail"},
    "dmarc-fail": {"dmarc": "fail"},
}


def ruleset() -> Ruleset:
    rules = [{"name": tag, "when": when, "then": {"tags": [tag]}} for tag, when in CONDITIONS.items()]
    return compile_ruleset(RulesFile.model_validate({"rules": rules}), file="rules.yaml", lines=range(len(rules)))


@pytest.fixture
def office(sqlite_files: SqliteFiles, tmp_path: Path, dns: DnsServer) -> Iterator[TestOffice]:
    database = Database(sqlite_files.create(tmp_path))
    office = TestOffice(database, tmp_path, ruleset(), trust={"verify": True, "dns": (dns.address,)})
    office.now = NOW
    yield office
    office.worker.senders.authenticator.close()


@pytest.mark.parametrize(
    ("signed", "peer", "tags"),
    [
        (True, None, {"strong", "believed", "theirs", "signed"}),
        (False, RIGHT, {"believed", "theirs", "right-path"}),
        (False, None, {"forged", "doubtful", "wrong-path", "dmarc-fail"}),
    ],
    ids=["signed", "right_server", "forged"],
)
def test_rules_know_what_was_found(office: TestOffice, signed: bool, peer: str | None, tags: set[str]) -> None:
    raw = sign(mail(), "victim.test") if signed else mail()
    take(office, raw, **({"peer": peer} if peer else {}))
    with office.database.read() as connection:
        assert {row.tag for row in connection.execute(ticket_tags.select())} == tags


@pytest.mark.parametrize("when", [{"trust": "very"}, {"proof": "maybe"}, {"dkim": "good"}, {"spf": []}])
def test_misspelt_words_are_refused(when: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RulesFile.model_validate({"rules": [{"name": "x", "when": when, "then": {"tags": ["x"]}}]})
