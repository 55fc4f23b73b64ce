"""Records: what this city and the cities it follows offer, to publish and to search."""

from colnode.catalogue.clusters import CLUSTER_JOB, count_anew, renew_clusters
from colnode.catalogue.counting import Cluster, cluster
from colnode.catalogue.listing import Listed, list_own, own_parts
from colnode.catalogue.occurrences import RENEW_JOB, renew_occurrences
from colnode.catalogue.places import cell_of, cell_range, distance_km, is_point, tile_of
from colnode.catalogue.query import Bounds, Query, Results
from colnode.catalogue.records import (
    OWN,
    OWN_EDITION,
    SEQUENCE_JOB,
    drop_edition,
    drop_outbox,
    hidden_editions,
    hide,
    open_edition,
    own_ids,
    publish,
    publish_many,
    read_outbox,
    rename_origin,
    replace,
    show_edition,
    shown_edition,
    withdraw,
)
from colnode.catalogue.refresh import refresh_facets
from colnode.catalogue.schemas import index_body
from colnode.catalogue.search import search
from colnode.catalogue.text import choose, fold
from colnode.catalogue.value_counts import OriginCount, count_origins, count_values
from colnode.catalogue.views import RecordView, count_by_type, get, get_own
from colnode.catalogue.writing import Put, to_text

__all__ = [
    "CLUSTER_JOB",
    "OWN",
    "OWN_EDITION",
    "RENEW_JOB",
    "SEQUENCE_JOB",
    "Bounds",
    "Cluster",
    "Listed",
    "OriginCount",
    "Put",
    "Query",
    "RecordView",
    "Results",
    "cell_of",
    "cell_range",
    "choose",
    "cluster",
    "count_anew",
    "count_by_type",
    "count_origins",
    "count_values",
    "distance_km",
    "drop_edition",
    "drop_outbox",
    "fold",
    "get",
    "get_own",
    "hidden_editions",
    "hide",
    "index_body",
    "is_point",
    "list_own",
    "open_edition",
    "own_ids",
    "own_parts",
    "publish",
    "publish_many",
    "read_outbox",
    "refresh_facets",
    "rename_origin",
    "renew_clusters",
    "renew_occurrences",
    "replace",
    "search",
    "show_edition",
    "shown_edition",
    "tile_of",
    "to_text",
    "withdraw",
]
