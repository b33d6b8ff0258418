#include "base/error.hpp"
#include "cli/app.hpp"
#include "cli/terminal.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
    return mayla::cli::run(argc, argv);
} catch (const mayla::cli::ReaderGone&) {
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "mayla: %s\n", e.what());
    return 1;
}
