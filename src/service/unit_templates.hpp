#pragma once

#include <string_view>

/// The files of units/, embedded at build. Each @NAME@ in them is filled in by manager_*.cpp.
namespace mayla::service::templates {

std::string_view mayla_socket();
std::string_view mayla_service();
std::string_view mayla_rearm();
std::string_view mayla_plist();

} // namespace mayla::service::templates
