import Foundation
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct PriceTests {
    @Test(
        "text becomes the exact decimal, without needless zeros",
        arguments: [
            ("61234.50000000", "61234.5"), ("0.00001234", "0.00001234"), ("100", "100"), ("007.10", "7.1"),
            ("1.000", "1"), (".5", "0.5"), ("5.", "5"), ("999999999999999999", "999999999999999999"),
            ("0.000000000000000001", "0.000000000000000001"), ("10.010", "10.01"),
        ])
    func reading(text: String, canonical: String) { #expect(Price(text)?.description == canonical) }

    @Test(
        "what is no positive decimal of 18 digits is refused",
        arguments: [
            "", ".", "0", "0.000", "-1", "+1", "1e5", "1,5", "1.2.3", "NaN", "inf", " 1", "1 ", "٣",
            "1000000000000000000",
            "1.000000000000000001000000001", String(repeating: "9", count: 100), String(repeating: "0", count: 100_000),
        ])
    func refusing(text: String) { #expect(Price(text) == nil) }

    @Test("10,000 made-up decimals: print, read, order and crossing to double agree with Decimal")
    func properties() throws {
        var random = SteadyRandom(seed: 42)
        var previous: (price: Price, exact: Decimal)?
        for _ in 0..<10_000 {
            let digits = Int.random(in: 1...15, using: &random)
            let mantissa = Int64.random(in: 1..<Int64(pow(10, Double(digits))) + 1, using: &random)
            let scale = Int.random(in: 0...12, using: &random)
            let exact = Decimal(mantissa) * pow(Decimal(10), -scale)
            var text = String(mantissa)
            if scale > 0 {
                text = String(repeating: "0", count: max(0, scale + 1 - text.count)) + text
                text.insert(".", at: text.index(text.endIndex, offsetBy: -scale))
            }
            let price = try #require(Price(text))
            #expect(Decimal(string: price.description) == exact)
            #expect(Price(price.description) == price)
            #expect(price.double == Double(text))
            // Fifteen digits survive the way to double and back.
            #expect(Price(price.double) == price)
            if let previous {
                #expect((previous.price < price) == (previous.exact < exact))
                #expect((previous.price == price) == (previous.exact == exact))
                if previous.price < price { #expect(previous.price.double <= price.double) }
            }
            previous = (price, exact)
        }
    }

    @Test("a price is stored as text, and text that is none is refused")
    func coding() throws {
        let price = try #require(Price("0.10"))
        let data = try JSONEncoder().encode([price])
        #expect(String(decoding: data, as: UTF8.self) == #"["0.1"]"#)
        #expect(try JSONDecoder().decode([Price].self, from: data) == [price])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Price].self, from: Data(#"["-1"]"#.utf8)) }
    }

    @Test("the crossing to a double rounds once, as reading the text does")
    func crossing() throws {
        var random = SteadyRandom(seed: 9)
        for _ in 0..<20_000 {
            let mantissa = Int64.random(in: 1...(Int64(1) << Int64.random(in: 1...59, using: &random)), using: &random)
            let scale = Int.random(in: 0...24, using: &random)
            var text = String(mantissa)
            while text.count <= scale { text = "0" + text }
            if scale > 0 { text.insert(".", at: text.index(text.endIndex, offsetBy: -scale)) }
            guard let price = Price(text) else { continue }
            #expect(price.double == Double(text), "\(text)")
        }
    }

    @Test(
        "numbers print plainly, never with an exponent",
        arguments: [
            (1e21, "1000000000000000000000"), (1.5e-7, "0.00000015"), (-2.5e-9, "-0.0000000025"), (12, "12"),
            (0.1, "0.1"),
            (-0.5, "-0.5"), (1.25e16, "12500000000000000"), (123456.789, "123456.789"),
        ])
    func plain(value: Double, text: String) {
        #expect(Decimals.plain(value) == text)
        #expect(Double(Decimals.plain(value)) == value)
    }

    @Test("plain numbers read back the same, whatever their size")
    func plainProperty() {
        var random = SteadyRandom(seed: 3)
        for _ in 0..<5_000 {
            let value =
                Double.random(in: -10...10, using: &random) * pow(10, Double(Int.random(in: -30...30, using: &random)))
            let text = Decimals.plain(value)
            #expect(Double(text) == value)
            #expect(!text.contains("e"))
        }
    }
}
