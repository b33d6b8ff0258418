#include "base/error.hpp"

#include <cstring>
#include <system_error>

namespace mayla {

std::string_view name(Code code) noexcept {
    switch (code) {
    case Code::invalid_argument:
        return "invalid_argument";
    case Code::not_found:
        return "not_found";
    case Code::outside_workspace:
        return "outside_workspace";
    case Code::conflict:
        return "conflict";
    case Code::too_large:
        return "too_large";
    case Code::busy:
        return "busy";
    case Code::timed_out:
        return "timed_out";
    case Code::cancelled:
        return "cancelled";
    case Code::unavailable:
        return "unavailable";
    case Code::internal:
        return "internal";
    }
    return "internal";
}

Error system_error(Code code, std::string_view what, int errno_value) {
    std::string message(what);
    message += ": ";
    message += std::generic_category().message(errno_value);
    return Error(code, std::move(message));
}

} // namespace mayla
