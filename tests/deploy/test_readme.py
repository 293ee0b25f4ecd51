"""The README can be followed word for word: its commands exist, and mails are where it says."""

import re
from pathlib import Path

import pytest

from deploy.demo import promises
from deploy.demo.complaints import complaints
from services.__main__ import _parser
from services.settings import Settings
from shared.local.mailbox import Mailbox, read_mail
from tests.shared.test_local_mailbox import mail, send

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = sorted({*re.findall(r"`… ([a-z-]+)", README)})
PAGES = ("README.md", "docs/audit.md", "docs/policies.md")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_readme_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        _parser().parse_args([command, "--help"])
    assert f"python -m services {command}" in capsys.readouterr().out


def test_there_are_commands_to_test() -> None:
    assert {"migrate", "audit", "token"} <= {*COMMANDS}


@pytest.mark.parametrize("page", PAGES)
def test_a_command_names_the_python_that_has_the_packages(page: str) -> None:
    """The system's Python lacks them; in the image there is no other."""
    text = (ROOT / page).read_text()
    bare = re.findall(r"(?<!\.venv/bin/)python -m services[^`]*`(?! in the image)", text)
    assert bare == []


def test_the_sample_of_the_demonstration_is_what_it_prints() -> None:
    shown = re.findall(r"^  ✓ (.+?\.)", README, re.MULTILINE)
    ends = promises.GROUPS[-2:]
    assert shown == [promise.sentence for _, listed in ends for promise in listed]
    assert all(f"\n{heading}\n" in README for heading, _ in ends)
    assert f"{len(complaints())} complaints live" in README


def test_mails_are_text_files_where_the_readme_says(tmp_path: Path) -> None:
    assert f"{Settings().data_dir.name}/mail/new/*" in README
    box = Mailbox(tmp_path / "mail")
    box.start()
    send(box, mail(1, "Lampu padam di Ketintang"))
    box.stop()
    [kept] = (tmp_path / "mail" / "new").iterdir()
    assert "Lampu padam di Ketintang" in kept.read_text()
    assert len(read_mail(tmp_path / "mail")) == 1
