#pragma once

#include "shim/line_reader.hpp"
#include "shim/session.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the shim answers without the daemon. Revisions are told apart message by message: a request whose
/// `_meta` names a protocol version is of the modern era, which has no handshake; any other is of the legacy
/// eras, which begin with `initialize`.
namespace mayla::shim {

/// An answer that is an error.
struct Refusal {
    int code;
    std::string message;
    std::string data; ///< JSON, or empty
};

/// Why a request of the modern era cannot be served, whatever its method: nothing when it can.
std::optional<Refusal> modern_refusal(const JsonVerdict& verdict);

/// What `initialize` settled.
struct Agreed {
    std::string version;
    bool client_has_roots = false;
};

/// The answer to a request that is not relayed, as a line. `agreed` is set by a successful `initialize`.
std::string local_answer(const Line& request, std::optional<Agreed>& agreed);

/// The request for the client's roots; legacy eras only.
std::string roots_request(std::string_view id);

/// The folders that an answer to it names, in order: those that are local files, within limits::roots.
/// Nothing when it is not the answer to the request with this id.
std::optional<std::vector<std::string>> roots_in_answer(std::string_view line, std::string_view id);

} // namespace mayla::shim
