#include "service/notify.hpp"

namespace mayla::service {

// launchd keeps no state of its jobs beyond "runs": there is nobody to tell.
Notify::Notify() = default;
void Notify::ready(std::string_view) {}
void Notify::status(std::string_view) {}
void Notify::stopping() {}
void Notify::alive() {}

} // namespace mayla::service
