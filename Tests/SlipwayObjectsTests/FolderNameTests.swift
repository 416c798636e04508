import Foundation
import SlipwayService
import Testing

@testable import SlipwayObjects

@Suite struct FolderNameTests {
    @Test(
        "A folder is asked for one name at a time, whatever was checked before",
        arguments: ["..", ".", "", "a/b", "/", "../\u{301}x", "a/\u{301}", "\u{600}/b", "a\0b"]
    )
    func refuses(name: String) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "slipway-folder-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: place + "/root/a", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }  // what stays in the temporary folder harms nobody
        let folder = try Folder.root(place + "/root")
        #expect(throws: ServiceError.self) { try folder.kind(of: name) }
        #expect(throws: ServiceError.self) { try folder.folder(name) }
        #expect(throws: ServiceError.self) { try folder.file(name) }
        #expect(throws: ServiceError.self) { try folder.make(name) }
        #expect(throws: ServiceError.self) { try PendingFile(in: folder, name: name) }
        #expect(try folder.items().map(\.name) == ["a"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["root"])
    }
}
