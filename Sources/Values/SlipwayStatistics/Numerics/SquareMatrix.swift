import Glibc

/// A square matrix of doubles with just enough for powers that would overflow: it carries a power of two.
struct SquareMatrix {
    let width: Int
    private var cells: [Double]
    private var exponent = 0

    /// The zero matrix.
    init(width: Int) {
        self.width = width
        cells = [Double](repeating: 0, count: width * width)
    }

    /// The cell at a row and a column, without the power of two.
    subscript(row: Int, column: Int) -> Double {
        get { cells[row * width + column] }
        set { cells[row * width + column] = newValue }
    }

    /// The power of two that every cell is to be multiplied by.
    var scale: Int { exponent }

    /// The matrix to the n-th power, n > 0, by repeated squaring.
    func power(_ n: Int) -> SquareMatrix {
        if n == 1 { return self }
        let half = power(n / 2)
        let square = half.times(half)
        return n % 2 == 0 ? square : times(square)
    }

    private func times(_ other: SquareMatrix) -> SquareMatrix {
        var product = SquareMatrix(width: width)
        product.exponent = exponent + other.exponent
        let width = width
        cells.withUnsafeBufferPointer { a in
            other.cells.withUnsafeBufferPointer { b in
                product.cells.withUnsafeMutableBufferPointer { c in
                    for i in 0..<width {
                        for k in 0..<width where a[i * width + k] != 0 {
                            let factor = a[i * width + k]
                            for j in 0..<width { c[i * width + j] += factor * b[k * width + j] }
                        }
                    }
                }
            }
        }
        if product[width / 2, width / 2] > 0x1p400 {
            for i in product.cells.indices { product.cells[i] *= 0x1p-400 }
            product.exponent += 400
        }
        return product
    }
}
