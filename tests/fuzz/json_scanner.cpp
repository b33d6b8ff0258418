// Two promises of the scanner: it takes what nlohmann/json takes, and where a line is split changes nothing.
// Not comparable: lines deeper than our limit, members that we refuse twice, numbers beyond a double (legal
// JSON, which nlohmann/json refuses), a byte order mark (not legal, which it skips) and a NUL (its end of
// input).

#include "base/json_scanner.hpp"

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

using namespace mayla;

namespace {

struct Accept : nlohmann::json_sax<nlohmann::json> {
    bool number_overflow = false;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(std::int64_t) override { return true; }
    bool number_unsigned(std::uint64_t) override { return true; }
    bool number_float(double, const std::string&) override { return true; }
    bool string(std::string&) override { return true; }
    bool binary(nlohmann::json::binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(std::string&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& e) override {
        number_overflow = e.id == 406;
        return false;
    }
};

void must(bool holds) {
    if (!holds) std::abort();
}

bool same(const JsonSpan& a, const JsonSpan& b) {
    return a.kind == b.kind && a.begin == b.begin && a.end == b.end;
}

bool same(const JsonVerdict& a, const JsonVerdict& b) {
    return a.fault == b.fault && a.fault_at == b.fault_at && a.length == b.length && a.top == b.top &&
           same(a.id, b.id) && same(a.method, b.method) && same(a.params, b.params) &&
           same(a.request_id, b.request_id) && same(a.protocol_version, b.protocol_version) &&
           same(a.client_capabilities, b.client_capabilities) && same(a.result, b.result) &&
           same(a.error, b.error) && a.jsonrpc_2 == b.jsonrpc_2 &&
           a.method_text.view() == b.method_text.view() && a.version_text.view() == b.version_text.view() &&
           a.id_text.view() == b.id_text.view();
}

JsonVerdict scan(std::string_view line, std::size_t piece) {
    JsonScanner scanner;
    for (std::size_t at = 0; at < line.size(); at += piece) scanner.feed(line.substr(at, piece));
    return scanner.finish();
}

void compare(std::string_view line, const JsonVerdict& verdict) {
    if (verdict.fault == JsonFault::too_deep || verdict.fault == JsonFault::duplicate_key) return;
    if (line.substr(0, 1) == "\xef" || line.find('\0') != line.npos) return;
    Accept accept;
    const bool taken = nlohmann::json::sax_parse(line.begin(), line.end(), &accept);
    if (accept.number_overflow) return;
    must(taken == (verdict.sound() && !verdict.blank()));
    if (!taken) return;
    const auto json = nlohmann::json::parse(line);
    if (!json.is_object()) return;
    const auto id = json.find("id");
    must(verdict.id.present() == (id != json.end()));
    if (verdict.id_usable()) must(nlohmann::json::parse(verdict.id_text.view()) == *id);
    const auto method = json.find("method");
    must(verdict.method.present() == (method != json.end()));
    if (method != json.end() && method->is_string() && !verdict.method_text.overflowed())
        must(verdict.method_text.view() == method->get_ref<const std::string&>());
    const auto params = json.find("params");
    must(verdict.params.present() == (params != json.end()));
    if (params != json.end())
        must(nlohmann::json::parse(line.substr(
                 static_cast<std::size_t>(verdict.params.begin),
                 static_cast<std::size_t>(verdict.params.end - verdict.params.begin))) == *params);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const JsonVerdict whole = scan(line, size == 0 ? 1 : size);
    must(same(whole, scan(line, 1)));
    must(same(whole, scan(line, size == 0 ? 1 : 1 + data[0] % size)));
    compare(line, whole);
    return 0;
}
