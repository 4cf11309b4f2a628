"""The words for models of `hepcoder learn`; nothing is imported, so that help answers at once."""

from collections.abc import Mapping
from types import MappingProxyType

MODELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "mlp": ("torch", "Multilayer perceptron on event columns and the leading objects."),
        "gnn": ("torch", "Graph network on lists of objects: EdgeConv on nearest neighbours, pairwise features."),
        "transformer": ("torch", "Transformer on lists of objects, attention biased by pairwise features."),
        "trees": ("sklearn", "Gradient-boosted trees of scikit-learn: quick, and the baseline to beat."),
        "xgboost": ("xgboost", "Gradient-boosted trees of XGBoost."),
        "tabpfn": ("tabpfn", "TabPFN, a pretrained network for small tables."),
        "tabicl": ("tabicl", "TabICL, a pretrained network for tables."),
        "collm-mlp": ("torch", "Multilayer perceptron with CoLLM's settings (arXiv:2602.06496)."),
        "collm-gnn": ("torch", "Graph network with CoLLM's settings."),
        "collm-transformer": ("torch", "Transformer with CoLLM's settings."),
    }
)
"""Package that each word needs, and what it stands for."""

ON_OBJECTS = ("gnn", "transformer")
"""Words of models that need lists of objects, trained by default where there are some."""

ALWAYS = ("trees", "mlp")
"""Words of models that are trained by default."""
