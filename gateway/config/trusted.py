"""Which clients are never held to counts and rates."""

import ipaddress

from gateway.config.model import Configuration
from gateway.rules.networks import IpNetwork


def trusted_networks(configuration: Configuration) -> tuple[IpNetwork, ...]:
    """Networks of our own forwarders and monitors: ``limits.unlimited_networks``, and all that are named as forwarders."""
    texts = (
        *configuration.limits.unlimited_networks,
        *(network for it in configuration.smtp.forwarders for network in it.networks),
        *(network for it in configuration.trust.forwarders for network in it.networks),
    )
    return tuple(ipaddress.ip_network(text) for text in dict.fromkeys(texts))
