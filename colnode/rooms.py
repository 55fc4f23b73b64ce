"""The core's rooms and what each brings to the node. A new room is added here and nowhere else."""

from datetime import timedelta
from typing import TYPE_CHECKING

from colnode.badges import (
    applications,
    brought,
    collections,
    completing,
    holder_dids,
    offers,
    old_backpacks,
    passport,
    public_pages,
    repeats,
    rules,
)
from colnode.badges.award_rules import AWARD_RULES
from colnode.badges.jobs import JOBS as BADGE_JOBS
from colnode.badges.record_type import RECORD_TYPES as BADGE_RECORD_TYPES
from colnode.catalogue import CLUSTER_JOB, RENEW_JOB, renew_clusters, renew_occurrences
from colnode.errors import ConfigurationError, _
from colnode.exchange import privacy as exchange_privacy
from colnode.exchange.jobs import JOBS as EXCHANGE_JOBS
from colnode.federation.jobs import JOBS as FEDERATION_JOBS
from colnode.host.overview import CHECK_JOB
from colnode.host.types import JobKind, PersonPart
from colnode.identity import notifications, permissions
from colnode.identity import records as organisation_records
from colnode.identity.jobs import JOBS as IDENTITY_JOBS

if TYPE_CHECKING:
    from colnode.host.types import RecordType
    from colnode.node import Node

__all__ = ["gather"]


def _check_plugin(node: "Node", name: str) -> None:
    from colnode.workshop import check

    check.note_check(node, name)


JOBS: "tuple[JobKind, ...]" = (
    JobKind("mail.send", lambda node, payload: node.mail.deliver(node, payload)),
    *IDENTITY_JOBS,
    JobKind(RENEW_JOB, lambda node, _payload: renew_occurrences(node), every=timedelta(hours=1)),
    JobKind(CLUSTER_JOB, lambda node, _payload: renew_clusters(node), every=timedelta(minutes=1)),
    *BADGE_JOBS,
    *EXCHANGE_JOBS,
    *FEDERATION_JOBS,
    JobKind(CHECK_JOB, lambda node, payload: _check_plugin(node, str(payload["name"]))),
)
RECORD_TYPES: "tuple[RecordType, ...]" = (
    *organisation_records.RECORD_TYPES,
    *BADGE_RECORD_TYPES,
)

PERSON_PARTS = (
    PersonPart("notifications", notifications),
    PersonPart("requests", applications),
    PersonPart("rules", rules),
    PersonPart("completed_records", completing),
    PersonPart("calls", repeats),
    PersonPart("offers", offers),
    PersonPart("collections", collections),
    PersonPart(
        "public_page",
        public_pages,
        merging=lambda node, person_id, _into_id: public_pages.close(node, person_id=person_id),
    ),
    PersonPart("badges", passport),
    PersonPart("old_copies", old_backpacks),
    PersonPart("exchange", exchange_privacy),
    PersonPart("holder_dids", holder_dids),
    PersonPart("brought_badges", brought),
)

PREFIXED = {"register_facets", "register_notifications"}
"""What is named in addresses and stored beside the core's own, so that no two plugins meet."""


def gather(node: "Node") -> None:
    """Collect permissions, record types, award rules and jobs of the rooms, then of the plugins.

    Raises ConfigurationError when a plugin takes a name that exists.
    """
    host = node.host
    host.person_parts = PERSON_PARTS
    host.permissions.update({permission.name: permission for permission in permissions.PERMISSIONS})
    host.record_types.update({kind.name: kind for kind in RECORD_TYPES})
    host.award_rules.update({rule.name: rule for rule in AWARD_RULES})
    kinds = {kind.name: kind for kind in JOBS}
    for hook, known in (
        ("register_permissions", host.permissions),
        ("register_record_types", host.record_types),
        ("register_facets", host.facets),
        ("register_notifications", host.notifications),
        ("register_award_rules", host.award_rules),
        ("register_jobs", kinds),
    ):
        for plugin, value in host.collect(hook):
            if value.name in known:
                raise ConfigurationError(
                    _("The plugin {plugin} registers {name}, which exists already."),
                    plugin=plugin.name,
                    name=value.name,
                )
            if hook in PREFIXED and not value.name.startswith(f"{plugin.prefix}_"):
                raise ConfigurationError(
                    _("The plugin {plugin} registers {name}; it should be called {wanted}."),
                    plugin=plugin.name,
                    name=value.name,
                    wanted=f"{plugin.prefix}_{value.name}",
                )
            known[value.name] = value
            host.owners[value.name] = plugin.name
    node.job_kinds = kinds
