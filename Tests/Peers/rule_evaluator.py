"""Random rules and when they fire over real candles, worked out from the contract with pandas, numpy and TA-Lib.

Shares nothing with the product: it makes each rule as a text and, beside it, as columns over the whole series.

    pip install numpy pandas TA-Lib
    rule_evaluator.py FOLDER [--rules 200] [--seed 1]  ->  JSON: [{"file", "symbol", "timeframe", "text", "firings"}]

With --vigia BINARY it asks `vigia rule preview` for the same rules itself and says where the two differ.
"""
import argparse
import datetime
import json
import random
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import talib
import talib.abstract

MINUTE = 60_000
LENGTH = {"1m": MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "1h": 60 * MINUTE, "4h": 240 * MINUTE,
          "1d": 1440 * MINUTE, "1w": 7 * 1440 * MINUTE}
MONDAY = 4 * 86_400_000
SERIES = [("binance_spot_BTCUSDT_1h_20170817_20241231.csv.gz", "BTC", "1h", 70),
          ("binance_spot_ETHUSDT_1h_20170817_20231230.csv.gz", "ETH", "1h", 50),
          ("binance_spot_SOLUSDT_1h_20210404_20231230.csv.gz", "SOL", "1h", 30),
          ("binance_spot_BTCUSDT_15m_20231231_20241229.csv.gz", "BTC", "15m", 25),
          ("binance_spot_ADAUSDT_5m_20220801_20230927.csv.gz", "ADA", "5m", 10),
          ("binance_spot_BTCUSDT_1d_20170817_20241231.csv.gz", "BTC", "1d", 15)]


def too_old(length):
    return max(60_000, 3 * length)


class Data:
    def __init__(self, path, timeframe):
        frame = pd.read_csv(path).fillna({"volume": 0.0})
        self.timeframe, self.step = timeframe, LENGTH[timeframe]
        self.frame = frame
        self.open_time = frame.open_time.to_numpy(np.int64)
        self.time = self.open_time + self.step
        self.price = frame.close.to_numpy(float)
        self.rows = len(frame)
        self.cache = {}

    def candles(self, tf):
        """Complete candles of a timeframe: columns, close time, and the row of the file at which each is known."""
        if tf in self.cache:
            return self.cache[tf]
        length, shift = LENGTH[tf], MONDAY if tf == "1w" else 0
        bucket = (self.open_time - shift) // length * length + shift
        groups = self.frame.groupby(bucket, sort=True)
        whole = groups.agg(open=("open", "first"), high=("high", "max"), low=("low", "min"), close=("close", "last"),
                           volume=("volume", lambda v: float(np.sum(v.to_numpy()))), first=("open_time", "first"),
                           last=("open_time", "last"))
        start = whole.index.to_numpy(np.int64)
        last_row = np.searchsorted(self.open_time, whole["last"].to_numpy(), side="left")
        # One whose last part is missing is known when the next candle of the file comes.
        known = np.where(whole["last"].to_numpy() + self.step == start + length, last_row, last_row + 1)
        keep = known < self.rows
        keep[0] &= whole["first"].iloc[0] == start[0]
        c = {name: whole[name].to_numpy(float)[keep] for name in ("open", "high", "low", "close", "volume")}
        c["end"], c["known"] = (start + length)[keep], known[keep]
        self.cache[tf] = c
        return c

    def seen(self, tf, values):
        """A value a candle, as each close of the file sees it: of the last closed candle, unknown where that is old."""
        c = self.candles(tf)
        index = np.searchsorted(c["known"], np.arange(self.rows), side="right") - 1
        out = np.where(index >= 0, np.asarray(values, float)[np.maximum(index, 0)], np.nan)
        fresh = (index >= 0) & (self.time - c["end"][np.maximum(index, 0)] <= too_old(LENGTH[tf]))
        return np.where(fresh, out, np.nan)

    def price_at(self, instants):
        index = np.searchsorted(self.time, instants, side="right") - 1
        held = np.maximum(index, 0)
        good = (index >= 0) & (instants - self.time[held] <= too_old(self.step))
        return np.where(good, self.price[held], np.nan)

    def change(self, length):
        return self.price / self.price_at(self.time - length) - 1

    def drawdown(self, length):
        stamps = pd.to_datetime(self.time, unit="ms")
        top = pd.Series(self.price, index=stamps).rolling(f"{length}ms").max().to_numpy()
        result = self.price / top - 1
        return np.where(self.time[0] <= self.time - length + self.step, result, np.nan)


def n_before(values, n, kind):
    """Of the n values before the newest one."""
    rolled = pd.Series(values).shift(1).rolling(n)
    return {"average": rolled.mean, "highest": rolled.max, "lowest": rolled.min}[kind]().to_numpy()


def donchian(c, n):
    up, down = talib.MAX(c["high"], n), talib.MIN(c["low"], n)
    return {"upper": up, "middle": (up + down) / 2, "lower": down}


def ichimoku(c, a, b, d):
    def middle(n):
        return (talib.MAX(c["high"], n) + talib.MIN(c["low"], n)) / 2
    first = pd.Series((middle(a) + middle(b)) / 2).shift(b).to_numpy()
    return {"conversion": middle(a), "base": middle(b), "span_a": first,
            "span_b": pd.Series(middle(d)).shift(b).to_numpy(), "lagging": c["close"]}


def vwap(c, n):
    typical = (c["high"] + c["low"] + c["close"]) / 3
    paid = pd.Series(typical * c["volume"]).rolling(n).apply(lambda v: float(np.sum(v)), raw=True)
    return (paid / pd.Series(c["volume"]).rolling(n).apply(lambda v: float(np.sum(v)), raw=True)).to_numpy()


def parts(names, columns):
    return dict(zip(names, columns))


# name -> (random parameters, values or parts of them). "price": on the scale of the price; others have their own.
SCALED = {
    **{name: (lambda r: [r.choice([5, 10, 20, 21, 50, 100])], lambda c, n, f=f: f(c["close"], n))
       for name, f in dict(sma=talib.SMA, ema=talib.EMA, wma=talib.WMA, dema=talib.DEMA, tema=talib.TEMA,
                           kama=talib.KAMA, linearreg=talib.LINEARREG, midpoint=talib.MIDPOINT, max=talib.MAX,
                           min=talib.MIN).items()},
    "midprice": (lambda r: [r.choice([7, 14, 30])], lambda c, n: talib.MIDPRICE(c["high"], c["low"], n)),
    "bollinger": (lambda r: [20, r.choice([1.5, 2, 2.5])], lambda c, n, k: parts(
        ("upper", "middle", "lower"), talib.BBANDS(c["close"], n, k, k))),
    "donchian": (lambda r: [r.choice([10, 20, 55])], donchian),
    "ichimoku": (lambda r: [9, 26, 52], ichimoku),
    "vwap": (lambda r: [r.choice([12, 24, 48])], vwap),
    "sar": (lambda r: [0.02, 0.2], lambda c, s, m: talib.SAR(c["high"], c["low"], s, m)),
    "typprice": (lambda r: [], lambda c: talib.TYPPRICE(c["high"], c["low"], c["close"])),
}
FREE = {
    **{name: (lambda r: [r.choice([7, 9, 14, 21])], lambda c, n, f=f: f(c["high"], c["low"], c["close"], n))
       for name, f in dict(atr=talib.ATR, natr=talib.NATR, adx=talib.ADX, adxr=talib.ADXR, plus_di=talib.PLUS_DI,
                           minus_di=talib.MINUS_DI, cci=talib.CCI, williams=talib.WILLR).items()},
    **{name: (lambda r: [r.choice([7, 10, 14, 30])], lambda c, n, f=f: f(c["close"], n))
       for name, f in dict(rsi=talib.RSI, roc=talib.ROC, mom=talib.MOM, cmo=talib.CMO, trix=talib.TRIX,
                           stddev=talib.STDDEV, var=talib.VAR, linearreg_slope=talib.LINEARREG_SLOPE).items()},
    "mfi": (lambda r: [14], lambda c, n: talib.MFI(c["high"], c["low"], c["close"], c["volume"], n)),
    "macd": (lambda r: r.choice([[12, 26, 9], [5, 35, 5]]), lambda c, a, b, s: parts(
        ("line", "signal", "histogram"), talib.MACD(c["close"], a, b, s))),
    "ppo": (lambda r: [12, 26], lambda c, a, b: talib.PPO(c["close"], a, b, 0)),
    "stochastic": (lambda r: [14, 3, 3], lambda c, k, s, d: parts(
        ("k", "d"), talib.STOCH(c["high"], c["low"], c["close"], k, s, 0, d, 0))),
    "stochf": (lambda r: [14, 3], lambda c, k, d: parts(
        ("k", "d"), talib.STOCHF(c["high"], c["low"], c["close"], k, d, 0))),
    "stochrsi": (lambda r: [14, 14, 3], lambda c, n, k, d: parts(("k", "d"), talib.STOCHRSI(c["close"], n, k, d, 0))),
    "aroon": (lambda r: [25], lambda c, n: dict(zip(("down", "up"), talib.AROON(c["high"], c["low"], n)))),
    "aroonosc": (lambda r: [14], lambda c, n: talib.AROONOSC(c["high"], c["low"], n)),
    "ultosc": (lambda r: [7, 14, 28], lambda c, a, b, d: talib.ULTOSC(c["high"], c["low"], c["close"], a, b, d)),
    "adosc": (lambda r: [3, 10], lambda c, f, s: talib.ADOSC(c["high"], c["low"], c["close"], c["volume"], f, s)),
    "obv": (lambda r: [], lambda c: talib.OBV(c["close"], c["volume"])),
    "ad": (lambda r: [], lambda c: talib.AD(c["high"], c["low"], c["close"], c["volume"])),
    "bop": (lambda r: [], lambda c: talib.BOP(c["open"], c["high"], c["low"], c["close"])),
    "trange": (lambda r: [], lambda c: talib.TRANGE(c["high"], c["low"], c["close"])),
}
PATTERNS = talib.get_function_groups()["Pattern Recognition"]


class Maker:
    """Makes rules: text and column together. Truth is 1, 0 or nan."""

    def __init__(self, data, symbol, seed):
        self.data, self.symbol, self.random = data, symbol, random.Random(seed)
        self.frames = [tf for tf in LENGTH if data.step <= LENGTH[tf] <= LENGTH["1d"] and LENGTH[tf] <= 100 * data.step]
        if data.timeframe == "1d":
            self.frames = ["1d", "1w"]
        self.kept = {}

    # Values: (text, column). "candle" values are also given per candle, for windows.

    def frame(self):
        return self.random.choice(self.frames)

    def indicator(self, name, table, tf):
        r = self.random
        make, compute = table[name]
        numbers = make(r)
        key = (name, tuple(numbers), tf)
        if key not in self.kept:
            self.kept[key] = compute(self.data.candles(tf), *numbers)
        values = self.kept[key]
        default = max(("1h", self.data.timeframe), key=LENGTH.get)
        shown = [f"{n:g}" for n in numbers] + ([] if tf == default and r.random() < 0.3 else [tf])
        text = name + (f"({', '.join(shown)})" if shown else "")
        if isinstance(values, dict):
            part = r.choice(list(values))
            text, values = f"{text}.{part}", values[part]
        return text, values

    def candle_value(self, tf, scaled):
        r = self.random
        if scaled:
            if r.random() < 0.25:
                field = r.choice(["open", "high", "low", "close"])
                return f"{field}({tf})", self.data.candles(tf)[field]
            return self.indicator(r.choice(list(SCALED)), SCALED, tf)
        if r.random() < 0.2:
            return f"volume({tf})", self.data.candles(tf)["volume"]
        return self.indicator(r.choice(list(FREE)), FREE, tf)

    def value(self, scaled):
        tf = self.frame()
        text, values = self.candle_value(tf, scaled)
        return text, self.data.seen(tf, values)

    def window(self):
        """x against the n values before it; x of candles, or price, or a change of one timeframe."""
        r, d = self.random, self.data
        kind, n = r.choice(["average", "highest", "lowest"]), r.choice([5, 12, 24, 48, 96])
        pick = r.random()
        if pick < 0.2:
            return "price", d.price, f"{kind}(price, {n})", n_before(d.price, n, kind), kind
        tf = self.frame()
        if pick < 0.4:
            c, column = d.candles(tf), d.change(LENGTH[tf])
            # Values at the closes of the timeframe; between them the newest is the one that runs.
            known, fixed = c["known"], c["close"] / d.price_at(c["end"] - LENGTH[tf]) - 1
            inside = pd.Series(fixed).rolling(n)
            inside = {"average": inside.mean, "highest": inside.max, "lowest": inside.min}[kind]().to_numpy()
            at_close = d.seen(tf, n_before(fixed, n, kind))
            between = d.seen(tf, inside)
            is_close = np.zeros(d.rows, bool)
            is_close[known[c["end"] == d.time[known]]] = True
            return f"change({tf})", column, f"{kind}(change({tf}), {n})", np.where(is_close, at_close, between), kind
        if pick < 0.6:
            low, high = d.candles(tf)["low"], d.candles(tf)["high"]
            text, values = f"high({tf}) - low({tf})", high - low
        else:
            text, values = self.candle_value(tf, False)
        return text, d.seen(tf, values), f"{kind}({text}, {n})", d.seen(tf, n_before(values, n, kind)), kind

    def number(self, column, share):
        """A round number with about that share of the column under it, spelled as people do."""
        finite = column[np.isfinite(column)]
        if len(finite) == 0:
            return "1", 1.0
        level = float(np.quantile(finite, share))
        digits = f"{level:.3g}"
        level = float(digits)
        text = np.format_float_positional(level, trim="-")
        if abs(level) < 0.5 and self.random.random() < 0.6:
            percent = np.format_float_positional(float(f"{level * 100:.3g}"), trim="-")
            return percent + "%", float(f"{percent}e-2")
        if level >= 1000 and level % 100 == 0 and self.random.random() < 0.5:
            return np.format_float_positional(level / 1000, trim="-") + "k", level
        return text, level

    def running(self):
        r, d = self.random, self.data
        spans = [s for s in ("15m", "30m", "1h", "2h", "4h", "6h", "1d", "36h", "3d", "1w") if ms(s) >= d.step]
        span = r.choice(spans)
        if r.random() < 0.75:
            return f"change({span})", d.change(ms(span))
        return f"drawdown({span})", d.drawdown(ms(span))

    def comparison(self):
        """(text, truth, receded(h) -> truth of the eased condition)."""
        r, d = self.random, self.data
        pick = r.random()
        if pick < 0.16:
            left, a = "price", d.price
            right, b = self.number(a, r.uniform(0.1, 0.9))
        elif pick < 0.34:
            left, a = self.running()
            right, b = self.number(a, r.choice([0.01, 0.03, 0.1, 0.9, 0.97, 0.99]))
        elif pick < 0.52:
            left, a = self.value(False)
            right, b = self.number(a, r.choice([0.03, 0.1, 0.25, 0.75, 0.9, 0.97]))
        elif pick < 0.64:
            left, a = "price", d.price
            right, b = self.value(True)
            factor = r.choice([None, None, 0.97, 1.02, 1.05])
            if factor:
                right, b = f"{factor:g} * {right}", factor * b
        elif pick < 0.74:
            left, a = self.value(True)
            right, b = self.value(True)
        elif pick < 0.9:
            left, a, right, b, kind = self.window()
            if kind == "average" and r.random() < 0.7:
                factor = r.choice([1.5, 2, 3])
                right, b = f"{factor:g} * {right}", factor * b
        else:
            first, x = self.value(True)
            second, y = self.value(True)
            left, a = f"({first} - {second}) / price", (x - y) / d.price
            right, b = self.number(a, r.choice([0.05, 0.2, 0.8, 0.95]))
        sign = r.choice([">", "<", ">=", "<="])
        if r.random() < 0.15:
            left, a, right, b = right, b, left, a
        a, b = np.broadcast_to(a, (d.rows,)), np.broadcast_to(b, (d.rows,))
        unknown = ~(np.isfinite(a) & np.isfinite(b))
        # The slack is a share of the side that stands still.
        still = isinstance(a, np.ndarray) and a.strides[0] == 0

        def truth(h=0.0):
            slack_a, slack_b = (h * np.abs(a), 0) if still else (0, h * np.abs(b))
            with np.errstate(invalid="ignore"):
                if sign == ">":
                    result = a > b - slack_b if not still else b < a + slack_a
                elif sign == "<":
                    result = a < b + slack_b if not still else b > a - slack_a
                elif sign == ">=":
                    result = a >= b - slack_b if not still else b <= a + slack_a
                else:
                    result = a <= b + slack_b if not still else b >= a - slack_a
            return np.where(unknown, np.nan, result.astype(float))
        return f"{left} {sign} {right}", truth(), truth

    def crossing(self):
        r, d = self.random, self.data
        left, a = ("price", d.price) if r.random() < 0.6 else self.value(True)
        if r.random() < 0.3:
            right, level = self.number(a, r.uniform(0.15, 0.85))
            b = np.full(d.rows, level)
        else:
            right, b = self.value(True)
        how = r.choice(["crosses above", "crosses below", "crosses"])
        unknown = ~(np.isfinite(a) & np.isfinite(b))
        with np.errstate(invalid="ignore"):
            before_a, before_b = np.r_[np.nan, a[:-1]], np.r_[np.nan, b[:-1]]
            up = (a > b) & (before_a <= before_b)
            down = (a < b) & (before_a >= before_b)
        hit = up if how.endswith("above") else down if how.endswith("below") else up | down
        return f"{left} {how} {right}", np.where(unknown, np.nan, hit.astype(float)), None

    def pattern(self):
        tf, name = self.frame(), self.random.choice(PATTERNS)
        c, function = self.data.candles(tf), getattr(talib, name)
        values = function(c["open"], c["high"], c["low"], c["close"]).astype(float)
        side = self.random.choice(["", "", "bullish_", "bearish_"])
        values = (values > 0) if side == "bullish_" else (values < 0) if side == "bearish_" else values != 0
        values = values.astype(float)
        values[:talib.abstract.Function(name).lookback] = np.nan
        return f"pattern({side}{name[3:].lower()}, {tf})", self.data.seen(tf, values), None

    def atom(self):
        pick = self.random.random()
        return self.comparison() if pick < 0.72 else self.crossing() if pick < 0.9 else self.pattern()

    def condition(self):
        """(text, truth, receded or None)."""
        r = self.random
        pick = r.random()
        if pick < 0.45:
            return self.atom()
        if pick < 0.55:
            text, truth, _ = self.atom()
            return f"not {text}", 1 - truth, None
        count = r.choice([2, 2, 3])
        items = [self.atom() for _ in range(count)]
        word = r.choice(["and", "or"])
        fold = kleene_and if word == "and" else kleene_or
        text, truth = f" {word} ".join(i[0] for i in items), fold([i[1] for i in items])
        if count == 3 and r.random() < 0.5:
            other = "or" if word == "and" else "and"
            text = f"({items[0][0]} {word} {items[1][0]}) {other} not {items[2][0]}"
            join = kleene_or if word == "and" else kleene_and
            return text, join([fold([items[0][1], items[1][1]]), 1 - items[2][1]]), None
        receded = None
        if all(i[2] for i in items):
            receded = lambda h: fold([i[2](h) for i in items])
        return text, truth, receded

    def rule(self):
        r, d = self.random, self.data
        if r.random() < 0.06:
            return self.since_last_alert()
        text, truth, receded = self.condition()
        how = {}
        if receded and r.random() < 0.25:
            h = r.choice([0.005, 0.01, 0.05])
            text += f" hysteresis {h * 100:g}%"
            how["eased"] = receded(h)
        if r.random() < 0.2:
            text, how["hold"] = self.duration(text, "for")
        if r.random() < 0.35:
            text, how["rest"] = self.duration(text, "every")
        if r.random() < 0.05:
            text, how["once"] = text + " once", True
        if r.random() < 0.1:
            day = datetime.datetime.fromtimestamp(d.time[r.randrange(d.rows // 2, d.rows)] / 1000, datetime.timezone.utc)
            text += f" until {day:%Y-%m-%d}"
            end = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)
            how["until"] = int(end.timestamp() * 1000) + 86_400_000
        spelled = r.choice([self.symbol, self.symbol.lower(), "$" + self.symbol, self.symbol + "USDT"])
        # A symbol stands before what is its own: no number is.
        place = re.search(r"(?<![\w.])[a-z_]+\b", text).start() if text[0] in "-0123456789" else 0
        return f"{text[:place]}{spelled} {text[place:]}", fire(d.time, truth, **how)

    def duration(self, text, word):
        choices = ["15m", "1h", "4h", "1d", "3d"] if self.data.step < LENGTH["1d"] else ["1d", "3d", "1w"]
        chosen = self.random.choice(choices)
        return f"{text} {word} {chosen}", ms(chosen)

    def since_last_alert(self):
        """The change is over its timeframe, or from the last alert where that is later."""
        d, r = self.data, self.random
        span = r.choice([s for s in ("4h", "1d", "3d", "1w") if ms(s) >= d.step])
        level, text = r.choice([(0.02, "2%"), (0.05, "5%"), (0.03, "3%")])

        def truth(row, last):
            then = d.time[row] - ms(span) if last is None else max(d.time[row] - ms(span), last)
            before = d.price_at(np.array([then]))[0]
            return np.nan if np.isnan(before) else float(d.price[row] / before - 1 > level)
        return f"{self.symbol} change({span}) > {text} since last alert", fire(d.time, truth)


def ms(text):
    return int(text[:-1]) * {"m": MINUTE, "h": 60 * MINUTE, "d": 1440 * MINUTE, "w": 7 * 1440 * MINUTE}[text[-1]]


def kleene_and(columns):
    stack = np.vstack(columns)
    return np.where((stack == 0).any(axis=0), 0.0, np.where(np.isnan(stack).any(axis=0), np.nan, 1.0))


def kleene_or(columns):
    stack = np.vstack(columns)
    return np.where((stack == 1).any(axis=0), 1.0, np.where(np.isnan(stack).any(axis=0), np.nan, 0.0))


def fire(times, truth, rest=30 * MINUTE, hold=0, eased=None, once=False, until=None):
    """Armed, spent, rest, hold, close by close. `truth` is a column, or a function of row and last firing."""
    fired, state, since = [], "new", None
    for row, now in enumerate(times.tolist()):
        if until is not None and now >= until:
            break
        value = truth(row, fired[-1] if fired else None) if callable(truth) else truth[row]
        if np.isnan(value):
            continue
        if value == 0:
            since = None
            if state == "new" or eased is None or eased[row] == 0:
                state = "armed"
            continue
        if state == "spent":
            continue
        since = now if since is None else since
        if now - since < hold or (fired and now < fired[-1] + rest):
            continue
        fired.append(now)
        state, since = "spent", None
        if once:
            break
    return fired


def rules(folder, count, seed):
    total = sum(share for *_, share in SERIES)
    for file, symbol, timeframe, share in SERIES:
        maker = Maker(Data(f"{folder}/{file}", timeframe), symbol, f"{seed} {file}")
        made, tries = 0, 0
        wanted = round(count * share / total)
        while made < wanted:
            text, firings = maker.rule()
            tries += 1
            # Rules that never fire show nothing; some stay. Text has a limit.
            if len(text) > 200 or (len(firings) < 3 and tries % 8):
                continue
            made += 1
            yield {"file": file, "symbol": symbol, "timeframe": timeframe, "text": text, "firings": firings}


def compare(vigia, folder, made):
    different = 0
    for rule in made:
        command = [vigia, "rule", "preview", rule["text"], "--candles", f"{folder}/{rule['file']}", "--symbol",
                   rule["symbol"], "--json"]
        answer = subprocess.run(command, capture_output=True, text=True)
        firings = json.loads(answer.stdout)["firings"] if answer.returncode == 0 else answer.stderr
        if firings != rule["firings"]:
            different += 1
            print(rule["text"], rule["file"], firings if isinstance(firings, str) else len(firings), len(rule["firings"]))
    print(f"rules {len(made)} firings {sum(len(r['firings']) for r in made)} "
          f"with_three {sum(len(r['firings']) >= 3 for r in made)} different {different}")
    return different


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vigia")
    arguments = parser.parse_args()
    made = list(rules(arguments.folder, arguments.rules, arguments.seed))
    if arguments.vigia:
        sys.exit(1 if compare(arguments.vigia, arguments.folder, made) else 0)
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main()
