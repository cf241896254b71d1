import Indicators
import Market
import People
import Testing
import Turns

@testable import Decisions

@Suite("Rule language", .oneAtATime)
struct RuleParsingTests {
    @Test(
        "what is typed reads as one canonical spelling, and that as itself",
        arguments: [
            ("BTC > 70000", "BTC > 70000"),
            ("btc>70k", "BTC > 70000"),
            ("  $btc   price  >=  $70K ", "BTC >= 70000"),
            ("BTCUSDT ≥ 0.07m", "BTC >= 70000"),
            ("ETH change(1h) <= -5%", "ETH change(1h) <= -5%"),
            ("ETH change(60m) <= -5 %", "ETH change(1h) <= -5%"),
            ("ETH CHANGE(24H) <= −0.7%", "ETH change(1d) <= -0.7%"),
            ("SOL volume(1h) > 3 * average(volume(1h), 24)", "SOL volume(1h) > 3 * average(volume(1h), 24)"),
            ("SOL volume(1h) > 3*average(SOL volume(1h),24)", "SOL volume(1h) > 3 * average(volume(1h), 24)"),
            (
                "BTC crosses above sma(50, 1d) and rsi(14, 4h) < 70",
                "BTC crosses above sma(50, 1d) and rsi(14, 4h) < 70"
            ),
            ("BTC > 70000 or ETH > 4000", "BTC > 70000 or ETH > 4000"),
            ("BTC > 70000 or ETH > 4000 or BTC < 1", "BTC > 70000 or ETH > 4000 or BTC < 1"),
            (
                "BTC > 70000 via sms as critical until 2026-12-31 every 4h",
                "BTC > 70000 every 4h until 2026-12-31 as critical via sms"
            ),
            ("ETH < 2000 for 10m hysteresis 0.5% once", "ETH < 2000 for 10m hysteresis 0.5% once"),
            ("BTC, ETH change(1h) < -5%", "BTC,ETH change(1h) < -5%"),
            ("BTC,ETH,BTC > 5", "BTC,ETH > 5"),
            ("* drawdown(1d) < -10%", "* drawdown(1d) < -10%"),
            ("not BTC > 5", "not BTC > 5"),
            ("BTC not rsi(14, 1h) > 70", "not BTC rsi(14, 1h) > 70"),
            ("BTC (price > 5 or (rsi(14,1h) < 30)) and price < 9", "(BTC > 5 or rsi(14, 1h) < 30) and price < 9"),
            ("(BTC > 5 and (ETH > 6 and SOL > 7))", "BTC > 5 and ETH > 6 and SOL > 7"),
            ("BTC price - (open(1h) - 5) > 3 - (-2)", "BTC - (open(1h) - 5) > 3 - -2"),
            ("(BTC high(1h) + low(1h)) / 2 > 5", "(BTC high(1h) + low(1h)) / 2 > 5"),
            ("ETH / BTC > 0.05", "ETH / BTC > 0.05"),
            ("ETH/BTC > 0.05", "ETH/BTC > 0.05"),
            ("BTC-USD > 5", "BTC > 5"),
            ("BTC-5 > 5", "BTC - 5 > 5"),
            ("70000 < BTC", "70000 < BTC"),
            ("BTC crosses 70k", "BTC crosses 70000"),
            ("$MAX > 5", "$MAX > 5"),
            ("BTC macd(12, 26, 9, 4h).histogram crosses below 0", "BTC macd(12, 26, 9, 4h).histogram crosses below 0"),
            ("BTC rsi(14,5m) == 30", "BTC rsi(14, 5m) = 30"),
            ("BTC > 5 every 30m as medium", "BTC > 5"),
            ("BTC > 5 until 2026-12-31t18:30z via discord,mail", "BTC > 5 until 2026-12-31T18:30 via discord, email"),
            ("BTC change(30m) > 1% since last alert", "BTC change(30m) > 1% since last alert"),
            ("BTC > 1.10", "BTC > 1.1"),
            ("BTC > .5", "BTC > 0.5"),
            ("BTC > -price", "BTC > -price"),
            ("BTC > 1b", "BTC > 1000000000"),
            ("BTC\n>\u{a0}5", "BTC > 5"),
            ("* ANOMALY( Price )", "* anomaly(price)"),
            ("btc anomaly(volume) AND not eth anomaly(drift)", "BTC anomaly(volume) and not ETH anomaly(drift)"),
            ("btc pattern(Three_White_Soldiers, 60m)", "BTC pattern(3whitesoldiers, 1h)"),
            ("BTC pattern(bearish_engulfing, 4h)", "BTC pattern(bearish_engulfing, 4h)"),
            ("BTC pattern(CDLHAMMER, 1d)", "BTC pattern(hammer, 1d)"),
            (
                "BTC pattern(doubletop, 1h) or pattern(break_out_up, 1h)",
                "BTC pattern(double_top, 1h) or pattern(break_out_up, 1h)"
            ),
            ("BTC spread( Binance , COINBASE ) > .5%", "BTC spread(binance, coinbase) > 0.5%"),
            ("BTC strength ≥ 70%", "BTC strength >= 70%"),
            (
                "BTC probability(1h) > 55 % and expected_move(24h) > 2%",
                "BTC probability(1h) > 55% and expected_move(1d) > 2%"
            ),
            ("BTC forecast(7d) > price * 1.02", "BTC forecast(1w) > price * 1.02"),
        ])
    func canonical(typed: String, canonical: String) throws {
        let definition = try RuleText.parse(typed, symbols: someSymbols)
        #expect(definition.text == canonical)
        #expect(try RuleText.parseStored(canonical, symbols: someSymbols) == definition)
    }

    @Test(
        "a refused rule says what was expected, and where",
        arguments: [
            ("", "expected a rule (column 1)"),
            ("   ", "expected a rule (column 1)"),
            ("BTC > ", "expected a number after '>' (column 7)"),
            ("BTC >", "expected a number after '>' (column 6)"),
            ("BTC > banana", "expected a number after '>' (column 7)"),
            ("BTC > and", "expected a number after '>' (column 7)"),
            ("BTC > > 5", "expected a number after '>' (column 7)"),
            ("BTC crosses above", "expected a number after 'above' (column 18)"),
            ("BTC > 5 + ", "expected a number after '+' (column 11)"),
            ("BTC", "expected a comparison such as '>' or 'crosses above' after 'BTC' (column 4)"),
            ("BTC 5", "expected a comparison such as '>' or 'crosses above' after 'BTC' (column 5)"),
            ("BTC > 5 and", "expected a condition after 'and' (column 12)"),
            ("BTC > 5 and ETH", "expected a comparison such as '>' or 'crosses above' after 'ETH' (column 16)"),
            ("BCT > 5", "unknown symbol 'BCT' (column 1)"),
            ("nothing > 5", "unknown symbol 'nothing' (column 1)"),
            ("> 5", "expected a symbol such as BTC (column 1)"),
            ("5 > 3", "expected a symbol such as BTC (column 1)"),
            ("rsi(14) < 30", "expected a symbol such as BTC before 'rsi' (column 1)"),
            ("BTC rsi(14 < 30", "expected ')' after '14' (column 12)"),
            ("BTC rsi(0) < 30", "parameter 1 of rsi must be a whole number from 2 to 5000 (column 9)"),
            ("BTC rsi < 30", "expected rsi(n) (column 5)"),
            ("BTC rsi(14).line < 30", "rsi has one value and no part 'line' (column 13)"),
            ("BTC rsi(14, 2h) < 30", "expected a number after ',' (column 13)"),
            ("BTC volume > 5", "expected '(' after 'volume' (column 12)"),
            ("BTC volume(2h) > 5", "expected a timeframe (1m, 5m, 15m, 1h, 4h, 1d, 1w) after '(' (column 12)"),
            ("BTC change(5) > 5", "expected a duration such as 10m, 4h or 2d after '(' (column 12)"),
            ("BTC change(30s) > 5", "'30s' is outside 1m to 1w, in whole minutes (column 12)"),
            ("BTC change(2w) > 5", "'2w' is outside 1m to 1w, in whole minutes (column 12)"),
            ("BTC 1 < price < 2", "expected a comparison such as '>' or 'crosses above' after 'BTC' (column 5)"),
            ("1 < BTC < 2", "join two comparisons with 'and' (column 9)"),
            ("BTC > 70,000", "unexpected ',' after '70' (column 9)"),
            ("BTC > 5 foo", "unexpected 'foo' after '5' (column 9)"),
            ("BTC > 5 every", "expected a duration such as 10m, 4h or 2d after 'every' (column 14)"),
            ("BTC > 5 for 5", "expected a duration such as 10m, 4h or 2d after 'for' (column 13)"),
            (
                "BTC > 5 until 2026-02-30",
                "expected a date such as 2026-12-31 or 2026-12-31T18:00 (UTC) after 'until' (column 15)"
            ),
            ("BTC > 5 as urgent", "expected low, medium, high or critical after 'as' (column 12)"),
            ("BTC > 5 via pigeon", "expected telegram, discord, email, sms or terminal after 'via' (column 13)"),
            ("BTC > 5 via sms", "'via sms' needs 'as critical' (column 13)"),
            ("BTC > 5 hysteresis 1", "expected a percentage between 0% and 50% after 'hysteresis' (column 20)"),
            ("BTC > 5 once once", "'once' stands twice (column 14)"),
            ("BTC > 5 since yesterday", "expected 'last alert' after 'since' (column 15)"),
            ("BTC > 5 and BTC,ETH > 6", "a list of symbols or '*' stands only at the beginning of a rule (column 13)"),
            ("BTC average(5, 3) > 2", "average needs a value that moves, such as volume(1h) (column 13)"),
            ("BTC average(volume(1h), 1001) > 2", "expected a whole number from 1 to 1000 after ',' (column 25)"),
            (
                "BTC average(volume(1h) + price, 5) > 2",
                "the values inside average must be of one symbol and one timeframe (column 13)"
            ),
            (
                "BTC highest(average(price, 5), 5) > 2",
                "average cannot stand inside average, highest or lowest (column 13)"
            ),
            ("BTC ((((((((price)))))))) > 5", "comes last"),
            ("BTC (((((((((price))))))))) > 5", "parentheses, 'not' and '-' may be nested 8 deep (column 13)"),
            ("BTC > 5)", "unexpected ')' after '5' (column 8)"),
            ("BTC > (5", "expected ')' after '5' (column 9)"),
            (
                "* anomaly(prize)",
                "expected one of price, volume, volatility, drift, divergence, frozen after '(' (column 11)"
            ),
            ("BTC anomaly", "expected '(' after 'anomaly' (column 12)"),
            ("BTC (5) > 3", "no value of 'BTC' is compared with anything (column 1)"),
            ("BTC (5) > ETH", "no value of 'BTC' is compared with anything (column 1)"),
            ("BTC not ETH > 5", "no value of 'BTC' is compared with anything (column 1)"),
            ("* listing", "no source of 'listing' is on, so the rule could never fire (column 3)"),
            ("BTC listing", "'listing' is about markets that do not exist yet, so it stands alone (column 5)"),
            (
                "* listing and price > 5",
                "'listing' is about markets that do not exist yet, so it stands alone (column 3)"
            ),
            ("BTC pattern(hamer, 1h)", "unknown pattern 'hamer' (column 13)"),
            ("BTC pattern(hammer)", "expected ',' after 'hammer' (column 19)"),
            ("BTC pattern(hammer, 2h)", "expected a timeframe (1m, 5m, 15m, 1h, 4h, 1d, 1w) after ',' (column 21)"),
            ("BTC spread(binance, binance) > 0.5%", "a spread is between two different venues (column 21)"),
            (
                "BTC spread(binance, kraken) > 0.5%",
                "expected one of binance, coinbase, simulated after ',' (column 21)"
            ),
            ("BTC > 5 and sentiment < 0", "no source of 'sentiment' is on, so the rule could never fire (column 13)"),
            ("BTC funding > 0.5", "no source of 'funding' is on, so the rule could never fire (column 5)"),
            ("BTC forecast(5m) > 0.5", "expected one of 1h, 4h, 1d, 1w after '(' (column 14)"),
            (
                "BTC change(1h) > 5% since entry",
                "'since entry' needs your entry price, and none can be stored yet (column 21)"
            ),
            ("BTC anomaly(price) > 5", "unexpected '>' after ')' (column 20)"),
            ("BTC > anomaly(price)", "expected a number after '>' (column 7)"),
        ])
    func refused(text: String, sentence: String) {
        // The deepest nesting that is allowed stands in the same table, beside the first that is not.
        if sentence == "comes last" {
            #expect(throws: Never.self) { try RuleText.parse(text, symbols: someSymbols) }
            return
        }
        let error = #expect(throws: RuleError.self) { try RuleText.parse(text, symbols: someSymbols) }
        #expect(error?.description == sentence)
    }

    @Test("a misspelt word gets a near name")
    func suggestions() {
        func suggestion(_ text: String) -> String? {
            do {
                _ = try RuleText.parse(text, symbols: someSymbols)
                return nil
            } catch {
                return error.suggestion
            }
        }
        #expect(suggestion("BCT > 5")?.contains("BTC") == true)
        #expect(suggestion("BTC > smaa(50)")?.contains("sma") == true)
        #expect(suggestion("BTC > 5 hysterisis 1%") == "hysteresis")
        #expect(suggestion("BTC macd(12, 26, 9).histogrm > 0") == "line")
        #expect(suggestion("BTC > ") == "70000")
    }

    @Test("what has a source is taken, and stored text is read without one")
    func sources() throws {
        let text = "BTC sentiment > 0.2 and funding < 0.01%"
        #expect(try RuleText.parse(text, symbols: someSymbols, sources: [.sentiment, .funding]).text == text)
        #expect(throws: RuleError.self) { try RuleText.parse(text, symbols: someSymbols, sources: [.sentiment]) }
        #expect(try RuleText.parseStored(text, symbols: someSymbols).text == text)
        let listing = "* listing once as high"
        #expect(try RuleText.parse(listing, symbols: someSymbols, sources: [.listing]).text == listing)
        let entry = "BTC change(1h) < -5% since entry"
        #expect(try RuleText.parse(entry, symbols: someSymbols, sources: [.entry]).text == entry)
    }

    @Test("every candlestick and chart pattern has a name that reads back, with or without words between")
    func patternNames() {
        for pattern in CandlePattern.all {
            for side in PatternName.Side.allCases {
                #expect(PatternName(side.rawValue + pattern.functionName) == .candles(pattern, side))
                #expect(PatternName(PatternName.candles(pattern, side).text) == .candles(pattern, side))
            }
        }
        for kind in ChartPattern.Kind.allCases { #expect(PatternName(kind.rawValue) == .chart(kind)) }
        #expect(PatternName("identical_three_crows")?.text == "identical3crows")
        #expect(PatternName("evening_star")?.text == "eveningstar")
        #expect(PatternName("bullish_") == nil)
        #expect(PatternName("") == nil)
    }

    @Test("200 characters are typed at most, longer canonical text is read back")
    func lengths() throws {
        let long = "BTC > 1b" + String(repeating: " and price > 1b", count: 12)
        #expect(long.count <= 200)
        let definition = try RuleText.parse(long, symbols: someSymbols)
        #expect(definition.text.count > 200)
        #expect(try RuleText.parseStored(definition.text, symbols: someSymbols) == definition)
        let error = #expect(throws: RuleError.self) { try RuleText.parse(definition.text, symbols: someSymbols) }
        #expect(error?.description == "a rule has at most 200 characters (column 201)")
        #expect(throws: Never.self) {
            try RuleText.parse("BTC > 5" + String(repeating: " ", count: 193), symbols: someSymbols)
        }
    }

    @Test("what a rule carries can be read off")
    func parts() throws {
        let definition = try RuleText.parse(
            "BTC > 70000 or ETH > 4000 for 10m hysteresis 0.5% every 4h until 2026-12-31 once as critical via sms, telegram",
            symbols: someSymbols)
        #expect(definition.symbols == .listed([btc]))
        #expect(definition.otherSymbols == [eth])
        #expect(definition.priority == .critical)
        #expect(definition.channels == [.sms, .telegram])
        #expect(definition.rest == .hours(4))
        #expect(definition.holdFor == .minutes(10))
        #expect(definition.hysteresis == 0.005)
        #expect(definition.once)
        // The day itself still counts: it ends with 2027-01-01T00:00Z.
        #expect(definition.until == Timestamp(seconds: 1_798_761_600))
        let plain = try RuleText.parse("* > 5", symbols: someSymbols)
        #expect(plain.symbols == .all)
        #expect(plain.rest == .minutes(30))
        #expect(plain.priority == .medium)
    }
}
