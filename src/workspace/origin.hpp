#pragma once

#include <string>
#include <string_view>

namespace mayla::workspace {

/// One spelling for all URLs of one repository: `host/path` in lower case, without scheme, user, password,
/// port, query, `.git` and slashes at the end; a folder of this machine keeps its case and its leading slash
/// (a relative one is taken from `folder`). Empty for what is neither.
std::string normalised_origin(std::string_view url, const std::string& folder);

/// The repository's name in a normalised origin: its last part.
std::string origin_name(std::string_view origin);

} // namespace mayla::workspace
