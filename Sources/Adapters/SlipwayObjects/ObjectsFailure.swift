internal import Glibc
internal import SlipwayService

/// Turns the machine's error numbers into sentences, once, here.
enum ObjectsFailure {
    /// The error for a system call that failed with `code` while `doing` something.
    static func serviceError(_ code: Int32, doing: String) -> ServiceError {
        switch code {
        case ENOSPC, EDQUOT, EFBIG:
            // No error that clients try again by themselves: room does not come back by waiting.
            .conflict("The artifact store has no room left for \(doing): free some space there, then send it again")
        case EMFILE, ENFILE:
            .unavailable("Too many files are open for \(doing): try again in a moment")
        case ENAMETOOLONG:
            .invalid("Invalid path: a part of it is longer than the 255 bytes that a file name may have")
        case ELOOP:
            .invalid("Invalid path: a part of it is a link, and the artifact store follows none")
        case ENOTDIR:
            .invalid("Invalid path: a part of it is a file, not a folder: choose another path or delete that file")
        case EISDIR:
            .invalid("Artifact path refers to a directory, not a file: add a file name to it")
        case ENOENT:
            .conflict("The folder was deleted by somebody else during \(doing): try again")
        case EILSEQ, EINVAL:
            .invalid("Invalid path: the disk under the artifact store cannot hold that file name")
        case EACCES, EPERM, EROFS:
            ServiceError(
                .internal,
                "The artifact store may not be changed by the server: give its user the folder's rights"
            )
        default:
            .unavailable("The artifact store's disk failed during \(doing) (error \(code)): see the machine's log")
        }
    }
}
