/// What goes wrong in the simulated world, counted to see that it does.
enum SimulatorTrouble: CaseIterable, Hashable {
    case messageLost, messageTwice, messageLate
    case crash, effectFailed
    /// The store refused; showed what was old; committed without saying so.
    case storeRefused, storeStale, commitAnswerLost
    /// Another controller had changed the release meanwhile.
    case overtaken
    case clockJump, gatewayRestart, staleAnalysis
}
