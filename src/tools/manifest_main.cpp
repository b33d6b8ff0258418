// Prints what the shim embeds: `manifest tools` or `manifest instructions`. Runs at build time.

#include "tools/table.hpp"

#include <cstdio>
#include <string>

int main(int count, char** arguments) {
    const std::string what = count == 2 ? arguments[1] : "";
    if (what != "tools" && what != "instructions") {
        std::fputs("usage: manifest tools|instructions\n", stderr);
        return 2;
    }
    const std::string text =
        what == "tools" ? mayla::tools::manifest() : std::string(mayla::tools::instructions());
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fclose(stdout) == 0 ? 0
                                                                                                       : 1;
}
