"""What everybody who writes to customers works with: the configuration in force and all that is made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from gateway.config.addresses import AddressBook
from gateway.config.calendars import compile_calendars
from gateway.config.fields import compile_fields, compile_statuses
from gateway.config.load import Loaded
from gateway.config.menus import MenuDefinition
from gateway.config.model import Configuration
from gateway.config.organizations import compile_organizations
from gateway.config.senders import entries_of, exempt_senders, vip_senders
from gateway.config.teams import compile_teams, members_of
from gateway.config.trusted import trusted_networks
from gateway.config.verification import services_of
from gateway.config.voicemail import compile_systems, shipped_systems
from gateway.config.webhooks import Webhook
from gateway.mail.forms import FormProfile
from gateway.mail.verification import Service
from gateway.mail.voicemail import PhoneSystem
from gateway.notify.render import Templates, brand_folder
from gateway.rules import Ruleset
from gateway.rules.assignment import Member, Team
from gateway.rules.calendar import Calendar
from gateway.rules.engine import Automation
from gateway.rules.fields import TicketFields
from gateway.rules.networks import IpNetwork
from gateway.rules.organizations import Organizations
from gateway.rules.patterns import compile_pattern
from gateway.rules.sender_lists import SenderLists
from gateway.rules.statuses import Statuses
from gateway.store.sender_lists import CurrentLists
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
    def automation(self) -> Automation:
        """Rules for what happens to tickets and for what time brings."""
        return self.loaded.written.automation()

    @cached_property
    def calendars(self) -> dict[str, Calendar]:
        return compile_calendars(self.loaded.side.calendars)

    @cached_property
    def teams(self) -> dict[str, Team]:
        return compile_teams(self.loaded.side.teams, self.calendars)

    @cached_property
    def members(self) -> dict[str, tuple[Member, ...]]:
        """By team. What they have in hand is for the store to say."""
        return members_of(self.loaded.side.teams, self.calendars)

    @cached_property
    def fields(self) -> TicketFields:
        """Own fields of tickets, and how priorities follow from them."""
        return compile_fields(self.loaded.side.fields)

    @cached_property
    def organizations(self) -> Organizations:
        return compile_organizations(self.loaded.side.organizations)

    @cached_property
    def statuses(self) -> Statuses:
        return compile_statuses(self.loaded.side.fields)

    @cached_property
    def menus(self) -> dict[str, MenuDefinition]:
        """What customers may choose from by number."""
        return {menu.id: menu for menu in self.loaded.side.menus.menus}

    @cached_property
    def webhooks(self) -> dict[str, Webhook]:
        return {hook.id: hook for hook in self.loaded.side.webhooks.webhooks}

    @cached_property
    def templates(self) -> Templates:
        """Compiled once for each configuration in force: compiling costs a hundred times what rendering does."""
        return Templates(self.configuration.templates_dir)

    @cached_property
    def _brand_templates(self) -> dict[str, Templates]:
        folder = self.configuration.templates_dir
        own = [brand.id for brand in self.configuration.brands if brand_folder(folder, brand.id) is not None]
        return {brand: Templates(folder, brand) for brand in own}

    def templates_of(self, brand: str) -> Templates:
        """For mail to a brand's customers, with the brand's own words where it has some."""
        return self._brand_templates.get(brand, self.templates)

    @cached_property
    def forms(self) -> tuple[FormProfile, ...]:
        return tuple(
            FormProfile(
                name=form.name,
                sender=form.sender,
                author=form.author,
                author_name=form.author_name,
                fields=form.fields,
                subject=compile_pattern(form.subject).found_in if form.subject else None,
            )
            for form in self.configuration.forms
        )

    @cached_property
    def phone_systems(self) -> tuple[PhoneSystem, ...]:
        """The admin's own telephone systems, then those that are shipped."""
        return (*compile_systems(self.loaded.phone_systems), *shipped_systems())

    @cached_property
    def sender_lists(self) -> CurrentLists:
        """The configuration's entries and those of the database, read again when these have changed."""
        return CurrentLists(entries_of(self.configuration.lists))

    @cached_property
    def vips(self) -> SenderLists:
        return vip_senders(self.configuration.vip, self.loaded.side.vips)

    @cached_property
    def exempt_senders(self) -> SenderLists:
        return exempt_senders(self.configuration.floods)

    @cached_property
    def trusted_networks(self) -> tuple[IpNetwork, ...]:
        """Networks of our own forwarders and monitors, which are never refused for how much they bring."""
        return trusted_networks(self.configuration)

    @cached_property
    def verifying_services(self) -> tuple[Service, ...]:
        """Whose mail asks for a code or a click: the admin's own services, then those that are shipped."""
        return services_of(self.configuration.verification)

    @property
    def lifecycle(self) -> LifecyclePolicy:
        policy = self.configuration.lifecycle
        return LifecyclePolicy(policy.token_days_after_close, policy.shared_ancestor_days)
