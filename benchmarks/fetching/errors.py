"""What can go wrong with open data that is fetched."""

from hepcoder.ledger.errors import HepcoderError, UserError


class UnknownDatasetError(UserError):
    """There is no open-data file of that name, or the catalogue does not have it."""


class FetchError(HepcoderError):
    """A file or the catalogue cannot be had from where it should be; what is at hand is kept, to be gone on with."""
