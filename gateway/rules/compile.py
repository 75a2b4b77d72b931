"""Written rules to closures: each condition becomes a function of the facts that also says why."""

from collections.abc import Callable, Iterator, Sequence

from gateway.mail.address import ascii_lower
from gateway.rules.facts import Facts
from gateway.rules.file import RulesFile
from gateway.rules.findings import (
    Banks,
    Conditions,
    Conjunctions,
    Finding,
    all_of,
    any_of,
    none_of,
    one_of_words,
    pattern_found,
)
from gateway.rules.model import Actions, CompiledRule, Rule, Ruleset, Test, When
from gateway.rules.patterns import Glob, address_glob, domain_glob
from gateway.rules.standing import standing_tests


def compile_ruleset(written: RulesFile, *, file: str, lines: Sequence[int]) -> Ruleset:
    """``lines``: the line of each rule in ``file``, from 1."""
    banks = Banks()
    conditions: Conjunctions[When, Facts] = Conjunctions(lambda when: condition(when, banks))
    rules = tuple(
        _rule(rule, file, line, conditions.add(rule.when)) for rule, line in zip(written.rules, lines, strict=True)
    )
    return Ruleset(rules, tuple(conditions.tests))


def _rule(rule: Rule, file: str, line: int, conditions: Conditions) -> CompiledRule:
    then = rule.then
    actions = Actions(
        drop=rule.name if then.drop else None,
        team=then.team,
        priority=then.priority,
        tags=then.tags or (),
        status=then.status,
        acknowledge=then.acknowledge,
        quarantine=rule.name if then.quarantine else None,
        type=then.type,
        fields=tuple((then.fields or {}).items()),
        menu=then.menu,
    )
    return CompiledRule(rule.name, file, line, conditions, rule.when, actions, rule.stop)


def condition(when: When, banks: Banks) -> Test:
    """The whole of a ``when`` about a mail."""
    tests: list[Test] = []
    if when.to:
        tests.append(_globs("to", [address_glob(text) for text in when.to], lambda facts: facts.recipients))
    if when.author:
        tests.append(_globs("author", [address_glob(text) for text in when.author], lambda facts: (facts.author,)))
    if when.author_domain:
        globs = [domain_glob(text) for text in when.author_domain]
        tests.append(_globs("author_domain", globs, lambda facts: (facts.author_domain,)))
    if when.language:
        tests.append(one_of_words("language", when.language, lambda facts: facts.language))
    if when.kind:
        tests.append(one_of_words("kind", when.kind, lambda facts: facts.kind))
    if when.brand:
        tests.append(one_of_words("brand", when.brand, lambda facts: facts.brand))
    tests.extend(_sender(when))
    tests.extend(standing_tests(when))
    if when.has_header:
        tests.append(_header(when.has_header))
    if when.subject:
        tests.append(pattern_found("subject", when.subject, lambda facts: facts.subject, banks.of("mail.subject")))
    if when.body:
        tests.append(pattern_found("body", when.body, lambda facts: facts.body, banks.of("mail.body")))
    if when.all_of:
        tests.append(all_of([condition(inner, banks) for inner in when.all_of]))
    if when.any_of:
        tests.append(any_of([condition(inner, banks) for inner in when.any_of]))
    if when.none_of:
        tests.append(none_of(condition(when.none_of, banks)))
    return tests[0] if len(tests) == 1 else all_of(tests)


def _sender(when: When) -> Iterator[Test]:
    """What was found of the author."""
    if when.trust:
        yield one_of_words("trust", when.trust, lambda facts: facts.sender.trust)
    if when.proof:
        yield one_of_words("proof", when.proof, lambda facts: facts.sender.proof)
    if when.verified_domain:
        globs = [domain_glob(text) for text in when.verified_domain]
        yield _globs("verified_domain", globs, lambda facts: (facts.sender.domain,))
    if when.dkim:
        yield one_of_words("dkim", when.dkim, lambda facts: facts.sender.dkim)
    if when.spf:
        yield one_of_words("spf", when.spf, lambda facts: facts.sender.spf)
    if when.dmarc:
        yield one_of_words("dmarc", when.dmarc, lambda facts: facts.sender.dmarc)


def _globs(name: str, globs: Sequence[Glob], values: Callable[[Facts], tuple[str, ...]]) -> Test:
    listed = ", ".join(glob.written for glob in globs)

    def test(facts: Facts) -> Finding:
        found = values(facts)
        for glob in globs:
            for value in found:
                if value and glob.fits(value):
                    return True, f"{name} {value} is {glob.written}"
        return False, f"{name} is not {listed}"

    return test


def _header(names: Sequence[str]) -> Test:
    wanted = {ascii_lower(name): name for name in names}

    def test(facts: Facts) -> Finding:
        for name, _ in facts.headers:
            if ascii_lower(name) in wanted:
                return True, f"has the header field {wanted[ascii_lower(name)]}"
        return False, f"has no header field {', '.join(names)}"

    return test
