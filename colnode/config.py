"""The configuration, declared once: sample file, `colnode config show` and checks come from here.

Order of precedence, low to high: the default, the TOML file, the environment
(COLNODE_SECTION_NAME), a file named by COLNODE_SECTION_NAME_FILE or `name_file` in the TOML for
secrets. Plugins keep their settings in [plugins.NAME]; the host checks them against what each
plugin declares.
"""

import os
import tomllib
import types
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from colnode.errors import ConfigurationError, _

__all__ = [
    "AccountsConfig",
    "CityConfig",
    "Config",
    "DatabaseConfig",
    "FederationConfig",
    "LimitsConfig",
    "MailConfig",
    "PluginsConfig",
    "ServerConfig",
    "load_config",
    "read_secret",
    "read_value",
    "sample_config",
]


def _setting(default: Any, help_text: str, *, secret: bool = False) -> Any:
    """Declare one setting: its default, what it does, and whether it is shown as ***."""
    metadata = {"help": help_text, "secret": secret}
    if isinstance(default, list | dict):
        kind = type(default)
        return field(default_factory=lambda: kind(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class CityConfig:
    """Who this node is."""

    name: str = _setting("Our City", "The city's name, as people say it.")
    country: str = _setting("", "ISO 3166-1 country code, e.g. LT.")
    tagline: dict[str, str] = _setting({}, "One sentence under the name, per language.")
    languages: list[str] = _setting(["en"], "Languages of the site; the first is the main one.")
    time_zone: str = _setting("Europe/Vilnius", "IANA time zone that times are shown in.")
    latitude: float = _setting(54.6872, "Centre of the city, WGS 84 degrees north.")
    longitude: float = _setting(25.2797, "Centre of the city, WGS 84 degrees east.")
    radius_km: float = _setting(20.0, "How far the city reaches from its centre, in kilometres.")
    colour: str = _setting("#0a6e5c", "The city's colour, #rrggbb; contrast is corrected.")
    contact: str = _setting("", "Address for people who need help with the site.")


@dataclass(frozen=True)
class ServerConfig:
    """Where it listens and what the world calls it."""

    base_url: str = _setting("http://127.0.0.1:8000", "The address people type, without a slash.")
    host: str = _setting("127.0.0.1", "The address to listen on.")
    port: int = _setting(8000, "The port to listen on.")
    workers: int = _setting(1, "Web processes.")
    threads: int = _setting(4, "Threads in each web process.")
    behind_proxy: bool = _setting(False, "Trust X-Forwarded-* of exactly one proxy in front.")
    data_dir: str = _setting("var", "Folder for the database, pictures and keys.")
    cache_dir: str = _setting(
        "", "Folder for what is made again when it is gone; empty: cache in data_dir."
    )
    key_file: str = _setting(
        "", "Key that encrypts private keys; empty: keys/node.key in data_dir."
    )
    demo: bool = _setting(False, "A demonstration city: /dev pages exist, mail goes to a folder.")


@dataclass(frozen=True)
class DatabaseConfig:
    """Where everything is kept."""

    url: str = _setting("", "SQLAlchemy address; empty: SQLite in data_dir.", secret=True)
    pool_size: int = _setting(10, "Open connections kept per process (PostgreSQL).")


@dataclass(frozen=True)
class MailConfig:
    """How mail leaves."""

    host: str = _setting("", "SMTP server; empty: no mail is sent.")
    port: int = _setting(587, "SMTP port.")
    user: str = _setting("", "SMTP user.")
    password: str = _setting("", "SMTP password.", secret=True)
    encryption: str = _setting("starttls", "starttls, tls or none.")
    sender: str = _setting("", "From address of the city's mail.")


@dataclass(frozen=True)
class AccountsConfig:
    """Who may come in."""

    sign_up: str = _setting("open", "open, invitation or closed.")
    session_days: int = _setting(30, "Days until a session ends.")
    adult_age: int = _setting(18, "From this age a person may be named in a badge.")


@dataclass(frozen=True)
class LimitsConfig:
    """How much is too much."""

    upload_bytes: int = _setting(10_000_000, "Largest upload of one request, in bytes.")
    import_rows: int = _setting(100_000, "Most rows of one spreadsheet.")


@dataclass(frozen=True)
class FederationConfig:
    """How other cities are read."""

    poll_minutes: int = _setting(60, "Minutes between two looks at a city that is read.")
    allow_loopback: bool = _setting(False, "Allow peers on this machine over http (tests, demo).")
    records_per_origin: int = _setting(200_000, "Most records kept of one city.")
    bytes_per_origin: int = _setting(268_435_456, "Most bytes kept of one city.")
    licence: str = _setting("CC-BY-4.0", "SPDX licence under which the catalogue is published.")


@dataclass(frozen=True)
class PluginsConfig:
    """Which plugins run, in this order."""

    enabled: list[str] = _setting(
        ["map", "playlists", "endorsement"], "Names of plugins (`colnode plugin list`)."
    )


@dataclass(frozen=True)
class Config:
    """Everything that an operator decides.

    `plugin_settings` holds the [plugins.NAME] tables, `plugin_environ` the variables
    COLNODE_PLUGINS_NAME_SETTING; the host reads both once it knows what each plugin declares.
    """

    city: CityConfig = field(default_factory=CityConfig)
    server: ServerConfig = field(default_factory=ServerConfig)
    database: DatabaseConfig = field(default_factory=DatabaseConfig)
    mail: MailConfig = field(default_factory=MailConfig)
    accounts: AccountsConfig = field(default_factory=AccountsConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    federation: FederationConfig = field(default_factory=FederationConfig)
    plugins: PluginsConfig = field(default_factory=PluginsConfig)
    plugin_settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    plugin_environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def data_dir(self) -> Path:
        """The data folder as a path."""
        return Path(self.server.data_dir)

    @property
    def cache_dir(self) -> Path:
        """The folder of what can be made again, like compiled templates."""
        return Path(self.server.cache_dir or self.data_dir / "cache")

    @property
    def key_file(self) -> Path:
        """The file with the key that encrypts private keys."""
        return Path(self.server.key_file or self.data_dir / "keys" / "node.key")

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database.url or f"sqlite:///{(self.data_dir / 'colnode.sqlite').absolute()}"

    @property
    def domain(self) -> str:
        """Host and port of the base URL, e.g. badges.example or localhost:8000."""
        return urlsplit(self.server.base_url).netloc

    @property
    def main_language(self) -> str:
        """The language that texts fall back to."""
        return self.city.languages[0]


_SECTIONS: Mapping[str, type] = {
    name: kind
    for name, kind in get_type_hints(Config).items()
    if isinstance(kind, type) and not name.startswith("plugin_")
}


def load_config(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the TOML file (if given) and the environment.

    Raises ConfigurationError that names the setting and what it should look like.
    """
    environ = os.environ if environ is None else environ
    document = _read_toml(path)
    unknown = set(document) - set(_SECTIONS)
    if unknown:
        raise ConfigurationError(
            _("{file}: there is no section [{section}]."), file=path, section=sorted(unknown)[0]
        )
    sections: dict[str, Any] = {
        name: _read_section(name, kind, document.get(name, {}), environ)
        for name, kind in _SECTIONS.items()
    }
    tables = document.get("plugins", {})
    plugin_settings = {key: value for key, value in tables.items() if isinstance(value, dict)}
    plugin_environ = {
        name: value for name, value in environ.items() if name.startswith("COLNODE_PLUGINS_")
    }
    config = Config(**sections, plugin_settings=plugin_settings, plugin_environ=plugin_environ)
    _check(config)
    return config


def _read_toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            _("There is no configuration file {file}. `colnode init` writes one."), file=path
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(
            _("{file} cannot be read: {reason}."), file=path, reason=error
        ) from error


def _read_section(
    name: str, kind: type, table: Mapping[str, Any], environ: Mapping[str, str]
) -> object:
    declared = {item.name: item for item in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        target = key.removesuffix("_file") if key not in declared else key
        if target not in declared:
            if name == "plugins" and isinstance(value, dict):
                continue
            raise ConfigurationError(
                _("There is no setting {name} in section [{section}]."), name=key, section=name
            )
        values[target] = read_secret(value) if target != key else value
    for key in declared:
        variable = f"COLNODE_{name}_{key}".upper()
        if variable in environ:
            values[key] = environ[variable]
        elif f"{variable}_FILE" in environ:
            values[key] = read_secret(environ[f"{variable}_FILE"])
    hints = get_type_hints(kind)
    return kind(
        **{key: read_value(f"{name}.{key}", value, hints[key]) for key, value in values.items()}
    )


def read_secret(path: str) -> str:
    """The text of a file that holds one secret. Raises ConfigurationError."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            _("The secret file {file} cannot be read: {reason}."), file=path, reason=error.strerror
        ) from error


def read_value(name: str, value: object, kind: Any) -> Any:
    """Turn a TOML value or an environment text into `kind` (str, int, float, bool, list, dict).

    Raises ConfigurationError when it does not fit.
    """
    base = get_origin(kind) or kind
    try:
        if isinstance(value, str) and base is not str:
            return _read_text(value, base)
        if base is float and type(value) is int:
            return float(value)
        if type(value) is not base:
            raise ValueError
    except (ValueError, KeyError):
        raise ConfigurationError(
            _("The setting {name} should be {kind}, not {value}."),
            name=name,
            kind=_kind_name(kind),
            value=repr(value),
        ) from None
    return value


_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _read_text(text: str, base: type) -> object:
    if base is bool:
        return _BOOLEANS[text.lower()]
    if base is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    if base is dict:
        return tomllib.loads(f"value = {text}")["value"]
    return base(text)


def _kind_name(kind: Any) -> str:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    if isinstance(kind, types.GenericAlias):
        return "a list" if get_origin(kind) is list else "a table"
    return names.get(kind, str(get_args(kind) or kind))


def _check(config: Config) -> None:
    address = urlsplit(config.server.base_url)
    if address.scheme not in {"http", "https"} or not address.netloc or address.path not in {""}:
        raise ConfigurationError(
            _("server.base_url should look like https://learn.example.org, not {value}."),
            value=config.server.base_url,
        )
    if config.accounts.sign_up not in {"open", "invitation", "closed"}:
        raise ConfigurationError(_("accounts.sign_up should be open, invitation or closed."))
    if config.mail.encryption not in {"starttls", "tls", "none"}:
        raise ConfigurationError(_("mail.encryption should be starttls, tls or none."))
    if not config.city.languages:
        raise ConfigurationError(_("city.languages should name at least one language."))


def sample_config(config: Config | None = None, *, show_secrets: bool = False) -> str:
    """The configuration as a TOML text with every setting explained; secrets are starred."""
    config = config or Config()
    lines = ["# colnode: every setting with its value. Delete what you do not change.", ""]
    for name, kind in _SECTIONS.items():
        lines += [f"# {(kind.__doc__ or '').splitlines()[0]}", f"[{name}]"]
        section = getattr(config, name)
        for item in fields(kind):
            lines.append(f"# {item.metadata['help']}")
            lines.append(_sample_line(item, getattr(section, item.name), show_secrets))
        lines.append("")
    for plugin, table in config.plugin_settings.items():
        lines.append(f"[plugins.{plugin}]")
        lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
        lines.append("")
    return "\n".join(lines)


def _sample_line(item: "Field[Any]", value: object, show_secrets: bool) -> str:
    if item.metadata["secret"] and value and not show_secrets:
        value = "***"
    return f"{item.name} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return str(value)
