"""Written rules to closures: each condition becomes a function of the facts that also says why."""

from collections.abc import Callable, Sequence

from gateway.mail.address import ascii_lower
from gateway.rules.facts import Facts
from gateway.rules.model import Actions, CompiledRule, Finding, Rule, Ruleset, RulesFile, Test, When
from gateway.rules.patterns import Glob, address_glob, compile_pattern, domain_glob


def compile_ruleset(written: RulesFile, *, file: str, lines: Sequence[int]) -> Ruleset:
    """``lines``: the line of each rule in ``file``, from 1."""
    return Ruleset(tuple(_rule(rule, file, line) for rule, line in zip(written.rules, lines, strict=True)))


def _rule(rule: Rule, file: str, line: int) -> CompiledRule:
    then = rule.then
    actions = Actions(
        drop=rule.name if then.drop else None,
        team=then.team,
        priority=then.priority,
        tags=then.tags or (),
        status=then.status,
        acknowledge=then.acknowledge,
    )
    return CompiledRule(rule.name, file, line, _condition(rule.when), actions, rule.stop)


def _condition(when: When | None) -> Test:
    if when is None:
        return lambda _: (True, "applies to every mail")
    tests: list[Test] = []
    if when.to:
        tests.append(_globs("to", [address_glob(text) for text in when.to], lambda facts: facts.recipients))
    if when.author:
        tests.append(_globs("author", [address_glob(text) for text in when.author], lambda facts: (facts.author,)))
    if when.author_domain:
        globs = [domain_glob(text) for text in when.author_domain]
        tests.append(_globs("author_domain", globs, lambda facts: (facts.author_domain,)))
    if when.language:
        tests.append(_words("language", when.language, lambda facts: facts.language))
    if when.kind:
        tests.append(_words("kind", when.kind, lambda facts: facts.kind))
    if when.brand:
        tests.append(_words("brand", when.brand, lambda facts: facts.brand))
    if when.has_header:
        tests.append(_header(when.has_header))
    if when.subject:
        tests.append(_patterns("subject", when.subject, lambda facts: facts.subject))
    if when.body:
        tests.append(_patterns("body", when.body, lambda facts: facts.body))
    if when.all_of:
        tests.append(_all([_condition(inner) for inner in when.all_of]))
    if when.any_of:
        tests.append(_any([_condition(inner) for inner in when.any_of]))
    if when.none_of:
        tests.append(_not(_condition(when.none_of)))
    return tests[0] if len(tests) == 1 else _all(tests)


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


def _words(name: str, words: Sequence[str], value: Callable[[Facts], str]) -> Test:
    wanted = frozenset(words)
    listed = ", ".join(words)

    def test(facts: Facts) -> Finding:
        found = value(facts)
        if found in wanted:
            return True, f"{name} is {found}"
        return False, f"{name} is {found or 'unknown'}, not {listed}"

    return test


def _header(names: Sequence[str]) -> Test:
    wanted = {ascii_lower(name): name for name in names}

    def test(facts: Facts) -> Finding:
        for name, _ in facts.headers:
            if ascii_lower(name) in wanted:
                return True, f"has the header field {wanted[ascii_lower(name)]}"
        return False, f"has no header field {', '.join(names)}"

    return test


def _patterns(name: str, written: Sequence[str], value: Callable[[Facts], str]) -> Test:
    patterns = [compile_pattern(text) for text in written]
    listed = ", ".join(repr(text) for text in written)

    def test(facts: Facts) -> Finding:
        text = value(facts)
        for pattern in patterns:
            if pattern.found_in(text):
                return True, f"{name} has {pattern.written!r}"
        return False, f"{name} has no {listed}"

    return test


def _all(tests: Sequence[Test]) -> Test:
    def test(facts: Facts) -> Finding:
        reasons = []
        for inner in tests:
            holds, why = inner(facts)
            if not holds:
                return False, why
            reasons.append(why)
        return True, " and ".join(reasons)

    return test


def _any(tests: Sequence[Test]) -> Test:
    def test(facts: Facts) -> Finding:
        reasons = []
        for inner in tests:
            holds, why = inner(facts)
            if holds:
                return True, why
            reasons.append(why)
        return False, " and ".join(reasons)

    return test


def _not(inner: Test) -> Test:
    def test(facts: Facts) -> Finding:
        holds, why = inner(facts)
        return not holds, f"not wanted: {why}" if holds else why

    return test
