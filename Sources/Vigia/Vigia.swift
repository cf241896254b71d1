import ArgumentParser
@main struct Vigia: ParsableCommand { mutating func run() throws {} }
