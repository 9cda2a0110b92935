"""What can be wrong with a public key: a code for programs, and a detail."""

from typing import NamedTuple


class Weakness(NamedTuple):
    """A reason not to certify a key.

    `detail` is a number of bits, a small number, or a name from our own tables; never a piece of the key.
    """

    code: str
    detail: str = ""
