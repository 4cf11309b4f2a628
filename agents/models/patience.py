"""How long and how often a client tries."""

from random import Random

from hepcoder.ledger.record import Record


class Patience(Record):
    """How long and how often a client tries.

    Attributes:
        attempts: Attempts of one call, at least 1.
        first_wait: Seconds before the first retry; doubled for each further one, shortened by up to half at random.
        longest_wait: Seconds of the longest wait of our own; a server may ask for more.
        connect: Seconds to open a connection.
        read: Seconds without a byte of the reply.
        whole: Seconds for a whole attempt.
    """

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 60.0
    connect: float = 15.0
    read: float = 180.0
    whole: float = 900.0

    @property
    def limits(self) -> dict[str, float]:
        """The limits as the HTTP layer takes them, in seconds."""
        return {"connect": self.connect, "read": self.read, "write": 60.0, "pool": self.connect}

    def wait(self, tries: int, asked: float | None, random: Random) -> float:
        """Seconds to wait before the next attempt.

        Args:
            tries: Attempts made so far, at least 1.
            asked: Seconds that the server asked for; None when it did not.
            random: Spreads the waits of clients that failed together.
        """
        ours = min(self.longest_wait, self.first_wait * 2.0 ** (tries - 1)) * (1 - random.random() / 2)
        return ours if asked is None else max(ours, asked)
