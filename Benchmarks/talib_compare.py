#!/usr/bin/env python3
"""Vigia's indicators and candlestick patterns against TA-Lib's C library, on the same series in one run.

    pip install TA-Lib numpy
    python3 Benchmarks/talib_compare.py [--bench .build-release/release/vigia-bench] [--vigia .build-release/release/vigia]

Prints one line a figure: name, value, unit. A ratio at most 1 means that Vigia is at least as fast. With --vigia the
patterns of hostile made-up series are compared too, value by value.
"""
import argparse
import csv
import io
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import talib

NAMES = talib.get_function_groups()["Pattern Recognition"]


def walk(count, seed):
    rng = np.random.default_rng(seed)
    close = 30000 * np.exp(np.cumsum(rng.normal(0, 0.0006, count)))
    open_ = np.r_[30000.0, close[:-1]]
    high = np.maximum(open_, close) * (1 + np.abs(rng.normal(0, 0.0003, count)))
    low = np.minimum(open_, close) * (1 - np.abs(rng.normal(0, 0.0003, count)))
    return open_, high, low, close, 10 + 5 * rng.random(count)


def hostile(count, seed):
    """Prices on a coarse grid: many equal sizes, empty bodies, flat stretches, gaps."""
    rng = np.random.default_rng(seed)
    step = rng.choice([0.01, 0.05, 0.1, 1.0, 1 / 3])
    level = np.cumsum(rng.integers(-2, 3, count)) + 2000
    open_, close = level + rng.integers(-4, 5, count), level + rng.integers(-4, 5, count)
    same = rng.random(count) < 0.25
    close = np.where(same, open_, close)
    high = np.maximum(open_, close) + rng.integers(0, 4, count) * (rng.random(count) < 0.6)
    low = np.minimum(open_, close) - rng.integers(0, 4, count) * (rng.random(count) < 0.6)
    return tuple(np.asarray(column * step, dtype=float) for column in (open_, high, low, close)) + (np.ones(count),)


def write(path, series):
    with open(path, "w") as file:
        file.write("open_time,open,high,low,close,volume\n")
        for index, row in enumerate(zip(*series)):
            file.write(f"{index * 60000}," + ",".join(repr(float(value)) for value in row) + "\n")


def best(count, body, runs=7):
    # Processor time, as in the bench.
    fastest = float("inf")
    for _ in range(runs):
        begin = time.process_time()
        body()
        fastest = min(fastest, time.process_time() - begin)
    return fastest / count * 1e9


def twelve(o, h, l, c, v):
    talib.RSI(c, 14), talib.MACD(c, 12, 26, 9), talib.BBANDS(c, 20, 2, 2), talib.SMA(c, 20), talib.SMA(c, 50)
    talib.EMA(c, 50), talib.ATR(h, l, c, 14), talib.ADX(h, l, c, 14), talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
    talib.OBV(c, v), talib.MFI(h, l, c, v, 14), talib.CCI(h, l, c, 20)


def measure(bench, folder):
    count = 200_000
    series = walk(count, 1)
    path = os.path.join(folder, "walk.csv")
    write(path, series)
    o, h, l, c, v = series
    theirs = {
        "indicators12": best(count, lambda: twelve(o, h, l, c, v)),
        "patterns61": best(count, lambda: [getattr(talib, name)(o, h, l, c) for name in NAMES], 3),
    }
    for part in ("indicators", "patterns"):
        environment = dict(os.environ, VIGIA_BENCH_SERIES=path)
        text = subprocess.run([bench, part], env=environment, check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            name, value, unit = line.split()
            print(name, value, unit)
            if name in theirs:
                print(f"{name}_talib {theirs[name]:.1f} ns/candle")
                print(f"{name}_ratio {float(value) / theirs[name]:.3f} times")


def compare(vigia, folder):
    compared = different = 0
    for seed in range(40):
        series = hostile(500, seed)
        path = os.path.join(folder, "hostile.csv")
        write(path, series)
        text = subprocess.run([vigia, "patterns", path], check=True, capture_output=True, text=True).stdout
        rows = list(csv.DictReader(io.StringIO(text)))
        for name in NAMES:
            ours = np.array([int(row[name] or 0) for row in rows])
            compared += len(ours)
            different += int((ours != getattr(talib, name)(*series[:4])).sum())
    print(f"pattern_values_compared {compared} values")
    print(f"pattern_values_different {different} values")
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default=".build-release/release/vigia-bench")
    parser.add_argument("--vigia")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments.bench, folder)
        sys.exit(1 if arguments.vigia and compare(arguments.vigia, folder) else 0)


if __name__ == "__main__":
    main()
