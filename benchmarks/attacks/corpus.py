"""The whole corpus."""

from hepcoder.benchmarks.attacks.attack import Attack
from hepcoder.benchmarks.attacks.carried import CARRIED
from hepcoder.benchmarks.attacks.files import FILES
from hepcoder.benchmarks.attacks.kernel import KERNEL
from hepcoder.benchmarks.attacks.lifecycle import LIFE_CYCLE
from hepcoder.benchmarks.attacks.network import NETWORK
from hepcoder.benchmarks.attacks.processes import PROCESSES
from hepcoder.benchmarks.attacks.resources import RESOURCES
from hepcoder.benchmarks.attacks.secrecy import SECRETS

ATTACKS: tuple[Attack, ...] = (
    *FILES,
    *SECRETS,
    *NETWORK,
    *PROCESSES,
    *KERNEL,
    *RESOURCES,
    *CARRIED,
    *LIFE_CYCLE,
)
