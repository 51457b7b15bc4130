// `orchestratord image …`: worker images for people and CI, built by the daemon's own code without
// a daemon. Results go to standard output, one line of JSON or words each; progress, such as a
// build's output, goes to standard error.
#pragma once

#include "control/settings/settings.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace control {

// The command's options.
struct ImageWords {
    std::string agent = "claude";
    std::string capabilities;
    std::string packages;
    std::string service;      // empty: a worker's image
    std::string base_digest;  // with `architecture`: no engine is needed
    std::string architecture;
    std::string base;  // of `write`: an OCI image layout
    std::string to;
    bool explain = false;
    std::vector<std::string> two;  // hashes to compare
    std::int64_t days = 7;
    bool dry_run = false;
};

// Declares the command and its options; `words` outlives the parse.
void declare_image(CLI::App& app, ImageWords& words);

// Runs the command that `app` has parsed. Failure: as of Images; `invalid` for options that make no
// sense, with the option as field.
[[nodiscard]] contracts::Result<void> run_image(const CLI::App& app, const ImageWords& words,
                                                const Settings& settings);

}  // namespace control
