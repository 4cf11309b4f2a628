"""From scores to numbers with uncertainties, figures, a model card and an audit."""
