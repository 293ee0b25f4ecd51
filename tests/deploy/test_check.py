"""The checks of the tree report forbidden text and nothing else."""

import pytest

from deploy.check import HOSTS, find_in, tracked

SLASH = "/"  # the examples are joined from parts, so that this file passes the check


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_of_a_registry_is_found(host: str) -> None:
    assert list(find_in("README.md", f"see https:{SLASH}{SLASH}{host}{SLASH}x")) != []


@pytest.mark.parametrize(
    "text",
    [
        f"cd {SLASH}work/main",
        f'Path("{SLASH}tmp/scratch")',
        f"{SLASH}root/.config",
        f"open('{SLASH}home/ani/data.csv')",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.abcdefghijkl",
        "smtp_pass" + "word = 'hunter22'",
        "POSTGRES_PASS" + "WORD=hunter22",
        "AKI" + "A" + "ABCDEFGHIJKLMNOP",
    ],
)
def test_a_machine_path_or_a_secret_is_found(text: str) -> None:
    assert len(list(find_in("services/x.py", f"first line\n{text}"))) == 1
    assert next(find_in("services/x.py", f"first line\n{text}")).startswith("services/x.py:2: ")


@pytest.mark.parametrize(
    "text",
    [
        f"mountPath: {SLASH}tmp",
        "GET /homework/1, /network/work, https://lapor.example/home/",
        'password: SecretStr = Field(SecretStr(""))',
        'password=settings.smtp_password, password="", password=f"{given}"',
        '<input type="password" name="password">',
        "PASSWORD=$SMTP_PASSWORD",
    ],
)
def test_allowed_text_is_not_reported(text: str) -> None:
    assert list(find_in("services/x.py", text)) == []


def test_a_note_beside_the_house_is_found() -> None:
    assert list(find_in("NOTE.txt", "remember this")) == ["NOTE.txt:1: not of the fixed top level"]


def test_the_check_reads_the_whole_tree() -> None:
    names = {file.name for file in tracked()}
    assert {"pyproject.toml", "check.py", "Makefile"} <= names
