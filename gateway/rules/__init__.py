"""What did the admin say? Intake rules: a table that is read from top to bottom (docs/configuration.md). Pure."""

from gateway.rules.compile import compile_ruleset
from gateway.rules.evaluate import evaluate
from gateway.rules.facts import Facts, facts_of
from gateway.rules.model import Actions, Outcome, RuleHit, Ruleset

__all__ = ["Actions", "Facts", "Outcome", "RuleHit", "Ruleset", "compile_ruleset", "evaluate", "facts_of"]
