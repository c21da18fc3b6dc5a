#!/usr/bin/env python3
"""Random numbers as numpy, CPython and ChaCha20 draw them: the vectors that meed's generators are held to.

    python3 -m venv /tmp/numbers && /tmp/numbers/bin/pip install numpy
    /tmp/numbers/bin/python tests/oracle/random_numbers.py tests/random          # writes the vectors
    /tmp/numbers/bin/python tests/oracle/random_numbers.py tests/random --check  # compares with them

Each file holds, for three seeds, the first hundred draws of each kind, every kind from a fresh generator:

    numpy-legacy.json   numpy itself: numpy.random.seed(seed), then numpy.random.*
    cpython.json        CPython itself: random.seed(seed), then random.* (3.11; other versions draw
                        gamma numbers and choices the same way, `--check` says so)
    chacha.json         no library: ChaCha20 is written below from RFC 8439's description of the rounds,
                        with a counter of 64 bits and a stream of 64 bits in place of counter and nonce;
                        the numbers are made from its words by the legacy algorithms of numpy, written
                        below once more

The key of ChaCha20 is the seed as 8 bytes, little endian, and 24 zeros; the stream of a run is
simulation << 48 | subset << 32 | run. A double takes 64 bits of the stream and uses the upper 53; a whole
number takes 32 bits.
"""

import argparse
import json
import math
import platform
import random
import sys
from pathlib import Path

DRAWS = 100
CHOICES = [1, 2, 3, 7, 60, 61, 76, 1000, 65536, 4_000_000_000]
# Three seeds each: the smallest, one that is used, one of the largest.
NUMPY_SEEDS = [0, 1, 2**32 - 1]
CPYTHON_SEEDS = [1, -20_260_301, 2**53 - 1]
CHACHA_RUNS = [(0, (0, 0, 1)), (1, (0, 3, 1000)), (2**53 - 1, (99, 999, 10_000_000))]


# ---------------------------------------------------------------- numpy and CPython themselves


def numpy_draws(seed):
    import numpy

    def fresh(draw):
        numpy.random.seed(seed)
        return [draw(index) for index in range(DRAWS)]

    return {
        "seed": seed,
        "uniform": fresh(lambda _: float(numpy.random.rand())),
        "exponential": fresh(lambda _: float(numpy.random.exponential())),
        "normal": fresh(lambda _: float(numpy.random.normal())),
        "gamma": fresh(lambda _: float(numpy.random.gamma(3))),
        "choice": fresh(lambda index: int(numpy.random.choice(CHOICES[index % 7]))),
        "large": fresh(lambda index: int(numpy.random.randint(CHOICES[7 + index % 3], dtype="int64"))),
        "integer": fresh(lambda _: int(numpy.random.randint(1, 11))),
    }


def cpython_draws(seed):
    def fresh(draw):
        random.seed(seed)  # also forgets the normal number that is kept
        return [draw(index) for index in range(DRAWS)]

    return {
        "seed": seed,
        "uniform": fresh(lambda _: random.random()),
        "exponential": fresh(lambda _: random.expovariate(1.0)),
        "normal": fresh(lambda _: random.gauss(0.0, 1.0)),
        "gamma": fresh(lambda _: random.gammavariate(3, 1)),
        "choice": fresh(lambda index: random.randrange(CHOICES[index % 7])),
        "large": fresh(lambda index: random.randrange(CHOICES[7 + index % 3])),
        "integer": fresh(lambda _: random.randint(1, 10)),
    }


# ---------------------------------------------------------------- ChaCha20, and numbers from its words


def quarter(block, a, b, c, d):
    for one, other, mixed, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        block[one] = (block[one] + block[other]) & 0xFFFFFFFF
        word = block[mixed] ^ block[one]
        block[mixed] = (word << turn | word >> (32 - turn)) & 0xFFFFFFFF


def chacha_block(key, last):
    """The sixteen words of a block; `last` are the four that follow the key."""
    begin = [int.from_bytes(b"expand 32-byte k"[at : at + 4], "little") for at in range(0, 16, 4)]
    begin += [int.from_bytes(key[at : at + 4], "little") for at in range(0, 32, 4)]
    begin += last
    block = list(begin)
    for _ in range(10):
        for column in range(4):
            quarter(block, column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            turned = (4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
            quarter(block, column, *turned)
    return [(word + first) & 0xFFFFFFFF for word, first in zip(block, begin)]


def chacha_words(key, stream):
    """The words of the key stream, one after another."""
    counter = 0
    while True:
        low, high = counter & 0xFFFFFFFF, counter >> 32
        yield from chacha_block(key, [low, high, stream & 0xFFFFFFFF, stream >> 32])
        counter += 1


class ChaCha:
    """The draws of a run."""

    def __init__(self, seed, place):
        simulation, subset, run = place
        stream = simulation << 48 | subset << 32 | run
        self.words = chacha_words(seed.to_bytes(8, "little") + bytes(24), stream)
        self.kept = None

    def uniform(self):
        low = next(self.words)
        return ((next(self.words) << 32 | low) >> 11) / 2**53

    def exponential(self):
        return -math.log(1.0 - self.uniform())

    def normal(self):
        if self.kept is not None:
            kept, self.kept = self.kept, None
            return kept
        while True:
            first = 2.0 * self.uniform() - 1.0
            second = 2.0 * self.uniform() - 1.0
            square = first * first + second * second
            if 0.0 < square < 1.0:
                break
        factor = math.sqrt(-2.0 * math.log(square) / square)
        self.kept = factor * first
        return factor * second

    def gamma(self, shape):
        base = shape - 1 / 3
        slope = 1 / math.sqrt(9 * base)
        while True:
            root = 0.0
            while root <= 0.0:
                normal = self.normal()
                root = 1.0 + slope * normal
            cube = root * root * root
            drawn = self.uniform()
            if drawn < 1.0 - 0.0331 * normal**4:
                return base * cube
            if math.log(drawn) < 0.5 * normal * normal + base * (1.0 - cube + math.log(cube)):
                return base * cube

    def choice(self, count):
        if count == 1:
            return 0
        mask = (1 << (count - 1).bit_length()) - 1
        while True:
            drawn = next(self.words) & mask
            if drawn < count:
                return drawn


def chacha_draws(case):
    seed, place = case

    def fresh(draw):
        generator = ChaCha(seed, place)
        return [draw(generator, index) for index in range(DRAWS)]

    return {
        "seed": seed,
        "place": list(place),
        "uniform": fresh(lambda generator, _: generator.uniform()),
        "exponential": fresh(lambda generator, _: generator.exponential()),
        "normal": fresh(lambda generator, _: generator.normal()),
        "gamma": fresh(lambda generator, _: generator.gamma(3)),
        "choice": fresh(lambda generator, index: generator.choice(CHOICES[index % 7])),
        "large": fresh(lambda generator, index: generator.choice(CHOICES[7 + index % 3])),
        "integer": fresh(lambda generator, _: 1 + generator.choice(10)),
        # A whole number and a double by turns: 64 bits that begin in the middle of other 64.
        "turns": fresh(lambda generator, index: generator.uniform() if index % 2 else generator.choice(7)),
    }


def check_rounds():
    """The block of RFC 8439, section 2.3.2."""
    block = chacha_block(bytes(range(32)), [1, 0x09000000, 0x4A000000, 0])
    if block[:4] != [0xE4E7F110, 0x15593BD1, 0x1FDD0F50, 0xC47120A3]:
        sys.exit("the rounds are not those of ChaCha20")


# ---------------------------------------------------------------- files


def files():
    import numpy

    python = f"{platform.python_implementation()} {platform.python_version()}"
    check_rounds()
    return {
        "numpy-legacy": (f"numpy {numpy.__version__}", [numpy_draws(seed) for seed in NUMPY_SEEDS]),
        "cpython": (python, [cpython_draws(seed) for seed in CPYTHON_SEEDS]),
        "chacha": ("random_numbers.py alone", [chacha_draws(run) for run in CHACHA_RUNS]),
    }


def text(made_by, draws):
    """One line a kind, so that a difference can be read."""
    lines = [f'{{\n"made_by": {json.dumps(made_by)},\n"choices": {json.dumps(CHOICES)},\n"streams": [']
    for index, stream in enumerate(draws):
        kinds = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in stream.items())
        lines.append("{\n" + kinds + "\n}" + ("," if index + 1 < len(draws) else ""))
    return "\n".join(lines) + "\n]\n}\n"


def main():
    parser = argparse.ArgumentParser(description="vectors of random numbers")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    is_wrong = False
    for name, (made_by, draws) in files().items():
        path = arguments.folder / f"{name}.json"
        if not arguments.check:
            arguments.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text(made_by, draws))
            continue
        is_same = json.loads(path.read_text())["streams"] == draws
        print(f"{name}: {'as' if is_same else 'NOT as'} {made_by} draws")
        is_wrong = is_wrong or not is_same
    sys.exit(1 if is_wrong else 0)


if __name__ == "__main__":
    main()
