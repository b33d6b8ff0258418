#pragma once

#include <string>
#include <string_view>

namespace mayla {

/// `text` with what looks like a secret replaced by `[redacted: KIND]`: `<private>…</private>` parts, PEM
/// private keys, `Bearer …`, the token forms of well-known services (sk-, ghp_, github_pat_, glpat-, xox?-,
/// AKIA, AIza, npm_, JWTs …) and the password in a URL. For everything that is quoted to a model, a log or a
/// brief; what is stored stays as it is. Apply before cutting, so that no half of a secret is left. Linear in
/// the text.
std::string redact(std::string_view text);

} // namespace mayla
