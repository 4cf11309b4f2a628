"""The table of attacks: that it is what was measured, and that the attacks are no empty gestures."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.benchmarks.attacks.attack import Answer, Attack, Column, Verdict
from hepcoder.benchmarks.attacks.corpus import ATTACKS
from hepcoder.benchmarks.attacks.results import merged, read_results, write_results
from hepcoder.benchmarks.attacks.runner import run_corpus
from hepcoder.benchmarks.attacks.scene import KEY_VARIABLE, open_scene
from hepcoder.benchmarks.attacks.table import BEGIN, END, long_table, readme_block, replace_block, short_table

README = Path(__file__).parent.parent.parent / "README.md"
ANSWERS: tuple[Answer, ...] = ("stopped", "not", "not applicable", "unclear")

# Not even a plain subprocess as root lets these through, here or anywhere.
NEVER_THROUGH = {
    "reserve": "no attack",
    "spin": "a time limit is all that it takes",
    "sleep": "a time limit is all that it takes",
    "ignore_signals": "a time limit is all that it takes",
    "left_pipe": "a collector that looks for regular files passes by pipes",
    "left_names": "any name can be opened by who never prints it",
    "left_swapped": "the plain collector leaves out the script",
    "left_closed": "what may not be read is not collected",
    "leaked_file": "subprocess closes descriptors",
    "leaked_folder": "subprocess closes descriptors",
    "strange_descriptors": "subprocess closes descriptors",
    "kept_folder": "each run has a folder of its own",
    "kept_variable": "each run is a process of its own",
    "kept_offsets": "each run is a process of its own",
    "patched_module": "each run is a process of its own",
    "shadowing_module": "each run has a folder of its own",
    "earlier_script": "each run is a process of its own",
    "forge_reply": "nobody listens to a plain subprocess",
    "flood_reply": "nobody listens to a plain subprocess",
    "sequence": "each run is a process of its own",
    "thread_ends": "no parent-death signal is asked for",
}
# What a kernel may not have at all, or not even root may do in a container.
NOT_EVERYWHERE = {
    *("alg_socket", "x32_call", "call_lookup_dcookie", "call_uselib", "sysrq", "kcore", "open_devices", "spare_me"),
    *("call_init_module", "call_finit_module", "call_delete_module", "call_kexec_load", "call_kexec_file_load"),
    *("call_iopl", "call_ioperm", "init_root_read", "parent_root_read", "init_environ"),
}


def column(tier: str, answers: dict[str, Answer], identity: str = "user") -> Column:
    verdicts = {name: Verdict(answer=answer, reason="because") for name, answer in answers.items()}
    return Column.model_validate(
        {
            "tier": tier,
            "identity": identity,
            "label": tier,
            "kernel": "6.1",
            "versions": {"python": "3.11"},
            "date": "2026-01-01",
            "seconds": 1.0,
            "verdicts": verdicts,
        }
    )


def attack(name: str, row: str = "row") -> Attack:
    return Attack(name, row, f"title of {name}", "pass", group="files")


def test_readme_shows_what_was_measured() -> None:
    text = README.read_text(encoding="utf-8")
    assert replace_block(text, readme_block(read_results(), ATTACKS)) == text


def test_every_attack_was_made_on_every_tier() -> None:
    columns = read_results()
    assert [(kept.tier, kept.identity) for kept in columns] == [
        (tier, identity) for tier in ("plain", "bwrap", "landlock") for identity in ("user", "root")
    ]
    for kept in columns:
        assert list(kept.verdicts) == [known.id for known in ATTACKS], kept.title
        assert "unclear" not in {verdict.answer for verdict in kept.verdicts.values()}, kept.title


def test_sandboxes_stop_all_but_the_declared_gaps() -> None:
    for kept in read_results():
        through = {name for name, verdict in kept.verdicts.items() if verdict.answer == "not"}
        declared = {known.id for known in ATTACKS if kept.tier in known.gaps}
        assert kept.tier == "plain" or through <= declared, kept.title


def test_each_attack_gets_through_where_nothing_stops_it() -> None:
    plain = [kept for kept in read_results() if kept.tier == "plain"]
    for known in ATTACKS:
        answers = {kept.verdicts[known.id].answer for kept in plain}
        if "not" not in answers and answers != {"not applicable"} and known.id not in NOT_EVERYWHERE:
            assert known.id in NEVER_THROUGH, f"{known.id} is an empty gesture, or should be listed"


def test_nothing_of_the_measuring_machine_is_in_the_results() -> None:
    text = " ".join(verdict.reason for kept in read_results() for verdict in kept.verdicts.values())
    assert "hcsec-" not in text
    assert "/hepcoder-attacks-" not in text


def test_ids_are_unique_identifiers_and_rows_belong_to_one_group() -> None:
    assert [name for name, count in Counter(known.id for known in ATTACKS).items() if count > 1] == []
    assert all(known.id.isidentifier() for known in ATTACKS)
    groups: dict[str, set[str]] = {}
    for known in ATTACKS:
        groups.setdefault(known.row, set()).add(known.group)
    assert all(len(names) == 1 for names in groups.values())


@given(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6))
def test_a_row_is_as_bad_as_its_worst_member(answers: list[Answer]) -> None:
    members = [attack(f"a{number}") for number in range(len(answers))]
    table = short_table([column("bwrap", {f"a{n}": answer for n, answer in enumerate(answers)})], members)
    cell = table.splitlines()[2].split("|")[3].strip()
    through = answers.count("not")
    if through:
        assert cell == ("**not**" if through == len(answers) else f"**not** ({through} of {len(answers)})")
    else:
        assert cell == ("unclear" if "unclear" in answers else "stopped" if "stopped" in answers else "n/a")


def test_tables_name_what_got_through_a_sandbox_and_why() -> None:
    members = [attack("one", "first row"), attack("two", "second row")]
    columns = [column("plain", {"one": "not", "two": "not"}), column("bwrap", {"one": "stopped", "two": "not"})]
    short = short_table(columns, members)
    assert short.splitlines()[2:4] == [
        "| files | first row | **not** | stopped |",
        "|  | second row | **not** | **not** |",
    ]
    assert "- bwrap as user, second row: title of two: because" in short
    assert "plain subprocess as user, " not in short
    assert "| one | first row: title of one | **not**: because | stopped: because |" in long_table(columns, members)


def test_a_block_is_replaced_between_its_markers() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter {END}\n"
    assert replace_block(text, "new\ntable") == f"before\n{BEGIN}\nnew\ntable\n{END}\nafter {END}\n"
    with pytest.raises(ValueError, match="there are no markers"):
        replace_block("nothing here", "new")


def test_results_are_kept_column_by_column(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert read_results(path) == ()
    old = [column("landlock", {"a": "not"}), column("plain", {"a": "not"})]
    new = [column("bwrap", {"a": "stopped"}, "root"), column("landlock", {"a": "stopped"})]
    write_results(path, merged(old, new))
    assert [(kept.tier, kept.verdicts["a"].answer) for kept in read_results(path)] == [
        ("plain", "not"),
        ("bwrap", "stopped"),
        ("landlock", "stopped"),
    ]


def test_the_scene_leaves_nothing_behind() -> None:
    environment = dict(os.environ)
    with open_scene() as scene:
        assert os.environ[KEY_VARIABLE] == scene.secrets["environment"]
        assert scene.victim.changed("alive") == ""
        folder = scene.folder
    assert not folder.exists()
    assert dict(os.environ) == environment


def test_a_plain_subprocess_stops_nothing() -> None:
    wanted = {
        *(
            "read_ssh_key",
            "list_home",
            "symlink_write",
            "input_truncate",
            "own_environment",
            "any_environ",
            "agent_mem",
        ),
        *("tcp_connect", "unix_connect_in_data", "abstract_datagram", "kill_agent", "renice_agent", "kept_daemon"),
        *("left_link", "flood_stdout", "kept_home"),
    }
    done = run_corpus("plain", [known for known in ATTACKS if known.id in wanted])
    assert {name for name, verdict in done.verdicts.items() if verdict.answer == "not"} == wanted


def test_an_attack_that_is_not_made_is_no_success() -> None:
    broken = Attack("broken", "row", "ends the whole job before it answers", "os.kill(os.getppid(), 9)", group="files")
    assert run_corpus("plain", [broken]).verdicts["broken"].answer == "unclear"
