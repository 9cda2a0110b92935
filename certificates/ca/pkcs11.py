"""The CA's keys inside a PKCS#11 token, an HSM or SoftHSM2: made there and used there. Needs the package python-pkcs11."""

import contextlib
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from certificates.ca.keys import KeyExists, KeyMissing, KeyStoreError, is_name, require_algorithm, require_name
from certificates.ca.pkcs8 import PrivateKey
from certificates.ca.pkcs11_keys import CURVES, key_in_token
from certificates.ca.pkcs11_module import Opened, module

T = TypeVar("T")

_SEARCHES = 10


class Pkcs11KeyStore:
    """The keys of one token: the name of each is the label of its private half and of the public half beside it."""

    def __init__(self, token: str, module_path: str, pin: bytes) -> None:
        """`token` is the token's label. Neither it nor the module is opened here, but by the process that uses them.

        Raises KeyStoreError for an empty PIN, and for one that is not UTF-8, in which tokens have theirs.
        """
        if not pin:
            raise KeyStoreError(f"The PIN of the token “{token}” is empty.")
        try:
            self._pin = pin.decode()
        except UnicodeDecodeError:
            raise KeyStoreError(f"The PIN of the token “{token}” is not UTF-8.") from None
        self._token = token
        self._module = module(module_path)

    def create(self, name: str, algorithm: str) -> PrivateKey:
        """Make a key in the token, and return it: for signing only, and no part of it can be read out.

        Raises KeyExists, or KeyStoreError for a bad name or algorithm, or where the token does not take it. Two machines
        that make a key of one name at the same moment may both be refused, and then none is left; never are there two.
        """
        require_name(name)
        require_algorithm(algorithm)
        identity = secrets.token_bytes(16)
        with self._module.turn():
            return self._ask(lambda opened: self._create(opened, name, algorithm, identity))

    def load(self, name: str) -> PrivateKey:
        """The key, which signs in the token. Raises KeyMissing, or KeyStoreError where the token cannot be opened."""
        require_name(name)
        return self._ask(lambda opened: self._key(opened, name))

    def names(self) -> list[str]:
        """The names of all keys, sorted; what else is in the token is not told."""
        labels = self._ask(lambda opened: {_label(key) for key in _find(opened, ObjectClass.PRIVATE_KEY)})
        return sorted(label for label in labels if is_name(label))

    def delete(self, name: str) -> None:
        """Delete both halves of the key. Raises KeyMissing."""
        require_name(name)
        with self._module.turn():
            self._ask(lambda opened: _delete(opened, name))

    def _create(self, opened: Opened, name: str, algorithm: str, identity: bytes) -> PrivateKey:
        """Make it, unless it is there: then the token went away when it was made, and this is the second try."""
        if not _find(opened, ObjectClass.PRIVATE_KEY, label=name, identity=identity):
            if _find(opened, ObjectClass.PRIVATE_KEY, label=name):
                raise KeyExists(f"There is a key “{name}” already.")
            _generate(opened.session, name, algorithm, identity)
        # A token takes any number of keys of one name, and other machines may use it: who finds another beside his own
        # gives way. Of two that look after both made theirs, at least one sees the other; what was returned stays.
        if len(_find(opened, ObjectClass.PRIVATE_KEY, label=name)) > 1:
            _delete(opened, name, identity)
            raise KeyExists(f"There is a key “{name}” already, or another machine is making one.")
        return self._key(opened, name, identity)

    def _key(self, opened: Opened, name: str, identity: bytes | None = None) -> PrivateKey:
        private = _private(opened, name, identity)
        publics = _publics(opened, name, private)
        if not publics:
            raise KeyStoreError(f"The key “{name}” has no public half of the same label and ID beside it in the token.")
        identity = private[Attribute.ID]

        def sign(mechanism: Mechanism, message: bytes) -> bytes:
            return self._ask(lambda opened: _signing_key(opened, name, identity).sign(message, mechanism=mechanism))

        return key_in_token(name, publics[0], sign)

    def _ask(self, work: Callable[[Opened], T]) -> T:
        return self._module.ask(self._token, self._pin, work)


def _generate(session: pkcs11.Session, name: str, algorithm: str, identity: bytes) -> None:
    """Make both halves of a key, which can sign and nothing else."""
    options: dict[str, Any] = {
        "id": identity,
        "label": name,
        "store": True,
        "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
        "private_template": {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    }
    if algorithm in CURVES:
        _curve, parameters = CURVES[algorithm]
        curve = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: parameters}, local=True)
        curve.generate_keypair(**options)
    else:
        session.generate_keypair(KeyType.RSA, int(algorithm.removeprefix("rsa-")), **options)


def _delete(opened: Opened, name: str, identity: bytes | None = None) -> None:
    private = _private(opened, name, identity)
    publics = _publics(opened, name, private)
    for half in (private, *publics):
        half.destroy()


def _signing_key(opened: Opened, name: str, identity: bytes) -> Any:
    """The private half, searched for once a session. By its identity too: the name may be another key's by now."""
    if (name, identity) not in opened.found:
        opened.found[name, identity] = _private(opened, name, identity)
    return opened.found[name, identity]


def _private(opened: Opened, name: str, identity: bytes | None = None) -> Any:
    keys = _find(opened, ObjectClass.PRIVATE_KEY, label=name, identity=identity)
    if not keys:
        raise KeyMissing(f"There is no key “{name}” in the token.")
    if len(keys) > 1:
        raise KeyStoreError(f"There are {len(keys)} keys “{name}” in the token: delete the one that is not in use.")
    return keys[0]


def _publics(opened: Opened, name: str, private: Any) -> list[Any]:
    return _find(opened, ObjectClass.PUBLIC_KEY, label=name, identity=private[Attribute.ID])


def _find(opened: Opened, kind: ObjectClass, *, label: str | None = None, identity: bytes | None = None) -> list[Any]:
    wanted = {Attribute.CLASS: kind, Attribute.LABEL: label, Attribute.ID: identity}
    template = {attribute: value for attribute, value in wanted.items() if value is not None}
    for _time in range(_SEARCHES):
        # A search that cannot begin leaves its own lock taken and fails once more when it is forgotten: ask for something
        # else first, so that a session that has ended is noticed there.
        opened.session.generate_random(8)
        with contextlib.suppress(pkcs11.ObjectHandleInvalid):  # another machine deleted what was just found
            return list(opened.session.get_objects(template))
    raise KeyStoreError("The token's keys cannot be listed: somebody keeps deleting them.")


def _label(key: Any) -> str:
    """Its label, or nothing where it is no text, as another program may have left it."""
    try:
        return str(key[Attribute.LABEL])
    except UnicodeDecodeError:
        return ""
