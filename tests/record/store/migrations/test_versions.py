from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from prodworthy.record.store import migrations


def test_the_steps_form_one_line_and_are_named_after_their_number() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    config.set_main_option("path_separator", "os")
    steps = ScriptDirectory.from_config(config)
    assert len(steps.get_heads()) == 1
    for step in steps.walk_revisions():
        assert Path(step.path).name.startswith(f"step_{step.revision}_")
        assert not step.is_branch_point
