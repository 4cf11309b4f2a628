"""Ordinary analysis code works inside; process pools and shared memory in the tier of bubblewrap alone."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from tier_case import landlock_is_thorough

from hepcoder.sandbox.records import Execution

Run = Callable[..., Execution]


def needs(package: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed")


@pytest.fixture(scope="session")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np
    import uproot

    path = tmp_path_factory.mktemp("data") / "events.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"pt": np.dtype("float64")})
        file["Events"].extend({"pt": np.arange(100.0)})
    return path


@landlock_is_thorough
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
def test_process_pools(run_in_bwrap: Run, method: str) -> None:
    script = f"""
        import multiprocessing
        def square(x): return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                print(pool.map(square, range(4)))
    """
    execution = run_in_bwrap(script)
    assert execution.stdout == "[0, 1, 4, 9]\n", execution.stderr


def test_everyday_library_calls(run: Run) -> None:
    script = """
        import getpass, os, pathlib, shutil, sqlite3, subprocess, tempfile
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
        print(subprocess.run(["/bin/echo", "hello"], capture_output=True, text=True, check=True).stdout.strip())
    """
    execution = run(script)
    assert execution.stdout == "hello\n", execution.stderr


def test_shared_memory(run_in_bwrap: Run) -> None:
    script = """
        from multiprocessing.shared_memory import SharedMemory
        block = SharedMemory(create=True, size=1000)
        block.buf[:3] = b"abc"
        other = SharedMemory(block.name)
        print(bytes(other.buf[:3]))
        other.close()
        block.close()
        block.unlink()
    """
    execution = run_in_bwrap(script)
    assert execution.stdout == "b'abc'\n", execution.stderr


def test_a_script_may_import_what_it_wrote(run: Run) -> None:
    script = "open('mine.py', 'w').write('x = 5')\nimport mine\nprint(mine.x)"
    assert run(script).stdout == "5\n"


@landlock_is_thorough
def test_a_figure_gives_no_warning(run: Run) -> None:
    script = """
        import logging, warnings
        warnings.simplefilter("error", UserWarning)
        logging.basicConfig(level=logging.WARNING)
        import matplotlib.pyplot as plt, mplhep, numpy as np
        plt.style.use(mplhep.style.ATLAS)
        figure, axes = plt.subplots()
        mplhep.histplot(np.histogram([1, 2, 3], bins=3), ax=axes, label="$m_{\\\\gamma\\\\gamma}$")
        axes.legend()
        for suffix in ("png", "pdf", "svg"):
            figure.savefig(f"plot.{suffix}")
        print("fine")
    """
    execution = run(script, wall_seconds=60)
    assert (execution.stdout, execution.stderr) == ("fine\n", "")
    assert [artifact.name for artifact in execution.artifacts] == ["plot.pdf", "plot.png", "plot.svg"]


def test_executors(run_in_bwrap: Run) -> None:
    script = """
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        import math
        if __name__ == "__main__":
            for executor in (ProcessPoolExecutor(2), ThreadPoolExecutor(2)):
                with executor:
                    print(list(executor.map(math.factorial, range(4))))
    """
    assert run_in_bwrap(script).stdout == "[1, 1, 2, 6]\n" * 2


def test_many_files_read_by_a_pool(run_in_bwrap: Run, events: Path) -> None:
    script = """
        import multiprocessing
        import uproot
        def total(name): return float(uproot.open(name)["Events"]["pt"].array().to_numpy().sum())
        if __name__ == "__main__":
            with multiprocessing.Pool(2) as pool:
                print(pool.map(total, ["a.root", "b.root"]))
    """
    assert run_in_bwrap(script, inputs={"a.root": events, "b.root": events}).stdout == "[4950.0, 4950.0]\n"


@landlock_is_thorough
@needs("numba")
def test_numba_in_parallel(run: Run) -> None:
    script = """
        import numba, numpy as np
        @numba.njit(parallel=True)
        def total(values):
            result = 0.0
            for i in numba.prange(len(values)):
                result += values[i]
            return result
        numba.set_num_threads(1)
        print(total(np.arange(1000.0)))
    """
    execution = run(script, wall_seconds=120)
    assert execution.stdout == "499500.0\n", execution.stderr


@needs("torch")
def test_torch_trains_with_workers(run_in_bwrap: Run) -> None:
    script = """
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        if __name__ == "__main__":
            torch.manual_seed(1)
            x = torch.randn(512, 4)
            y = (x.sum(1, keepdim=True) > 0).float()
            model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
            optimizer = torch.optim.Adam(model.parameters(), 0.05)
            for _ in range(5):
                for features, label in DataLoader(TensorDataset(x, y), batch_size=64, num_workers=2):
                    optimizer.zero_grad()
                    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(features), label)
                    loss.backward()
                    optimizer.step()
            torch.save(model.state_dict(), "model.pt")
            print(bool(loss < 0.3))
    """
    execution = run_in_bwrap(script, wall_seconds=120)
    assert execution.stdout == "True\n", execution.stderr + execution.detail
    assert [artifact.name for artifact in execution.artifacts] == ["model.pt"]


@landlock_is_thorough
@needs("coffea")
def test_coffea_reads_nanoaod(run: Run, events: Path) -> None:
    script = """
        from coffea.nanoevents import BaseSchema, NanoEventsFactory
        events = NanoEventsFactory.from_root({"events.root": "Events"}, schemaclass=BaseSchema, mode="eager").events()
        print(len(events), float(events.pt[3]))
    """
    execution = run(script, inputs={"events.root": events}, wall_seconds=120)
    assert execution.stdout == "100 3.0\n", execution.stderr
