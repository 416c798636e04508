/// The four lists of pointers that one run needs, in one piece of memory.
struct ONNXRunFrame {
    let inputNames: UnsafeMutablePointer<UnsafePointer<CChar>?>
    let inputValues: UnsafeMutablePointer<OpaquePointer?>
    let outputNames: UnsafeMutablePointer<UnsafePointer<CChar>?>
    let outputValues: UnsafeMutablePointer<OpaquePointer?>
    let inputCount: Int
    let outputCount: Int
    private let memory: UnsafeMutableRawPointer

    init(inputs: Int, outputs: Int) {
        let word = MemoryLayout<UnsafeRawPointer?>.stride
        memory = .allocate(
            byteCount: 2 * (inputs + outputs) * word,
            alignment: MemoryLayout<UnsafeRawPointer?>.alignment
        )
        var next = memory
        func list<Element>(_ count: Int, of nothing: Element) -> UnsafeMutablePointer<Element> {
            defer { next += count * word }
            return next.initializeMemory(as: Element.self, repeating: nothing, count: count)
        }
        inputNames = list(inputs, of: nil)
        inputValues = list(inputs, of: nil)
        outputNames = list(outputs, of: nil)
        outputValues = list(outputs, of: nil)
        inputCount = inputs
        outputCount = outputs
    }

    /// Releases every value that was made, and the memory.
    func close(_ functions: ONNXFunctions) {
        for index in 0..<inputCount { functions.releaseValue(inputValues[index]) }
        for index in 0..<outputCount { functions.releaseValue(outputValues[index]) }
        memory.deallocate()
    }
}
