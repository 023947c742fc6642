"""Two codecs and a data converter with both: compress, then encrypt.

    client = await Client.connect("localhost:9092", data_converter=encrypted(key))

Give the same converter to every client and worker of a workflow. Needs `pip install cryptography`.
"""

import dataclasses
import os
import zlib
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from duralog.api.common.v1 import Payload
from duralog.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

NONCE_BYTES: Final = 12  # What AES-GCM is made for.


class CompressionCodec(PayloadCodec):
    """zlib, where it helps. smallest_bytes: what is smaller is left alone."""

    def __init__(self, smallest_bytes: int = 256) -> None:
        self._smallest_bytes = smallest_bytes

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each compressed, unless that makes it longer."""
        return [self._compressed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each as it was; those of others untouched."""
        return [self._plain(payload) for payload in payloads]

    def _compressed(self, payload: Payload) -> Payload:
        plain = payload.SerializeToString()
        data = zlib.compress(plain) if len(plain) >= self._smallest_bytes else plain
        if len(data) >= len(plain):
            return payload
        return Payload(metadata={"encoding": b"binary/zlib"}, data=data)

    def _plain(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != b"binary/zlib":
            return payload
        return Payload.FromString(zlib.decompress(payload.data))


class EncryptionCodec(PayloadCodec):
    """AES-GCM. keys: by id; the first seals, all of them open: that is how keys are rotated."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._key_id = next(iter(keys))
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each sealed, its encoding included."""
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Each opened; those of others untouched. Raises KeyError for an unknown key."""
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._key_id].encrypt(nonce, payload.SerializeToString(), None)
        return Payload(
            metadata={
                "encoding": b"binary/encrypted",
                "encryption-key-id": self._key_id.encode(),
            },
            data=nonce + sealed,
        )

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != b"binary/encrypted":
            return payload
        cipher = self._ciphers[payload.metadata["encryption-key-id"].decode()]
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        return Payload.FromString(cipher.decrypt(nonce, sealed, None))


class ChainedCodec(PayloadCodec):
    """Several codecs, one after the other on the way out and back to front on the way in."""

    def __init__(self, *codecs: PayloadCodec) -> None:
        self._codecs = codecs

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Through all of them."""
        for codec in self._codecs:
            payloads = await codec.encode(payloads)
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Through all of them, the last first."""
        for codec in reversed(self._codecs):
            payloads = await codec.decode(payloads)
        return list(payloads)


def encrypted(keys: dict[str, bytes]) -> DataConverter:
    """Compresses, then encrypts; messages and stack traces of failures too."""
    return dataclasses.replace(
        DataConverter.default,
        payload_codec=ChainedCodec(CompressionCodec(), EncryptionCodec(keys)),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
