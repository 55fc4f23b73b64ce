"""A configuration is read once, strictly, and explains what is wrong with it."""

import tomllib
from pathlib import Path

import pytest

from colnode.config import load_config, sample_config
from colnode.errors import ConfigurationError


def write(folder: Path, text: str) -> Path:
    file = folder / "colnode.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_hold_without_a_file() -> None:
    config = load_config(None, {})
    assert config.city.languages == ["en"]
    assert config.plugins.enabled == ["map", "playlists", "endorsement"]


def test_the_environment_beats_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, '[server]\nport = 8001\n[city]\nlanguages = ["lt"]\n')
    config = load_config(file, {"COLNODE_SERVER_PORT": "9000", "COLNODE_CITY_LANGUAGES": "lt, en"})
    assert config.server.port == 9000
    assert config.city.languages == ["lt", "en"]


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n", encoding="utf-8")
    by_environment = load_config(None, {"COLNODE_MAIL_PASSWORD_FILE": str(secret)})
    by_file = load_config(write(tmp_path, f'[mail]\npassword_file = "{secret}"\n'), {})
    assert by_environment.mail.password == by_file.mail.password == "hunter2"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[mail]\npassword = "hunter2"\n'), {})
    assert "hunter2" not in sample_config(config)
    assert "***" in sample_config(config)


def test_the_sample_is_a_configuration_with_every_default() -> None:
    file = sample_config()
    assert tomllib.loads(file)["server"]["port"] == 8000


def test_a_written_configuration_reads_back_equal(tmp_path: Path) -> None:
    text = '[city]\nname = "Vilnius"\ntagline = {en = "Learn \\"here\\"", lt = "Mokykis"}\n'
    config = load_config(write(tmp_path, text), {})
    again = load_config(write(tmp_path, sample_config(config, show_secrets=True)), {})
    assert again == config


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[city", "cannot be read"),
        ("[weather]\n", "no section \\[weather\\]"),
        ("[city]\nnmae = 'x'\n", "no setting nmae in section \\[city\\]"),
        ("[server]\nport = 'many'\n", "server.port should be a whole number, not 'many'"),
        ("[server]\nport = 80.5\n", "server.port should be a whole number"),
        ("[server]\ndemo = 'perhaps'\n", "server.demo should be true or false"),
        ("[server]\nbase_url = 'example.org/path'\n", "base_url should look like"),
        ("[city]\nlanguages = []\n", "at least one language"),
        ("[accounts]\nsign_up = 'maybe'\n", "open, invitation or closed"),
        ("[mail]\npassword_file = '/no/such'\n", "secret file /no/such cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        load_config(write(tmp_path, text), {})


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="colnode init"):
        load_config(tmp_path / "none.toml", {})
