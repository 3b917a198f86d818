"""A QUIC v1 client Initial (RFC 9000 17.2.2, RFC 9001 5), with AES-128-GCM in a page: for captures
in tests, not for secrets."""
import hashlib
import hmac
import struct

SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")       # RFC 9001 5.2
DATAGRAM = 1200                                                         # RFC 9000 14.1


def times2(a):
    return (a << 1 ^ 0x1b) & 0xff if a & 0x80 else a << 1


def make_sbox():
    """FIPS 197 5.1.1: the inverse in GF(2^8), then an affine map."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= times2(p)                          # p runs through all powers of 3, q through its inverses
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xff
        if q & 0x80:
            q ^= 9
        r = q
        for shift in range(1, 5):
            r ^= (q << shift | q >> (8 - shift)) & 0xff
        box[p] = r ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = make_sbox()


def expand(key):
    words, rcon = [key[i:i + 4] for i in range(0, 16, 4)], 1
    for i in range(4, 44):
        w = words[i - 1]
        if i % 4 == 0:
            w = bytes(SBOX[b] for b in w[1:] + w[:1])
            w = bytes([w[0] ^ rcon]) + w[1:]
            rcon = times2(rcon)
        words.append(bytes(a ^ b for a, b in zip(words[i - 4], w)))
    return [b"".join(words[i:i + 4]) for i in range(0, 44, 4)]


def encrypt(keys, block):
    s = [a ^ b for a, b in zip(block, keys[0])]
    for turn in range(1, 11):
        s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]        # SubBytes and ShiftRows
        if turn < 10:
            mixed = []
            for c in range(0, 16, 4):
                col = s[c:c + 4]
                every = col[0] ^ col[1] ^ col[2] ^ col[3]
                mixed += [col[i] ^ every ^ times2(col[i] ^ col[(i + 1) % 4]) for i in range(4)]
            s = mixed
        s = [a ^ b for a, b in zip(s, keys[turn])]
    return bytes(s)


def gmul(x, y):
    z = 0
    for i in range(127, -1, -1):
        if y >> i & 1:
            z ^= x
        x = x >> 1 ^ (0xe1 << 120 if x & 1 else 0)
    return z


def gcm(key, nonce, plain, aad):
    """SP 800-38D with a nonce of 12 bytes: ciphertext and tag."""
    keys = expand(key)
    h = int.from_bytes(encrypt(keys, bytes(16)), "big")

    def pad(b):
        return b + bytes(-len(b) % 16)

    out = bytearray()
    for i in range(0, len(plain), 16):
        stream = encrypt(keys, nonce + struct.pack("!I", i // 16 + 2))
        out += bytes(a ^ b for a, b in zip(plain[i:i + 16], stream))
    tag = 0
    data = pad(aad) + pad(bytes(out)) + struct.pack("!QQ", 8 * len(aad), 8 * len(out))
    for i in range(0, len(data), 16):
        tag = gmul(tag ^ int.from_bytes(data[i:i + 16], "big"), h)
    tag ^= int.from_bytes(encrypt(keys, nonce + b"\0\0\0\1"), "big")
    return bytes(out) + tag.to_bytes(16, "big")


def expand_label(secret, label, n):
    """HKDF-Expand-Label, RFC 8446 7.1; one block is enough here."""
    label = b"tls13 " + label
    info = struct.pack("!HB", n, len(label)) + label + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:n]


def varint2(n):
    return struct.pack("!H", n | 0x4000)


def initial(hello, seed):
    """The datagram that carries a whole ClientHello."""
    dcid = hashlib.sha256(seed).digest()[:8]
    client = expand_label(hmac.new(SALT, dcid, hashlib.sha256).digest(), b"client in", 32)
    key, iv, hp = (expand_label(client, *l) for l in ((b"quic key", 16), (b"quic iv", 12), (b"quic hp", 16)))

    frames = b"\x06\0" + varint2(len(hello)) + hello
    head = b"\xc3" + struct.pack("!I", 1) + bytes([len(dcid)]) + dcid + b"\0\0"     # no scid, no token
    room = DATAGRAM - len(head) - 2 - 4 - 16
    frames += bytes(max(0, room - len(frames)))                                     # PADDING
    head += varint2(4 + len(frames) + 16) + struct.pack("!I", 0)                    # packet number 0
    sealed = gcm(key, iv, frames, head)                                             # the nonce is iv ^ 0

    mask = encrypt(expand(hp), sealed[:16])             # the sample begins 4 bytes after the number does
    packet = bytearray(head + sealed)
    packet[0] ^= mask[0] & 0x0f
    for i in range(4):
        packet[len(head) - 4 + i] ^= mask[1 + i]
    return bytes(packet)
