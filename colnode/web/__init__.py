"""Pages and JSON API: parse, authorise, call one verb, render. No rules live here."""
