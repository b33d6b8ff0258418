// What a client may say to the shim, and what a daemon may say to its hello: whatever it is, each line that
// comes back is one JSON object, a sound request gets exactly one answer under its own id, and what is
// relayed is a line that a daemon can read.

#include "shim/client.hpp"
#include "shim/hello.hpp"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

using namespace mayla;
using namespace mayla::shim;
using nlohmann::json;

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

struct Count : Relay {
    std::size_t calls = 0;

    void call(const Line& request, bool) override {
        ++calls;
        must(request.verdict.sound() && request.verdict.id_usable() && !request.over_limit);
        must(request.at(request.verdict.id) == request.verdict.id_text.view());
    }
    void cancelled(const Line& notification) override {
        must(!notification.at(notification.verdict.request_id).empty());
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view stream(reinterpret_cast<const char*>(data), size);
    read_hello_reply(stream);

    Outbox out;
    Session session;
    Count count;
    Client client(out, session, count);
    LineReader reader;
    std::string_view rest = stream;
    while (const auto line = reader.next(rest)) {
        const std::size_t calls = count.calls;
        out.clear();
        client.take(*line);
        std::string_view said = out.pending();
        const bool answered = !said.empty();
        if (answered) {
            must(said.find('\n') == said.size() - 1);
            const json message = json::parse(said, nullptr, false);
            must(message.is_object() && message["jsonrpc"] == "2.0" && message.contains("id"));
        }
        const JsonVerdict& v = line->verdict;
        if (v.sound() && v.method.present() && v.id_usable()) {
            must(answered != (count.calls > calls));
            if (answered) must(said.find("\"id\":" + std::string(v.id_text.view())) != said.npos);
        }
    }
    return 0;
}
