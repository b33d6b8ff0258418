#include "store/failure.hpp"

#include <cerrno>
#include <cstring>
#include <sqlite3.h>

namespace mayla::store {

namespace {

/// SQLite's words, with what the system said where it said something.
std::string cause(const char* text, int system_errno) {
    std::string out = text == nullptr ? "unknown error" : text;
    if (system_errno != 0) {
        out += ": ";
        out += std::strerror(system_errno);
    }
    return out;
}

} // namespace

Failure failure(const std::string& path, int result, const char* text, int system_errno) {
    const auto as = [result](Code code, std::string message) {
        return Failure(code, std::move(message), result);
    };
    const std::string why = cause(text, system_errno);
    switch (primary(result)) {
    case SQLITE_FULL:
        return as(Code::unavailable,
                  path + ": the disk is full; nothing was stored. Free some space, then repeat the call.");
    case SQLITE_IOERR:
        if (system_errno == ENOSPC || system_errno == EDQUOT)
            return as(Code::unavailable, path + ": the disk or the quota is full (" + why +
                                             "); nothing was stored. Free some space, then repeat the call.");
        return as(Code::unavailable,
                  path + ": the disk failed (" + why +
                      "). What was not confirmed may not be stored: look before you repeat it.");
    case SQLITE_READONLY:
        return as(Code::unavailable, path + " cannot be written (" + why +
                                         "); nothing was stored. Make the file and its folder writable, then "
                                         "repeat the call.");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return as(Code::unavailable, path + " cannot be opened (" + why +
                                         "). Its folder must exist and be writable for this user.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return as(Code::busy,
                  path + " is held by another program (" + why + "). Close that program, then repeat.");
    case SQLITE_CORRUPT:
        return as(Code::unavailable, path + " is damaged (" + why + ").");
    case SQLITE_NOTADB:
        return as(Code::unavailable, path + " is not a database (" + why +
                                         "). It is left as it is; move it away to start with an empty one.");
    case SQLITE_INTERRUPT:
        return as(Code::timed_out, path + ": the deadline passed before the answer was found.");
    case SQLITE_NOMEM:
        return as(Code::unavailable, path + ": not enough memory.");
    case SQLITE_TOOBIG:
        return as(Code::too_large, path + ": a value is too large for the database (" + why + ").");
    default:
        return as(Code::internal, path + ": " + why);
    }
}

} // namespace mayla::store
