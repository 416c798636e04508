import Testing

/// Waits until a condition holds, for ten seconds at most, and expects that it does.
func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<10_000 where !condition() { try await Task.sleep(for: .milliseconds(1)) }
    #expect(condition())
}
