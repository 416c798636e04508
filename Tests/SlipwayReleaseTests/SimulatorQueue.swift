/// Events in order of (time, sequence): a binary heap of small keys, with the payloads kept aside.
struct SimulatorQueue<Payload> {
    private struct Key {
        let time: Int64
        let sequence: Int
        let slot: Int
    }

    private var heap: [Key] = []
    private var payloads: [Payload?] = []
    private var freeSlots: [Int] = []
    private var sequence = 0

    mutating func add(_ payload: Payload, at time: Int64) {
        let slot: Int
        if let free = freeSlots.popLast() {
            payloads[free] = payload
            slot = free
        } else {
            payloads.append(payload)
            slot = payloads.count - 1
        }
        heap.append(Key(time: time, sequence: sequence, slot: slot))
        sequence += 1
        rise(heap.count - 1)
    }

    mutating func next() -> (time: Int64, payload: Payload)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        guard let payload = payloads[first.slot] else { return nil }
        payloads[first.slot] = nil
        freeSlots.append(first.slot)
        return (first.time, payload)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (heap[left], heap[right])
        return one.time < other.time || (one.time == other.time && one.sequence < other.sequence)
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard isBefore(place, parent) else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            let left = 2 * place + 1
            if left < heap.count, isBefore(left, least) { least = left }
            if left + 1 < heap.count, isBefore(left + 1, least) { least = left + 1 }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
