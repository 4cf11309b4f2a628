"""Ordinary analysis code works inside."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hepcoder.sandbox.records import Execution

Run = Callable[..., Execution]


@pytest.fixture(scope="session")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np
    import uproot

    path = tmp_path_factory.mktemp("data") / "events.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"pt": np.dtype("float64")})
        file["Events"].extend({"pt": np.arange(100.0)})
    return path


def test_an_analysis(run: Run, events: Path, tmp_path: Path) -> None:
    script = """
        import awkward as ak
        import json
        import matplotlib.pyplot as plt
        import mplhep
        import numpy as np
        import uproot

        plt.style.use(mplhep.style.CMS)
        tree = uproot.open("events.root")["Events"]
        pt = tree["pt"].array()
        jets = ak.Array([[1.0, 2.0], [], [3.0]])
        figure, axes = plt.subplots()
        mplhep.histplot(np.histogram(pt, bins=10), ax=axes)
        figure.savefig("plot.png")
        np.savez("result.npz", pt=np.asarray(pt[pt > 50]))
        with uproot.recreate("out.root") as file:
            file["t"] = {"x": np.arange(3)}
        with open("result.json", "w") as file:
            json.dump({"n": int(ak.sum(pt > 50)), "jets": ak.num(jets).tolist()}, file)
        print("done", uproot.open("out.root")["t"].num_entries)
    """
    execution = run(script, inputs={"events.root": events}, wall_seconds=120)
    assert execution.ok, execution.stderr
    assert execution.stdout == "done 3\n"
    assert [artifact.name for artifact in execution.artifacts] == ["out.root", "plot.png", "result.json", "result.npz"]
    assert (tmp_path / "run-0" / "result.json").read_text() == '{"n": 49, "jets": [2, 0, 1]}'
    assert all(len(artifact.sha256) == 64 and artifact.bytes > 0 for artifact in execution.artifacts)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_process_pools(run: Run, method: str) -> None:
    script = f"""
        import multiprocessing
        def square(x): return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print(pool.map(square, range(4)))
    """
    execution = run(script)
    assert execution.stdout == "[0, 1, 4, 9]\n", execution.stderr


def test_everyday_library_calls(run: Run) -> None:
    script = """
        import getpass, multiprocessing.shared_memory, os, pathlib, shutil, sqlite3, subprocess, tempfile
        import numpy as np
        assert getpass.getuser() == "hepcoder"
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a").write_text("x")
            shutil.copy(os.path.join(folder, "a"), "copy")
        with sqlite3.connect("db.sqlite") as database:
            database.execute("create table t (x)")
        memory = np.memmap("map.bin", dtype="f8", mode="w+", shape=10)
        memory[:] = 1
        memory.flush()
        block = multiprocessing.shared_memory.SharedMemory(create=True, size=1000)
        block.close()
        block.unlink()
        print(subprocess.run(["/bin/echo", "hello"], capture_output=True, text=True, check=True).stdout.strip())
    """
    execution = run(script)
    assert execution.stdout == "hello\n", execution.stderr


def test_a_script_may_import_what_it_wrote(run: Run) -> None:
    script = "open('mine.py', 'w').write('x = 5')\nimport mine\nprint(mine.x)"
    assert run(script).stdout == "5\n"
