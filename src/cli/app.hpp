#pragma once

namespace mayla::cli {

/// The program: reads the command line, runs one command. The exit status: 0 done, 1 not done, 2 a wrong
/// command line. Throws Error for what went wrong, ReaderGone when nobody reads the output.
int run(int argc, char** argv);

} // namespace mayla::cli
