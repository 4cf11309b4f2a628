"""`hepcoder data`: the real ATLAS open data, where there is a network."""

from pathlib import Path

import click

from hepcoder.ui.options import common

EXAMPLE = """\b
Example:
  hepcoder data fetch --to open-data
  hepcoder data fetch data_A mc_343981.ggH125_gamgam --to open-data
"""


@click.group("data", epilog=EXAMPLE)
def command() -> None:
    """Fetch the diphoton files of the 2020 ATLAS open data (13 TeV), which the `hyy` suite is modelled on."""


@command.command("list")
@common
def list_command(*, as_json: bool) -> int:
    """List the files; asks no network."""
    from hepcoder.benchmarks.fetching.release import DIPHOTON, RELEASE
    from hepcoder.ui.say import say_json

    if as_json:
        files = [{**file.model_dump(mode="json"), "file_name": file.file_name} for file in DIPHOTON]
        say_json({"release": RELEASE, "files": files})
        return 0
    for file in DIPHOTON:
        click.echo(f"{file.name:<36} {file.what}")
    return 0


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("open-data"), show_default=True
)
@click.option("--base-url", help="Address of a copy with Data/ and MC/ below it; default: the catalogue says where.")
@common
def fetch_command(names: tuple[str, ...], *, folder: Path, base_url: str | None, as_json: bool) -> int:
    """Fetch files into a folder; all of them when no NAME is given.

    A fetch that was cut goes on where it stopped. A file gets its name only when it is whole, and its length and
    checksum are what the catalogue or the server gives. Needs `pip install 'hepcoder[opendata]'`, but for --base-url.
    """
    from hepcoder.ui.fetching import fetch_all
    from hepcoder.ui.say import make_console, say_json

    paths = fetch_all(names, folder, base_url, make_console(stderr=True))
    if as_json:
        say_json({"files": [{"path": str(path), "bytes": path.stat().st_size} for path in paths]})
    else:
        for path in paths:
            click.echo(str(path))
    return 0
