"""Factors of hourly candles, computed apart from the product: whole arrays and plain definitions, no streaming.

usage: independent_factors.py FILE.csv.gz FIRST FROM TO
Reads candles with FIRST <= open_time < TO (Unix ms) and prints, for close times in [FROM, TO),
close_time,trend,reversal,momentum,volume,score  (an empty field where undefined; score with k = 1.4, unclamped)
"""
import csv
import gzip
import math
import sys

HOUR = 3_600_000
K = 1.4


def read(path, first, to):
    rows = {}
    with gzip.open(path, "rt") as handle:
        for row in csv.DictReader(handle):
            opened = int(row["open_time"])
            if first <= opened < to:
                rows[opened] = tuple(float(row[name] or 0) for name in ("high", "low", "close", "volume"))
    times = sorted(rows)
    return times, [rows[t] for t in times]


def mean(values):
    return math.fsum(values) / len(values)


def exponential(values, length):
    """EMA seeded with the mean of its first `length` values; None before."""
    first = next(i for i, v in enumerate(values) if v is not None)
    result = [None] * len(values)
    value = mean(values[first : first + length])
    for i in range(first + length - 1, len(values)):
        if i >= first + length:
            value = value * (1 - 2 / (length + 1)) + values[i] * 2 / (length + 1)
        result[i] = value
    return result


def wilder(values, length):
    """Wilder's smoothing of values from index 1 on."""
    result = [None] * len(values)
    value = mean(values[1 : length + 1])
    for i in range(length, len(values)):
        if i > length:
            value += (values[i] - value) / length
        result[i] = value
    return result


def sign(x):
    return (x > 0) - (x < 0)


def above(a, b):
    """Prices that differ by a rounding error are level."""
    return a - b > 1e-9 * abs(b)


def clip(x):
    return max(-1.0, min(1.0, x))


def percentile90(values):
    ordered = sorted(values)
    position = 0.9 * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] * (1 - (position - low)) + ordered[high] * (position - low)


def main(path, first, start, to):
    times, rows = read(path, first, to)
    n = len(times)
    close = [row[2] for row in rows]

    fast, slow = exponential(close, 12), exponential(close, 26)
    line = [None if s is None else f - s for f, s in zip(fast, slow)]
    signal = exponential(line, 9)
    ranges = [0.0] + [
        max(rows[i][0], close[i - 1]) - min(rows[i][1], close[i - 1]) for i in range(1, n)
    ]
    atr = wilder(ranges, 14)
    gains = wilder([0.0] + [max(close[i] - close[i - 1], 0) for i in range(1, n)], 14)
    losses = wilder([0.0] + [max(close[i - 1] - close[i], 0) for i in range(1, n)], 14)

    # By clock time: what the price was then, and what traded in the hour that ended then.
    closes_at, volume_at = {}, {}
    for i in range(n):
        at = times[i] + HOUR
        closes_at[at], volume_at[at] = close[i], rows[i][3]
        if i + 1 < n:
            for hole in range(at + HOUR, times[i + 1] + HOUR, HOUR):
                closes_at[hole], volume_at[hole] = close[i], 0.0

    price_parts, volume_parts = [], []
    out = csv.writer(sys.stdout)
    out.writerow(["close_time", "trend", "reversal", "momentum", "volume", "score"])
    for i in range(n):
        at = times[i] + HOUR
        c = close[i]
        momentum = ratio = None
        if at - 168 * HOUR in closes_at:
            price = sum(
                weight * (c / closes_at[at - hours * HOUR] - 1)
                for weight, hours in ((0.5, 1), (0.3, 24), (0.2, 168))
            )
            price_parts.append(abs(price))
            week = [volume_at[at - h * HOUR] for h in range(168)]
            if math.fsum(week) > 0:
                ratio = 7 * math.fsum(week[:24]) / math.fsum(week)
                extra = (ratio - 1) * sign(price)
                volume_parts.append(abs(extra))
        if at < start:
            continue
        if ratio is not None and len(price_parts) >= 720 and len(volume_parts) >= 720:
            momentum = 0.7 * clip(price / percentile90(price_parts[-2160:])) + 0.3 * clip(
                extra / percentile90(volume_parts[-2160:])
            )
        window20, window50 = close[i - 19 : i + 1], close[i - 49 : i + 1]
        sma20, sma50 = mean(window20), mean(window50)
        deviation = math.sqrt(mean([(x - sma20) ** 2 for x in window20]))
        if above(c, sma20) and above(c, sma50):
            order = 0.8 if above(sma20, sma50) else 0.4
        elif above(sma20, c) and above(sma50, c):
            order = -0.8 if above(sma50, sma20) else -0.4
        else:
            order = 0.0
        histogram = line[i] - signal[i]
        trend = (0.25 * clip(histogram / atr[i]) + 0.25 * order + 0.2 * 0.3 * (above(c, sma20) - above(sma20, c))) / 0.7
        rsi = 100 * gains[i] / (gains[i] + losses[i])
        extreme = (30 - rsi) / 30 if rsi < 30 else -(rsi - 70) / 30 if rsi > 70 else 0.0
        band = 0.8 if above(sma20 - 2 * deviation, c) else -0.8 if above(c, sma20 + 2 * deviation) else 0.0
        reversal = (0.3 * extreme + 0.2 * band) / 0.5
        volume = None
        if ratio is not None:
            volume = 0.8 if ratio > 2 else 0.5 if ratio > 1.5 else 0.2 if ratio > 0.8 else -0.3
        base = trend if momentum is None else (0.25 * trend + 0.15 * momentum) / 0.4
        score = K * base + sign(base) * 0.1 * (volume or 0.0)
        out.writerow([at] + ["" if v is None else repr(v) for v in (trend, reversal, momentum, volume, score)])


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
