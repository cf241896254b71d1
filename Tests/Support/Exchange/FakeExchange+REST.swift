import Foundation
import Market
import Synchronization

extension FakeExchange {
    /// Answers a REST request of Binance's or Coinbase's kind.
    func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        state.withLock { $0.answer(request) }
    }
}

extension FakeExchangeState {
    fileprivate mutating func answer(_ request: LoopbackRequest) -> LoopbackResponse {
        journal.append("\(request.method) \(request.uri)")
        // A request for a stream that was refused ends up here.
        if request.path == "/stream" || request.path.hasPrefix("/ws") {
            return refusal(faults.streamStatus ?? 404)
        }
        if faults.restCut { return .cut }
        let isMeant = faults.restPath.isEmpty || request.path.contains(faults.restPath)
        if let status = faults.restStatus, isMeant { return refusal(status) }
        if let body = faults.restBody, isMeant { return .json(body) }
        if request.path.hasPrefix("/products") || request.path == "/time" { return coinbase(request) }
        let minute = Int64(Date().timeIntervalSince1970) / 60
        if minute != weightMinute {
            weightMinute = minute
            usedWeight = 0
        }
        usedWeight += weight(request) + faults.extraWeight
        if let limit = faults.weightLimit, usedWeight > limit { return refusal(429) }
        var response = binance(request)
        response.headers.append(("X-MBX-USED-WEIGHT-1M", String(usedWeight)))
        return response
    }

    private func refusal(_ status: Int) -> LoopbackResponse {
        // Too many requests, or an internal error.
        let code = status >= 500 ? -1001 : -1003
        var response = LoopbackResponse.json(#"{"code":\#(code),"msg":"no"}"#, status: status)
        if let wait = faults.retryAfter { response.headers.append(("Retry-After", String(wait))) }
        return response
    }

    private func weight(_ request: LoopbackRequest) -> Int {
        switch request.path {
        case "/api/v3/exchangeInfo": 20
        case "/api/v3/klines": 2
        case "/api/v3/ticker/24hr": request.query["symbol"] != nil ? 2 : 40
        case "/api/v3/ticker/bookTicker": request.query["symbol"] != nil ? 2 : 4
        default: 1
        }
    }

    private func binance(_ request: LoopbackRequest) -> LoopbackResponse {
        switch request.path {
        case "/api/v3/ping": return .json("{}")
        case "/api/v3/time": return .json(#"{"serverTime":\#(now.milliseconds)}"#)
        case "/api/v3/exchangeInfo":
            let hidesPermissions = request.query["showPermissionSets"] == "false"
            let pairs = symbols.map {
                #"{"symbol":"\#(pair($0))","status":"TRADING","baseAsset":"\#($0.base)","baseAssetPrecision":8,"#
                    + #""quoteAsset":"\#($0.quote ?? quote)","quotePrecision":8,"quoteAssetPrecision":8,"#
                    + #""orderTypes":["LIMIT","MARKET"],"isSpotTradingAllowed":true,"isMarginTradingAllowed":false,"#
                    + #""filters":[{"filterType":"PRICE_FILTER","minPrice":"0.00000001","maxPrice":"1000000.00000000","#
                    + #""tickSize":"0.00000001"},{"filterType":"LOT_SIZE","minQty":"0.00001000","#
                    + #""maxQty":"9000.00000000","stepSize":"0.00001000"}],"permissions":[],"#
                    + #""permissionSets":\#(hidesPermissions ? "[]" : #"[["SPOT"]]"#)}"#
            }
            return .json(
                #"{"timezone":"UTC","serverTime":\#(now.milliseconds),"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","#
                    + #""interval":"MINUTE","intervalNum":1,"limit":\#(faults.weightLimit ?? 6000)}],"#
                    + #""exchangeFilters":[],"symbols":[\#(pairs.joined(separator: ","))]}"#)
        case "/api/v3/klines": return klines(request)
        case "/api/v3/ticker/24hr": return tickers(request)
        case "/api/v3/ticker/bookTicker": return bookTickers(request)
        default: return .notFound
        }
    }

    private func klines(_ request: LoopbackRequest) -> LoopbackResponse {
        guard let symbol = request.query["symbol"].flatMap(symbol(pair:)) else {
            return .json(#"{"code":-1121,"msg":"Invalid symbol."}"#, status: 400)
        }
        guard let timeframe = request.query["interval"].flatMap(Timeframe.init(rawValue:)) else {
            return .json(#"{"code":-1120,"msg":"Invalid interval."}"#, status: 400)
        }
        let limit = min(request.query["limit"].flatMap { Int($0) } ?? 500, 1000)
        let from = request.query["startTime"].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
        let to = request.query["endTime"].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
        let rows = rows(symbol, timeframe, from: from, to: to, limit: limit).map { candle in
            let prices = [candle.open, candle.high, candle.low, candle.close, candle.volume]
                .map { "\"\(text($0))\"" }.joined(separator: ",")
            let end = candle.closeTime(timeframe).milliseconds - 1
            return #"[\#(candle.openTime.milliseconds),\#(prices),\#(end),"1.0",2,"1.0","1.0","0"]"#
        }
        return .json("[" + rows.joined(separator: ",") + "]")
    }

    private func tickers(_ request: LoopbackRequest) -> LoopbackResponse {
        summaries(request) { symbol in
            guard let day = day(symbol), let last = last(symbol) else { return nil }
            let change = last - day.open
            let average = day.volume > 0 ? day.quoteVolume / day.volume : last
            return
                #"{"symbol":"\#(pair(symbol))","priceChange":"\#(text(change))","#
                + #""priceChangePercent":"\#(text((change / day.open * 100_000).rounded() / 1000))","#
                + #""weightedAvgPrice":"\#(text((average * 1e8).rounded() / 1e8))","prevClosePrice":"\#(text(day.open))","#
                + #""lastPrice":"\#(text(last))","lastQty":"1.0","bidPrice":"\#(text(last * 0.9999))","bidQty":"1.0","#
                + #""askPrice":"\#(text(last * 1.0001))","askQty":"1.0","openPrice":"\#(text(day.open))","#
                + #""highPrice":"\#(text(max(day.high, last)))","lowPrice":"\#(text(min(day.low, last)))","#
                + #""volume":"\#(text(day.volume))","quoteVolume":"\#(text(day.quoteVolume))","#
                + #""openTime":\#(now.milliseconds - 86_400_000),"closeTime":\#(now.milliseconds),"#
                + #""firstId":1,"lastId":1,"count":1}"#
        }
    }

    private func bookTickers(_ request: LoopbackRequest) -> LoopbackResponse {
        summaries(request) { symbol in
            last(symbol).map {
                #"{"symbol":"\#(pair(symbol))","bidPrice":"\#(text($0 * 0.9999))","bidQty":"1.0","#
                    + #""askPrice":"\#(text($0 * 1.0001))","askQty":"1.0"}"#
            }
        }
    }

    /// One row for the symbol that is asked for, a list for several or all.
    private func summaries(_ request: LoopbackRequest, _ row: (Symbol) -> String?) -> LoopbackResponse {
        let wanted: [Symbol]
        if let name = request.query["symbol"] {
            guard let symbol = symbol(pair: name) else {
                return .json(#"{"code":-1121,"msg":"Invalid symbol."}"#, status: 400)
            }
            wanted = [symbol]
        } else if let list = request.query["symbols"],
            let names = try? JSONSerialization.jsonObject(with: Data(list.utf8)) as? [String]
        {
            wanted = names.compactMap { symbol(pair: $0) }
        } else {
            wanted = symbols
        }
        let rows = wanted.compactMap(row)
        return .json(
            request.query["symbol"] != nil ? rows.first ?? "{}" : "[" + rows.joined(separator: ",") + "]")
    }

    private func coinbase(_ request: LoopbackRequest) -> LoopbackResponse {
        let format = now.date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
        let time = format.hasSuffix("Z") ? format : format + "Z"
        if request.path == "/time" { return .json(#"{"iso":"\#(time)","epoch":\#(now.milliseconds / 1000)}"#) }
        let parts = request.path.split(separator: "/")
        if parts.count == 1 {
            let rows = symbols.map {
                #"{"id":"\#($0.base)-USD","base_currency":"\#($0.base)","quote_currency":"USD","status":"online","trading_disabled":false}"#
            }
            return .json("[" + rows.joined(separator: ",") + "]")
        }
        guard parts.count == 3, parts[2] == "ticker",
            let symbol = symbols.first(where: { "\($0.base)-USD" == parts[1] }), let last = last(symbol)
        else { return .json(#"{"message":"NotFound"}"#, status: 404) }
        return .json(
            #"{"trade_id":1,"price":"\#(text(last))","size":"0.1","bid":"\#(text(last * 0.9999))","ask":"\#(text(last * 1.0001))","volume":"1000","time":"\#(time)"}"#
        )
    }
}
