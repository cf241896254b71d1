import Market

/// One step of a compiled condition, for a stack of doubles. Unknown is "not a number" throughout; a truth is 1 or 0, so
/// that Kleene's logic and arithmetic share the stack.
enum RuleInstruction: Hashable, Sendable {
    case number(Double)
    case operand(BoundOperand)
    case negate, add, subtract, multiply, divide
    /// `slack` moves the right side away, as a share of its size, so that the comparison is easier (positive) or harder
    /// (negative) to hold: how hysteresis is judged.
    case compare(Condition.Comparison, slack: Double)
    /// `memory` is where the two sides of the evaluation before are kept.
    case crosses(Condition.Crossing, memory: Int)
    /// Whether a crossing that fired has not receded by `slack` yet.
    case stillCrossed(Condition.Crossing, slack: Double)
    case and, or, not
}

/// An operand as a place in a market's data.
struct BoundOperand: Hashable, Sendable {
    var market: Int
    var source: Source

    enum Source: Hashable, Sendable {
        case price
        case candle(RuleOperand.CandleField, Timeframe)
        /// `anchored`: from the last alert, where that is later.
        case change(milliseconds: Int64, anchored: Bool)
        case drawdown(Int)
        case indicator(Timeframe, stream: Int, part: Int)
        case window(Int)
        case reading(Int)
        /// Two venues.
        case spread(Int, Int)
        case divergence
        case candleEvent(Timeframe, CandleEvent)
        /// Price over the owner's entry price, minus 1.
        case result
    }
}

/// What differs between evaluations of the same condition.
struct EvaluationContext {
    /// Unix milliseconds.
    var now: Int64
    /// Time of the last alert, for anchored changes.
    var anchorTime: Int64?
    /// The owner's entry price of the rule's own symbol.
    var entryPrice: Double?
    /// Time alone passed, no operand changed: nothing crosses.
    var isTimeOnly = false
}

enum RuleArithmetic {
    /// Both sides unknown-aware: a result that is not finite is unknown.
    static func combine(_ instruction: RuleInstruction, _ a: Double, _ b: Double) -> Double {
        let result: Double
        switch instruction {
        case .add: result = a + b
        case .subtract: result = a - b
        case .multiply: result = a * b
        default: result = a / b
        }
        return result.isFinite ? result : .nan
    }

    static func compare(_ comparison: Condition.Comparison, _ a: Double, _ b: Double, slack: Double) -> Double {
        if a.isNaN || b.isNaN { return .nan }
        let room = slack * abs(b)
        let holds: Bool
        switch comparison {
        case .greater: holds = a > b - room
        case .greaterOrEqual: holds = a >= b - room
        case .less: holds = a < b + room
        case .lessOrEqual: holds = a <= b + room
        case .equal: holds = abs(a - b) <= max(0, room)
        case .notEqual: holds = slack < 0 ? abs(a - b) > -room : a != b
        }
        return holds ? 1 : 0
    }

    static func crosses(
        _ crossing: Condition.Crossing, _ a: Double, _ b: Double, before: (a: Double, b: Double)
    ) -> Double {
        if a.isNaN || b.isNaN { return .nan }
        // An unknown evaluation before makes both comparisons false: nothing was seen to cross.
        let up = a > b && before.a <= before.b
        let down = a < b && before.a >= before.b
        switch crossing {
        case .above: return up ? 1 : 0
        case .below: return down ? 1 : 0
        case .either: return up || down ? 1 : 0
        }
    }

    static func stillCrossed(_ crossing: Condition.Crossing, _ a: Double, _ b: Double, slack: Double) -> Double {
        if a.isNaN || b.isNaN { return .nan }
        let room = slack * abs(b)
        switch crossing {
        case .above: return a > b - room ? 1 : 0
        case .below: return a < b + room ? 1 : 0
        case .either: return abs(a - b) < room ? 1 : 0
        }
    }

    static func and(_ a: Double, _ b: Double) -> Double { a == 0 || b == 0 ? 0 : (a.isNaN || b.isNaN ? .nan : 1) }
    static func or(_ a: Double, _ b: Double) -> Double { a == 1 || b == 1 ? 1 : (a.isNaN || b.isNaN ? .nan : 0) }
}

/// A condition as a flat list of steps.
struct RuleProgram: Hashable, Sendable {
    var code: [RuleInstruction] = []

    /// Truth or value at `context`. `memory` holds two numbers a crossing, of the evaluation before; `now` takes those
    /// of this one.
    func evaluate(_ markets: [SymbolMarket], _ context: EvaluationContext, memory: [Double], now: inout [Double])
        -> Double
    {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: code.count) { stack in
            var top = -1
            for instruction in code {
                switch instruction {
                case .number(let value):
                    top += 1
                    stack.initializeElement(at: top, to: value)
                case .operand(let operand):
                    top += 1
                    stack.initializeElement(at: top, to: markets[operand.market].value(of: operand.source, context))
                case .negate: stack[top] = -stack[top]
                case .not: stack[top] = 1 - stack[top]
                case .add, .subtract, .multiply, .divide:
                    top -= 1
                    stack[top] = RuleArithmetic.combine(instruction, stack[top], stack[top + 1])
                case .compare(let comparison, let slack):
                    top -= 1
                    stack[top] = RuleArithmetic.compare(comparison, stack[top], stack[top + 1], slack: slack)
                case .crosses(let crossing, let place):
                    top -= 1
                    let (a, b) = (stack[top], stack[top + 1])
                    now[place] = a
                    now[place + 1] = b
                    let before = context.isTimeOnly ? (a, b) : (memory[place], memory[place + 1])
                    stack[top] = RuleArithmetic.crosses(crossing, a, b, before: before)
                case .stillCrossed(let crossing, let slack):
                    top -= 1
                    stack[top] = RuleArithmetic.stillCrossed(crossing, stack[top], stack[top + 1], slack: slack)
                case .and:
                    top -= 1
                    stack[top] = RuleArithmetic.and(stack[top], stack[top + 1])
                case .or:
                    top -= 1
                    stack[top] = RuleArithmetic.or(stack[top], stack[top + 1])
                }
            }
            return top >= 0 ? stack[0] : .nan
        }
    }
}
