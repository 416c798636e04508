extension ONNXSession {
    /// Runs the model on `inputs`, in any order, and gives the outputs asked for, or all of them.
    ///
    /// The calling thread is blocked until the result is there. After `timeoutMilliseconds` the run is stopped; this
    /// works between the nodes of the model, not within one.
    package func run(
        inputs tensors: [ONNXTensor],
        outputs names: [String]? = nil,
        timeoutMilliseconds: Int? = nil
    ) throws(ONNXError) -> [ONNXTensor] {
        let functions = runtime.functions
        let wanted = try outputIndices(names)
        guard !wanted.isEmpty else { return [] }
        let frame = ONNXRunFrame(inputs: tensors.count, outputs: wanted.count)
        defer { frame.close(functions) }
        try fillInputNames(of: tensors, in: frame)
        for (slot, index) in wanted.enumerated() { frame.outputNames[slot] = outputNames.pointers[index] }

        var watch: ONNXWatchdog.Watch?
        if let timeoutMilliseconds { watch = try runtime.watchdog.start(milliseconds: timeoutMilliseconds) }
        let status = bind(tensors, from: 0, frame: frame, options: watch?.options)
        let stopped = watch.map { runtime.watchdog.finish($0) } ?? false
        if let status {
            let failure = functions.failure(status) { code, message in
                code == .invalidArgument
                    ? .inputRefused(reason: message) : .runFailed(code: code, message: message)
            }
            throw stopped ? .timedOut(milliseconds: timeoutMilliseconds ?? 0) : failure
        }

        let reader = ONNXOutputReader(runtime: runtime)
        var results: [ONNXTensor] = []
        results.reserveCapacity(wanted.count)
        for (slot, index) in wanted.enumerated() {
            results.append(try reader.read(frame.outputValues[slot], as: outputs[index]))
        }
        return results
    }

    private func outputIndices(_ names: [String]?) throws(ONNXError) -> [Int] {
        guard let names else { return everyOutput }
        var indices: [Int] = []
        for name in names {
            guard let index = outputs.firstIndex(where: { $0.name == name }) else {
                throw .outputUnknown(name: name, known: outputs.map(\.name))
            }
            indices.append(index)
        }
        return indices
    }

    /// Checks every tensor and writes its C name into the frame.
    private func fillInputNames(of tensors: [ONNXTensor], in frame: ONNXRunFrame) throws(ONNXError) {
        guard !isInOrder(tensors) else {
            for slot in tensors.indices {
                try ONNXInputCheck.check(tensors[slot], against: inputs[slot])
                frame.inputNames[slot] = inputNames.pointers[slot]
            }
            return
        }
        var given: Set<Int> = []
        for (slot, tensor) in tensors.enumerated() {
            guard let index = inputs.firstIndex(where: { $0.name == tensor.name }) else {
                let known = inputs.map(\.name).joined(separator: ", ")
                throw .inputRefused(reason: "There is no input \"\(tensor.name)\". The inputs are: \(known).")
            }
            guard given.insert(index).inserted else {
                throw .inputRefused(reason: "The input \"\(tensor.name)\" is given twice.")
            }
            try ONNXInputCheck.check(tensor, against: inputs[index])
            frame.inputNames[slot] = inputNames.pointers[index]
        }
        guard given.count == inputs.count else {
            let missing = inputs.indices.filter { !given.contains($0) }.map { inputs[$0].name }
            throw .inputRefused(reason: "These inputs are missing: \(missing.joined(separator: ", ")).")
        }
    }

    private func isInOrder(_ tensors: [ONNXTensor]) -> Bool {
        guard tensors.count == inputs.count else { return false }
        for slot in tensors.indices where tensors[slot].name != inputs[slot].name { return false }
        return true
    }

    /// Lends the storage of each tensor to the library, one inside the other, and runs the model at the innermost.
    private func bind(
        _ tensors: [ONNXTensor],
        from index: Int,
        frame: ONNXRunFrame,
        options: OpaquePointer?
    ) -> ONNXStatus {
        let functions = runtime.functions
        guard index < tensors.count else {
            return functions.run(
                handle.pointer,
                options,
                frame.inputNames,
                frame.inputValues,
                frame.inputCount,
                frame.outputNames,
                frame.outputCount,
                frame.outputValues
            )
        }
        let slot = frame.inputValues + index
        if case .string(let strings) = tensors[index].data {
            if let status = makeStrings(strings, shape: tensors[index].shape, slot: slot) { return status }
            return bind(tensors, from: index + 1, frame: frame, options: options)
        }
        return tensors[index].data.withElementBytes { bytes in
            // An empty array may have no address, and the library wants one even for no bytes.
            let address = bytes.baseAddress ?? UnsafeRawPointer(frame.inputValues)
            let status = Self.withDimensions(tensors[index].shape) { dimensions, rank in
                functions.createTensorWithDataAsOrtValue(
                    runtime.memoryInfo,
                    UnsafeMutableRawPointer(mutating: address),
                    bytes.count,
                    dimensions,
                    rank,
                    tensors[index].data.elementType.rawValue,
                    slot
                )
            }
            if let status { return status }
            return bind(tensors, from: index + 1, frame: frame, options: options)
        }
    }

    /// Makes a tensor of strings, which the library copies.
    private func makeStrings(_ strings: [String], shape: [Int], slot: ONNXHandleSlot) -> ONNXStatus {
        let functions = runtime.functions
        let status = Self.withDimensions(shape) { dimensions, rank in
            functions.createTensorAsOrtValue(
                runtime.allocator,
                dimensions,
                rank,
                ONNXElementType.string.rawValue,
                slot
            )
        }
        if let status { return status }
        guard !strings.isEmpty else { return nil }
        var characters: [CChar] = []
        var starts: [Int] = []
        starts.reserveCapacity(strings.count)
        for string in strings {
            starts.append(characters.count)
            characters.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
            characters.append(0)
        }
        return characters.withUnsafeBufferPointer { buffer in
            let pointers = starts.map { buffer.baseAddress?.advanced(by: $0) }
            return functions.fillStringTensor(slot.pointee, pointers, pointers.count)
        }
    }

    private static func withDimensions<Result>(
        _ shape: [Int],
        _ body: (UnsafePointer<Int64>?, Int) -> Result
    ) -> Result {
        // Int and Int64 have one layout on every platform that Slipway runs on.
        shape.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: Int64.self), shape.count) }
    }
}
