#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace mayla {

/// What went wrong, as a caller may want to tell apart. Short and closed: each has one meaning on the wire.
enum class Code {
    invalid_argument,  ///< the request itself is wrong; the same request will fail again
    not_found,         ///< what was named does not exist
    outside_workspace, ///< a path or project that this caller may not touch
    conflict,          ///< the thing changed since the caller looked
    too_large,         ///< over a limit of base/limits
    busy,              ///< a queue is full; later it may work
    timed_out,         ///< the deadline passed
    cancelled,         ///< the caller took the request back
    unavailable,       ///< a part that is needed is not there now (database, service manager, disk space)
    internal,          ///< a fault of ours
};

/// The name of a code as it stands in messages and on the wire: "invalid_argument".
std::string_view name(Code) noexcept;

/// A failure. The message names the thing, the limit and the way out; it is shown to people and models as it
/// is.
class Error : public std::exception {
public:
    Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

    Code code() const noexcept { return code_; }
    const std::string& message() const noexcept { return message_; }
    const char* what() const noexcept override { return message_.c_str(); }

private:
    Code code_;
    std::string message_;
};

/// An Error for a failed system call: "WHAT: strerror(errno_value)".
Error system_error(Code code, std::string_view what, int errno_value);

} // namespace mayla
