"""An unmodified ccxt as a client of the fake exchange, over REST and (ccxt.pro) over its streams. Only addresses are set.

usage: exchange_client.py HTTP_URL WS_URL
"""

import asyncio
import sys

import ccxt
import ccxt.pro

from claims import Door, claim, finish

api, streams = sys.argv[1:3]
fake = Door(api)
print("ccxt", ccxt.__version__, flush=True)


def pointed(exchange):
    exchange.urls["api"]["public"] = api + "/api/v3"
    # Only the client that streams has addresses of streams.
    if "ws" in exchange.urls["api"]:
        exchange.urls["api"]["ws"]["spot"] = streams + "/ws"
    return exchange


OPTIONS = {"enableRateLimit": False, "options": {"fetchMarkets": {"types": ["spot"]}}}


def rest():
    binance = pointed(ccxt.binance(OPTIONS))
    markets = binance.load_markets()
    claim("reads the pairs", set(markets) == {"BTC/USDT", "ETH/USDT"}, list(markets))
    market = markets["BTC/USDT"]
    claim("spot, active, with steps", market["spot"] and market["active"] and market["precision"]["amount"] == 1e-5, market)
    now = binance.fetch_time()
    candles = binance.fetch_ohlcv("BTC/USDT", "1m", limit=100)
    claim("reads candles of a minute", len(candles) == 100 and candles[-1][0] - candles[0][0] == 99 * 60_000)
    claim("up to now", 0 < now - candles[-1][0] <= 60_000, (now, candles[-1][0]))
    claim("that are candles", all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c, _ in candles))
    hours = binance.fetch_ohlcv("BTC/USDT", "1h", since=now - 3 * 3_600_000, limit=2)
    claim("reads hours from a time on", len(hours) == 2 and hours[0][0] >= now - 3 * 3_600_000 and hours[0][0] % 3_600_000 == 0)
    inside = [c for c in binance.fetch_ohlcv("BTC/USDT", "1m", since=hours[0][0], limit=60)]
    joined = [inside[0][1], max(c[2] for c in inside), min(c[3] for c in inside), inside[-1][4]]
    claim("that are made of their minutes", joined == hours[0][1:5], (joined, hours[0]))
    ticker = binance.fetch_ticker("BTC/USDT")
    claim("reads the day", ticker["low"] <= ticker["last"] <= ticker["high"] and ticker["bid"] < ticker["ask"], ticker)
    claim("whose change fits", abs(ticker["change"] - (ticker["last"] - ticker["open"])) < 1e-6, ticker)
    claim("reads all days", set(binance.fetch_tickers()) == {"BTC/USDT", "ETH/USDT"})
    claim("and some", set(binance.fetch_tickers(["ETH/USDT"])) == {"ETH/USDT"})
    books = binance.fetch_bids_asks()
    claim("reads the tops of the books", all(b["bid"] < b["ask"] for b in books.values()) and len(books) == 2, books)
    try:
        binance.publicGetKlines({"symbol": "NOPEUSDT", "interval": "1m"})
        claim("an unknown pair is a bad symbol", False)
    except ccxt.BadSymbol:
        claim("an unknown pair is a bad symbol", True)
    for status, kind in [(429, ccxt.DDoSProtection), (418, ccxt.DDoSProtection), (503, ccxt.OperationFailed)]:
        fake.post("fault", status=status)
        try:
            binance.fetch_ticker("BTC/USDT")
            claim(f"{status} is {kind.__name__}", False)
        except ccxt.BaseError as error:
            claim(f"{status} is {kind.__name__}", isinstance(error, kind), error)
    fake.post("fault")

    coinbase = ccxt.coinbaseexchange({"enableRateLimit": False})
    coinbase.urls["api"]["public"] = api
    # The fake has no list of currencies.
    coinbase.has["fetchCurrencies"] = False
    claim("the other venue has pairs", set(coinbase.load_markets()) == {"BTC/USD", "ETH/USD"}, list(coinbase.markets))
    other = coinbase.fetch_ticker("BTC/USD")
    claim("and prices", abs(other["last"] / ticker["last"] - 1) < 0.01 and other["bid"] < other["ask"], other)
    claim("and a time", coinbase.fetch_time() == now // 1000 * 1000)


async def live():
    binance = pointed(ccxt.pro.binance(OPTIONS))
    # At the venue streams have a host of their own. Here they share one, and a connection that REST used cannot become a
    # stream: REST goes through another client.
    plain = pointed(ccxt.binance(OPTIONS))
    binance.set_markets(plain.load_markets())

    async def moved(watch):
        task = asyncio.create_task(watch)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(fake.post, "advance", minutes=1)
        return await asyncio.wait_for(task, 10)

    candles = await moved(binance.watch_ohlcv("BTC/USDT", "1m"))
    claim("a stream of candles", candles[-1][0] % 60_000 == 0 and candles[-1][3] <= candles[-1][4] <= candles[-1][2], candles)
    known = plain.fetch_ohlcv("BTC/USDT", "1m", limit=2)
    claim("that REST knows", candles[-1][0] in [c[0] for c in known])
    books = await moved(binance.watch_bids_asks(["BTC/USDT"]))
    claim("a stream of tops of books", books["BTC/USDT"]["bid"] < books["BTC/USDT"]["ask"], books)
    tickers = await moved(binance.watch_tickers(None, {"name": "miniTicker"}))
    claim("a stream of summaries", {"BTC/USDT", "ETH/USDT"} <= set(binance.tickers) and tickers, list(binance.tickers))
    await binance.un_watch_ohlcv("BTC/USDT", "1m")
    claim("a subscription ends", True)
    await binance.close()


rest()
asyncio.run(asyncio.wait_for(live(), 60))
finish()
