#pragma once

#include "base/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::shim {

/// An unlinked file for what shall not stay in memory. Grows while anything in it is wanted; gone with the
/// last of it.
class Spill {
public:
    /// `folder` is where the file is made, when there is need of one.
    explicit Spill(std::string folder) : folder_(std::move(folder)) {}

    /// Where the bytes went; nothing when the disk would not take them.
    std::optional<std::uint64_t> put(std::string_view bytes);
    /// Nothing when the disk does not give back what it took.
    std::optional<std::string> get(std::uint64_t at, std::size_t size) const;
    /// One of those that were put is not wanted any more.
    void drop();

private:
    std::string folder_;
    OwnedFd file_;
    std::uint64_t end_ = 0;
    std::size_t wanted_ = 0;
};

} // namespace mayla::shim
