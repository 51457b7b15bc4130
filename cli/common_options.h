// The options that every command has, in one place for parsing, help, completion and the man page.
#pragma once

#include "cli/output.h"

namespace cli {

struct CommonOptions {
    std::optional<std::string> output;
    std::optional<std::string> request_id;
    bool quiet = false;

    void declare(Options& options, Reach reach) {
        if (writes(reach))
            options.text("--request-id", "ID", request_id,
                         "repeats an earlier invocation instead of doubling it");
        options.text("-o,--output", "FORMAT", output, "json (default) or table", kFormatNames);
        options.flag("-q,--quiet", quiet, "only ids, one a line; failures on standard error");
        options.exclusive("-o,--output", "-q,--quiet");
    }
};

// Declares all options of a command; parsing stores values in `command` and `common`.
inline void declare_all(Options& options, Command& command, CommonOptions& common, Reach reach) {
    command.declare(options);
    common.declare(options, reach);
}

}  // namespace cli
