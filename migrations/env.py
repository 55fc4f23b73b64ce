"""Alembic's environment for the core and for every plugin: the chain to run is handed in."""

from alembic import context

chain = context.config.attributes["chain"]


def _include(name, kind, parent_names):
    return kind != "table" or (name is not None and chain.owns(name))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=chain.metadata,
    version_table=chain.version_table,
    include_name=_include,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
