"""When rules fire over real candles, worked out a second time from the contract's words alone.

Shares nothing with the product: whole columns at once instead of a running state, its own indicators, its own firing.
Usage: independent_rules.py FOLDER [CLOSE]  ->  JSON: [{"file", "symbol", "timeframe", "text", "firings": [unix ms]}]
With CLOSE (unix ms) only the minutes are judged, by rules that are made at that close.
"""
import bisect
import csv
import gzip
import json
import math
import sys

MINUTE = 60_000
LENGTH = {"1m": MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "1h": 60 * MINUTE, "4h": 240 * MINUTE,
          "1d": 1440 * MINUTE, "1w": 7 * 1440 * MINUTE}
THURSDAY = 4 * 86_400_000


def too_old(timeframe):
    return max(60_000, 3 * LENGTH[timeframe])


class Data:
    """Columns over the closes of a file; None is unknown."""

    def __init__(self, path, timeframe):
        with gzip.open(path, "rt") as file:
            rows = list(csv.DictReader(file))
        self.timeframe = timeframe
        self.step = LENGTH[timeframe]
        self.open_times = [int(r["open_time"]) for r in rows]
        self.times = [t + self.step for t in self.open_times]
        self.rows = [tuple(float(r[k] or 0) for k in ("open", "high", "low", "close", "volume")) for r in rows]
        self.price = [r[3] for r in self.rows]
        self.cache = {}

    def remembered(self, key, make):
        if key not in self.cache:
            self.cache[key] = make()
        return self.cache[key]

    def candles(self, timeframe):
        """[(known_at_row, close_time, (o, h, l, c, v))] of every complete candle of a longer or equal timeframe."""
        def make():
            length = LENGTH[timeframe]
            shift = THURSDAY if timeframe == "1w" else 0
            groups = []
            for row, start in enumerate(self.open_times):
                bucket = (start - shift) // length * length + shift
                if groups and groups[-1][0] == bucket:
                    groups[-1][1].append(row)
                else:
                    groups.append((bucket, [row]))
            result = []
            for number, (bucket, members) in enumerate(groups):
                if number == 0 and self.open_times[members[0]] != bucket:
                    continue
                parts = [self.rows[m] for m in members]
                whole = (parts[0][0], max(p[1] for p in parts), min(p[2] for p in parts), parts[-1][3],
                         sum(p[4] for p in parts))
                if self.times[members[-1]] == bucket + length:
                    known = members[-1]
                elif number + 1 < len(groups):
                    known = groups[number + 1][1][0]
                else:
                    continue
                result.append((known, bucket + length, whole))
            return result
        return self.remembered(("candles", timeframe), make)

    def spread_out(self, timeframe, values):
        """Values of the candles of a timeframe, seen from each close of the file."""
        candles = self.candles(timeframe)
        column, index = [], -1
        for row, now in enumerate(self.times):
            while index + 1 < len(candles) and candles[index + 1][0] <= row:
                index += 1
            if index < 0 or now - candles[index][1] > too_old(timeframe):
                column.append(None)
            else:
                column.append(values[index])
        return column

    def field(self, timeframe, position):
        return [c[2][position] for c in self.candles(timeframe)]

    def close(self, timeframe):
        return self.spread_out(timeframe, self.field(timeframe, 3))

    def high(self, timeframe):
        return self.spread_out(timeframe, self.field(timeframe, 1))

    def volume(self, timeframe):
        return self.spread_out(timeframe, self.field(timeframe, 4))

    def price_at(self, instant):
        found = bisect.bisect_right(self.times, instant) - 1
        if found < 0 or instant - self.times[found] > too_old(self.timeframe):
            return None
        return self.price[found]

    def change(self, timeframe):
        def make():
            result = []
            for now, price in zip(self.times, self.price):
                before = self.price_at(now - LENGTH[timeframe])
                result.append(None if before is None else price / before - 1)
            return result
        return self.remembered(("change", timeframe), make)

    def drawdown(self, timeframe):
        result, start = [], 0
        for row, now in enumerate(self.times):
            while self.times[start] <= now - LENGTH[timeframe]:
                start += 1
            if self.times[0] > now - LENGTH[timeframe] + self.step:
                result.append(None)
            else:
                result.append(self.price[row] / max(self.price[start:row + 1]) - 1)
        return result

    def sma(self, n, timeframe):
        closes = self.field(timeframe, 3)
        values = [None if i + 1 < n else math.fsum(closes[i + 1 - n:i + 1]) / n for i in range(len(closes))]
        return self.spread_out(timeframe, values)

    def ema(self, n, timeframe):
        closes, values, last = self.field(timeframe, 3), [], None
        for i, close in enumerate(closes):
            if i + 1 == n:
                last = math.fsum(closes[:n]) / n
            elif last is not None:
                last += 2 / (n + 1) * (close - last)
            values.append(last)
        return self.spread_out(timeframe, values)

    def upper_band(self, n, k, timeframe):
        closes, values = self.field(timeframe, 3), []
        for i in range(len(closes)):
            part = closes[max(0, i + 1 - n):i + 1]
            if len(part) < n:
                values.append(None)
                continue
            mean = math.fsum(part) / n
            values.append(mean + k * math.sqrt(math.fsum((x - mean) ** 2 for x in part) / n))
        return self.spread_out(timeframe, values)

    def rsi(self, n, timeframe):
        closes, values, gain, loss = self.field(timeframe, 3), [], 0.0, 0.0
        for i in range(len(closes)):
            move = closes[i] - closes[i - 1] if i else 0.0
            if i <= n:
                gain += max(move, 0) / n
                loss += max(-move, 0) / n
            else:
                gain = (gain * (n - 1) + max(move, 0)) / n
                loss = (loss * (n - 1) + max(-move, 0)) / n
            values.append(None if i < n else 100 * gain / (gain + loss) if gain + loss else 0.0)
        return self.spread_out(timeframe, values)

    def before(self, series, n, timeframe, fold):
        """Fold of the n values before the newest one; `series` is one value a candle of the timeframe."""
        values = [None if i < n or None in series[i - n:i] else fold(series[i - n:i]) for i in range(len(series))]
        return self.spread_out(timeframe, values)


def mean(values):
    return math.fsum(values) / len(values)


# Columns of truth: True, False, None.

def constant(x, like):
    return x if isinstance(x, list) else [x] * len(like)


def each(a, b, judge):
    a, b = (constant(a, b), b) if isinstance(b, list) else (a, constant(b, a))
    return [None if x is None or y is None else judge(x, y) for x, y in zip(a, b)]


def above(a, b):
    return each(a, b, lambda x, y: x > y)


def below(a, b):
    return each(a, b, lambda x, y: x < y)


def at_most(a, b):
    return each(a, b, lambda x, y: x <= y)


def times(a, k):
    return [None if x is None else x * k for x in a]


def less(a, b):
    return [None if x is None or y is None else x - y for x, y in zip(a, b)]


def both(a, b):
    return [False if x is False or y is False else None if x is None or y is None else True for x, y in zip(a, b)]


def either(a, b):
    return [True if x is True or y is True else None if x is None or y is None else False for x, y in zip(a, b)]


def opposite(a):
    return [None if x is None else not x for x in a]


def crosses(a, b, up):
    b = constant(b, a)
    result = []
    for row in range(len(a)):
        if a[row] is None or b[row] is None:
            result.append(None)
            continue
        known = row > 0 and a[row - 1] is not None and b[row - 1] is not None
        now = a[row] > b[row] if up else a[row] < b[row]
        then = known and (a[row - 1] <= b[row - 1] if up else a[row - 1] >= b[row - 1])
        result.append(now and then)
    return result


def fire(moments, truth, rest=30 * MINUTE, hold=0, receded=None, once=False, until=None):
    """Armed, spent, rest, hold: the contract's paragraph on firing, close by close."""
    fired, armed, since = [], None, None
    for row, now in enumerate(moments):
        if until is not None and now >= until:
            break
        state = truth[row]
        if state is None:
            continue
        if state is False:
            since = None
            if armed is None or receded is None or receded[row] is True:
                armed = True
            continue
        if armed is False:
            continue
        since = now if since is None else since
        if now - since < hold:
            continue
        if fired and now < fired[-1] + rest:
            continue
        fired.append(now)
        armed, since = False, None
        if once:
            break
    return fired


def bitcoin_minutes(d):
    p = d.price
    hour_volume, quarter_volume = d.field("1h", 4), d.field("15m", 4)
    yield "BTC > 62000", dict(truth=above(p, 62000))
    yield "BTC < 58000", dict(truth=below(p, 58000))
    yield "BTC > 60k every 4h", dict(truth=above(p, 60000), rest=240 * MINUTE)
    yield "BTC < 60000 hysteresis 0.5%", dict(truth=below(p, 60000), receded=above(p, 60000 * 1.005 - 1e-6))
    yield "BTC > 61000 hysteresis 1%", dict(truth=above(p, 61000), receded=below(p, 61000 * 0.99 + 1e-6))
    yield "BTC < 59000 for 10m hysteresis 0.5%", dict(
        truth=below(p, 59000), hold=10 * MINUTE, receded=above(p, 59000 * 1.005 - 1e-6))
    yield "BTC > 64000 for 10m", dict(truth=above(p, 64000), hold=10 * MINUTE)
    yield "BTC > 65000 once", dict(truth=above(p, 65000), once=True)
    yield "BTC < 54000 once", dict(truth=below(p, 54000), once=True)
    yield "BTC > 60000 until 2024-08-15", dict(truth=above(p, 60000), until=1723766400000)
    yield "BTC change(1h) <= -1%", dict(truth=at_most(d.change("1h"), -0.01))
    yield "BTC change(15m) > 0.7% every 1m", dict(truth=above(d.change("15m"), 0.007), rest=MINUTE)
    yield "BTC change(1d) > 3%", dict(truth=above(d.change("1d"), 0.03))
    yield "BTC change(5m) < -0.4% and rsi(14, 15m) < 35", dict(
        truth=both(below(d.change("5m"), -0.004), below(d.rsi(14, "15m"), 35)))
    yield "BTC volume(1h) > 2 * average(volume(1h), 24)", dict(
        truth=above(d.volume("1h"), times(d.before(hour_volume, 24, "1h", mean), 2)))
    yield "BTC volume(15m) > 3 * average(volume(15m), 96) every 1h", dict(
        truth=above(d.volume("15m"), times(d.before(quarter_volume, 96, "15m", mean), 3)), rest=60 * MINUTE)
    yield "BTC rsi(14, 1h) < 30", dict(truth=below(d.rsi(14, "1h"), 30))
    yield "BTC rsi(14, 15m) > 75 every 2h", dict(truth=above(d.rsi(14, "15m"), 75), rest=120 * MINUTE)
    yield "BTC crosses above sma(50, 1h)", dict(truth=crosses(p, d.sma(50, "1h"), True))
    yield "BTC crosses below sma(20, 4h) every 1m", dict(truth=crosses(p, d.sma(20, "4h"), False), rest=MINUTE)
    yield "BTC crosses above sma(20, 1h) and rsi(14, 1h) < 60", dict(
        truth=both(crosses(p, d.sma(20, "1h"), True), below(d.rsi(14, "1h"), 60)))
    yield "BTC crosses above 60000 every 10m", dict(truth=crosses(p, 60000, True), rest=10 * MINUTE)
    yield "BTC price > highest(price, 240)", dict(truth=above(p, d.before(p, 240, "1m", max)))
    yield "BTC price < lowest(price, 720) every 2h", dict(truth=below(p, d.before(p, 720, "1m", min)), rest=120 * MINUTE)
    yield "BTC close(1h) > highest(high(1h), 24)", dict(
        truth=above(d.close("1h"), d.before(d.field("1h", 1), 24, "1h", max)))
    yield "BTC (price > 63000 or rsi(14, 1h) < 25) and not change(1h) > 1%", dict(
        truth=both(either(above(p, 63000), below(d.rsi(14, "1h"), 25)), opposite(above(d.change("1h"), 0.01))))
    yield "BTC not price > 60000", dict(truth=opposite(above(p, 60000)))
    yield "BTC drawdown(1d) < -4%", dict(truth=below(d.drawdown("1d"), -0.04))
    yield "BTC > bollinger(20, 2, 1h).upper", dict(truth=above(p, d.upper_band(20, 2, "1h")))
    yield "BTC price - ema(50, 1h) > 500 for 15m", dict(
        truth=above(less(p, d.ema(50, "1h")), 500), hold=15 * MINUTE)


def ether_hours(d):
    p, volumes = d.price, d.field("1h", 4)
    yield "ETH > 2000", dict(truth=above(p, 2000))
    yield "ETH < 1000 hysteresis 2% every 1d", dict(
        truth=below(p, 1000), receded=above(p, 1000 * 1.02 - 1e-6), rest=1440 * MINUTE)
    yield "ETH change(1h) <= -5%", dict(truth=at_most(d.change("1h"), -0.05))
    yield "ETH change(1d) > 10% every 4h", dict(truth=above(d.change("1d"), 0.1), rest=240 * MINUTE)
    yield "ETH change(1w) < -20% every 1d", dict(truth=below(d.change("1w"), -0.2), rest=1440 * MINUTE)
    yield "ETH volume(1h) > 5 * average(volume(1h), 168)", dict(
        truth=above(p and d.volume("1h"), times(d.before(volumes, 168, "1h", mean), 5)))
    yield "ETH rsi(14, 4h) < 25", dict(truth=below(d.rsi(14, "4h"), 25))
    yield "ETH rsi(14, 1d) > 75", dict(truth=above(d.rsi(14, "1d"), 75))
    yield "ETH crosses above sma(50, 1d) and rsi(14, 4h) < 70", dict(
        truth=both(crosses(p, d.sma(50, "1d"), True), below(d.rsi(14, "4h"), 70)))
    yield "ETH sma(20, 1d) crosses below sma(50, 1d)", dict(truth=crosses(d.sma(20, "1d"), d.sma(50, "1d"), False))
    yield "ETH > sma(20, 1w) for 3d", dict(truth=above(p, d.sma(20, "1w")), hold=3 * 1440 * MINUTE)
    yield "ETH change(5m) > 1%", dict(truth=[None] * len(p))


DATA = [("binance_spot_BTCUSDT_1m_20240726_20240825.csv.gz", "BTC", "1m", bitcoin_minutes),
        ("binance_spot_ETHUSDT_1h_20170817_20231230.csv.gz", "ETH", "1h", ether_hours)]


def main(folder, made=None):
    results = []
    for file, symbol, timeframe, rules in DATA if made is None else DATA[:1]:
        data = Data(f"{folder}/{file}", timeframe)
        for text, how in rules(data):
            if made is not None:
                row = data.times.index(made)
                how = {name: column[row:] if isinstance(column, list) else column for name, column in how.items()}
                results.append({"text": text, "firings": fire(data.times[row:], **how)})
                continue
            results.append({"file": file, "symbol": symbol, "timeframe": timeframe, "text": text,
                            "firings": fire(data.times, **how)})
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
