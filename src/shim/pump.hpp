#pragma once

#include "base/paths.hpp"
#include "shim/client.hpp"
#include "shim/line_reader.hpp"
#include "shim/link.hpp"
#include "shim/outbox.hpp"
#include "shim/session.hpp"

#include <string>

namespace mayla::shim {

/// The loop: client on one side, link on the other, one thread, one poll. It sleeps without a timer while no
/// call waits for a daemon. Back-pressure both ways: the client is not read while too much waits for the
/// daemon or for the client itself, and the daemon is not read while the client does not take what it got.
class Pump {
public:
    /// Reads `in` and writes `out`, which stay the caller's and keep their flags: others may share them.
    Pump(BorrowedFd in, BorrowedFd out, const Environment& environment, std::string spill_folder);

    /// Until the client is gone: end of input, or nobody there to read the output.
    void run();

private:
    /// False when the client is gone.
    bool round();
    bool read_client();
    bool flush_client();
    void last_words();
    int timeout();

    const BorrowedFd in_;
    const BorrowedFd out_;
    const bool out_is_socket_;
    Outbox to_client_;
    Session session_;
    Link link_;
    Client client_;
    LineReader reader_;
};

} // namespace mayla::shim
