"""Samples to try classifiers on: two whose best classifier is known, and jets with their constituents."""

from hepcoder.tools.learning.data.gaussian_samples import gaussian_mixture
from hepcoder.tools.learning.data.graph_samples import graph_structured
from hepcoder.tools.learning.data.jet_samples import jet_tagging
from hepcoder.tools.learning.data.known import LikelihoodRatio, Sample

__all__ = ["LikelihoodRatio", "Sample", "gaussian_mixture", "graph_structured", "jet_tagging"]
