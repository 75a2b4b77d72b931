"""What everybody who writes to customers works with: the configuration in force and all that is made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from gateway.config.addresses import AddressBook
from gateway.config.load import Loaded
from gateway.config.model import Configuration
from gateway.notify.render import Templates
from gateway.rules import Ruleset
from gateway.threading.decide import LifecyclePolicy
from gateway.threading.tokens import Keyring


@dataclass(frozen=True)
class Office:
    """One configuration in force. Replaced as a whole when the configuration is reloaded."""

    loaded: Loaded
    keyring: Keyring
    entropy: Callable[[int], bytes]  # random bytes for Message-IDs

    @property
    def configuration(self) -> Configuration:
        return self.loaded.configuration

    @property
    def addresses(self) -> AddressBook:
        return self.loaded.address_book

    @property
    def rules(self) -> Ruleset:
        return self.loaded.ruleset

    @cached_property
    def templates(self) -> Templates:
        """Compiled once for each configuration in force: compiling costs a hundred times what rendering does."""
        return Templates(self.configuration.templates_dir)

    @property
    def lifecycle(self) -> LifecyclePolicy:
        policy = self.configuration.lifecycle
        return LifecyclePolicy(policy.token_days_after_close, policy.shared_ancestor_days)


Clock = Callable[[], datetime]
