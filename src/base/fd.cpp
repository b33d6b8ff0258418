#include "base/fd.hpp"

#include <cerrno>
#include <unistd.h>

namespace mayla {

void OwnedFd::reset() noexcept {
    if (fd_ < 0) return;
    const int saved = errno; // closing happens in destructors: it must not spoil the errno of the failure
    ::close(std::exchange(fd_, -1));
    errno = saved;
}

} // namespace mayla
