#pragma once

#include <string>

namespace mayla::tests {

/// A folder for one test: made empty, gone with all that is in it at the end. Its path has no symlinks.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// Writes a file and the folders above it.
void write_file(const std::string& path, const std::string& bytes);
/// The bytes of a file; empty when there is none.
std::string read_file(const std::string& path);

} // namespace mayla::tests
