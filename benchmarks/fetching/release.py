"""The diphoton files of the 2020 ATLAS open data for education at 13 TeV, as the catalogue names them."""

import difflib
from collections.abc import Sequence

from hepcoder.benchmarks.fetching.errors import UnknownDatasetError
from hepcoder.ledger.record import Record

RELEASE = "2020e-13tev"
"""The release's name in `atlasopenmagic`."""

_SUFFIX = ".GamGam.root"


class OpenFile(Record):
    """One published file.

    Attributes:
        name: Its short name.
        key: The dataset that it belongs to, in the catalogue: ``data``, or a sample's number.
        kind: ``data`` or ``MC``, the folder that it is published in.
        what: One line for people.
        alias: The name that the `hyy` suite has for such a file; empty where it reads none.
    """

    name: str
    key: str
    kind: str
    what: str
    alias: str = ""

    @property
    def file_name(self) -> str:
        """The name that it is published under.

        Example:
            >>> DIPHOTON[0].file_name
            'data_A.GamGam.root'
        """
        return self.name + _SUFFIX


DIPHOTON = (
    *(
        OpenFile(
            name=f"data_{period}",
            key="data",
            kind="Data",
            what=f"recorded in 2016, period {period}",
            alias=f"data_{period}.root",
        )
        for period in "ABCD"
    ),
    OpenFile(name="mc_341081.ttH125_gamgam", key="341081", kind="MC", what="ttH"),
    OpenFile(name="mc_343981.ggH125_gamgam", key="343981", kind="MC", what="gluon fusion", alias="mc_ggH.root"),
    OpenFile(name="mc_345041.VBFH125_gamgam", key="345041", kind="MC", what="vector-boson fusion"),
    OpenFile(name="mc_345318.WpH125J_Wincl_gamgam", key="345318", kind="MC", what="W⁺H", alias="mc_WH.root"),
    OpenFile(name="mc_345319.ZH125J_Zincl_gamgam", key="345319", kind="MC", what="ZH"),
)


def files_named(names: Sequence[str]) -> tuple[OpenFile, ...]:
    """The files of these names, each once; all of them when none is named.

    Args:
        names: Short names, or the names of files.

    Raises:
        UnknownDatasetError: One is unknown; with the nearest names.

    Example:
        >>> [file.name for file in files_named(["data_B.GamGam.root", "data_A"])]
        ['data_A', 'data_B']
    """
    known = {file.name: file for file in DIPHOTON}
    wanted = [name.removesuffix(_SUFFIX) for name in names]
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or list(known)
            message = f"there is no open-data file {name!r}; near ones: {', '.join(near)}; see hepcoder data list"
            raise UnknownDatasetError(message)
    return tuple(file for file in DIPHOTON if not wanted or file.name in wanted)
