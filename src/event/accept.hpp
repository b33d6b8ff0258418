#pragma once

#include "base/fd.hpp"

namespace mayla::event {

/// accept(2) with the new descriptor non-blocking and close-on-exec from its first moment where the system
/// can do that. Empty on failure, with errno set.
OwnedFd accept_connection(BorrowedFd listening);

} // namespace mayla::event
