"""How a detector sees each kind of object: efficiencies, resolutions, tags and mistaken identities."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hepcoder.benchmarks.suites.events.particles import Kind


@dataclass(frozen=True)
class Response:
    """How one kind of object is seen.

    Attributes:
        stochastic: Relative pt resolution times sqrt(pt / GeV).
        constant: Relative pt resolution at high pt.
        angle: Resolution of eta and phi.
        efficiency: Share that is found.
        max_eta: Largest absolute eta that is seen.
        min_pt: Smallest measured pt in GeV that is kept.
    """

    stochastic: float = 0.0
    constant: float = 0.0
    angle: float = 0.0
    efficiency: float = 1.0
    max_eta: float = 20.0
    min_pt: float = 0.0


def _responses() -> Mapping[int, Response]:
    return {
        Kind.PHOTON: Response(0.10, 0.008, 0.002, 0.92, 2.7, 10.0),
        Kind.ELECTRON: Response(0.10, 0.010, 0.001, 0.90, 2.7, 5.0),
        Kind.MUON: Response(0.0, 0.015, 0.0005, 0.95, 2.7, 5.0),
        Kind.TAU: Response(0.30, 0.04, 0.01, 0.75, 2.7, 12.0),
        Kind.JET: Response(0.70, 0.04, 0.02, 0.99, 5.0, 15.0),
    }


@dataclass(frozen=True)
class Detector:
    """The response of all kinds.

    Attributes:
        responses: By kind.
        noise: Resolution of each component of the missing momentum in GeV, besides that of the objects.
        tag_efficiency: Share of b-jets within absolute eta 2.5 that are tagged.
        mistag: Share of other jets there that are tagged.
        tight: Share of the tags that also pass the tight one.
        fakes: Share of jets within absolute eta 2.5 that are taken for a photon, an electron, a tau.
    """

    responses: Mapping[int, Response] = field(default_factory=_responses)
    noise: float = 6.0
    tag_efficiency: float = 0.72
    mistag: float = 0.02
    tight: float = 0.55
    fakes: Mapping[int, float] = field(
        default_factory=lambda: {Kind.PHOTON: 0.015, Kind.ELECTRON: 0.005, Kind.TAU: 0.03}
    )


PERFECT = Detector(
    responses={kind: Response() for kind in _responses()}, noise=0.0, tag_efficiency=1.0, mistag=0.0, fakes={}
)
"""Sees everything as it is."""
