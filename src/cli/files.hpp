#pragma once

#include "base/fd.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::cli {

/// Whether something has this name. What cannot be looked at counts as absent.
bool is_there(const std::filesystem::path&);

/// The bytes of a file, or nothing if there is none. Throws Error{unavailable} if it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path&);

/// A file that appears under its name only when it is whole: written beside it, synced, renamed. What existed
/// before stays until then, and for good if this object goes without keep(). A device or a pipe is written as
/// it is.
class NewFile {
public:
    /// Throws Error{unavailable} naming the path, also in write() and keep().
    NewFile(std::filesystem::path path, unsigned mode);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

    void write(std::string_view bytes);
    void keep();

private:
    std::filesystem::path path_, temporary_; // temporary_ is empty for a device
    OwnedFd fd_;
};

} // namespace mayla::cli
