"""Weights that bring a simulated sample to the luminosity of the data."""

PB_PER_FB = 1000.0


def luminosity_weight(cross_section_pb: float, luminosity_ifb: float, sum_of_weights: float) -> float:
    """Return the weight of each simulated event that scales a sample to a luminosity, sigma L / sum of weights.

    Args:
        cross_section_pb: Cross-section of the process in pb, times filter efficiency and k-factor where there are any.
        luminosity_ifb: Integrated luminosity of the data in 1/fb.
        sum_of_weights: Sum of the generator weights of all generated events, before any cut; their number if they
            have no weights.

    Returns:
        Factor for the generator weight of each event, 1 for samples without.

    Raises:
        ValueError: If one of them is not above 0.

    Example:
        >>> luminosity_weight(2.0, 36.0, 144_000)
        0.5
    """
    if not (cross_section_pb > 0 and luminosity_ifb > 0 and sum_of_weights > 0):
        message = (
            f"cross-section ({cross_section_pb} pb), luminosity ({luminosity_ifb} 1/fb) and sum of weights "
            f"({sum_of_weights}) must be above 0"
        )
        raise ValueError(message)
    return cross_section_pb * PB_PER_FB * luminosity_ifb / sum_of_weights
