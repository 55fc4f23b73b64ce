"""The signed log of this city's records, and the proven reading of others' logs."""
