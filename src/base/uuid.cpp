#include "base/uuid.hpp"

#include "base/error.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <sys/random.h>
#include <unistd.h>

namespace mayla {

namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }
constexpr bool is_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

} // namespace

std::string random_uuid() {
    std::array<std::uint8_t, 16> bytes{};
    if (::getentropy(bytes.data(), bytes.size()) != 0)
        throw system_error(Code::internal, "get random bytes", errno);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40); // the version, RFC 9562
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80); // the variant
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(text_size);
    for (const std::uint8_t byte : bytes) {
        if (is_dash(text.size())) text += '-';
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

bool is_uuid(std::string_view text) noexcept {
    if (text.size() != text_size) return false;
    for (std::size_t at = 0; at < text.size(); ++at)
        if (is_dash(at) ? text[at] != '-' : !is_digit(text[at])) return false;
    return true;
}

} // namespace mayla
